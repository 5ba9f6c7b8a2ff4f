import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import * as Mariadb from "../support/servers/mariadb.js"
import * as Postgres from "../support/servers/postgres.js"
import * as RedisServer from "../support/servers/redis.js"
import type { ServerProcess } from "../support/servers/serverProcess.js"
import * as AuthorizationServer from "./authorizationServer.js"
import * as Backends from "./backends.js"
import * as Fleet from "./fleet.js"
import * as Records from "./records.js"

/** A store on a server that can be taken away. */
const places: Record<
  "redis" | "postgres" | "mariadb",
  Effect.Effect<{ readonly process: ServerProcess; readonly backend: Backends.Backend }, never, Scope>
> = {
  redis: Effect.gen(function* () {
    const process = yield* RedisServer.make({ args: ["--appendonly", "yes", "--appendfsync", "always"] })
    return { process, backend: yield* Backends.redis(process.url) }
  }),
  postgres: Effect.gen(function* () {
    const process = yield* Postgres.make()
    return { process, backend: yield* Backends.postgres(process.url) }
  }),
  mariadb: Effect.gen(function* () {
    const process = yield* Mariadb.make()
    return { process, backend: yield* Backends.mariadb(process.url) }
  })
}

const outages = {
  stopped: (server: ServerProcess) => ({ begin: server.stop, end: server.start }),
  paused: (server: ServerProcess) => ({ begin: server.pause, end: server.resume })
}

const life = 20

describe("a store that goes away", { concurrent: true }, () => {
  for (const place of ["redis", "postgres", "mariadb"] as const) {
    for (const kind of ["stopped", "paused"] as const) {
      it.scopedLive(`D1 D2 D3: ${place} ${kind}`, () =>
        Effect.gen(function* () {
          const { backend, process } = yield* places[place]
          const outage = outages[kind](process)
          const server = yield* AuthorizationServer.make({ life })
          const settings: Fleet.Settings = {
            backend,
            accountsUrl: server.url,
            timeout: 10_000,
            storeTimeout: 2_000,
            // Nobody waits for a new token before the old one is all but over
            waitAhead: 100
          }
          const worker = yield* Fleet.spawn(settings)
          yield* worker.must({ op: "login", code: "strict.d" })
          const signedInAt = Date.now()

          // D1: the token in memory is good, and soon to be renewed
          yield* outage.begin
          const first = yield* worker.ask({ op: "read" })
          assert.strictEqual(first._tag, "Success", "D1, fresh")
          yield* Effect.sleep(Math.max(0, signedInAt + life * 820 - Date.now()))
          const second = yield* worker.ask({ op: "read" })
          assert.strictEqual(second._tag, "Success", "D1, to be renewed")
          // Nobody waits for a store that does not answer
          assert.isBelow(second.ms, 2_000, "D1, to be renewed")
          assert.strictEqual(server.counters.requests, 0, "D1")

          // D2: it is over, and nothing may be asked of the token endpoint
          yield* Effect.sleep(Math.max(0, signedInAt + life * 1_000 + 100 - Date.now()))
          const third = yield* worker.ask({ op: "read" })
          assert.isTrue(
            third._tag === "Failure" && third.failure.tag === "TokenStoreUnavailable",
            `D2: ${JSON.stringify(third)}`
          )
          assert.strictEqual(server.counters.requests, 0, "D2")
          yield* outage.end
          yield* worker
            .token({ op: "read" })
            .pipe(Effect.retry(Schedule.spaced("100 millis")), Effect.timeout("2 minutes"))
          assert.strictEqual(server.counters.grants, 1, "D2")

          // D3: it goes while the token endpoint answers, which is after the lease was written
          server.options = { ...server.options, life: 3600 }
          const hold = yield* server.holdAt("strict.d", "committed")
          const refresh = yield* Effect.fork(worker.token({ op: "refresh" }))
          yield* hold.reached
          yield* outage.begin
          yield* hold.release
          const fourth = yield* Fiber.join(refresh)
          assert.isTrue(fourth.startsWith("at~strict.d~2~"), "D3")
          assert.strictEqual(yield* worker.token({ op: "read" }), fourth, "D3")
          yield* outage.end
          const store = yield* Backends.open(backend)
          yield* Records.look(store).pipe(
            Effect.sandbox,
            Effect.filterOrFail((seen) =>
              Option.exists(seen, ({ refreshToken }) => refreshToken === "rt~strict.d~2")
            ),
            Effect.retry(Schedule.spaced("100 millis")),
            Effect.timeout("2 minutes")
          )
          assert.deepInclude(server.counters, { grants: 2, reuse: 0, rejected: 0 }, "D3")
          const other = yield* Fleet.spawn(settings)
          assert.strictEqual(yield* other.token({ op: "read" }), fourth, "D3, another process")
        })
      )
    }
  }
})
