/**
 * A refresh token that you keep yourself: fetch the old one from somewhere, get a new access token, and
 * write back whatever has to be kept. For programs with a token store of their own; all others use
 * SessionService, which does this by itself.
 *
 *     npx tsx examples/refresh-stored-token.ts
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET and SPOTIFY_REFRESH_TOKEN set
 * against Spotify.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Accounts, SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** Stands for your database. */
class Database extends Context.Tag("refresh-stored-token/Database")<
  Database,
  {
    readonly load: Effect.Effect<Redacted.Redacted<string>, ConfigError>
    readonly save: (refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>
  }
>() {}

const program = Effect.gen(function* () {
  const accounts = yield* Accounts.Accounts
  const database = yield* Database

  const old = yield* database.load
  const token = yield* accounts.refreshToken(old)
  // Spotify mostly sends no new refresh token. Then the old one stays good, and must be kept
  yield* database.save(Option.getOrElse(token.refreshToken, () => old))
  yield* Console.log(`A new access token, good until ${DateTime.formatIso(token.expiresAt)}`)

  const name = yield* Effect.gen(function* () {
    const spotify = yield* SpotifyClient.SpotifyClient
    return (yield* spotify.me.profile).display_name
  }).pipe(
    Effect.provide(
      SpotifyClient.layer().pipe(Layer.provide(SessionService.layerAccessToken(token.accessToken)))
    )
  )
  yield* Console.log(`It is ${name}'s`)
}).pipe(
  Effect.catchTags({
    // Revoked, or over six months old: the only way on is a new login
    InvalidGrant: (error) => Console.error(error.message),
    TokenEndpointUnavailable: (error) => Console.error(error.message)
  })
)

/** Somebody logged in some time ago, so that there is a refresh token to begin with. */
const EmulatorLayer = Layer.effect(
  Database,
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const accounts = yield* Accounts.make()
    const callback = new URL(yield* emulator.visit(yield* accounts.authorizeUrl()))
    const token = yield* accounts.exchangeCode({
      code: Redacted.make(callback.searchParams.get("code") ?? "")
    })
    let row = yield* token.refreshToken
    return {
      load: Effect.sync(() => row),
      save: (refreshToken) =>
        Effect.sync(() => {
          row = refreshToken
        })
    }
  })
).pipe(Layer.provideMerge(SpotifyEmulator.layer()))

const SpotifyLayer = Layer.succeed(Database, {
  load: Config.redacted("SPOTIFY_REFRESH_TOKEN"),
  save: () => Console.log("Keep this refresh token for the next time")
}).pipe(Layer.merge(SpotifyConfig.layerConfig()), Layer.merge(NodeTransport.layer()))

const MainLayer = Accounts.layer().pipe(
  Layer.provideMerge(
    Layer.unwrapEffect(
      Effect.map(Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")), (clientId) =>
        Option.isSome(clientId) ? SpotifyLayer : EmulatorLayer
      )
    )
  )
)

program.pipe(Effect.provide(MainLayer), NodeRuntime.runMain)
