import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
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

// oxlint-disable-next-line no-control-regex -- the escapes are what is looked for
const plain = (text: unknown) => (typeof text === "string" ? text.replace(/\u001b\[[0-9;]*m/g, "") : text)

/** Colours only where they are shown and wanted: see https://no-color.org */
const withoutColours = Effect.gen(function* () {
  const { shows } = yield* Streams
  const unwanted = yield* variable("NO_COLOR")
  const console = yield* Console.consoleWith(Effect.succeed)
  return shows && Option.isNone(unwanted)
    ? console
    : {
        ...console,
        log: (...args: ReadonlyArray<unknown>) => console.log(...args.map(plain)),
        error: (...args: ReadonlyArray<unknown>) => console.error(...args.map(plain))
      }
})

/** What the library has to say, on standard error and without ornament. */
const logger = Logger.make(
  ({ logLevel, message }) =>
    `effect-spotify: ${logLevel === LogLevel.Warning ? "warning" : logLevel.label.toLowerCase()}: ${[message].flat().map(String).join(" ")}`
).pipe(Logger.withConsoleError)

/** Runs a command line, and gives the exit code. */
export const main = (args: ReadonlyArray<string>) =>
  Effect.flatMap(withoutColours, (console) =>
    (asksForHelp(args) ? Command.run(overview, application) : Command.run(root, application))([
      "node",
      "effect-spotify",
      ...args
    ]).pipe(
      Effect.as(0),
      Effect.catchAll((error) =>
        ValidationError.isValidationError(error)
          ? // Its words are printed already
            Effect.as(note("Run: effect-spotify --help"), exitCodes.usage)
          : Effect.as(note(error.message), exitCodes[error.kind])
      ),
      Effect.withConsole(console),
      Effect.provide(
        Layer.merge(
          CliConfig.layer({ finalCheckBuiltIn: true, showBuiltIns: false }),
          Logger.replace(Logger.defaultLogger, logger)
        )
      ),
      Logger.withMinimumLogLevel(LogLevel.Warning)
    )
  )
