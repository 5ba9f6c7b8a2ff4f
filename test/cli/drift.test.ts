import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assert } from "vitest"
import { Bench, layer } from "./command.js"

interface Report {
  readonly requests: number
  readonly outcomes: ReadonlyArray<{
    readonly operation: string
    readonly result: string
    readonly reason?: string
    readonly drift: ReadonlyArray<{ readonly path: string; readonly kind: string }>
    readonly known: ReadonlyArray<{ readonly path: string; readonly kind: string }>
  }>
}

const report = (text: string): Report => JSON.parse(text)

provided(layer(), { excludeTestServices: true })("effect-spotify drift", (it) => {
  it.scoped("reads everything once, within its budget, and tells what the models do not know", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state)
      const drift = (...args: ReadonlyArray<string>) => run(["drift", ...args, "--state-dir", state])

      const none = yield* drift("--json")
      const { outcomes, requests } = report(none.stdout)
      const by = (result: string) => outcomes.filter((outcome) => outcome.result === result)
      assert.deepStrictEqual([by("drift"), by("failed"), none.code], [[], [], 0])
      assert.isAbove(by("ok").length, 40)
      assert.isAtMost(requests, 70)
      // What is closed to everybody since November 2024
      for (const { operation, reason = "" } of by("skipped")) {
        assert.match(reason, /November 2024/, operation)
      }
      const mine = ["--json", "--operations", "playlists.mine"]
      const known = report((yield* drift(...mine)).stdout)
      assert.deepInclude(known.outcomes[0], {
        result: "ok",
        drift: [],
        known: [{ path: "items[].primary_color", kind: "UnknownMember" }]
      })
      assert.strictEqual(known.requests, 1)
      const ignored = report((yield* drift(...mine, "--ignore", "primary_color")).stdout)
      assert.deepInclude(ignored.outcomes[0], { drift: [], known: [] })

      yield* emulator.controls.faults.plan([
        {
          fault: {
            kind: "respond",
            status: 200,
            body: JSON.stringify({
              id: "x",
              uri: "spotify:user:x",
              type: "user",
              href: "https://x/",
              mood: "good"
            })
          },
          path: "/v1/me",
          target: "api",
          times: 1
        }
      ])
      const some = yield* drift("--operations", "me.profile")
      assert.strictEqual(some.code, 1)
      assert.match(
        some.stdout,
        /^drift {4}me\.profile \(GET \/me\)\n(?: {9}.*\n)* {9}UnknownMember at mood\n/
      )

      const little = report((yield* drift("--json", "--budget", "5")).stdout)
      assert.strictEqual(little.requests, 5)
      assert.isAbove(little.outcomes.filter(({ reason }) => reason?.includes("budget")).length, 30)
      assert.strictEqual((yield* drift("--operations", "albums.save")).code, 2)
    })
  )
})
