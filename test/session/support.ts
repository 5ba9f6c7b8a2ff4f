import { LoginService, Session, type SessionEvent, SessionService, TokenStore } from "effect-spotify"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as FakeAccounts from "../support/fakeAccounts.js"
import type * as Fake from "../support/fakeSpotify.js"
import * as UserSession from "../support/userSession.js"

export const storeKey = (key: string) => TokenStore.StoreKey(`effect-spotify:client:session:${key}`)

/** The record of a session as it is stored, secrets and all. */
export const stored = (store: TokenStore.Service, key = "default") =>
  Effect.map(store.get(storeKey(key)), (entry) =>
    Option.match(entry, {
      onNone: () => undefined,
      onSome: ({ payload }): Record<string, unknown> => JSON.parse(Redacted.value(payload))
    })
  )

export const refreshes = (requests: ReadonlyArray<Fake.Seen>) =>
  requests.filter((request) => request.form.get("grant_type") === "refresh_token")

/** Puts a text where a session's record is. */
export const put = (store: TokenStore.Service, text: string, key = "default") =>
  Effect.gen(function* () {
    const entry = {
      version: yield* TokenStore.newVersion,
      payload: Redacted.make(text),
      disposableAt: Option.none()
    }
    yield* TokenStore.set(store, storeKey(key), entry)
    return entry
  })

export interface Seed {
  readonly accessToken?: string
  readonly refreshToken?: string | null
  readonly obtainedAt?: number
  readonly expiresAt?: number
  readonly authorizedAt?: number | null
}

/** The stored text of a session that works. */
export const activeRecord = ({
  accessToken = "seeded-access",
  authorizedAt = null,
  expiresAt = 3600_000,
  obtainedAt = 0,
  refreshToken = "refresh-0"
}: Seed = {}): string =>
  JSON.stringify({
    v: 1,
    _tag: "Active",
    authorizationId: "seeded",
    authorizedAt,
    token: { accessToken, refreshToken, scopes: ["user-top-read"], obtainedAt, expiresAt },
    lease: null,
    nextAttemptAt: null,
    failures: 0
  })

/** Stands somewhere in the way of a program, and tells when it was reached. */
export const makeGate = Effect.gen(function* () {
  const reached = yield* Deferred.make<void>()
  const gate = yield* Deferred.make<void>()
  return {
    hold: Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate)),
    reached: Deferred.await(reached),
    open: Effect.asVoid(Deferred.succeed(gate, undefined))
  }
})

/** One process of several that share a server and a store; it lives as long as the scope. */
export const open = (
  server: FakeAccounts.FakeAccounts,
  store: TokenStore.Service,
  options: SessionService.Options = {}
) =>
  Effect.map(Layer.build(UserSession.layer(server, store, options)), (context) => {
    const session = Context.get(context, SessionService.SessionService)
    return {
      context,
      session,
      login: Context.get(context, LoginService.LoginService),
      accessToken: Effect.map(session.accessToken, Redacted.value)
    }
  })

/** The events from now on, as they come. */
export const collectEvents = (session: SessionService.Service) =>
  Effect.gen(function* () {
    const seen: Array<SessionEvent.SessionEvent> = []
    yield* Effect.forkScoped(
      Stream.runForEach(session.events, (event) => Effect.sync(() => void seen.push(event)))
    )
    yield* Effect.yieldNow()
    return seen
  })

export const as = (key: string) => SessionService.withSession(Session.SessionKey(key))

export const unavailable = (operation: "get" | "commit", applied: "no" | "unknown" = "no") =>
  new TokenStore.TokenStoreUnavailable({ operation, applied })

/** Whether a write puts a session's lease there, or takes it away. */
export const writes = (write: TokenStore.Write): "lease" | "result" | "other" =>
  Option.match(write.next, {
    onNone: () => "other",
    onSome: ({ payload }) => {
      const record: Record<string, unknown> = JSON.parse(Redacted.value(payload))
      return record["_tag"] !== "Active" || Option.isNone(write.expected)
        ? "other"
        : typeof record["lease"] === "string"
          ? "lease"
          : "result"
    }
  })

/** Runs all of them at once and gives the results. */
export const together = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.replicateEffect(Effect.fork(effect), count), (fibers) =>
    Effect.map(Fiber.joinAll(fibers), (results) => [...results])
  )
