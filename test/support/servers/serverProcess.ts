import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process"
import * as Fs from "node:fs"
import * as Net from "node:net"

/** A server of a test's own, which may be frozen and ended in the middle of its work. */
export interface ServerProcess {
  readonly port: number
  /** Stops the clock of the process and of all its children: connections stay open and nothing answers. */
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /** Ends it in order. Its port refuses connections afterwards. */
  readonly stop: Effect.Effect<void>
  /** Ends it at once, as a crash does. */
  readonly kill: Effect.Effect<void>
  /** Starts it again after `stop` or `kill`, on the same port and the same files. */
  readonly start: Effect.Effect<void>
}

/** Whether a server can listen on the port just now. */
const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const server = Net.createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

/**
 * A port of this machine that nobody uses just now. It is below those that the system gives to connections and to
 * servers that ask for any (from 32768 on Linux), so that none of them takes it before its server starts.
 */
export const freePort: Effect.Effect<number> = Effect.repeat(
  Effect.flatMap(Random.nextIntBetween(16_000, 32_000), (port) =>
    Effect.map(isFree(port), (free) => ({ free, port }))
  ),
  { until: ({ free }) => free }
).pipe(Effect.map(({ port }) => port))

/** A directory that ends with the scope. */
export const temporaryDirectory = (prefix: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(`/tmp/${prefix}-`)),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
  )

/** Runs a command to its end and fails with what it printed. */
export const run = (command: string, args: ReadonlyArray<string>, options: SpawnOptions = {}) =>
  Effect.async<string>((resume) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    child.stdout?.on("data", (chunk) => (output += String(chunk)))
    child.stderr?.on("data", (chunk) => (output += String(chunk)))
    child.once("error", (error) => resume(Effect.die(error)))
    child.once("close", (code) =>
      resume(
        code === 0 ? Effect.succeed(output) : Effect.dieMessage(`${command} ended with ${code}: ${output}`)
      )
    )
  })

/**
 * A temporary directory, and the options to start a database server in it. As root, both belong to `user`, since
 * the servers refuse to run as root.
 */
export const directoryOf = (user: string) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory(user)
    if (process.getuid?.() !== 0) {
      return { directory, spawn: { cwd: directory } }
    }
    const uid = Number(yield* run("id", ["-u", user]))
    const gid = Number(yield* run("id", ["-g", user]))
    yield* Effect.sync(() => Fs.chownSync(directory, uid, gid))
    return { directory, spawn: { cwd: directory, uid, gid } }
  })

const childrenOf = (pid: number): ReadonlyArray<number> =>
  Fs.readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) {
      return []
    }
    try {
      const stat = Fs.readFileSync(`/proc/${name}/stat`, "latin1")
      // The name of the process stands in brackets and may hold spaces; its parent is the second field after
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid ? [Number(name)] : []
    } catch {
      return []
    }
  })

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile
  }
}

export const make = (options: {
  readonly port: number
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly spawn?: SpawnOptions
  /** How the server is asked to end without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals
  /** Fails until the server answers. */
  readonly probe: Effect.Effect<unknown, unknown>
}): Effect.Effect<ServerProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    interface Running {
      readonly child: ChildProcess
      readonly pid: number
      readonly ended: Deferred.Deferred<void>
    }
    const running = yield* Ref.make<Running | undefined>(undefined)

    const launch = Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const printed: Array<string> = []
      const child = yield* Effect.sync(() =>
        spawn(options.command, options.args, { ...options.spawn, stdio: ["ignore", "pipe", "pipe"] })
      )
      child.stdout?.on("data", (chunk) => printed.push(String(chunk)))
      child.stderr?.on("data", (chunk) => printed.push(String(chunk)))
      child.once("error", (error) => printed.push(String(error)))
      child.once("close", () => Deferred.unsafeDone(ended, Effect.void))
      const { pid } = child
      if (pid === undefined) {
        return yield* Effect.dieMessage(`${options.command} could not be started`)
      }
      yield* Ref.set(running, { child, pid, ended })
      yield* options.probe.pipe(
        Effect.retry(Schedule.spaced("50 millis")),
        Effect.raceFirst(Effect.zipRight(Deferred.await(ended), Effect.fail("it ended"))),
        Effect.timeout("1 minute"),
        Effect.catchAll((error) =>
          Effect.dieMessage(`${options.command} did not come up (${error}): ${printed.join("")}`)
        )
      )
    })

    const end = (name: NodeJS.Signals) =>
      Effect.flatMap(Ref.getAndSet(running, undefined), (current) =>
        current === undefined
          ? Effect.void
          : Effect.gen(function* () {
              const children = childrenOf(current.pid)
              signal(current.pid, name)
              for (const pid of [...children, current.pid]) {
                signal(pid, name === "SIGKILL" ? "SIGKILL" : "SIGCONT")
              }
              yield* Deferred.await(current.ended).pipe(
                Effect.interruptible,
                Effect.timeoutOption("10 seconds"),
                Effect.tap((inTime) =>
                  inTime._tag === "Some"
                    ? Effect.void
                    : Effect.sync(() =>
                        [...childrenOf(current.pid), current.pid].forEach((pid) => signal(pid, "SIGKILL"))
                      )
                ),
                Effect.zipRight(Deferred.await(current.ended))
              )
            })
      )

    const toAll = (name: "SIGSTOP" | "SIGCONT") =>
      Effect.flatMap(Ref.get(running), (current) =>
        Effect.sync(() => {
          if (current === undefined) {
            return
          }
          // The parent first, so that no child is born after the list was made
          signal(current.pid, name)
          childrenOf(current.pid).forEach((pid) => signal(pid, name))
        })
      )

    yield* Effect.addFinalizer(() => end(options.stopSignal))
    yield* launch

    return {
      port: options.port,
      pause: toAll("SIGSTOP"),
      resume: toAll("SIGCONT"),
      stop: end(options.stopSignal),
      kill: end("SIGKILL"),
      start: launch
    }
  })
