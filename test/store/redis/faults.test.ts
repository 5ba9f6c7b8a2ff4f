import { assert, describe, it, layer } from "@effect/vitest"
import type { TokenStore } from "effect-spotify"
import { RedisTokenStore } from "effect-spotify/redis"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { Redis } from "ioredis"
import { expectNoLeak } from "../../support/canaries.js"
import * as DroppingProxy from "../../support/servers/droppingProxy.js"
import * as RedisServer from "../../support/servers/redis.js"
import * as Records from "../support/records.js"
import * as Clients from "./support/clients.js"

class Server extends Context.Tag("test/Server")<Server, RedisServer.RedisServer>() {}

const writes = /evalsha|eval\b/i

const open = (port: number, options: Parameters<typeof Clients.ioredis>[1] = {}) =>
  Effect.gen(function* () {
    const redis = yield* Clients.ioredis(port, options)
    return {
      redis,
      store: yield* RedisTokenStore.make({ client: RedisTokenStore.fromIoredis(redis), prefix: "spotify:" })
    }
  })

const call = (redis: Redis, command: string, ...args: ReadonlyArray<string>) =>
  Effect.promise(() => redis.call(command, ...args))

const causeOf = (error: { readonly cause?: unknown } | object) => ("cause" in error ? error.cause : undefined)

describe.skipIf(!RedisServer.available)("RedisTokenStore and a Redis in trouble", () => {
  layer(Layer.scoped(Server, RedisServer.make({ args: ["--appendonly", "yes"] })), {
    excludeTestServices: true,
    timeout: "2 minutes"
  })((it) => {
    it.scoped("D4, N9: with 30 % of all answers lost, no write is done twice, lost, or refused falsely", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const direct = yield* open(port)
        const proxy = yield* DroppingProxy.make({ port })
        // A client that hands each failure on, and one that sends again by itself
        const clients = [
          yield* open(proxy.port, { maxRetriesPerRequest: 0, retryStrategy: () => 5 }),
          yield* open(proxy.port, { retryStrategy: () => 5 })
        ]
        for (const { store } of clients) {
          const at = yield* Records.key("lost")
          let current = yield* Records.entry("0")
          yield* proxy.decide(() => "pass")
          yield* store.commit(Records.create(at, current))
          let count = 0
          yield* proxy.decide((request) => (writes.test(request) && count++ % 10 < 3 ? "loseReply" : "pass"))
          for (let index = 1; index <= 300; index++) {
            const next = yield* Records.entry(String(index))
            // A caller sends again what it knows nothing of; a conflict would be a false one
            const outcome = yield* Effect.repeat(
              Records.told(store.commit(Records.replace(at, current, next))),
              { until: (told) => told !== "unavailable: unknown", schedule: Schedule.recurs(20) }
            ).pipe(Effect.zipRight(Records.told(store.commit(Records.replace(at, current, next)))))
            assert.strictEqual(outcome, "done")
            current = next
          }
          assert.strictEqual(yield* Records.read(direct.store, at), "300")
        }
        assert.isAtLeast(yield* proxy.dropped, 170)
      })
    )

    it.scoped("D4: a deletion whose answer is lost never counts as one's own", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const proxy = yield* DroppingProxy.make({ port })
        const { store } = yield* open(proxy.port, { maxRetriesPerRequest: 0, retryStrategy: () => 5 })
        const at = yield* Records.key("deleted")
        const first = yield* Records.entry("first")
        yield* store.commit(Records.create(at, first))
        let lost = false
        yield* proxy.decide((request) =>
          writes.test(request) && !lost ? ((lost = true), "loseReply") : "pass"
        )
        assert.strictEqual(
          yield* Records.told(store.commit(Records.remove(at, first))),
          "unavailable: unknown"
        )
        const { store: direct } = yield* open(port)
        assert.strictEqual(yield* Records.read(direct, at), "absent")
      })
    )

    it.scoped("D5: a write that is applied after its caller gave up is found when it is sent again", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const proxy = yield* DroppingProxy.make({ port })
        const held = yield* open(proxy.port)
        const { store } = yield* open(port)
        const at = yield* Records.key("late")
        const first = yield* Records.entry("first")
        const second = yield* Records.entry("second")
        yield* store.commit(Records.create(at, first))
        yield* held.store.get(at)
        const write = Records.replace(at, first, second)
        yield* proxy.decide((request) => (writes.test(request) ? "hold" : "pass"))
        const writing = yield* Effect.fork(held.store.commit(write))
        yield* proxy.untilDropped(1)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(writing)))
        assert.strictEqual(yield* Records.read(store, at), "first")
        yield* proxy.decide(() => "pass")
        yield* proxy.release
        yield* Effect.repeat(Records.read(store, at), { until: (found) => found === "second" })
        assert.strictEqual(yield* Records.told(store.commit(write)), "done")
      })
    )

    it.scoped("C9, C10: of 64 writers over four clients exactly one wins, 40 times", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const stores = yield* Effect.replicateEffect(
          Effect.map(open(port), (_) => _.store),
          4
        )
        const at = yield* Records.key("race")
        let current = Option.none<TokenStore.Entry>()
        for (let round = 0; round < 40; round++) {
          const { others, winners } = yield* Records.race(stores, at, current)
          assert.strictEqual(winners.length, 1)
          assert.deepStrictEqual([...others], ["conflict"])
          current = Option.fromNullable(winners[0])
        }
      })
    )

    it.scoped("C6: after FLUSHALL a record is absent, and nothing brings it back", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const { redis, store } = yield* open(port)
        const at = yield* Records.key("flushed")
        const first = yield* Records.entry("first")
        yield* store.commit(Records.create(at, first))
        yield* call(redis, "FLUSHALL")
        assert.strictEqual(yield* Records.read(store, at), "absent")
        assert.strictEqual(
          yield* Records.told(store.commit(Records.replace(at, first, yield* Records.entry("second")))),
          "conflict"
        )
        assert.strictEqual(yield* Records.read(store, at), "absent")
        yield* store.commit(Records.create(at, yield* Records.entry("new login")))
        assert.strictEqual(yield* Records.read(store, at), "new login")
      })
    )

    it.scoped("D14: NOSCRIPT is answered with the script itself", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const { redis, store } = yield* open(port)
        const at = yield* Records.key("script")
        let current = yield* Records.entry("0")
        yield* store.commit(Records.create(at, current))
        for (let index = 0; index < 3; index++) {
          yield* call(redis, "SCRIPT", "FLUSH")
          const next = yield* Records.entry("next")
          assert.strictEqual(yield* Records.told(store.commit(Records.replace(at, current, next))), "done")
          current = next
        }
      })
    )

    it.scoped("D14: READONLY and OOM are typed and say that nothing was applied", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const { redis, store } = yield* open(port)
        const at = yield* Records.key("refused")
        const first = yield* Records.entry("first")
        yield* store.commit(Records.create(at, first))
        const refused = (code: string, write: TokenStore.Write) =>
          Effect.map(Effect.flip(store.commit(write)), (error) => {
            assert.deepInclude(error, { _tag: "TokenStoreUnavailable", applied: "no" })
            assert.deepInclude(causeOf(error), { _tag: "RedisTokenStoreError", code })
          })
        const next = Records.replace(at, first, yield* Records.entry("second"))

        yield* call(redis, "CONFIG", "SET", "maxmemory", "1")
        yield* refused("OOM", next)
        assert.strictEqual(yield* Records.read(store, at), "first")
        yield* call(redis, "CONFIG", "SET", "maxmemory", "0")

        yield* call(redis, "CONFIG", "SET", "min-replicas-to-write", "1")
        yield* refused("NOREPLICAS", next)
        yield* call(redis, "CONFIG", "SET", "min-replicas-to-write", "0")

        const primary = yield* RedisServer.make()
        const { store: atPrimary } = yield* open(primary.port)
        yield* call(redis, "REPLICAOF", "127.0.0.1", String(primary.port))
        yield* refused("READONLY", next)
        // It comes to hold what its primary does, and reads it
        yield* atPrimary.commit(Records.create(at, yield* Records.entry("replicated")))
        yield* Effect.repeat(Effect.option(Records.read(store, at)), {
          until: Option.contains("replicated"),
          schedule: Schedule.spaced("20 millis")
        }).pipe(Effect.timeout("1 minute"))
        yield* call(redis, "REPLICAOF", "NO", "ONE")
        assert.strictEqual(
          yield* Records.told(store.commit(Records.create(at, yield* Records.entry("second")))),
          "conflict"
        )
      })
    )

    it.scoped("C6: with wait, a write ends when replicas have it, and is unknown when they do not", () =>
      Effect.gen(function* () {
        const primary = yield* RedisServer.make()
        const replica = yield* RedisServer.make({
          args: ["--replicaof", "127.0.0.1", String(primary.port)]
        })
        const client = RedisTokenStore.fromIoredis(yield* Clients.ioredis(primary.port))
        const store = yield* RedisTokenStore.make({
          client,
          prefix: "spotify:",
          wait: { replicas: 1, timeout: "200 millis" }
        })
        const at = yield* Records.key("wait")
        const first = yield* Records.entry("first")
        const second = yield* Records.entry("second")
        yield* Effect.repeat(Records.told(store.commit(Records.create(at, first))), {
          until: (told) => told === "done",
          schedule: Schedule.spaced("50 millis")
        }).pipe(Effect.timeout("1 minute"))
        const { store: read } = yield* open(replica.port)
        assert.strictEqual(yield* Records.read(read, at), "first")

        yield* replica.pause
        const write = Records.replace(at, first, second)
        // The copy that is sent again must not be taken for confirmed because it changes nothing
        for (let attempt = 0; attempt < 2; attempt++) {
          const error = yield* Effect.flip(store.commit(write))
          assert.deepInclude(error, { _tag: "TokenStoreUnavailable", applied: "unknown" })
          assert.deepInclude(causeOf(error), { code: "WAIT" })
        }
        yield* replica.resume
        assert.strictEqual(yield* Records.told(store.commit(write)), "done")
        assert.strictEqual(yield* Records.read(read, at), "second")
      })
    )

    it.scoped("D1, D2: a frozen Redis holds nobody longer than they wait, and is well afterwards", () =>
      Effect.gen(function* () {
        const server = yield* Server
        const { store } = yield* open(server.port)
        const at = yield* Records.key("frozen")
        const first = yield* Records.entry("first")
        const second = yield* Records.entry("second")
        yield* store.commit(Records.create(at, first))
        yield* server.pause
        const [reading, read] = yield* Effect.timed(Effect.timeoutOption(store.get(at), "200 millis"))
        const [writing, wrote] = yield* Effect.timed(
          Effect.timeoutOption(store.commit(Records.replace(at, first, second)), "200 millis")
        )
        yield* server.resume
        assert.isTrue(Option.isNone(read) && Option.isNone(wrote))
        assert.isBelow(Duration.toMillis(reading), 10_000)
        assert.isBelow(Duration.toMillis(writing), 10_000)
        assert.strictEqual(yield* Records.told(store.commit(Records.replace(at, first, second))), "done")
        assert.strictEqual(yield* Records.read(store, at), "second")
      })
    )

    it.scoped("D3: a Redis that is down is a typed error, and what is in its log is there after", () =>
      Effect.gen(function* () {
        const server = yield* Server
        const { store } = yield* open(server.port, { maxRetriesPerRequest: 1, retryStrategy: () => 20 })
        const nodeRedis = yield* Clients.nodeRedis(server.port)
        const other = yield* RedisTokenStore.make({
          client: RedisTokenStore.fromNodeRedis(nodeRedis),
          prefix: "spotify:"
        })
        const at = yield* Records.key("down")
        const first = yield* Records.entry("first")
        const second = yield* Records.entry("second")
        yield* store.commit(Records.create(at, first))
        assert.strictEqual(yield* Records.read(other, at), "first")
        yield* server.stop
        assert.deepInclude(yield* Effect.flip(store.get(at)), {
          _tag: "TokenStoreUnavailable",
          operation: "get",
          applied: "no"
        })
        assert.strictEqual(
          yield* Records.told(store.commit(Records.replace(at, first, second))),
          "unavailable: unknown"
        )
        const queued = yield* Effect.timeoutOption(other.get(at), "200 millis")
        assert.isTrue(Option.isNone(queued))
        yield* server.start
        yield* Effect.retry(store.get(at), Schedule.spaced("50 millis")).pipe(Effect.timeout("1 minute"))
        assert.strictEqual(yield* Records.told(store.commit(Records.replace(at, first, second))), "done")
        assert.strictEqual(yield* Effect.timeout(Records.read(other, at), "1 minute"), "second")
      })
    )

    it.scoped(
      "an entry goes at its time, and stays once it is a session, whatever the clock of Redis says",
      () =>
        Effect.gen(function* () {
          const { port } = yield* Server
          const { redis, store } = yield* open(port)
          const now = yield* DateTime.now
          const pending = (millis: number) =>
            Effect.map(Records.entry("pending"), (entry) => ({
              ...entry,
              disposableAt: Option.some(DateTime.add(now, { millis }))
            }))
          const short = yield* Records.key("short")
          const long = yield* Records.key("long")
          yield* store.commit(Records.create(short, yield* pending(50)))
          const first = yield* pending(600_000)
          yield* store.commit(Records.create(long, first))
          const ttl = Number(yield* call(redis, "PTTL", `spotify:${long}`))
          assert.isTrue(ttl > 590_000 && ttl <= 600_000)
          yield* store.commit(Records.replace(long, first, yield* Records.entry("session")))
          assert.strictEqual(Number(yield* call(redis, "PTTL", `spotify:${long}`)), -1)
          yield* Effect.repeat(Records.read(store, short), {
            until: (text) => text === "absent",
            schedule: Schedule.spaced("20 millis")
          }).pipe(Effect.timeout("1 minute"))
          assert.strictEqual(yield* Records.read(store, long), "session")
        })
    )

    it.scoped("F20, D15: what is not a record, or too large for one, is corrupt and left alone", () =>
      Effect.gen(function* () {
        const { port } = yield* Server
        const { redis, store } = yield* open(port)
        const first = yield* Records.entry("first")
        const at = yield* Records.key("foreign")
        yield* call(redis, "SET", `spotify:${at}`, "something else")
        assert.deepInclude(yield* Effect.flip(store.get(at)), { _tag: "TokenStoreCorrupt", reason: "Decode" })
        assert.strictEqual(yield* Records.told(store.commit(Records.create(at, first))), "corrupt: Decode")
        assert.strictEqual(yield* call(redis, "GET", `spotify:${at}`), "something else")

        const half = yield* Records.key("half")
        yield* call(redis, "HSET", `spotify:${half}`, "v", "version")
        assert.deepInclude(yield* Effect.flip(store.get(half)), { reason: "Decode" })

        const large = yield* Records.key("large")
        yield* call(redis, "HSET", `spotify:${large}`, "v", "version", "d", "x".repeat(1024 * 1024), "e", "")
        assert.deepInclude(yield* Effect.flip(store.get(large)), { reason: "TooLarge" })
        assert.strictEqual(
          yield* Records.told(
            store.commit(Records.create(half, yield* Records.entry("x".repeat(1024 * 1024))))
          ),
          "corrupt: TooLarge"
        )
      })
    )
  })
})

/** A client whose commands all fail with this. */
const failing = (error: unknown): RedisTokenStore.RedisClient => {
  const refuse = async () => {
    throw error
  }
  return { hmget: refuse, eval: refuse, evalsha: refuse }
}

const answers: ReadonlyArray<readonly [code: string, applied: "no" | "unknown", error: unknown]> = [
  ["LOADING", "no", new Error("LOADING Redis is loading the dataset in memory")],
  ["CLUSTERDOWN", "no", new Error("CLUSTERDOWN Hash slot not served")],
  ["MASTERDOWN", "no", new Error("MASTERDOWN Link with MASTER is down")],
  [
    "READONLY",
    "no",
    new Error("READONLY You can't write against a read only replica. script: ab, on @user_script:9.")
  ],
  [
    "OOM",
    "no",
    new Error("ERR Error running script (call to f_ab): @user_script:9: -OOM command not allowed")
  ],
  ["NOPERM", "no", new Error("NOPERM this user has no permissions to run the 'evalsha' command")],
  ["ERR", "unknown", new Error("ERR something new")],
  ["ECONNREFUSED", "no", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
  ["ECONNRESET", "unknown", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })],
  ["CONNECTION", "unknown", new Error("Connection is closed.")],
  ["CONNECTION", "unknown", new Error("Command timed out")],
  ["CONNECTION", "unknown", "a text"]
]

for (const [code, applied, error] of answers) {
  it.effect(
    `D14: ${code} (${String(error).slice(0, 40)}) is typed, and a write was applied: ${applied}`,
    () =>
      Effect.gen(function* () {
        const store = yield* RedisTokenStore.make({ client: failing(error) })
        const at = yield* Records.key("failing")
        const written = yield* Effect.flip(store.commit(Records.create(at, yield* Records.entry("first"))))
        assert.deepInclude(written, { _tag: "TokenStoreUnavailable", operation: "commit", applied })
        assert.deepInclude(causeOf(written), { code })
        const read = yield* Effect.flip(store.get(at))
        assert.deepInclude(read, { _tag: "TokenStoreUnavailable", operation: "get", applied: "no" })
      })
  )
}

it.effect("F24: shows no payload, though clients put commands with their arguments into errors", () =>
  Effect.gen(function* () {
    const payload = "canary-payload"
    const error = Object.assign(new Error(`ERR unknown command, with args beginning with: '${payload}'`), {
      command: { name: "evalsha", args: ["sha", "1", "key", payload] }
    })
    const store = yield* RedisTokenStore.make({ client: failing(error) })
    const next = { ...(yield* Records.entry(payload)), payload: Redacted.make(payload) }
    const exit = yield* Effect.exit(
      expectNoLeak(() => [payload], store.commit(Records.create(yield* Records.key("canary"), next)))
    )
    assert.isTrue(exit._tag === "Failure")
  })
)
