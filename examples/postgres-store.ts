/**
 * Sessions in PostgreSQL: they outlive the program, and of all processes that share them only one refreshes
 * a token.
 *
 *     docker run --rm -p 5432:5432 -e POSTGRES_PASSWORD=postgres postgres:15
 *     npx tsx examples/postgres-store.ts
 *
 * DATABASE_URL names another database. Spotify is the emulator.
 */
import { NodeRuntime } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { LoginService, SessionService, SpotifyClient } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const Database = PgClient.layerConfig({
  url: Config.redacted("DATABASE_URL").pipe(
    Config.withDefault(Redacted.make("postgres://postgres:postgres@127.0.0.1:5432/postgres"))
  )
})

/** One process of your program: connections and memory of its own, and the table for all of them. */
const Process = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(SqlTokenStore.layer({ createTable: true, table: "example_sessions" })),
  Layer.provide(Database),
  Layer.fresh
)

const whoAmI = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  return me.display_name ?? me.id
})

const program = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator

  yield* Effect.gen(function* () {
    const login = yield* LoginService.LoginService
    const { state, url } = yield* login.begin()
    yield* login.complete(yield* emulator.visit(url), { state })
    yield* Console.log(`Logged in as ${yield* whoAmI}`)
  }).pipe(Effect.provide(Process))

  yield* Effect.flatMap(whoAmI, (name) => Console.log(`After a restart still ${name}`)).pipe(
    Effect.provide(Process)
  )

  yield* emulator.controls.expireAccessTokens
  const names = yield* Effect.all(
    [whoAmI.pipe(Effect.provide(Process)), whoAmI.pipe(Effect.provide(Process))],
    { concurrency: "unbounded" }
  )
  const { refresh_token } = yield* emulator.controls.tokenRequests
  yield* Console.log(`The token expired, ${names.length} processes went on, ${refresh_token} refreshed it`)

  yield* Effect.flatMap(SessionService.SessionService, (session) => session.signOut).pipe(
    Effect.provide(Process)
  )
}).pipe(
  Effect.tapErrorTag("SqlError", () =>
    Console.error(
      "PostgreSQL cannot be reached. Start one, or set DATABASE_URL:\n\n    docker run --rm -p 5432:5432 -e POSTGRES_PASSWORD=postgres postgres:15\n"
    )
  )
)

program.pipe(Effect.provide(SpotifyEmulator.layer()), NodeRuntime.runMain)
