/**
 * A process of a fleet: it has sessions over a shared store and does what its parent says.
 *
 * Started by `fleet.ts` with its `WorkerOptions` as JSON in the only argument.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { LoginService, Session, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Backends from "./backends.js"
import * as CrashPoints from "./crashPoints.js"
import { increment } from "./increments.js"
import * as Load from "./load.js"
import type { Command, FromWorker, Outcome, ToWorker, WorkerOptions } from "./protocol.js"
import * as WorkerClock from "./workerClock.js"

const options: WorkerOptions = JSON.parse(process.argv[2] ?? "{}")

const tell = (message: FromWorker) => {
  if (process.connected) {
    process.send?.(message)
  }
}

const { clock, setOffset } = WorkerClock.make(options.clock)
const points = CrashPoints.make((point) => tell({ type: "at", point }))

const StoreLayer = Layer.effect(TokenStore.TokenStore, Effect.map(TokenStore.TokenStore, points.store)).pipe(
  Layer.provideMerge(Backends.layer(options.backend))
)

const ClientLayer = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, points.client)
).pipe(Layer.provide(FetchHttpClient.layer))

const ConfigLayer = SpotifyConfig.layer({
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  redirectUri: "http://127.0.0.1:8888/callback",
  scopes: ["user-top-read"],
  accountsUrl: options.accountsUrl
})

const session: SessionService.Options = {
  sessions: options.sessions,
  timeout: options.timeout,
  storeTimeout: options.storeTimeout,
  refreshAhead: options.refreshAhead,
  waitAhead: options.waitAhead,
  // A look at the store would take over what a process that died has written, before the test asks for it
  maxStaleness: Duration.infinity
}

const SessionLayer = (
  options.client === "public"
    ? SessionService.layerPkce(session)
    : SessionService.layerAuthorizationCode(session)
).pipe(Layer.provide([ClientLayer, ConfigLayer]), Layer.provideMerge(StoreLayer))

const program = Effect.gen(function* () {
  const sessions = yield* SessionService.SessionService
  const logins = yield* LoginService.LoginService
  const store = yield* TokenStore.TokenStore
  const load = Load.make()
  const loads = yield* FiberSet.make()
  const delivered = (effect: typeof sessions.accessToken) =>
    Effect.zipLeft(Effect.map(effect, Redacted.value), points.reach("e8"))

  const obey = (command: Command): Effect.Effect<unknown, unknown> => {
    switch (command.op) {
      case "login": {
        return Effect.flatMap(logins.begin(), ({ state }) =>
          logins.complete(
            `http://127.0.0.1:8888/callback?code=${encodeURIComponent(command.code)}&state=${state}`,
            { state }
          )
        ).pipe(Effect.zipRight(delivered(sessions.accessToken)))
      }
      case "read": {
        return delivered(sessions.accessToken)
      }
      case "refresh": {
        return delivered(sessions.refresh)
      }
      case "renew": {
        return delivered(sessions.renew(Redacted.make(command.refused)))
      }
      case "session": {
        return Effect.map(sessions.session, ({ _tag, ...rest }) => ({
          state: _tag,
          reason: "reason" in rest ? rest.reason : undefined
        }))
      }
      case "signOut": {
        return sessions.signOut
      }
      case "arm": {
        return Effect.sync(() => points.arm(command.point, command.how))
      }
      case "release": {
        return points.release
      }
      case "offset": {
        return Effect.sync(() => setOffset(command.offset))
      }
      case "load": {
        return Effect.asVoid(FiberSet.run(loads, load.run(sessions, command)))
      }
      case "stop": {
        return Effect.as(FiberSet.clear(loads), load.counters)
      }
      case "windows": {
        return Effect.sync(() => points.windows.splice(0))
      }
      case "increment": {
        return increment(store, command)
      }
    }
  }

  const outcome = (command: Command): Effect.Effect<Outcome> =>
    Effect.gen(function* () {
      const began = performance.now()
      const selected =
        "session" in command && command.session !== undefined
          ? SessionService.withSession(obey(command), Session.SessionKey(command.session))
          : obey(command)
      const exit = yield* Effect.exit(selected)
      const ms = performance.now() - began
      if (Exit.isSuccess(exit)) {
        return { _tag: "Success", value: exit.value, ms }
      }
      const failure = Option.match(Cause.failureOption(exit.cause), {
        onNone: () => ({ tag: "Defect", detail: Cause.pretty(exit.cause) }),
        onSome: Load.failureOf
      })
      return { _tag: "Failure", failure, ms }
    })

  const run = yield* FiberSet.makeRuntime()
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const onMessage = ({ command, id }: ToWorker) => {
        run(Effect.map(outcome(command), (result) => tell({ type: "reply", id, outcome: result })))
      }
      process.on("message", onMessage)
      return onMessage
    }),
    (onMessage) => Effect.sync(() => process.off("message", onMessage))
  )
  tell({ type: "ready" })
  return yield* Effect.never
})

process.once("SIGTERM", () => tell({ type: "at", point: "sigterm" }))

// Whoever started it is gone
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"))

NodeRuntime.runMain(
  program.pipe(
    Effect.provide(SessionLayer),
    Effect.scoped,
    Effect.withClock(clock),
    Effect.withRandom(Random.make(options.seed)),
    Effect.provide(Logger.remove(Logger.defaultLogger))
  ),
  { disablePrettyLogger: true }
)
