import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What the process's streams support, which `Console` and `Terminal` do not tell. */
export interface Service {
  /** Whether somebody can type an answer. */
  readonly asks: boolean
  /** Whether standard output is a screen. */
  readonly shows: boolean
  /** Whether progress can be shown on standard error. */
  readonly progresses: boolean
  /** Ends when standard input does, once something reads it. */
  readonly inputEnds: Effect.Effect<void>
  /** Writes on standard error, without a line break. */
  readonly write: (text: string) => Effect.Effect<void>
}

export class Streams extends Context.Tag("effect-spotify/output/Streams")<Streams, Service>() {}

/** A value as JSON on one line. */
export const jsonLine = (value: unknown): string => JSON.stringify(value)

/** The same for people. */
export const jsonText = (value: unknown): string => JSON.stringify(value, undefined, 2)

/** The result of a command: as JSON for programs, or as text for people. */
export const result = (json: boolean, value: unknown, text: string): Effect.Effect<void> =>
  Console.log(json ? jsonLine(value) : text)

/** What is no result: on standard error, so that pipes get results alone. */
export const note = (text: string): Effect.Effect<void> => Console.error(text)

/** Names and values in two columns. */
export const table = (rows: ReadonlyArray<readonly [string, string]>): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n")
}
