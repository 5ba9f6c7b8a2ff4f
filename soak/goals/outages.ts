import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as AuthorizationServer from "../../test/processes/authorizationServer.js"
import * as Backends from "../../test/processes/backends.js"
import * as Fleet from "../../test/processes/fleet.js"
import * as DroppingProxy from "../../test/support/servers/droppingProxy.js"
import * as Mariadb from "../../test/support/servers/mariadb.js"
import * as Postgres from "../../test/support/servers/postgres.js"
import * as RedisServer from "../../test/support/servers/redis.js"
import * as Goal from "../goal.js"

const failures = (failed: Readonly<Record<string, number>>) =>
  Object.values(failed).reduce((sum, times) => sum + times, 0)

const place = (kind: Goal.Place) =>
  kind === "redis"
    ? Effect.gen(function* () {
        const process = yield* RedisServer.make({ args: ["--appendonly", "yes", "--appendfsync", "always"] })
        return { process, backend: yield* Backends.redis(process.url) }
      })
    : kind === "mariadb"
      ? Effect.gen(function* () {
          const process = yield* Mariadb.make()
          return { process, backend: yield* Backends.mariadb(process.url) }
        })
      : Effect.gen(function* () {
          const process = yield* Postgres.make()
          return { process, backend: yield* Backends.postgres(process.url) }
        })

/** N7: the store goes away for a minute under load, while the token is good and soon to be renewed. */
const storeOutage = Goal.onStores("N7", ["redis", "postgres", "mariadb"], (kind, sizes) =>
  Effect.forEach(["stopped", "paused"] as const, (how) =>
    Effect.gen(function* () {
      const outage = sizes.count ?? 60
      // The refresh becomes due at three quarters of the life, in the second half of the outage
      const life = sizes.life ?? outage * 3
      const { backend, process } = yield* place(kind)
      const server = yield* AuthorizationServer.make({ life })
      const workers = yield* Fleet.spawnMany(sizes.processes ?? 2, {
        backend,
        accountsUrl: server.url,
        seed: sizes.seed,
        timeout: 10_000,
        storeTimeout: 2_000
      })
      yield* Effect.forEach(workers.slice(0, 1), (worker) => worker.must({ op: "login", code: "strict.n7" }))
      yield* Effect.forEach(workers, (worker) => worker.must({ op: "read" }))
      yield* Effect.forEach(workers, (worker) =>
        worker.must({ op: "load", fibers: sizes.fibers ?? 200, interrupts: 0, think: 500, patience: 20 })
      )
      yield* Effect.sleep(`${life * 0.75 - outage * 0.5} seconds`)
      yield* how === "stopped" ? process.stop : process.pause
      yield* Effect.sleep(`${outage} seconds`)
      const asked = server.counters.requests
      yield* how === "stopped" ? process.start : process.resume
      const back = Date.now()
      while (server.counters.grants === 0 && Date.now() - back < 30_000) {
        yield* Effect.sleep("10 millis")
      }
      const recovery = Date.now() - back
      yield* Effect.sleep("1 second")
      const counters = Fleet.total(yield* Effect.forEach(workers, (worker) => worker.stopLoad))
      return {
        goal: "N7",
        backend: kind,
        target:
          "all calls served while the token is good, 0 token requests meanwhile, recovery within 2 s, 0 lost",
        measured: `${outage} s ${how}: ${failures(counters.failed)} failed of ${counters.calls} calls, ${asked} token requests, recovery ${recovery} ms, ${server.counters.grants} grant, ${server.counters.reuse} reuse`,
        count: counters.calls,
        seed: sizes.seed,
        pass:
          failures(counters.failed) === 0 &&
          asked === 0 &&
          recovery <= 2_000 &&
          server.counters.grants === 1 &&
          server.counters.reuse === 0
      }
    }).pipe(Effect.scoped)
  )
)

/** N8: the token endpoint is away for ten minutes, when a new token is due and the old one good. */
const endpointOutage = Goal.onStores("N8", ["redis"], (kind, sizes) =>
  Effect.gen(function* () {
    const rate = 60
    const minute = 60_000 / rate
    const server = yield* AuthorizationServer.make({ life: 3600, rate })
    const workers = yield* Fleet.spawnMany(sizes.processes ?? 8, {
      backend: yield* Backends.acquire(kind),
      accountsUrl: server.url,
      seed: sizes.seed,
      clock: { offset: 0, rate, origin: Date.now() },
      timeout: 10_000 * rate,
      storeTimeout: 5_000 * rate,
      refreshAhead: 15 * 60_000
    })
    yield* Effect.forEach(workers.slice(0, 1), (worker) => worker.must({ op: "login", code: "strict.n8" }))
    const signedIn = Date.now()
    yield* Effect.forEach(workers, (worker) =>
      worker.must({ op: "load", fibers: sizes.fibers ?? 50, interrupts: 0, think: 200 * rate, patience: 20 })
    )
    // From here on the token is due
    yield* Effect.sleep(Math.max(0, signedIn + 44 * minute - Date.now()))
    server.fault = { _tag: "Unavailable" }
    yield* Effect.sleep(11 * minute)
    const attempts = server.counters.requests
    server.fault = { _tag: "None" }
    yield* Effect.sleep(4 * minute)
    const counters = Fleet.total(yield* Effect.forEach(workers, (worker) => worker.stopLoad))
    return [
      {
        goal: "N8",
        backend: kind,
        target: "0 failed calls, at most 20 attempts in total over all processes",
        measured: `10 min outage (time runs ${rate} times faster by injected clocks), ${workers.length} processes: ${failures(counters.failed)} failed of ${counters.calls} calls, ${attempts} attempts, ${server.counters.grants} grant afterwards`,
        count: counters.calls,
        seed: sizes.seed,
        pass:
          failures(counters.failed) === 0 && attempts > 0 && attempts <= 20 && server.counters.grants === 1
      }
    ]
  })
)

/** N9: the store does what it is asked, and the answer is lost. */
const lostAcknowledgements = Goal.onStores("N9", ["redis", "postgres"], (kind, sizes) =>
  Effect.gen(function* () {
    // Two writes each: the lease and the result
    const refreshes = Math.ceil((sizes.count ?? 10_000) / 2)
    const { backend, process } = yield* place(kind)
    const proxy = yield* DroppingProxy.make({ port: process.port })
    const address = new URL("url" in backend ? backend.url : "")
    address.port = String(proxy.port)
    const server = yield* AuthorizationServer.make()
    const worker = yield* Fleet.spawn({
      backend: { ...backend, url: address.toString() } as Backends.Backend,
      accountsUrl: server.url,
      seed: sizes.seed,
      timeout: 10_000,
      storeTimeout: 5_000
    })
    yield* worker.must({ op: "login", code: "strict.n9" })
    const random = Random.make(sizes.seed)
    const draw = Effect.runSync(Effect.replicateEffect(random.next, 10_000))
    let drawn = 0
    const writes = kind === "redis" ? /evalsha|eval\b/i : /update |insert |delete /i
    yield* proxy.decide((request) =>
      writes.test(request) && (draw[drawn++ % draw.length] ?? 1) < 0.3 ? "loseReply" : "pass"
    )
    let failed = 0
    const first: Array<string> = []
    for (let i = 0; i < refreshes; i++) {
      const outcome = yield* worker.ask({ op: "refresh" })
      if (outcome._tag === "Failure") {
        failed += 1
        first.push(`${outcome.failure.tag}:${outcome.failure.detail ?? ""}`)
      }
    }
    yield* proxy.decide(() => "pass")
    const last = yield* worker.ask({ op: "refresh" })
    const { counters } = server
    const dropped = yield* proxy.dropped
    return [
      {
        goal: "N9",
        backend: kind,
        target: "0 double grants, 0 lost, 0 reuse, with 30 % of the acknowledgements lost",
        measured: `${dropped} answers lost, ${refreshes} refreshes: ${counters.grants} grants, ${counters.reuse} reuse, ${counters.rejected} rejected, ${failed} failed${failed === 0 ? "" : ` (${first[0]})`}; the session ${last._tag === "Success" ? "lives" : "is gone"}`,
        count: refreshes * 2,
        seed: sizes.seed,
        pass:
          last._tag === "Success" &&
          counters.reuse + counters.rejected + failed === 0 &&
          counters.grants === refreshes + 1 &&
          dropped > 0
      }
    ]
  })
)

export const outages = [storeOutage, endpointOutage, lostAcknowledgements]
