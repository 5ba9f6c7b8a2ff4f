/** A process with one login that waits for its browser, so that only the listener's memory is measured. */
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Question, Told } from "./hostileProtocol.js"
import * as WaitingLogin from "./waitingLogin.js"

const tell = (told: Told) => Effect.sync(() => process.send?.(told))

const program = Effect.gen(function* () {
  const { controls } = yield* SpotifyEmulator.SpotifyEmulator
  const { answer, fiber, state, where } = yield* WaitingLogin.begin()
  const runtime = yield* Effect.runtime<never>()
  process.on("message", (question: Question) => {
    if (question === "memory") {
      globalThis.gc?.()
      process.send?.({ _tag: "Memory", rss: process.memoryUsage.rss() } satisfies Told)
    } else {
      Effect.runFork(
        Effect.flatMap(answer(), (target) => tell({ _tag: "Answer", target })).pipe(Effect.provide(runtime))
      )
    }
  })
  yield* tell({ _tag: "Waiting", where, state })
  const exit = yield* Fiber.await(fiber)
  yield* tell({
    _tag: "Ended",
    succeeded: Exit.isSuccess(exit),
    at: yield* Clock.currentTimeMillis,
    exchanges: (yield* controls.tokenRequests).authorization_code
  })
})

void Effect.runPromise(Effect.scoped(Effect.provide(program, WaitingLogin.layer()))).then(() =>
  process.disconnect?.()
)
