/** A terminal with somebody at its keyboard, and everything it ever showed. */
import type * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"

export interface ScriptedTerminal {
  readonly terminal: Terminal.Terminal
  /** What is on the screen. */
  readonly shown: () => string
}

/** Keys that are no text. The arrow stands for the key that it shows. */
const special: Record<string, Terminal.UserInput> = Object.fromEntries(
  (
    [
      ["\r", "\r", { name: "return" }],
      ["\n", "\n", { name: "enter" }],
      ["\b", "\b", { name: "backspace" }],
      ["\u0003", "\u0003", { name: "c", ctrl: true }],
      ["\u0004", "\u0004", { name: "d", ctrl: true }],
      ["\u0015", "\u0015", { name: "u", ctrl: true }],
      ["↑", "\u001b[A", { name: "up" }]
    ] as const
  ).map(([written, input, key]) => [
    written,
    { input: Option.some(input), key: { ctrl: false, meta: false, shift: false, ...key } }
  ])
)

const keysOf = (text: string): ReadonlyArray<Terminal.UserInput> =>
  [...text].map(
    (input) =>
      special[input] ?? {
        input: Option.some(input),
        key: { name: input, ctrl: false, meta: false, shift: false }
      }
  )

/**
 * Types the next text of the script at each prompt, after it was shown what is on the screen. At the end of
 * the script nobody types any more.
 */
export const make = (script: ReadonlyArray<(screen: string) => Effect.Effect<string>>): ScriptedTerminal => {
  let screen = ""
  let next = 0
  return {
    shown: () => screen,
    terminal: {
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      isTTY: Effect.succeed(true),
      readLine: Effect.dieMessage("a line would be echoed"),
      display: (text) =>
        Effect.sync(() => {
          screen += text
        }),
      readInput: Effect.gen(function* () {
        const keys = yield* Mailbox.make<Terminal.UserInput>()
        yield* Effect.forkScoped(
          Effect.forEach(script.slice(next), (answer) =>
            Effect.gen(function* () {
              const before = screen
              next += 1
              yield* keys.offerAll(keysOf(yield* answer(screen)))
              yield* Effect.repeat(Effect.yieldNow(), { until: () => screen !== before })
              yield* Effect.repeat(Effect.yieldNow(), { until: () => screen.endsWith("paste): ") })
            })
          )
        )
        return keys
      })
    }
  }
}
