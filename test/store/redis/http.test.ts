import { assert, describe, it, layer } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { RedisTokenStore } from "effect-spotify/redis"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { expectNoLeak } from "../../support/canaries.js"
import * as RedisServer from "../../support/servers/redis.js"
import * as Records from "../support/records.js"
import * as Clients from "./support/clients.js"
import * as RestServer from "./support/restServer.js"

const open = (options: Partial<RedisTokenStore.HttpOptions> = {}) =>
  Effect.gen(function* () {
    const { port } = yield* RedisServer.make()
    const rest = yield* RestServer.make(yield* Clients.ioredis(port))
    const client = yield* RedisTokenStore.fromHttp({
      url: rest.url,
      token: Redacted.make(rest.token),
      ...options
    })
    return { rest, store: yield* RedisTokenStore.make({ client }) }
  }).pipe(Effect.provide(FetchHttpClient.layer))

const store = Layer.unwrapScoped(
  Effect.gen(function* () {
    const { port } = yield* RedisServer.make()
    const rest = yield* RestServer.make(yield* Clients.ioredis(port))
    const client = yield* RedisTokenStore.fromHttp({
      url: rest.url,
      token: Redacted.make(rest.token),
      // For a machine that others load
      timeout: "1 minute"
    })
    return RedisTokenStore.layer({ client })
  }).pipe(Effect.provide(FetchHttpClient.layer), Effect.orDie)
)

describe.skipIf(!RedisServer.available)("RedisTokenStore over HTTP", () => {
  layer(store, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
    for (const contract of TokenStoreContract.casesWith({ ended: 300 })) {
      it.effect(contract.name, () => contract.run)
    }
  })
})

describe.skipIf(!RedisServer.available)("RedisTokenStore over HTTP in trouble", () => {
  for (const fate of ["lose", "cut", "garble"] as const) {
    it.scopedLive(
      `D4: a write that is done and whose answer is lost (${fate}) succeeds, and is one write`,
      () =>
        Effect.gen(function* () {
          const { rest, store } = yield* open()
          const at = yield* Records.key("lost")
          const [first, second] = yield* Effect.all([Records.entry("first"), Records.entry("second")])
          yield* store.commit(Records.create(at, first))
          let lost = 0
          rest.decide(([name]) => (name === "EVALSHA" && lost++ === 0 ? fate : "pass"))
          assert.strictEqual(yield* Records.told(store.commit(Records.replace(at, first, second))), "done")
          assert.strictEqual(yield* Records.read(store, at), "second")
          assert.strictEqual(lost, 1)
        })
    )

    it.scopedLive(`a read whose answer is lost (${fate}) is sent once more`, () =>
      Effect.gen(function* () {
        const { rest, store } = yield* open()
        const at = yield* Records.key("read")
        yield* store.commit(Records.create(at, yield* Records.entry("first")))
        let lost = 0
        rest.decide(([name]) => (name === "HMGET" && lost++ === 0 ? fate : "pass"))
        assert.strictEqual(yield* Records.read(store, at), "first")
        assert.strictEqual(lost, 2)
      })
    )
  }

  for (const [refuse, code, error] of [
    [401, "UNAUTHORIZED", "Unauthorized"],
    [429, "TOO_MANY_REQUESTS", "ERR max requests limit exceeded"],
    [400, "NOPERM", "NOPERM this user has no permissions to run the 'evalsha' command"]
  ] as const) {
    it.scopedLive(`D14: ${refuse} with ${error} is typed, and says that nothing was applied`, () =>
      Effect.gen(function* () {
        const { rest, store } = yield* open()
        rest.decide(() => ({ refuse, error }))
        const write = Records.create(yield* Records.key("refused"), yield* Records.entry("first"))
        const failed = yield* Effect.flip(store.commit(write))
        assert.deepInclude(failed, { _tag: "TokenStoreUnavailable", applied: "no" })
        assert.deepInclude("cause" in failed ? failed.cause : undefined, { code })
        // Once, because a refusal does not pass by itself
        assert.deepStrictEqual(rest.seen, ["EVALSHA"])
      })
    )
  }

  it.scopedLive(
    "D1: a server that hangs is a typed error within the time limit, and the write is unknown",
    () =>
      Effect.gen(function* () {
        const { rest, store } = yield* open({ timeout: "300 millis" })
        rest.decide(() => "hang")
        const write = Records.create(yield* Records.key("hang"), yield* Records.entry("first"))
        assert.strictEqual(yield* Records.told(store.commit(write)), "unavailable: unknown")
        rest.decide(() => "pass")
        assert.strictEqual(yield* Records.told(store.commit(write)), "done")
      })
  )

  it.scopedLive("a read that hangs is not sent again, since it has had its time", () =>
    Effect.gen(function* () {
      const { rest, store } = yield* open({ timeout: "300 millis" })
      rest.decide(() => "hang")
      const failed = yield* Effect.flip(store.get(yield* Records.key("hangs")))
      assert.deepInclude("cause" in failed ? failed.cause : undefined, { code: "TIMEOUT" })
      assert.deepStrictEqual(rest.seen, ["HMGET"])
    })
  )

  it.scopedLive("F24: shows neither the token nor a payload, whatever fails", () =>
    Effect.gen(function* () {
      const { rest, store } = yield* open({ timeout: "300 millis" })
      const write = Records.create(yield* Records.key("canary"), yield* Records.entry("canary-payload"))
      yield* expectNoLeak(
        () => [rest.token, "canary-payload"],
        Effect.forEach(
          [
            "lose",
            "cut",
            "hang",
            "garble",
            { refuse: 401 },
            { refuse: 500, error: "canary-payload" }
          ] as const,
          (fate) =>
            Effect.zipRight(
              Effect.sync(() => rest.decide(() => fate)),
              Effect.either(store.commit(write))
            )
        )
      )
    })
  )

  it.effect("a URL that is none, or that would send the token in clear, is refused", () =>
    Effect.gen(function* () {
      for (const url of [
        "",
        "redis.example",
        "http://redis.example",
        "https://user:word@redis.example",
        "https://redis.example/?_token=1"
      ]) {
        const made = yield* Effect.either(
          RedisTokenStore.fromHttp({ url, token: Redacted.make("canary-token") })
        )
        assert.isTrue(Either.isLeft(made) && made.left._tag === "RedisHttpUrlInvalid", url)
      }
      for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
        yield* RedisTokenStore.fromHttp({ url: `http://${host}:8079`, token: Redacted.make("token") })
      }
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
