// run: by hand, it is a part of a web page
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { useEffect, useState } from "react"
import { explain, type Known } from "./explain.js"
import { runtime, type Services } from "./spotify.js"

export type Result<A> =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Done"; readonly value: A }
  | { readonly _tag: "Failed"; readonly message: string }

const failed = (cause: Cause.Cause<Known>): { readonly _tag: "Failed"; readonly message: string } => ({
  _tag: "Failed",
  message: Option.match(Cause.failureOption(cause), {
    onSome: explain,
    onNone: () => "Something is wrong with this app. Load the page again."
  })
})

/**
 * Runs an effect as long as the component is there. The effect must be the same value at each rendering: a
 * constant, or one from `useMemo`.
 */
export const useEffectOf = <A, E extends Known>(effect: Effect.Effect<A, E, Services>): Result<A> => {
  const [result, setResult] = useState<Result<A>>({ _tag: "Loading" })
  useEffect(() => {
    setResult({ _tag: "Loading" })
    const cancel = runtime.runCallback(effect, {
      onExit: (exit) => {
        if (Exit.isSuccess(exit)) {
          setResult({ _tag: "Done", value: exit.value })
        } else if (!Cause.isInterruptedOnly(exit.cause)) {
          setResult(failed(exit.cause))
        }
      }
    })
    return () => cancel()
  }, [effect])
  return result
}

/** Runs an effect from a click. Straight away, so that the browser still takes it for part of the click. */
export const useAction = <A, E extends Known>(
  effect: Effect.Effect<A, E, Services>,
  onDone: (value: A) => void = () => {}
): { readonly run: () => void; readonly isRunning: boolean; readonly problem: string | undefined } => {
  const [state, setState] = useState<{ readonly isRunning: boolean; readonly problem?: string }>({
    isRunning: false
  })
  const run = () => {
    setState({ isRunning: true })
    runtime.runCallback(effect, {
      onExit: (exit) => {
        if (Exit.isSuccess(exit)) {
          setState({ isRunning: false })
          onDone(exit.value)
        } else {
          setState({ isRunning: false, problem: failed(exit.cause).message })
        }
      }
    })
  }
  return { run, isRunning: state.isRunning, problem: state.problem }
}
