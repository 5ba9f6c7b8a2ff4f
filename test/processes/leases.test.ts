import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as RedisServer from "../support/servers/redis.js"
import * as AccessToken from "./accessToken.js"
import * as AuthorizationServer from "./authorizationServer.js"
import * as Backends from "./backends.js"
import * as Fleet from "./fleet.js"
import { herd } from "./herd.js"
import * as Records from "./records.js"
import Redis from "ioredis"

const seed = 20_260_603

const times = { timeout: 5_000, storeTimeout: 3_000 }

const generationOf = (token: string) => AccessToken.parse(token).generation

const pair = (backend: Backends.Backend, options: Partial<AuthorizationServer.Options> = {}) =>
  Effect.gen(function* () {
    const server = yield* AuthorizationServer.make(options)
    const settings: Fleet.Settings = { ...times, backend, accountsUrl: server.url, seed }
    const [holder, rival] = yield* Effect.all([Fleet.spawn(settings), Fleet.spawn(settings)], {
      concurrency: 2
    })
    return { server, holder, rival }
  })

describe("two processes and one lease", { concurrent: true }, () => {
  it.scopedLive("C2: clocks that are ten minutes apart change nothing", () =>
    Effect.gen(function* () {
      const offset = 5 * 60_000
      const result = yield* herd({
        backend: yield* Backends.acquire("redis"),
        processes: 4,
        fibers: 25,
        expiries: 2,
        // An hour in six seconds, so that the clocks are half a second apart
        life: 3600,
        rate: 600,
        offset: (index) => (index % 2 === 0 ? offset : -offset),
        think: 100,
        interrupts: 0.2,
        seed
      })
      assert.strictEqual(result.grants, result.due, `seed ${seed}`)
      assert.deepInclude(result, { reuse: 0, unnecessary: 0, rejected: 0, concurrent: 1 }, `seed ${seed}`)
      assert.deepStrictEqual(result.failed, {}, `seed ${seed}`)
    })
  )

  it.scopedLive(
    "C3: a holder that was stopped for longer than its lease adopts what a rival got meanwhile",
    () =>
      Effect.gen(function* () {
        const backend = yield* Backends.acquire("file")
        const store = yield* Backends.open(backend)
        const { holder, rival, server } = yield* pair(backend)
        yield* holder.must({ op: "login", code: "grace.c3" })
        const hold = yield* server.holdAt("grace.c3", "committed")
        const refresh = yield* Effect.fork(holder.token({ op: "refresh" }))
        yield* hold.reached
        yield* holder.signal("SIGSTOP")
        const rivals = yield* rival.token({ op: "refresh" })
        assert.strictEqual(generationOf(rivals), 2)
        yield* hold.release
        yield* holder.signal("SIGCONT")
        // Its request may have timed out meanwhile and been repeated; then that answer is the newest
        const newest = yield* Fiber.join(refresh)
        assert.isAtLeast(generationOf(newest), 2)
        assert.strictEqual(yield* holder.token({ op: "read" }), newest)
        const seen = yield* Records.look(store)
        assert.deepStrictEqual(
          seen,
          Option.some({ refreshToken: `rt~grace.c3~${generationOf(newest)}`, leased: false })
        )
        assert.strictEqual(server.counters.reuse, 0)
      })
  )

  for (const stoppedAt of ["lease", "request"] as const) {
    it.scopedLive(
      `C3: a holder that was stopped past its lease with its ${stoppedAt} out does not use up a strict server's patience`,
      () =>
        Effect.gen(function* () {
          const { holder, rival, server } = yield* pair(yield* Backends.acquire("redis"))
          yield* holder.must({ op: "login", code: "strict.c3" })
          const hold = yield* server.holdAt("strict.c3", "arrived")
          if (stoppedAt === "lease") {
            yield* hold.release
            yield* holder.must({ op: "arm", point: "e2", how: "hang" })
          }
          const refresh = yield* Effect.fork(holder.ask({ op: "refresh" }))
          yield* stoppedAt === "lease" ? holder.at("e2") : hold.reached
          yield* holder.signal("SIGSTOP")
          const rivals = yield* rival.token({ op: "refresh" })
          yield* holder.signal("SIGCONT")
          yield* holder.must({ op: "release" })
          const outcome = yield* Fiber.join(refresh)
          assert.deepInclude(server.counters, { grants: 1, reuse: 0 })
          assert.deepInclude(outcome, { _tag: "Success", value: rivals })
        })
    )
  }

  it.scopedLive(
    "C4: a holder stopped between answer and write does not overwrite the rival's newer token",
    () =>
      Effect.gen(function* () {
        const backend = yield* Backends.acquire("postgres")
        const { holder, rival, server } = yield* pair(backend)
        const store = yield* Backends.open(backend)
        yield* holder.must({ op: "login", code: "grace.c4" })
        yield* holder.must({ op: "arm", point: "e6", how: "hang" })
        const refresh = yield* Effect.fork(holder.token({ op: "refresh" }))
        yield* holder.at("e6")
        yield* holder.signal("SIGSTOP")
        const rivals = yield* rival.token({ op: "refresh" })
        yield* holder.signal("SIGCONT")
        yield* holder.must({ op: "release" })
        assert.strictEqual(yield* Fiber.join(refresh), rivals)
        const seen = yield* Records.look(store)
        assert.deepStrictEqual(seen, Option.some({ refreshToken: "rt~grace.c4~2", leased: false }))
        assert.strictEqual(server.counters.reuse, 0)
      })
  )

  it.scopedLive(
    "C5: the lease of a dead holder costs nothing while the token is good, and is taken over when it is out",
    () =>
      Effect.gen(function* () {
        const { holder, rival, server } = yield* pair(yield* Backends.acquire("redis"))
        yield* holder.must({ op: "login", code: "strict.c5" })
        yield* holder.must({ op: "arm", point: "e2", how: "kill" })
        yield* Effect.fork(holder.ask({ op: "refresh" }))
        const { at } = yield* holder.ended
        const read = yield* rival.ask({ op: "read" })
        assert.strictEqual(read._tag, "Success")
        const before = Date.now() - at
        const next = yield* rival.token({ op: "refresh" })
        const took = Date.now() - at
        assert.strictEqual(generationOf(next), 1)
        assert.isAtLeast(took, Fleet.lease(times))
        // The rival first sees the lease some time after the kill, and waits for no second one
        assert.isBelow(took, before + 1.5 * Fleet.lease(times))
        assert.deepInclude(server.counters, { grants: 1, reuse: 0 })
      })
  )

  it.scopedLive(
    "C6: a Redis that forgot everything is a signed-out user; an older record is refreshed or rejected, typed",
    () =>
      Effect.gen(function* () {
        const redis = yield* RedisServer.make()
        const backend = yield* Backends.redis(redis.url)
        const { holder, rival, server } = yield* pair(backend)
        const store = yield* Backends.open(backend)
        yield* holder.must({ op: "login", code: "grace.c6" })
        const older = yield* Effect.orDie(store.get(Records.keyOf()))
        yield* holder.token({ op: "refresh" })
        const client = yield* Effect.acquireRelease(
          Effect.sync(() => new Redis(redis.url)),
          (client) => Effect.sync(() => client.disconnect())
        )
        yield* Effect.promise(() => client.flushall())
        const gone = yield* rival.ask({ op: "read" })
        assert.deepInclude(gone, {
          _tag: "Failure",
          failure: { tag: "NotAuthenticated", detail: "SignedOut" }
        })

        // A failover that lost the last write: the record before it is back
        yield* Effect.orDie(store.commit({ key: Records.keyOf(), expected: Option.none(), next: older }))
        const again = yield* rival.token({ op: "refresh" })
        assert.strictEqual(generationOf(again), 2)
        assert.strictEqual(server.counters.reuse, 0)
      })
  )

  it.scopedLive("C8: a sign-out in one process is not undone by the refresh of another", () =>
    Effect.gen(function* () {
      const backend = yield* Backends.acquire("file")
      const { holder, rival, server } = yield* pair(backend)
      const store = yield* Backends.open(backend)
      yield* holder.must({ op: "login", code: "strict.c8" })
      const hold = yield* server.holdAt("strict.c8", "committed")
      const refresh = yield* Effect.fork(holder.ask({ op: "refresh" }))
      yield* hold.reached
      yield* rival.must({ op: "signOut" })
      yield* hold.release
      const outcome = yield* Fiber.join(refresh)
      assert.deepInclude(outcome, {
        _tag: "Failure",
        failure: { tag: "NotAuthenticated", detail: "SignedOut" }
      })
      assert.isTrue(Option.isNone(yield* Records.look(store)))
      const read = yield* holder.ask({ op: "read" })
      assert.strictEqual(read._tag, "Failure")
    })
  )
})
