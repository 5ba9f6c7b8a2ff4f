/**
 * Sessions in Redis: they outlive the program, and of all processes that share them only one refreshes a
 * token.
 *
 *     docker run --rm -p 6379:6379 redis:7
 *     npx tsx examples/redis-store.ts
 *
 * REDIS_URL names another server. Spotify is the emulator. The client here is ioredis; one of node-redis goes
 * through `RedisTokenStore.fromNodeRedis`.
 */
import { NodeRuntime } from "@effect/platform-node"
import { LoginService, SessionService, SpotifyClient } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { RedisTokenStore } from "effect-spotify/redis"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Redis } from "ioredis"

class RedisUnreachable extends Data.TaggedError("RedisUnreachable")<{ readonly cause: unknown }> {}

const connect = Effect.gen(function* () {
  const url = yield* Config.withDefault(Config.string("REDIS_URL"), "redis://127.0.0.1:6379")
  const redis = yield* Effect.acquireRelease(
    Effect.sync(
      () => new Redis(url, { lazyConnect: true, retryStrategy: (times) => Math.min(times * 50, 2000) })
    ),
    (redis) => Effect.sync(() => redis.disconnect())
  )
  // Without a listener ioredis prints what each command reports as its own failure anyway
  redis.on("error", () => {})
  yield* Effect.tryPromise({ try: () => redis.connect(), catch: (cause) => new RedisUnreachable({ cause }) })
  return redis
})

const Store = Layer.unwrapScoped(
  Effect.map(connect, (redis) =>
    RedisTokenStore.layer({ client: RedisTokenStore.fromIoredis(redis), prefix: "example:" })
  )
)

/** One process of your program: a connection and memory of its own, and the same Redis for all of them. */
const Process = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(Store),
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
  Effect.tapErrorTag("RedisUnreachable", () =>
    Console.error(
      "Redis cannot be reached. Start one, or set REDIS_URL:\n\n    docker run --rm -p 6379:6379 redis:7\n"
    )
  )
)

program.pipe(Effect.provide(SpotifyEmulator.layer()), NodeRuntime.runMain)
