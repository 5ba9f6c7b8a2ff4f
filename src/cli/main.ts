import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Terminal from "@effect/platform/Terminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { overview, root } from "./commands.js"
import { exitCodes } from "./failure.js"
import { note, Streams } from "./output.js"
import { variable } from "./place.js"

declare const VERSION: string | undefined

/** Set by the build. */
const version = typeof VERSION === "string" ? VERSION : "0.0.0"

const application = { name: "effect-spotify", version, executable: "effect-spotify" }

const asksForHelp = (args: ReadonlyArray<string>): boolean =>
  args.length === 0 || (args.length === 1 && /^(?:--help|-h)$/.test(args[0] ?? ""))

// oxlint-disable-next-line no-control-regex -- colours are control sequences
const withoutColours = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, "")

/** Removes colours where the output is no terminal, or the user does not want them: see https://no-color.org */
const inWantedColours = Effect.fnUntraced(function* <A, E, R>(use: Effect.Effect<A, E, R>) {
  const { shows } = yield* Streams
  const unwanted = Option.isSome(yield* variable("NO_COLOR"))
  const console = yield* Console.consoleWith(Effect.succeed)
  const plain = (text: unknown) => (typeof text === "string" ? withoutColours(text) : text)
  return yield* use.pipe(
    Effect.withConsole(
      shows && !unwanted
        ? console
        : {
            ...console,
            log: (...args: ReadonlyArray<unknown>) => console.log(...args.map(plain)),
            error: (...args: ReadonlyArray<unknown>) => console.error(...args.map(plain))
          }
    ),
    Effect.updateService(Terminal.Terminal, (terminal) =>
      unwanted ? { ...terminal, display: (text) => terminal.display(withoutColours(text)) } : terminal
    )
  )
})

/** Prints what the library logs, in one plain line on standard error. */
const logger = Logger.make(
  ({ logLevel, message }) =>
    `effect-spotify: ${logLevel === LogLevel.Warning ? "warning" : logLevel.label.toLowerCase()}: ${[message].flat().map(String).join(" ")}`
).pipe(Logger.withConsoleError)

/** Runs a command line, and returns the exit code. */
export const main = (args: ReadonlyArray<string>) =>
  // The help of the whole command lists only its commands
  Command.run(
    asksForHelp(args) ? overview : root,
    application
  )(["node", "effect-spotify", ...args]).pipe(
    Effect.as(0),
    Effect.catchAll((error) =>
      ValidationError.isValidationError(error)
        ? // The parser has already printed what is wrong
          Effect.as(note("Run: effect-spotify --help"), exitCodes.usage)
        : Effect.as(note(error.message), exitCodes[error.kind])
    ),
    inWantedColours,
    Effect.provide(
      Layer.merge(
        CliConfig.layer({ finalCheckBuiltIn: true, showBuiltIns: false }),
        Logger.replace(Logger.defaultLogger, logger)
      )
    ),
    Logger.withMinimumLogLevel(LogLevel.Warning)
  )
