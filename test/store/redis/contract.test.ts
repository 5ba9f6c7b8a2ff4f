import { assert, describe, it, layer } from "@effect/vitest"
import { RedisTokenStore } from "effect-spotify/redis"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Cluster, Redis } from "ioredis"
import * as RedisServer from "../../support/servers/redis.js"
import * as Clients from "./support/clients.js"

const clients: ReadonlyArray<{
  readonly name: string
  readonly make: (port: number) => Effect.Effect<RedisTokenStore.RedisClient, never, Scope.Scope>
}> = [
  { name: "ioredis", make: (port) => Effect.map(Clients.ioredis(port), RedisTokenStore.fromIoredis) },
  { name: "node-redis", make: (port) => Effect.map(Clients.nodeRedis(port), RedisTokenStore.fromNodeRedis) },
  { name: "a client of one's own", make: Clients.handwritten }
]

const prefix = "contract:"

describe("RedisTokenStore over ioredis", () => {
  it.scoped("keys are listed by a client, and neither by one with a prefix of its own nor by a cluster", () =>
    Effect.gen(function* () {
      const ended = <A extends { readonly disconnect: () => void }>(make: () => A) =>
        Effect.acquireRelease(Effect.sync(make), (client) => Effect.sync(() => client.disconnect()))
      const plain = yield* ended(() => new Redis({ lazyConnect: true }))
      const prefixed = yield* ended(() => new Redis({ lazyConnect: true, keyPrefix: "app:" }))
      const cluster = yield* ended(() => new Cluster([], { lazyConnect: true }))
      assert.deepStrictEqual(
        [plain, prefixed, cluster].map((client) => RedisTokenStore.fromIoredis(client).scan === undefined),
        [false, true, true]
      )
    })
  )
})

/** What somebody else may have put at the key of a record. */
const foreign = [
  ["Decode", "a text", (redis: Redis, at: string) => redis.set(at, "text")],
  ["Decode", "a list", (redis: Redis, at: string) => redis.lpush(at, "text")],
  ["Decode", "a hash without a version", (redis: Redis, at: string) => redis.hset(at, "d", "text")],
  ["Decode", "a hash without a payload", (redis: Redis, at: string) => redis.hset(at, "v", "version")],
  [
    "TooLarge",
    "a payload of 1 MiB",
    (redis: Redis, at: string) => redis.hset(at, "v", "version", "d", "x".repeat(1024 * 1024))
  ]
] as const

describe.skipIf(!RedisServer.available)("RedisTokenStore and what it cannot read", () => {
  for (const [reason, what, put] of foreign) {
    it.scopedLive(`D7: ${what} (${reason}) is replaced by a login and deleted by a sign-out`, () =>
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* Clients.ioredis(server.port)
        const client = RedisTokenStore.fromIoredis(redis)
        yield* TokenStoreContract.replaceable(reason, (at) =>
          Effect.promise(async () => {
            await redis.del(`${prefix}${at}`)
            await put(redis, `${prefix}${at}`)
          })
        ).pipe(Effect.provide(RedisTokenStore.layer({ client, prefix })))
      })
    )
  }
})

for (const { make, name } of clients) {
  const store = Layer.unwrapScoped(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      return RedisTokenStore.layer({ client: yield* make(server.port), prefix })
    })
  )
  describe.skipIf(!RedisServer.available)(`RedisTokenStore over ${name}`, () => {
    layer(store, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
      for (const contract of TokenStoreContract.cases) {
        it.effect(contract.name, () => contract.run)
      }
    })
  })
}
