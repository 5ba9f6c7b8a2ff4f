import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AuthorizationServer from "./authorizationServer.js"
import * as Backends from "./backends.js"
import * as Fleet from "./fleet.js"
import { kills } from "./kills.js"
import * as Records from "./records.js"
import * as Option from "effect/Option"

const seed = 20_260_604

const times = { timeout: 5_000, storeTimeout: 3_000 }

/** On a loaded machine; what recovery takes on an idle one is N4's to say. */
const patience = { timeout: 5_000, slack: 10_000, grace: 120_000 }

describe("processes that end at any time", { concurrent: true }, () => {
  for (const [kind, mode] of [
    ["redis", "static"],
    ["file", "grace"]
  ] as const) {
    it.scopedLive(
      `E10: 10 random kills with a ${mode} server on ${kind} lose no session and leave no lease behind`,
      () =>
        Effect.gen(function* () {
          const result = yield* kills({
            backend: yield* Backends.acquire(kind),
            mode,
            kills: 10,
            seed,
            how: "SIGKILL",
            latency: 20,
            span: 120,
            warm: 2,
            ...patience
          })
          assert.deepInclude(result, { lost: 0, stuck: 0, readFailures: 0 }, `seed ${seed}`)
          assert.deepStrictEqual(result.otherFailures, {}, `seed ${seed}`)
          assert.isAbove(result.inFlight, 2)
        })
    )
  }

  it.scopedLive(
    "E11: 10 random kills with a strict server lose only what was rotated and not yet stored, and say so",
    () =>
      Effect.gen(function* () {
        const result = yield* kills({
          backend: yield* Backends.acquire("postgres"),
          mode: "strict",
          kills: 10,
          seed,
          how: "SIGKILL",
          latency: 20,
          span: 120,
          warm: 2,
          ...patience
        })
        assert.strictEqual(result.lost, result.explained, `seed ${seed}`)
        assert.deepInclude(result, { stuck: 0, readFailures: 0 }, `seed ${seed}`)
        assert.deepStrictEqual(result.otherFailures, {}, `seed ${seed}`)
      })
  )

  it.scopedLive("E12: SIGTERM in the middle of a refresh waits for it and its write", () =>
    Effect.gen(function* () {
      const backend = yield* Backends.acquire("file")
      const store = yield* Backends.open(backend)
      const server = yield* AuthorizationServer.make()
      const worker = yield* Fleet.spawn({ ...times, backend, accountsUrl: server.url })
      yield* worker.must({ op: "login", code: "strict.e12" })
      const hold = yield* server.holdAt("strict.e12", "committed")
      yield* Effect.fork(worker.ask({ op: "refresh" }))
      yield* hold.reached
      yield* worker.signal("SIGTERM")
      yield* worker.at("sigterm")
      const released = Date.now()
      yield* hold.release
      const ended = yield* worker.ended
      assert.deepInclude(ended, { code: 0, signal: null })
      assert.isAtMost(ended.at - released, 10_000)
      assert.deepStrictEqual(
        yield* Records.look(store),
        Option.some({ refreshToken: "rt~strict.e12~1", leased: false })
      )
    })
  )

  for (const mode of ["static", "grace"] as const) {
    it.scopedLive(
      `E13: SIGTERM with an endpoint that hangs, then SIGKILL: the session lives on (${mode})`,
      () =>
        Effect.gen(function* () {
          const backend = yield* Backends.acquire("redis")
          const server = yield* AuthorizationServer.make()
          const settings: Fleet.Settings = { ...times, backend, accountsUrl: server.url }
          const worker = yield* Fleet.spawn(settings)
          const old = yield* worker.token({ op: "login", code: `${mode}.e13` })
          const hold = yield* server.holdAt(`${mode}.e13`, "committed")
          yield* Effect.fork(worker.ask({ op: "refresh" }))
          yield* hold.reached
          yield* worker.signal("SIGTERM")
          yield* worker.at("sigterm")
          yield* Effect.sleep("1 second")
          const ended = yield* worker.kill
          assert.strictEqual(ended.signal, "SIGKILL")
          const other = yield* Fleet.spawn(settings)
          const next = yield* other.token({ op: "refresh" })
          assert.notStrictEqual(next, old)
        })
    )
  }
})
