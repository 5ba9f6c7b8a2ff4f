import { assert, describe, it } from "@effect/vitest"
import { RateGate, SpotifyConfig, TokenStore } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as LeapingClock from "../../support/leapingClock.js"

const hour = 3_600_000

const day: RateGate.Budget = { name: "day", limit: 600, window: "24 hours" }

/** A gate as a process has it. It ends with the scope; a process that is killed does not end its scope. */
const gateOf = (store: TokenStore.Service, budget: RateGate.Budget = day, clientId = "client") =>
  RateGate.makeShared({ budgets: [budget], pollInterval: "30 seconds" }).pipe(
    Effect.provide(
      Layer.merge(Layer.succeed(TokenStore.TokenStore, store), Layer.orDie(SpotifyConfig.layer({ clientId })))
    )
  )

type Priority = "foreground" | "background"

const pass = (gate: RateGate.Service, priority: Priority = "foreground") =>
  gate.pass(
    { operation: "artists.get", route: "GET /artists/{id}", queue: "", budget: 0, priority },
    () => Effect.void
  )

/** How many of so many calls begin. */
const begun = (gate: RateGate.Service, calls: number, priority?: Priority) =>
  Effect.map(
    Effect.replicateEffect(Effect.exit(pass(gate, priority)), calls),
    (exits) => exits.filter(Exit.isSuccess).length
  )

const usedOf = (gate: RateGate.Service) => Effect.map(gate.status, ({ budgets }) => budgets[0]?.used)

/** A store that can fail, and counts its writes. */
const fragile = (store: TokenStore.Service) => {
  const state = { down: false, writes: 0 }
  const fail = new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
  const service: TokenStore.Service = {
    ...store,
    get: (key) => Effect.suspend(() => (state.down ? fail : store.get(key))),
    commit: (write) =>
      Effect.suspend(() => {
        state.writes += 1
        return state.down ? fail : store.commit(write)
      })
  }
  return { state, store: service }
}

/** A process with a gate. When it is killed, it writes nothing more. */
const processOf = (shared: TokenStore.Service, budget?: RateGate.Budget) =>
  Effect.gen(function* () {
    const { state, store } = fragile(shared)
    const scope = yield* Scope.make()
    return {
      gate: yield* Scope.extend(gateOf(store, budget), scope),
      end: Scope.close(scope, Exit.void),
      kill: Effect.sync(() => {
        state.down = true
      })
    }
  })

const scenario = <E>(
  title: string,
  run: (setTime: (to: number) => Effect.Effect<void>) => Effect.Effect<void, E, Scope.Scope>
) =>
  it.effect(title, () => {
    const { clock, setTime } = LeapingClock.make()
    return Effect.withClock(Effect.scoped(run(setTime)), clock)
  })

describe("a shared budget", () => {
  scenario("is spent once by all processes, to the last call", (setTime) =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const gates = yield* Effect.replicateEffect(gateOf(store), 4)
      const counts = yield* Effect.forEach(gates, (gate) => begun(gate, 400), { concurrency: "unbounded" })
      const first = counts.reduce((sum, count) => sum + count, 0)
      assert.isAtLeast(first, 590)
      // By now each has returned what it did not need
      yield* setTime(90_000)
      const rest = yield* Effect.forEach(gates, (gate) => begun(gate, 10))
      assert.strictEqual(
        rest.reduce((sum, count) => sum + count, first),
        600
      )
    })
  )

  scenario("needs few writes", () =>
    Effect.gen(function* () {
      const { state, store } = fragile(yield* TokenStore.makeMemory)
      const gate = yield* gateOf(store, { ...day, limit: 10_000, reserve: 0 })
      assert.strictEqual(yield* begun(gate, 5000), 5000)
      assert.isAtMost(state.writes, 5000 / 50)
    })
  )

  scenario("returns what a process did not use, after it or when it ends", (setTime) =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const one = yield* gateOf(store)
      assert.strictEqual(yield* begun(one, 1), 1)
      const two = yield* gateOf(store)
      assert.isBelow(yield* begun(two, 600), 599)
      yield* setTime(90_000)
      yield* Effect.scoped(Effect.flatMap(gateOf(store), (gate) => begun(gate, 1)))
      const left = yield* begun(two, 600)
      assert.isAbove(left, 0)
      const three = yield* gateOf(store)
      assert.strictEqual(yield* begun(three, 600), 0)
      yield* setTime(180_000)
      assert.strictEqual(yield* usedOf(three), 600)
    })
  )

  scenario("loses what a killed process held for one window, and is never exceeded", (setTime) =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const { gate: victim, kill } = yield* processOf(store)
      assert.strictEqual(yield* begun(victim, 1), 1)
      yield* kill
      const gate = yield* gateOf(store)
      const first = yield* begun(gate, 600)
      assert.isAtMost(first, 599)
      assert.isAtLeast(first, 550)
      yield* setTime(hour)
      assert.strictEqual(yield* begun(gate, 600), 0)
      yield* setTime(25 * hour)
      assert.strictEqual(yield* begun(gate, 600), 600)
    })
  )

  scenario("keeps the reserve from background work in every process", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const gates = yield* Effect.replicateEffect(gateOf(store, { ...day, reserve: 100 }), 3)
      const background = yield* Effect.forEach(gates, (gate) => begun(gate, 600, "background"), {
        concurrency: "unbounded"
      })
      assert.strictEqual(
        background.reduce((sum, count) => sum + count, 0),
        500
      )
      const foreground = yield* Effect.forEach(gates, (gate) => begun(gate, 600))
      assert.strictEqual(
        foreground.reduce((sum, count) => sum + count, 0),
        100
      )
    })
  )

  scenario("belongs to a client id, or to all client ids of an account", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const small = { ...day, limit: 10 }
      const own = yield* Effect.forEach(["a", "b"], (id) => gateOf(store, small, id))
      assert.deepStrictEqual(yield* Effect.forEach(own, (gate) => begun(gate, 20)), [10, 10])
      const account = { ...small, account: "developer" }
      const joint = yield* Effect.forEach(["a", "b"], (id) => gateOf(store, account, id))
      assert.deepStrictEqual(yield* Effect.forEach(joint, (gate) => begun(gate, 20)), [10, 0])
    })
  )

  scenario("closes in all processes when Spotify says so to one", (setTime) =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const group = { ...day, routes: ["GET /artists*"] }
      const [one, two] = [yield* gateOf(store, group), yield* gateOf(store, group)]
      assert.strictEqual(yield* begun(two, 1), 1)
      yield* one.close("GET /artists/{id}/albums", DateTime.unsafeMake(5 * hour), "Quota")
      yield* setTime(31_000)
      assert.strictEqual(yield* begun(one, 1), 0)
      // The second one reads it with its next exchange
      yield* begun(two, 1)
      yield* setTime(62_000)
      const error = yield* Effect.flip(pass(two))
      assert.strictEqual(error.retryAt.epochMillis, 5 * hour)
      yield* setTime(5 * hour)
      assert.strictEqual(yield* begun(two, 1), 1)
    })
  )

  scenario(
    "goes on in each process while the store is down, warns once, and is written afterwards",
    (setTime) =>
      Effect.gen(function* () {
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => {
          warnings.push(String(Array.isArray(message) ? message[0] : message))
        })
        const { state, store } = fragile(yield* TokenStore.makeMemory)
        const alone = (text: string) => text.includes("this process counts alone")
        yield* Effect.gen(function* () {
          const gate = yield* gateOf(store)
          assert.strictEqual(yield* begun(gate, 100), 100)
          state.down = true
          yield* setTime(hour)
          assert.strictEqual(yield* begun(gate, 100), 100)
          yield* setTime(2 * hour)
          assert.strictEqual(yield* begun(gate, 1000), 400)
          assert.strictEqual(warnings.filter(alone).length, 1)
          state.down = false
          yield* setTime(2 * hour + 60_000)
          const other = yield* gateOf(store)
          assert.strictEqual(yield* begun(other, 1), 0)
          assert.isAtLeast((yield* usedOf(other)) ?? 0, 600)
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      })
  )

  scenario("replaces a record that it cannot read", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const commits: Array<TokenStore.StoreKey> = []
      const spy: TokenStore.Service = {
        ...store,
        commit: (write) => {
          commits.push(write.key)
          return store.commit(write)
        }
      }
      yield* begun(yield* gateOf(spy), 1)
      const [key] = commits
      assert.isDefined(key)
      yield* TokenStore.set(store, key ?? TokenStore.StoreKey(""), {
        version: yield* TokenStore.newVersion,
        payload: Redacted.make('{"v":1,"calls":"many"}'),
        disposableAt: Option.none()
      })
      assert.strictEqual(yield* begun(yield* gateOf(store), 600), 600)
    })
  )

  it("is never exceeded in any window, whatever processes do and whichever of them are killed", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.integer({ min: 1, max: 60 }),
        FastCheck.constantFrom(30_000, 600_000),
        FastCheck.array(
          FastCheck.record({
            process: FastCheck.integer({ min: 0, max: 2 }),
            act: FastCheck.constantFrom("calls" as const, "calls" as const, "kill" as const, "end" as const),
            calls: FastCheck.integer({ min: 1, max: 40 }),
            gap: FastCheck.integer({ min: 0, max: 400 })
          }),
          { maxLength: 25 }
        ),
        (limit, window, acts) => {
          const { clock, setTime } = LeapingClock.make()
          return Effect.gen(function* () {
            const store = yield* TokenStore.makeMemory
            const budget = { ...day, limit, window, reserve: 0 }
            const start = processOf(store, budget)
            const processes = yield* Effect.replicateEffect(start, 3)
            const times: Array<number> = []
            let now = 0
            for (const { act, calls, gap, process } of acts) {
              now += Math.floor((gap * window) / 1000)
              yield* setTime(now)
              const running = processes[process]
              if (running !== undefined && act === "calls") {
                const count = yield* begun(running.gate, calls)
                times.push(...Array.from({ length: count }, () => now))
              } else if (running !== undefined) {
                yield* act === "end" ? running.end : running.kill
                processes[process] = yield* start
              }
              assert.isAtMost(times.filter((at) => at > now - window).length, limit)
            }
          }).pipe(Effect.withClock(clock), Effect.runPromise)
        }
      ),
      { seed: 20_261_129, numRuns: 40 }
    ))
})
