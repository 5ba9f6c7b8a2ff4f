import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assert } from "vitest"
import { Bench, layer } from "./command.js"

provided(layer({ accessTokenLifetime: "8 seconds" }), { excludeTestServices: true })(
  "effect-spotify and SIGINT",
  (it) => {
    it.scoped("in the middle of a refresh it stores the new token first", () =>
      Effect.gen(function* () {
        const { directory, emulator, logIn, run, start } = yield* Bench
        const { faults, setRotation } = emulator.controls
        const state = directory()
        yield* logIn(state)
        yield* setRotation("always")
        yield* faults.plan([
          { fault: { kind: "latency", delay: "2 seconds" }, target: "accounts", path: "/api/token", times: 1 }
        ])
        // A quarter of the life before the token expires
        yield* Effect.sleep("6 seconds")
        const token = yield* start(["token", "--state-dir", state])
        yield* Effect.repeat(faults.injected, { until: (_) => _.length > 0 })
        token.child.kill("SIGINT")
        const { code, stdout } = yield* token.ended
        assert.deepStrictEqual([code, stdout], [130, ""])
        // No lease is left, and the old refresh token is not needed
        const next = yield* run(["token", "--state-dir", state])
        assert.deepStrictEqual([next.code, next.stderr], [0, ""])
      })
    )

    it.scoped("in the middle of pages it leaves whole lines and a good session", () =>
      Effect.gen(function* () {
        const { directory, emulator, logIn, run, start } = yield* Bench
        const { faults } = emulator.controls
        const state = directory()
        yield* logIn(state)
        const fault = { kind: "latency", delay: "500 millis" } as const
        yield* faults.plan([{ fault, target: "api", path: "/v1/me/tracks", times: 100 }])
        const api = yield* start(["api", "GET", "/me/tracks?limit=2", "--paginate", "--state-dir", state])
        yield* Effect.async<void>((resume) => {
          api.child.stdout?.once("data", () => resume(Effect.void))
        })
        api.child.kill("SIGINT")
        const { code, stderr, stdout } = yield* api.ended
        assert.deepStrictEqual([code, stderr], [130, ""])
        const lines = stdout.split("\n")
        assert.strictEqual(lines.pop(), "")
        // The library has 60
        assert.isBelow(lines.map((line) => JSON.parse(line)).length, 20)
        yield* faults.clear
        assert.strictEqual((yield* run(["api", "GET", "/me", "--state-dir", state])).code, 0)
      })
    )
  }
)
