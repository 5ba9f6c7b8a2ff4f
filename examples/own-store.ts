/**
 * A token store of your own: here over a plain map of texts, as many services offer one. The contract suite
 * says whether it may be trusted with sessions, and then somebody logs in over it.
 *
 *     npx tsx examples/own-store.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { LoginService, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Iterable from "effect/Iterable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** How a record looks in the map. */
const Row = Schema.parseJson(
  Schema.Struct({
    version: Schema.String.pipe(Schema.fromBrand(TokenStore.Version)),
    payload: Schema.Redacted(Schema.String),
    disposableAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber)
  })
)

/** The whole store. Everything between reading the row and writing it happens in one synchronous step. */
const makeOwnStore = Effect.sync((): TokenStore.Service => {
  const rows = new Map<string, string>()

  const read = (key: TokenStore.StoreKey) =>
    Option.match(Option.fromNullable(rows.get(key)), {
      onNone: () => Effect.succeedNone,
      onSome: (text) =>
        Schema.decode(Row)(text).pipe(
          Effect.mapBoth({
            // The parse error would quote the row, so it stops here
            onFailure: () => new TokenStore.TokenStoreCorrupt({ key, reason: "Decode" }),
            onSuccess: Option.some
          })
        )
    })

  /**
   * Logins that nobody finished end. Each write looks at a few rows and puts those that are still wanted to the
   * end of the map, so all are looked at in turn. A service that drops rows by itself is told when instead.
   */
  const dropEnded = Effect.fnUntraced(function* () {
    const now = yield* DateTime.now
    for (const [key, text] of Iterable.take(rows, 8)) {
      const row = Schema.decodeOption(Row)(text)
      const ended = Option.exists(row, (_) => Option.exists(_.disposableAt, DateTime.lessThanOrEqualTo(now)))
      rows.delete(key)
      if (!ended) rows.set(key, text)
    }
  })

  const commit = Effect.fnUntraced(function* ({ expected, key, next }: TokenStore.Write) {
    const current = Option.map(yield* read(key), ({ version }) => version)
    if (Option.getOrNull(current) === Option.getOrNull(expected)) {
      if (Option.isSome(next)) rows.set(key, Schema.encodeSync(Row)(next.value))
      else rows.delete(key)
    } else if (Option.isNone(next) || Option.getOrNull(current) !== next.value.version) {
      // What finds its own version in place is the same write, sent again
      return yield* new TokenStore.TokenStoreConflict({ key })
    }
    yield* dropEnded()
  })

  return {
    get: (key) => Effect.suspend(() => read(key)),
    commit: (write) => Effect.suspend(() => commit(write)),
    atomicity: "process",
    changes: Option.none()
  }
})

const OwnStoreLayer = Layer.effect(TokenStore.TokenStore, makeOwnStore)

/** In a project with tests these would be tests: see TokenStoreContract.cases. */
const check = Effect.gen(function* () {
  const failures = yield* TokenStoreContract.failures
  for (const { cause, name } of failures) {
    yield* Console.error(`   ${name}: ${Cause.pretty(cause)}`)
  }
  yield* Console.log(
    `   ${TokenStoreContract.cases.length - failures.length} of ${TokenStoreContract.cases.length} cases pass`
  )
  return failures.length === 0 ? undefined : yield* Effect.dieMessage("The store may lose sessions")
})

const logIn = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const login = yield* LoginService.LoginService
  const { state, url } = yield* login.begin()
  const session = yield* login.complete(yield* emulator.visit(url), { state })
  const spotify = yield* SpotifyClient.SpotifyClient
  yield* Console.log(`   ${session._tag}: ${(yield* spotify.me.profile).display_name}`)
  yield* (yield* SessionService.SessionService).refresh
  yield* Console.log("   refreshed with the stored refresh token")
}).pipe(
  Effect.provide(SpotifyClient.layer().pipe(Layer.provideMerge(SessionService.layerAuthorizationCode())))
)

const program = Effect.gen(function* () {
  yield* Console.log("1  The contract suite, on the store")
  yield* check
  yield* Console.log("2  A login over it")
  yield* logIn
})

program.pipe(Effect.provide([OwnStoreLayer, SpotifyEmulator.layer()]), NodeRuntime.runMain)
