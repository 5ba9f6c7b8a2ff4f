import { describe, layer } from "@effect/vitest"
import { RedisTokenStore } from "effect-spotify/redis"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
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

for (const { make, name } of clients) {
  const store = Layer.unwrapScoped(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      return RedisTokenStore.layer({ client: yield* make(server.port), prefix: "contract:" })
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
