import type { SessionService } from "effect-spotify"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as AccessToken from "./accessToken.js"
import type { Counters, Failure, LoadOptions } from "./protocol.js"

export const failureOf = (error: unknown): Failure => {
  const { _tag, code, kind, reason } = error as Record<string, string | undefined>
  return { tag: _tag ?? "Defect", detail: reason ?? kind ?? code }
}

export interface Load {
  readonly counters: Counters
  readonly run: (session: SessionService.Service, options: LoadOptions) => Effect.Effect<never>
}

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/** Callers that come again and again, some of whom change their minds. */
export const make = (): Load => {
  const failed: Record<string, number> = {}
  const counters: Mutable<Counters> = { calls: 0, failed, interrupted: 0, stale: 0, older: 0, generation: -1 }

  const count = (seen: number, exit: Exit.Exit<Redacted.Redacted<string>, unknown>) => {
    if (Exit.isSuccess(exit)) {
      const token = AccessToken.parse(Redacted.value(exit.value))
      counters.calls += 1
      counters.stale += token.expiresAt <= Date.now() ? 1 : 0
      counters.older += token.generation < seen ? 1 : 0
      counters.generation = Math.max(counters.generation, token.generation)
    } else if (Cause.isInterruptedOnly(exit.cause)) {
      counters.interrupted += 1
    } else {
      const error = Option.getOrElse(Cause.failureOption(exit.cause), () => ({ _tag: "Defect" }))
      const { detail, tag } = failureOf(error)
      const name = detail === undefined ? tag : `${tag}:${detail}`
      failed[name] = (failed[name] ?? 0) + 1
    }
  }

  return {
    counters,
    run: (session, options) => {
      const call = Effect.gen(function* () {
        yield* Effect.sleep(yield* Random.nextRange(0, options.think))
        const seen = counters.generation
        if ((yield* Random.next) >= options.interrupts) {
          count(seen, yield* Effect.exit(session.accessToken))
          return
        }
        const fiber = yield* Effect.fork(session.accessToken)
        yield* Effect.sleep(yield* Random.nextRange(0, options.patience))
        count(seen, yield* Fiber.interrupt(fiber))
      })
      return Effect.zipRight(
        Effect.replicateEffect(Effect.forever(call), options.fibers, {
          concurrency: "unbounded",
          discard: true
        }),
        Effect.never
      )
    }
  }
}
