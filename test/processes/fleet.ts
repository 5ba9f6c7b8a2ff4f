import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { spawn as spawnChild } from "node:child_process"
import type { Backend } from "./backends.js"
import type { Command, Counters, FromWorker, Outcome, Point, ToWorker, WorkerOptions } from "./protocol.js"
import { bundled } from "../support/bundled.js"

/** The worker ended before it answered. */
export class WorkerGone extends Data.TaggedError("WorkerGone")<{ readonly printed: string }> {}

/** A command failed in the worker where the caller counts on success. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly command: string
  readonly tag: string
  readonly detail: string | undefined
}> {
  override get message(): string {
    return `${this.command} failed with ${this.tag} (${this.detail ?? "no detail"})`
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** By `Date.now()`. */
  readonly at: number
}

export interface Worker {
  readonly name: string
  readonly pid: number
  /** Does a command and answers with what came of it. */
  readonly ask: (command: Command) => Effect.Effect<Outcome, WorkerGone>
  /** Does a command that must succeed. */
  readonly must: (command: Command) => Effect.Effect<unknown, WorkerGone | CommandFailed>
  /** A token, from a command that must give one. */
  readonly token: (command: Command) => Effect.Effect<string, WorkerGone | CommandFailed>
  /** Ends a load and answers with what it came to. */
  readonly stopLoad: Effect.Effect<Counters, WorkerGone | CommandFailed>
  /** Waits until the process stands at a point it was armed for with `hang`, or is told to end. */
  readonly at: (point: Point | "sigterm") => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** `kill -9`, and waits for the end. */
  readonly kill: Effect.Effect<Ended>
  readonly ended: Effect.Effect<Ended>
}

export interface Settings extends Partial<Omit<WorkerOptions, "backend" | "accountsUrl" | "name">> {
  readonly backend: Backend
  readonly accountsUrl: string
  readonly name?: string
}

/** Milliseconds for which others respect the lease of a process with these settings. */
export const lease = (settings: Pick<Settings, "timeout" | "storeTimeout">): number =>
  1.5 * (settings.timeout ?? defaults.timeout) + 2 * (settings.storeTimeout ?? defaults.storeTimeout) + 5_000

const defaults = {
  client: "public",
  sessions: "one",
  seed: 1,
  clock: { offset: 0, rate: 1, origin: 0 },
  timeout: 10_000,
  storeTimeout: 5_000,
  refreshAhead: 5 * 60_000,
  waitAhead: 30_000
} as const

let count = 0

/** As many as there are cores: more that start at once keep those that run from answering in time. */
const starting = Effect.unsafeMakeSemaphore(2)

/** Starts a process and waits until it can take commands. It ends with the scope at the latest. */
export const spawn = (settings: Settings): Effect.Effect<Worker, never, Scope.Scope> =>
  starting.withPermits(1)(start(settings))

const start = (settings: Settings): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.gen(function* () {
    const program = yield* bundled("test/processes/worker.ts")
    count += 1
    const options: WorkerOptions = { name: `worker-${count}`, ...defaults, ...settings }
    const ready = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<Ended>()
    const reached = yield* Queue.unbounded<Point | "sigterm">()
    const waiting = new Map<number, Deferred.Deferred<Outcome, WorkerGone>>()
    let printed = ""
    let commands = 0

    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawnChild(process.execPath, [program, JSON.stringify(options)], {
          stdio: ["ignore", "pipe", "pipe", "ipc"]
        })
      ),
      (child) =>
        Effect.suspend(() => {
          // It may have been stopped; this signal ends it all the same
          child.kill("SIGKILL")
          return Deferred.await(ended)
        })
    )
    const gone = () => Effect.fail(new WorkerGone({ printed }))
    child.stdout?.on("data", (chunk) => (printed += String(chunk)))
    child.stderr?.on("data", (chunk) => (printed += String(chunk)))
    child.on("message", (message: FromWorker) => {
      switch (message.type) {
        case "ready": {
          return Deferred.unsafeDone(ready, Effect.void)
        }
        case "at": {
          return Queue.unsafeOffer(reached, message.point)
        }
        case "reply": {
          const answer = waiting.get(message.id)
          waiting.delete(message.id)
          return answer && Deferred.unsafeDone(answer, Effect.succeed(message.outcome))
        }
      }
    })
    child.on("error", () => {})
    child.once("exit", (code, signal) => {
      Deferred.unsafeDone(ended, Effect.succeed({ code, signal, at: Date.now() }))
      waiting.forEach((answer) => Deferred.unsafeDone(answer, gone()))
      waiting.clear()
    })
    yield* Effect.raceFirst(
      Deferred.await(ready),
      Effect.flatMap(Deferred.await(ended), ({ code, signal }) =>
        Effect.dieMessage(`${options.name} ended with ${code ?? signal} as it started: ${printed}`)
      )
    )

    const ask: Worker["ask"] = (command) =>
      Effect.gen(function* () {
        const answer = yield* Deferred.make<Outcome, WorkerGone>()
        if (child.exitCode !== null || child.signalCode !== null || !child.connected) {
          return yield* gone()
        }
        commands += 1
        const message: ToWorker = { id: commands, command }
        waiting.set(message.id, answer)
        child.send(message, (error) => {
          if (error !== null) {
            waiting.delete(message.id)
            Deferred.unsafeDone(answer, gone())
          }
        })
        return yield* Deferred.await(answer)
      })

    const must: Worker["must"] = (command) =>
      Effect.flatMap(ask(command), (outcome) =>
        outcome._tag === "Success"
          ? Effect.succeed(outcome.value)
          : new CommandFailed({
              command: command.op,
              tag: outcome.failure.tag,
              detail: outcome.failure.detail
            })
      )

    const signal: Worker["signal"] = (name) => Effect.sync(() => void child.kill(name))

    return {
      name: options.name,
      pid: child.pid ?? 0,
      ask,
      must,
      token: (command) => Effect.map(must(command), String),
      stopLoad: Effect.map(must({ op: "stop" }), (counters) => counters as Counters),
      at: (point) => Effect.asVoid(Effect.repeat(Queue.take(reached), { until: (found) => found === point })),
      signal,
      kill: Effect.zipRight(signal("SIGKILL"), Deferred.await(ended)),
      ended: Deferred.await(ended)
    }
  })

/** Several at once, each with a seed of its own. */
export const spawnMany = (
  size: number,
  settings: Settings | ((index: number) => Settings)
): Effect.Effect<ReadonlyArray<Worker>, never, Scope.Scope> =>
  Effect.forEach(
    Array.from({ length: size }, (_, index) => {
      const own = typeof settings === "function" ? settings(index) : settings
      return { ...own, seed: (own.seed ?? 1) * 1000 + index }
    }),
    spawn,
    { concurrency: "unbounded" }
  )

const summed = (all: ReadonlyArray<Counters>, name: "calls" | "interrupted" | "stale" | "older") =>
  all.reduce((sum, counters) => sum + counters[name], 0)

/** The counters of all workers as one. */
export const total = (all: ReadonlyArray<Counters>): Counters => {
  const failed: Record<string, number> = {}
  for (const [name, times] of all.flatMap((counters) => Object.entries(counters.failed))) {
    failed[name] = (failed[name] ?? 0) + times
  }
  return {
    calls: summed(all, "calls"),
    failed,
    interrupted: summed(all, "interrupted"),
    stale: summed(all, "stale"),
    older: summed(all, "older"),
    generation: Math.max(-1, ...all.map(({ generation }) => generation))
  }
}
