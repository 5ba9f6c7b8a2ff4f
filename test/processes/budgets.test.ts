// Processes of two client ids that share the quota of one developer account, over a Redis
import { assert, describe, it } from "@effect/vitest"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { spawn as spawnChild } from "node:child_process"
import { ServerLayer } from "../emulator/port.js"
import { bundled } from "../support/bundled.js"
import * as Backends from "./backends.js"
import type { Settings } from "./budgetWorker.js"

const limit = 200

const other = { clientId: "another-app", clientSecret: Redacted.make("secret") }

/** The emulator, with all statuses of the Web API that it answered. */
const emulator = () => {
  const statuses: Array<number> = []
  const layer = ServerLayer({
    quotas: [{ limit, window: "1 hour", per: "account" }],
    apps: [{ ...other, redirectUris: [] }],
    onRequest: ({ status, target }) =>
      Effect.sync(() => {
        if (target === "api") {
          statuses.push(status)
        }
      })
  })
  return { layer, statuses }
}

const spawn = (settings: Settings) =>
  Effect.gen(function* () {
    const program = yield* bundled("test/processes/budgetWorker.ts")
    let printed = ""
    let errors = ""
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawnChild(process.execPath, [program, JSON.stringify(settings)], {
          stdio: ["ignore", "pipe", "pipe"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    child.stdout.on("data", (chunk) => (printed += String(chunk)))
    child.stderr.on("data", (chunk) => (errors += String(chunk)))
    const done = () => printed.split("\n").filter((line) => line === "done").length
    return {
      done,
      outcomes: () => new Set(printed.split("\n").slice(0, -1)),
      ended: Effect.async<void>((resume) => {
        child.once("close", (code) =>
          resume(code === 0 || child.killed ? Effect.void : Effect.dieMessage(`a worker failed: ${errors}`))
        )
      }),
      /** Kills it once it has made so many calls. */
      killedAfter: (calls: number) =>
        Effect.async<void>((resume) => {
          child.once("close", () => resume(Effect.void))
          child.stdout.on("data", () => {
            if (done() >= calls) {
              child.kill("SIGKILL")
            }
          })
        })
    }
  })

const settingsOf = (backend: Backends.Backend) =>
  Effect.map(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl, apiUrl, apps }) => {
    const shared = { backend, accountsUrl, apiUrl, limit }
    const of = (app: SpotifyEmulator.ConfidentialApp, calls: number): Settings => ({
      ...shared,
      calls,
      clientId: app.clientId,
      clientSecret: Redacted.value(app.clientSecret)
    })
    return { one: (calls: number) => of(apps.confidential, calls), two: (calls: number) => of(other, calls) }
  })

describe("processes that share a budget", () => {
  it.live("meet no 429, and spend all of it", () => {
    const { layer, statuses } = emulator()
    return Effect.gen(function* () {
      const { one, two } = yield* settingsOf(yield* Backends.acquire("redis"))
      const workers = yield* Effect.forEach([one(180), two(180)], spawn)
      yield* Effect.forEach(workers, ({ ended }) => ended, { concurrency: "unbounded" })
      const first = workers.reduce((sum, { done }) => sum + done(), 0)
      assert.isAtMost(first, limit)
      // Both returned what they had left when they ended
      const last = yield* spawn(one(limit))
      yield* last.ended
      assert.strictEqual(first + last.done(), limit)
      assert.deepStrictEqual(last.outcomes().has("RateLimited"), true)
      assert.deepStrictEqual(new Set(statuses), new Set([200]))
      assert.strictEqual(statuses.length, limit)
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.live("that are killed lose what they held, and never exceed it", () => {
    const { layer, statuses } = emulator()
    return Effect.gen(function* () {
      const { one, two } = yield* settingsOf(yield* Backends.acquire("redis"))
      const victim = yield* spawn(one(limit))
      yield* victim.killedAfter(30)
      const survivor = yield* spawn(two(limit))
      yield* survivor.ended
      assert.isAtLeast(survivor.done(), limit - victim.done() - 50)
      assert.isAtMost(statuses.length, limit)
      assert.deepStrictEqual(new Set(statuses), new Set([200]))
    }).pipe(Effect.scoped, Effect.provide(layer))
  })
})
