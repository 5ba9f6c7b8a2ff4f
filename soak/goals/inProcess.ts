import { LoginService, Session, SessionService, TokenStore } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { quantile } from "../../test/processes/kills.js"
import * as FakeAccounts from "../../test/support/fakeAccounts.js"
import { config, login } from "../../test/support/userSession.js"
import * as Goal from "../goal.js"

const layer = (
  server: FakeAccounts.FakeAccounts,
  store: TokenStore.Service,
  options: SessionService.Options = {}
) =>
  SessionService.layerAuthorizationCode(options).pipe(
    Layer.provide([server.layer, Layer.orDie(config), Layer.succeed(TokenStore.TokenStore, store)])
  )

/** What it costs to wake so many fibers with nothing in between. */
const bareWaits = (fibers: number, latency: number) =>
  Effect.gen(function* () {
    const waits: Array<number> = []
    const deferred = yield* Deferred.make<void>()
    const call = Effect.gen(function* () {
      const began = performance.now()
      yield* Deferred.await(deferred)
      waits.push(performance.now() - began)
    })
    yield* Effect.fork(Effect.delay(Deferred.succeed(deferred, undefined), latency))
    yield* Effect.replicateEffect(call, fibers, { concurrency: "unbounded", discard: true })
    return quantile(
      waits.sort((a, b) => a - b),
      0.99
    )
  })

/** N2: one process, with callers who come within a second around the end of a token, or all in one turn. */
const herd = Goal.alone("N2", (sizes) =>
  Effect.forEach(["within a second", "in one turn"] as const, (arrival) =>
    Effect.gen(function* () {
      const expiries = sizes.expiries ?? 100
      const fibers = sizes.fibers ?? 10_000
      const latency = 20
      const server = FakeAccounts.make()
      server.rotate = true
      const life = 2
      server.expiresIn = life
      const waits: Array<number> = []
      let failed = 0
      const bare = yield* bareWaits(fibers, latency)
      yield* Effect.gen(function* () {
        const session = yield* SessionService.SessionService
        yield* login
        let asked = Date.now()
        server.before = Effect.suspend(() => {
          asked = Date.now()
          return Effect.sleep(latency)
        })
        const call = Effect.gen(function* () {
          if (arrival === "within a second") {
            yield* Effect.sleep(yield* Random.nextRange(0, 1_000))
          }
          const began = performance.now()
          failed += Exit.isFailure(yield* Effect.exit(session.accessToken)) ? 1 : 0
          waits.push(performance.now() - began)
        })
        for (let expiry = 0; expiry < expiries; expiry++) {
          const end = asked + life * 1_000
          const from = arrival === "in one turn" ? end + 10 : end - 500
          yield* Effect.sleep(Math.max(0, from - Date.now()))
          yield* Effect.replicateEffect(call, fibers, { concurrency: "unbounded", discard: true })
        }
      }).pipe(
        Effect.provide(layer(server, yield* TokenStore.makeMemory, { refreshAhead: 0, waitAhead: 0 })),
        Effect.withRandom(Random.make(sizes.seed)),
        Effect.orDie
      )
      waits.sort((a, b) => a - b)
      const p99 = quantile(waits, 0.99)
      const row = { goal: "N2", backend: "-", count: waits.length, seed: sizes.seed }
      return [
        {
          ...row,
          target: "a grant for each expiry, 0 failed calls, 0 reuse",
          measured: `${server.grants} grants for ${expiries} expiries, ${failed} failed, ${server.reuse} reuse, ${fibers} callers ${arrival}`,
          pass: server.grants === expiries && failed + server.reuse === 0
        },
        {
          ...row,
          target:
            arrival === "in one turn"
              ? "for the record: no fibers are woken faster than those of a bare Deferred"
              : `p99 of the waits at most ${latency + 50} ms, the time of a refresh and 50 ms`,
          measured: `p50 ${quantile(waits, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${fibers} callers ${arrival}; p99 of a bare Deferred in one turn ${bare.toFixed(1)} ms`,
          pass: arrival === "in one turn" || p99 <= latency + 50
        }
      ]
    })
  ).pipe(Effect.map((rows) => rows.flat()))
)

/** The points of a refresh at which its first caller goes away. */
const points = ["lease", "sent", "rotated", "answered", "writing", "written"] as const

/** N3: the caller who began a refresh is interrupted in the middle of it. */
const leader = Goal.alone("N3", (sizes) =>
  Effect.forEach(points, (point) =>
    Effect.gen(function* () {
      const runs = sizes.count ?? 1_000
      const followers = 20
      let failed = 0
      let lost = 0
      let grants = 0
      const run = Effect.gen(function* () {
        const server = FakeAccounts.make()
        server.rotate = true
        const memory = yield* TokenStore.makeMemory
        const reached = yield* Deferred.make<void>()
        const gate = yield* Deferred.make<void>()
        const stop = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
        let commits = 0
        let armed = false
        const store: TokenStore.Service = {
          ...memory,
          commit: (write) =>
            Effect.gen(function* () {
              commits += armed ? 1 : 0
              if (armed && ((point === "lease" && commits === 1) || (point === "writing" && commits === 2))) {
                yield* stop
              }
              yield* memory.commit(write)
              if (armed && point === "written" && commits === 2) {
                yield* stop
              }
            })
        }
        yield* Effect.gen(function* () {
          const session = yield* SessionService.SessionService
          yield* login
          yield* TestClock.adjust("2 hours")
          armed = true
          if (point === "sent") {
            server.before = stop
          } else if (point === "rotated" || point === "answered") {
            server.after = stop
          }
          const first = yield* Effect.fork(session.accessToken)
          yield* Deferred.await(reached)
          const others = yield* Effect.replicateEffect(Effect.fork(session.accessToken), followers)
          if (point === "answered") {
            // The answer is on its way when the caller goes
            yield* Deferred.succeed(gate, undefined)
          }
          yield* Fiber.interruptFork(first)
          yield* Deferred.succeed(gate, undefined)
          const exits = yield* Effect.forEach(others, Fiber.await)
          failed += exits.filter(Exit.isFailure).length
        }).pipe(Effect.provide(layer(server, store)))
        grants += server.grants
        const entry = yield* memory.get(TokenStore.StoreKey("effect-spotify:client:session:default"))
        const kept = Option.match(entry, {
          onNone: () => undefined,
          onSome: ({ payload }) => JSON.parse(Redacted.value(payload)).token.refreshToken
        })
        lost += kept === server.refreshToken ? 0 : 1
      }).pipe(Effect.provide(TestContext.TestContext), Effect.orDie)
      yield* Effect.replicateEffect(run, runs, { discard: true })
      return {
        goal: "N3",
        backend: "-",
        target: "0 failed followers, 0 lost rotations, 1 grant each",
        measured: `leader interrupted at "${point}": ${failed} failed of ${runs * followers} followers, ${lost} lost rotations, ${grants} grants`,
        count: runs,
        seed: sizes.seed,
        pass: failed + lost === 0 && grants === runs
      }
    })
  )
)

/** N18: sessions that all began in the same second are not all refreshed in the same second. */
const spread = Goal.alone("N18", (sizes) =>
  Effect.gen(function* () {
    const sessions = sizes.count ?? 10_000
    const server = FakeAccounts.make()
    const perSecond: Array<number> = []
    yield* Effect.gen(function* () {
      const service = yield* SessionService.SessionService
      const logins = yield* LoginService.LoginService
      const keys = Array.from({ length: sessions }, (_, i) => Session.SessionKey(`user-${i}`))
      yield* Effect.forEach(
        keys,
        (key, i) =>
          Effect.gen(function* () {
            const { state } = yield* logins.begin()
            yield* logins.complete(`http://127.0.0.1:8888/callback?code=c${i}&state=${state}`, { state })
            yield* service.accessToken
          }).pipe(SessionService.withSession(key)),
        { discard: true }
      )
      // Every user is there all the time; the fake server knows one refresh token, so any answer will do
      let refreshes = 0
      server.instead = () =>
        Effect.sync(() => {
          refreshes += 1
          return Response.json({ access_token: `a-${refreshes}`, token_type: "Bearer", expires_in: 3600 })
        })
      yield* TestClock.adjust("54 minutes")
      for (let second = 0; second < 180; second++) {
        const before = refreshes
        yield* Effect.forEach(keys, (key) => SessionService.withSession(service.accessToken, key), {
          discard: true
        })
        yield* TestClock.adjust("1 second")
        perSecond.push(refreshes - before)
      }
    }).pipe(
      Effect.provide(layer(server, yield* TokenStore.makeMemory, { sessions: "many" })),
      Effect.provide(TestContext.TestContext),
      Effect.orDie
    )
    const busy = perSecond.filter((count) => count > 0)
    const total = busy.reduce((sum, count) => sum + count, 0)
    const mean = total / busy.length
    const peak = Math.max(...busy)
    return [
      {
        goal: "N18",
        backend: "-",
        target: "peak refreshes per second at most 3 times the mean",
        measured: `${total} refreshes over ${busy.length} s, mean ${mean.toFixed(0)}, peak ${peak} per second (${(peak / mean).toFixed(2)} times)`,
        count: sessions,
        seed: sizes.seed,
        pass: peak <= 3 * mean && total >= sessions * 0.99
      }
    ]
  })
)

export const inProcess = [herd, leader, spread]
