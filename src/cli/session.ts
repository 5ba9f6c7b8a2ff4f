import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import * as FileTokenStore from "../node/FileTokenStore.js"
import * as Session from "../session/Session.js"
import * as SessionService from "../session/SessionService.js"
import * as EncryptedTokenStore from "../store/EncryptedTokenStore.js"
import { CommandFailed } from "./failure.js"
import { note } from "./output.js"
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

/** The configuration from the environment, with these instead of their variables. */
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

const timeout = Duration.seconds(10)

const storeTimeout = Duration.seconds(3)

/**
 * How long a session with these limits waits for the lease of another process before it takes over: a request
 * and its repetition, two writes, and five seconds. See `session/userSession.ts`.
 */
const leaseDuration = Duration.sum(
  Duration.times(timeout, 1.5),
  Duration.sum(Duration.times(storeTimeout, 2), Duration.seconds(5))
)

/** Sessions over the store of this place, and the other services that calls need. */
export const layerOf = (config: SpotifyConfig.Service, confidential: boolean) => {
  const options = {
    // A command ends too soon for a refresh in the background. So it refreshes early, and waits for that
    refreshAhead: "5 minutes",
    waitAhead: "5 minutes",
    // Short, because they decide how long others wait after a command was killed during a refresh
    timeout,
    storeTimeout
  } as const
  return (
    confidential ? SessionService.layerAuthorizationCode(options) : SessionService.layerPkce(options)
  ).pipe(
    Layer.provide(StoreLayer),
    Layer.provideMerge(Layer.succeed(SpotifyConfig.SpotifyConfig, config)),
    Layer.provideMerge(FetchHttpClient.layer)
  )
}

/** Selects the profile's session. */
export const selected = <A, E, R>(use: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Place, ({ profile }) => SessionService.withSession(use, Session.SessionKey(profile)))

/** The settings that the login stored. */
export const profile = Effect.flatMap(Place, ({ login }) =>
  Effect.flatMap(
    remembered,
    Option.match({
      onNone: () => new CommandFailed({ kind: "login", message: `Nobody is logged in.\nRun: ${login}` }),
      onSome: Effect.succeed
    })
  )
)

/** The profile's configuration, unless the environment names another accounts service than the one of its tokens. */
export const configOf = (remembered: Profile) =>
  Effect.filterOrFail(
    configuration(remembered),
    ({ accountsUrl }) => accountsUrl === remembered.accountsUrl,
    ({ accountsUrl }) =>
      new CommandFailed({
        kind: "configuration",
        message: `This profile's tokens are from ${remembered.accountsUrl} and are not sent to ${accountsUrl}.\nSet SPOTIFY_ACCOUNTS_URL to the first, or choose another --profile.`
      })
  )

/** Says on standard error why a token takes long. After a kill in the middle of a refresh it takes half a minute. */
const announced = <A, E>(token: Effect.Effect<A, E>) =>
  Effect.flatMap(DateTime.now, (began) =>
    Effect.raceFirst(
      token,
      note(
        `Waiting for Spotify, or for another command that is refreshing this session.\nIf that command was killed, this one takes over at ${DateTime.formatIso(DateTime.addDuration(began, leaseDuration))}.`
      ).pipe(Effect.delay("2 seconds"), Effect.zipRight(Effect.never))
    )
  )

/** The session of this, which says what it waits for. */
export const patiently = Effect.updateService(SessionService.SessionService, (sessions) => ({
  ...sessions,
  accessToken: announced(sessions.accessToken)
}))

/** Runs this with the profile's session. */
export const withSession = Effect.fnUntraced(function* <A, E, R>(use: Effect.Effect<A, E, R>) {
  const found = yield* profile
  const config = yield* configOf(found)
  return yield* Effect.provide(selected(patiently(use)), layerOf(config, found.confidential))
})
