import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** What the process's streams can do, which `Console` and `Terminal` do not say. */
export interface Service {
  /** Standard input is a terminal, so somebody can answer. */
  readonly asks: boolean
  /** Standard output is a terminal. */
  readonly shows: boolean
  /** The width of the terminal that standard error is; undefined if it is none, or cannot redraw a line. */
  readonly columns: number | undefined
  /** Completes when standard input ends. It is noticed only while something reads it. */
  readonly inputEnds: Effect.Effect<void>
  /** Writes to standard error, without a line break. */
  readonly write: (text: string) => Effect.Effect<void>
}

export class Streams extends Context.Tag("effect-spotify/output/Streams")<Streams, Service>() {}

/** A value as one line of JSON. */
export const jsonLine = (value: unknown): string => JSON.stringify(value)

/** A value as JSON for people. */
export const jsonText = (value: unknown): string => JSON.stringify(value, undefined, 2)

/** Prints the result of a command: JSON for programs, or text for people. */
export const result = (json: boolean, value: unknown, text: string): Effect.Effect<void> =>
  Console.log(json ? jsonLine(value) : text)

/** Prints anything that is not the result, on standard error, so that a pipe gets only the result. */
export const note = (text: string): Effect.Effect<void> => Console.error(text)

/** Names and values in two columns. */
export const table = (rows: ReadonlyArray<readonly [string, string]>): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n")
}

const barWidth = 20

/** How far a command is, such as `[#####---------------] 25 of 100 albums.get`. */
const progressLine = (done: number, total: number | undefined, what: string): string => {
  const full = total === undefined ? 0 : Math.round((Math.min(done, total) / Math.max(total, 1)) * barWidth)
  return total === undefined
    ? `${done} ${what}`
    : `[${"#".repeat(full).padEnd(barWidth, "-")}] ${done} of ${total} ${what}`
}

/**
 * Shows how far a command is, in the last line of the terminal that standard error is, until the scope ends.
 * It needs no escape sequences, so it is the same with NO_COLOR.
 */
export const progress = Effect.fnUntraced(function* (wanted: boolean) {
  const { columns, write } = yield* Streams
  let shown = 0
  if (wanted && columns !== undefined) {
    yield* Effect.addFinalizer(() => (shown === 0 ? Effect.void : write(`\r${" ".repeat(shown)}\r`)))
  }
  return (done: number, total: number | undefined, what: string): Effect.Effect<void> => {
    if (!wanted || columns === undefined) {
      return Effect.void
    }
    // A line that is as wide as the terminal would continue on the next one
    const line = progressLine(done, total, what).slice(0, columns - 1)
    const text = `\r${line.padEnd(shown)}`
    shown = line.length
    return write(text)
  }
})
