import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"

const isWindows = process.platform === "win32"

/** A terminal gives what its keys mean to the whole group of processes, so the command has it already. */
const ofTerminal: ReadonlyArray<NodeJS.Signals> = ["SIGINT", "SIGQUIT"]

const passed: ReadonlyArray<NodeJS.Signals> = [...ofTerminal, "SIGTERM", "SIGHUP"]

const onTerminal = (): boolean => [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)

/** Without a terminal the command is a group of its own, so that what it started has the signal as well. */
const kill = (child: ChildProcess, signal: NodeJS.Signals, group: boolean): void => {
  if (group && child.pid !== undefined) {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // All of them have ended
    }
  } else {
    child.kill(signal)
  }
}

/**
 * Runs a command on this process's own input and output, with variables in addition to its environment, and
 * gives the code that it ends with: 128 and the number of the signal, if one ended it, as shells have it.
 * Signals are passed on, and it is waited for until it has ended; `stop` ends it, too. Fails with the reason if it
 * cannot be started.
 */
export const run = (
  [file, ...args]: readonly [string, ...ReadonlyArray<string>],
  options: {
    readonly variables: Readonly<Record<string, string>>
    readonly stop: Effect.Effect<void>
  }
): Effect.Effect<number, string, Scope.Scope> =>
  Effect.gen(function* () {
    const group = !isWindows && !onTerminal()
    const ended = yield* Deferred.make<number, string>()
    const child = yield* Effect.sync(() =>
      spawn(file, args, {
        detached: group,
        env: { ...process.env, ...options.variables },
        // There npm and its like are scripts
        shell: isWindows,
        stdio: "inherit"
      })
        .once("error", (error) =>
          Deferred.unsafeDone(ended, Effect.fail(`cannot run ${file}: ${error.message}`))
        )
        .once("exit", (code, signal) =>
          Deferred.unsafeDone(
            ended,
            Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
          )
        )
    )
    const pass = (signal: NodeJS.Signals) => {
      if (group || !ofTerminal.includes(signal)) {
        kill(child, signal, group)
      }
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => passed.forEach((signal) => process.on(signal, pass))),
      () => Effect.sync(() => passed.forEach((signal) => process.off(signal, pass)))
    )
    yield* options.stop.pipe(
      Effect.andThen(Effect.sync(() => kill(child, "SIGTERM", group))),
      Effect.interruptible,
      Effect.forkScoped
    )
    return yield* Deferred.await(ended)
    // A signal that interrupts this program is the command's first, and its end is the end
  }).pipe(Effect.uninterruptible)
