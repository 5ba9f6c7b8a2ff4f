import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import * as FileTokenStore from "../node/FileTokenStore.js"
import * as Session from "../session/Session.js"
import * as SessionService from "../session/SessionService.js"
import * as EncryptedTokenStore from "../store/EncryptedTokenStore.js"
import { CommandFailed } from "./failure.js"
import { Place, type Profile, remembered } from "./place.js"
import * as SealingKey from "./sealingKey.js"

/** The sealed store of all profiles' sessions. */
const StoreLayer = Layer.unwrapEffect(
  Effect.map(Place, ({ sessions }) =>
    EncryptedTokenStore.layerEffect(SealingKey.load, { timeout: "10 seconds" }).pipe(
      Layer.provide(FileTokenStore.layer({ directory: sessions }))
    )
  )
)

/** The configuration of the environment, in which these take the place of their variables. */
export const configuration = (over: {
  readonly clientId: string
  readonly redirectUri?: string | undefined
  readonly scopes?: string | undefined
}) =>
  Effect.configProviderWith((environment) => {
    const given = Object.entries({
      SPOTIFY_CLIENT_ID: over.clientId,
      SPOTIFY_REDIRECT_URI: over.redirectUri,
      SPOTIFY_SCOPES: over.scopes
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    return Effect.withConfigProvider(
      SpotifyConfig.config,
      ConfigProvider.orElse(ConfigProvider.fromMap(new Map(given)), () => environment)
    )
  }).pipe(Effect.flatMap(SpotifyConfig.make))

/** Sessions over the store of this place, and the other services that calls need. */
export const layerOf = (config: SpotifyConfig.Service, confidential: boolean) => {
  const options = {
    // A command ends too soon for a refresh in the background: it waits for one, and its token lasts a while
    refreshAhead: "5 minutes",
    waitAhead: "5 minutes",
    // A command that is killed amid a refresh keeps others from one for one and a half of these, and five seconds
    timeout: "10 seconds",
    storeTimeout: "3 seconds"
  } as const
  return (
    confidential ? SessionService.layerAuthorizationCode(options) : SessionService.layerPkce(options)
  ).pipe(
    Layer.provide(StoreLayer),
    Layer.provideMerge(Layer.succeed(SpotifyConfig.SpotifyConfig, config)),
    Layer.provideMerge(FetchHttpClient.layer)
  )
}

/** For the session of the profile. */
export const selected = <A, E, R>(use: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Place, ({ profile }) => SessionService.withSession(use, Session.SessionKey(profile)))

/** The profile, which a login has left behind. */
export const profile = Effect.flatMap(Place, ({ login }) =>
  Effect.flatMap(
    remembered,
    Option.match({
      onNone: () => new CommandFailed({ kind: "login", message: `Nobody is logged in here.\nRun: ${login}` }),
      onSome: Effect.succeed
    })
  )
)

/** The profile's configuration, if its tokens may go where the environment points. */
export const configOf = (remembered: Profile) =>
  Effect.filterOrFail(
    configuration(remembered),
    ({ accountsUrl }) => accountsUrl === remembered.accountsUrl,
    ({ accountsUrl }) =>
      new CommandFailed({
        kind: "configuration",
        message: `This profile belongs to ${remembered.accountsUrl}, and its tokens are not sent to ${accountsUrl}.\nSet SPOTIFY_ACCOUNTS_URL to match, or choose another --profile.`
      })
  )

/** Runs this with the profile's session. */
export const withSession = Effect.fnUntraced(function* <A, E, R>(use: Effect.Effect<A, E, R>) {
  const found = yield* profile
  const config = yield* configOf(found)
  return yield* Effect.provide(selected(use), layerOf(config, found.confidential))
})
