#!/usr/bin/env node
/**
 * The command: runs it with the streams of the process.
 *
 * @since 0.1.0
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import { defaultTeardown } from "@effect/platform/Runtime"
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { exitCodes } from "./cli/failure.js"
import { Streams } from "./cli/output.js"

/** Prompts go to standard error too, so that a pipe gets only results. */
const write = (text: string) =>
  Effect.async<void>((resume) => {
    process.stderr.write(text, () => resume(Effect.void))
  })

// CI systems and simple terminals show every version of a line that is redrawn
const redraws = process.stderr.isTTY && !process.env["CI"] && process.env["TERM"] !== "dumb"

const PlatformLayer = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  Layer.effect(
    Terminal.Terminal,
    Effect.map(Terminal.Terminal, (terminal) => ({ ...terminal, display: write }))
  ).pipe(Layer.provide(NodeTerminal.layer)),
  Layer.succeed(Streams, {
    asks: process.stdin.isTTY,
    shows: process.stdout.isTTY,
    // Some terminals say 0
    columns: redraws ? process.stderr.columns || 80 : undefined,
    inputEnds: Effect.async<void>((resume) => {
      process.stdin.once("end", () => resume(Effect.void))
    }),
    write
  })
)

/** The reader of a pipe may leave early, as `head` does. The command then ends as with Ctrl+C. */
process.stdout.on("error", () => process.emit("SIGINT"))

const args = process.argv.slice(2)

if (args[0] === "emulator") {
  NodeRuntime.runMain(
    Effect.flatMap(
      Effect.promise(() => import("./cli/emulator.js")),
      ({ main }) => main(args)
    ),
    {
      // A signal also reaches the command that the emulator runs, and the code is that command's
      teardown: (result, onExit) =>
        defaultTeardown(result, (code) => onExit(code === 0 ? Number(process.exitCode ?? 0) : code))
    }
  )
} else {
  Effect.promise(() => import("./cli/main.js")).pipe(
    Effect.flatMap(({ main }) => main(args)),
    Effect.provide(PlatformLayer),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      // It adds a second logger, which writes to standard output
      disablePrettyLogger: true,
      teardown: (result, onExit) =>
        onExit(
          Exit.match(result, {
            onSuccess: (code) => Number(code),
            onFailure: () => (Exit.isInterrupted(result) ? 130 : exitCodes.unexpected)
          })
        )
    })
  )
}
