import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"

const isWindows = process.platform === "win32"

/** A terminal sends these signals to the whole process group, so the command already has them. */
const ofTerminal: ReadonlyArray<NodeJS.Signals> = ["SIGINT", "SIGQUIT"]

const passed: ReadonlyArray<NodeJS.Signals> = [...ofTerminal, "SIGTERM", "SIGHUP"]

const onTerminal = (): boolean => [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)

/** Without a terminal the command has its own process group, so that its children get the signal too. */
const kill = (child: ChildProcess, signal: NodeJS.Signals, group: boolean): void => {
  if (group && child.pid !== undefined) {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // All of them have already exited
    }
  } else {
    child.kill(signal)
  }
}

/**
 * Runs a command on this process's own standard streams, with `variables` added to the environment, and gives
 * its exit code. If a signal ended the command, the code is 128 plus the signal's number, as in a shell.
 * Signals are passed on, and `stop` terminates the command. This waits until the command has ended. Fails
 * with the reason if the command cannot be started.
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
        // On Windows, npm and similar commands are scripts
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
    // A signal that interrupts this program goes to the command first; this program ends when the command
    // does
  }).pipe(Effect.uninterruptible)
