import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import Redis from "ioredis"
import * as DroppingProxy from "../support/servers/droppingProxy.js"
import * as Postgres from "../support/servers/postgres.js"
import * as RedisServer from "../support/servers/redis.js"

// What the tests below rely on: a server that is paused, stopped or behind the proxy does what its name says

it.scopedLive("a Redis of one's own can be paused, resumed, stopped and started", () =>
  Effect.gen(function* () {
    const server = yield* RedisServer.make({ args: ["--appendonly", "yes"] })
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const redis = new Redis(server.url)
        redis.on("error", () => {})
        return redis
      }),
      (redis) => Effect.sync(() => redis.disconnect())
    )
    const get = Effect.tryPromise(() => client.get("key"))
    yield* Effect.tryPromise(() => client.set("key", "value"))
    yield* server.pause
    assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.timeout(get, "300 millis"))))
    yield* server.resume
    assert.strictEqual(yield* get, "value")
    yield* server.stop
    yield* server.start
    assert.strictEqual(yield* get, "value")
  })
)

it.scopedLive("a PostgreSQL of one's own can be paused, resumed, killed and started", () =>
  Effect.gen(function* () {
    const server = yield* Postgres.make()
    yield* server.query("create table things (id int)")
    yield* server.query("insert into things values (1)")
    yield* server.pause
    assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.timeout(server.query("select 1"), "300 millis"))))
    yield* server.resume
    assert.deepStrictEqual(yield* server.query("select id from things"), [{ id: 1 }])
    yield* server.kill
    assert.isTrue(Exit.isFailure(yield* Effect.exit(Postgres.query(server.url, "select 1"))))
    yield* server.start
    assert.deepStrictEqual(yield* server.query("select id from things"), [{ id: 1 }])
  })
)

it.scopedLive("the proxy loses replies after the server did the work, and requests before", () =>
  Effect.gen(function* () {
    const server = yield* RedisServer.make()
    const proxy = yield* DroppingProxy.make(server)
    const connect = (port: number) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const redis = new Redis({ port, maxRetriesPerRequest: 0 })
          redis.on("error", () => {})
          return redis
        }),
        (redis) => Effect.sync(() => redis.disconnect())
      )
    const direct = yield* connect(server.port)
    const through = yield* connect(proxy.port)
    const increment = Effect.tryPromise(() => through.incr("count"))
    const count = Effect.tryPromise(() => direct.get("count"))
    assert.strictEqual(yield* increment, 1)

    yield* proxy.decide((request) => (request.includes("incr") ? "loseReply" : "pass"))
    assert.isTrue(Exit.isFailure(yield* Effect.exit(increment)))
    assert.strictEqual(yield* proxy.dropped, 1)
    assert.strictEqual(yield* count, "2")

    yield* proxy.decide((request) => (request.includes("incr") ? "loseRequest" : "pass"))
    assert.isTrue(Exit.isFailure(yield* Effect.exit(increment)))
    assert.strictEqual(yield* proxy.dropped, 2)
    assert.strictEqual(yield* count, "2")

    yield* proxy.decide((request) => (request.includes("incr") ? "hold" : "pass"))
    // The client connects anew first, which takes as long as the machine wants
    const held = yield* Effect.fork(increment)
    yield* proxy.untilDropped(3)
    assert.strictEqual(yield* count, "2")
    yield* proxy.decide(() => "pass")
    yield* proxy.release
    assert.strictEqual(yield* held, 3)
    assert.strictEqual(yield* count, "3")
  })
)
