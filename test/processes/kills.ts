import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type { Scope } from "effect/Scope"
import * as EffectScope from "effect/Scope"
import * as Exit from "effect/Exit"
import * as AuthorizationServer from "./authorizationServer.js"
import * as Backends from "./backends.js"
import * as Fleet from "./fleet.js"
import * as Records from "./records.js"

export interface Options {
  readonly backend: Backends.Backend
  readonly mode: AuthorizationServer.Mode
  readonly kills: number
  readonly seed: number
  readonly how: "SIGKILL" | "SIGTERM"
  /** How long the token endpoint takes, in milliseconds. */
  readonly latency: number
  /**
   * The kill comes at a random time within so many milliseconds from the beginning of the refresh. `whole` looks
   * first how long a new process takes for one.
   */
  readonly span: number | "whole"
  /** How many processes are kept ready to be killed. */
  readonly warm: number
  /** Refreshes after the kills, whose windows are measured. @default 0 */
  readonly calm?: number
  /** How long a token request may take, in milliseconds. @default 2000 */
  readonly timeout?: number
  /** How long after the end of the lease a session must be back, in milliseconds. @default 1000 */
  readonly slack?: number
  /** How long a server with grace takes the token before, in milliseconds. @default 30000 */
  readonly grace?: number
}

export interface Result {
  readonly kills: number
  /** Killed before the refresh had ended. */
  readonly inFlight: number
  /** Sessions that asked for a new login afterwards. */
  readonly lost: number
  /** Of those, how many were killed between the server's rotation and the store's write, and said so. */
  readonly explained: number
  /** Of those killed in that window, how many live on. */
  readonly windowSurvived: number
  /** Sessions that were still not to be had when the lease was over by more than the slack. */
  readonly stuck: number
  /** Anything but a token or a request for a new login. */
  readonly otherFailures: Readonly<Record<string, number>>
  /** Reads of the token that was still good, right after the kill: the slowest, in milliseconds. */
  readonly slowestRead: number
  readonly readFailures: number
  readonly slowestRecovery: number
  /** From the signal to the end of the process, in milliseconds, in order. */
  readonly exits: ReadonlyArray<number>
  readonly badExits: number
  /** From the server's rotation to the store's write, in milliseconds, in order. */
  readonly windows: ReadonlyArray<number>
  /** The same for refreshes after the kills, when nothing else runs. */
  readonly calmWindows: ReadonlyArray<number>
  readonly reuse: number
  readonly lease: number
}

const ascending = (numbers: ReadonlyArray<number>) => [...numbers].sort((a, b) => a - b)

/** The value below which so many of the numbers, which are in order, lie. */
export const quantile = (ordered: ReadonlyArray<number>, part: number): number =>
  ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? Number.NaN

interface Session {
  readonly name: string
  readonly family: string
}

/** Ends processes at random times in the middle of a refresh, and looks whether others can go on. */
export const kills = (
  options: Options
): Effect.Effect<Result, Fleet.WorkerGone | Fleet.CommandFailed, Scope> =>
  Effect.gen(function* () {
    const { grace = 30_000, mode, slack = 1_000, timeout = 2_000 } = options
    const times = { timeout, storeTimeout: 2_000 }
    const lease = Fleet.lease(times)
    const server = yield* AuthorizationServer.make({ latency: options.latency, grace })
    const store = yield* Backends.open(options.backend)
    const settings: Fleet.Settings = {
      ...times,
      backend: options.backend,
      accountsUrl: server.url,
      sessions: "many",
      seed: options.seed
    }
    const survivor = yield* Fleet.spawn(settings)

    // Victims are started ahead, so that a kill need not wait for a process to come up
    const victims = yield* Queue.bounded<readonly [Fleet.Worker, EffectScope.CloseableScope]>(options.warm)
    const breed = yield* Effect.gen(function* () {
      const scope = yield* EffectScope.make()
      const victim = yield* EffectScope.extend(Fleet.spawn(settings), scope)
      yield* Queue.offer(victims, [victim, scope])
    }).pipe(Effect.repeatN(options.kills - 1), Effect.fork)

    const idle: Array<Session> = []
    let sessions = 0
    let logins = 0
    const login = (name: string) =>
      Effect.gen(function* () {
        logins += 1
        const family = `${mode}.${logins}`
        yield* survivor.must({ op: "login", code: family, session: name })
        return { name, family }
      })
    const take = Effect.suspend(() => {
      const ready = idle.shift()
      if (ready !== undefined) {
        return Effect.succeed(ready)
      }
      sessions += 1
      return login(`session-${sessions}`)
    })

    const wholeRefresh = Effect.gen(function* () {
      const session = yield* take
      const refresh = Effect.scoped(
        Effect.gen(function* () {
          const worker = yield* Fleet.spawn(settings)
          const began = Date.now()
          yield* worker.must({ op: "refresh", session: session.name })
          return Date.now() - began
        })
      )
      const took = yield* Effect.replicateEffect(refresh, 5)
      idle.push(session)
      return Math.max(...took)
    })
    const span = options.span === "whole" ? yield* wholeRefresh : options.span

    let inFlight = 0
    let lost = 0
    let explained = 0
    let windowSurvived = 0
    let stuck = 0
    let slowestRead = 0
    let readFailures = 0
    let slowestRecovery = 0
    let badExits = 0
    const otherFailures: Record<string, number> = {}
    const exits: Array<number> = []
    const windows: Array<number> = []

    const recover = (session: Session, endedAt: number, killedInWindow: boolean) =>
      Effect.gen(function* () {
        const outcome = yield* survivor.ask({ op: "refresh", session: session.name })
        const took = Date.now() - endedAt
        slowestRecovery = Math.max(slowestRecovery, took)
        stuck += took > lease + slack ? 1 : 0
        if (outcome._tag === "Success") {
          windowSurvived += killedInWindow ? 1 : 0
          idle.push(session)
          return
        }
        const { detail, tag } = outcome.failure
        if (tag === "ReauthorizationRequired") {
          lost += 1
          explained += killedInWindow && detail === "CrashedDuringRotation" ? 1 : 0
        } else {
          const name = `${tag}:${detail ?? ""}`
          otherFailures[name] = (otherFailures[name] ?? 0) + 1
        }
        idle.push(yield* login(session.name))
      })

    const kill = Effect.gen(function* () {
      const session = yield* take
      const [victim, scope] = yield* Queue.take(victims)
      const refresh = yield* Effect.fork(victim.ask({ op: "refresh", session: session.name }))
      yield* Effect.sleep(yield* Random.nextRange(0, span))
      inFlight += (yield* Fiber.poll(refresh))._tag === "None" ? 1 : 0
      const signalled = Date.now()
      yield* victim.signal(options.how)
      const ended = yield* victim.ended
      exits.push(ended.at - signalled)
      badExits += options.how === "SIGTERM" && ended.code !== 0 ? 1 : 0
      yield* EffectScope.close(scope, Exit.void)
      const killedInWindow =
        mode !== "static" &&
        (yield* Records.inWindow(store, server, { family: session.family, session: session.name }))
      const read = yield* survivor.ask({ op: "read", session: session.name })
      slowestRead = Math.max(slowestRead, read.ms)
      readFailures += read._tag === "Success" ? 0 : 1
      // Others go on while this session waits for the lease of the dead
      return yield* Effect.fork(recover(session, ended.at, killedInWindow))
    })

    const recoveries = yield* Effect.replicateEffect(kill, options.kills).pipe(
      Effect.withRandom(Random.make(options.seed))
    )
    yield* Fiber.join(breed)
    yield* Effect.forEach(recoveries, Fiber.join, { discard: true })
    const measured = (yield* survivor.must({ op: "windows" })) as ReadonlyArray<number>
    windows.push(...measured)

    yield* login("calm")
    // The rest is the server's own time between its rotation and its answer
    server.options = { ...server.options, latency: 0 }
    const calmRefreshes = options.calm ?? 0
    // The first ones find code that was not compiled yet
    yield* Effect.replicateEffect(
      survivor.must({ op: "refresh", session: "calm" }),
      Math.ceil(calmRefreshes / 5)
    )
    yield* survivor.must({ op: "windows" })
    yield* Effect.replicateEffect(survivor.must({ op: "refresh", session: "calm" }), calmRefreshes)
    const calmWindows = (yield* survivor.must({ op: "windows" })) as ReadonlyArray<number>
    return {
      kills: options.kills,
      inFlight,
      lost,
      explained,
      windowSurvived,
      stuck,
      otherFailures,
      slowestRead,
      readFailures,
      slowestRecovery,
      exits: ascending(exits),
      badExits,
      windows: ascending(windows),
      calmWindows: ascending(calmWindows),
      reuse: server.counters.reuse,
      lease
    }
  })
