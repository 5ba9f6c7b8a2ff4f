import { LoginService, Session, SessionService, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as V8 from "node:v8"
import * as Vm from "node:vm"
import * as FakeAccounts from "../../test/support/fakeAccounts.js"
import { config, login } from "../../test/support/userSession.js"
import * as Goal from "../goal.js"

V8.setFlagsFromString("--expose-gc")
const collect = Vm.runInNewContext("gc") as () => void

const layer = (server: FakeAccounts.FakeAccounts, store: TokenStore.Service, sessions: "one" | "many") =>
  SessionService.layerAuthorizationCode({ sessions }).pipe(
    Layer.provide([server.layer, Layer.orDie(config), Layer.succeed(TokenStore.TokenStore, store)])
  )

/** Calls per second of processor time, and bytes of garbage for each. */
const measure = <E>(effect: Effect.Effect<unknown, E>, count: number) =>
  Effect.gen(function* () {
    const loop = Effect.suspend(() => {
      let left = count
      return Effect.whileLoop({ while: () => left-- > 0, body: () => effect, step: () => {} })
    })
    yield* loop
    collect()
    const heap = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    yield* loop
    const { system, user } = process.cpuUsage(cpu)
    return { perSecond: (count / (system + user)) * 1e6, heap: process.memoryUsage().heapUsed - heap }
  })

const median = (numbers: ReadonlyArray<number>) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

/** N12: the token from memory, over and over. */
const hot = Goal.alone("N12", (sizes) =>
  Effect.gen(function* () {
    const count = sizes.count ?? 500_000
    const server = FakeAccounts.make()
    const rounds = yield* Effect.gen(function* () {
      const session = yield* SessionService.SessionService
      yield* login
      const bare = Effect.sync(() => 1)
      const all: Array<{ ours: number; bare: number; garbage: number }> = []
      for (let round = 0; round < 7; round++) {
        const ours = yield* measure(session.accessToken, count)
        const floor = yield* measure(bare, count)
        // A small count, so that no collection falls into the measurement
        const few = yield* measure(session.accessToken, 2_000)
        const loop = yield* measure(bare, 2_000)
        all.push({
          ours: ours.perSecond,
          bare: floor.perSecond,
          garbage: Math.max(0, few.heap - loop.heap) / 2_000
        })
      }
      return all
    }).pipe(Effect.provide(layer(server, yield* TokenStore.makeMemory, "one")), Effect.orDie)
    const reads = median(rounds.map(({ ours }) => ours))
    const ratio = median(rounds.map(({ bare, ours }) => bare / ours))
    const garbage = median(rounds.map(({ garbage }) => garbage))

    const sessions = sizes.fibers ?? 100_000
    const memory = yield* TokenStore.makeMemory
    const many = FakeAccounts.make()
    const bytes = yield* Effect.gen(function* () {
      const service = yield* SessionService.SessionService
      const logins = yield* LoginService.LoginService
      // The store's own memory is none of the service's
      const signIn = (i: number) =>
        Effect.gen(function* () {
          const { state } = yield* logins.begin()
          yield* logins.complete(`http://127.0.0.1:8888/callback?code=c${i}&state=${state}`, { state })
        }).pipe(SessionService.withSession(Session.SessionKey(`user-${i}`)))
      yield* Effect.forEach(
        Array.from({ length: sessions }, (_, i) => i),
        signIn,
        { discard: true }
      )
      many.requests.length = 0
      collect()
      const before = process.memoryUsage().heapUsed
      yield* Effect.forEach(
        Array.from({ length: sessions }, (_, i) => i),
        (i) => SessionService.withSession(service.accessToken, Session.SessionKey(`user-${i}`)),
        { discard: true }
      )
      collect()
      return process.memoryUsage().heapUsed - before
    }).pipe(Effect.provide(layer(many, memory, "many")), Effect.orDie)
    const row = { goal: "N12", backend: "-", seed: sizes.seed }
    return [
      {
        ...row,
        target:
          "at least 1,000,000 reads per second and core on an idle machine, at most 3 times a bare Effect.sync",
        measured: `${(reads / 1e6).toFixed(2)} M/s, ${ratio.toFixed(2)} times a bare Effect.sync of the same run`,
        count,
        pass: reads >= 1e6 && ratio <= 3
      },
      {
        ...row,
        target: "at most 200 bytes of garbage for each read besides that of the loop, 0 I/O",
        measured: `${garbage.toFixed(0)} bytes, ${server.requests.length - 1} requests besides the login's`,
        count: 2_000,
        pass: garbage <= 200 && server.requests.length === 1
      },
      {
        ...row,
        target: "100,000 sessions in at most 100 MB",
        measured: `${(bytes / 1e6).toFixed(1)} MB for ${sessions} sessions in use`,
        count: sessions,
        pass: bytes / sessions <= 1000
      }
    ]
  })
)

export const hotPath = [hot]
