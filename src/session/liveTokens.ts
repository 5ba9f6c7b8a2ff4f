import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { TokenEndpointUnavailable } from "../accounts/AuthError.js"
import { setLatest } from "../boundedMap.js"
import type * as SpotifyScope from "../accounts/Scope.js"
import type { SessionError, SessionKey } from "./Session.js"
import type { Token } from "../accounts/Token.js"
import type { Held } from "./renewal.js"
import { judgedFrom } from "./sessionRecord.js"
import * as SingleFlight from "../concurrency/singleFlight.js"

/** How long before a token expires. Both are shorter for tokens with a short life. */
export interface Windows {
  /** From this time on a new token is fetched in the background. */
  readonly advisory: Duration.Duration
  /** From this time on callers wait for the new token. */
  readonly mandatory: Duration.Duration
}

/** The minimum time between two refreshes after the Web API refused a token. */
const refusalPause = 30_000

/** The approximate time until the next try after a failed refresh, while the old token is valid. */
const failurePause = 1_000

/** How many sessions keep their token in memory. The least recently fetched token is dropped first. */
const capacity = 100_000

/** How many expired tokens each fetch and each check may drop, so that no caller waits for many. */
const swept = 100

/** How many lists of scopes are shared. Most sessions of an app have the same scopes. */
const scopesShared = 100

/** No token lives longer, so one that was refused this long ago need not be remembered. */
const longestLife = 24 * 60 * 60 * 1000

interface Limits {
  /** When a new token is due, and when callers wait for it. A check of the store changes neither. */
  readonly refreshFrom: number
  readonly refreshBy: number
}

/**
 * A process has one for each session, so it has only what reads need, and no refresh token. Times are ages of
 * the token in whole milliseconds: V8 keeps small integers in the object itself, and every other number in 16
 * bytes more.
 */
export interface Hit extends Limits {
  readonly accessToken: Redacted.Redacted<string>
  /** Made once, so that the hot path allocates nothing. */
  readonly answer: Effect.Effect<Redacted.Redacted<string>>
  readonly scopes: ReadonlyArray<SpotifyScope.Scope>
  readonly authorizationId: string
  readonly obtainedAt: number
  /** When the token expires. */
  readonly life: number
  readonly freshUntil: number
  readonly waitFrom: number
  /** When the app ends the session, as far as this process knows. Absent if it does not. */
  readonly end: number | undefined
  /** If the previous token was refused. */
  readonly refused: Refused | undefined
}

interface Refused {
  readonly at: number
  /**
   * Whether that refresh came so soon after another that it only checked whether the grant is still valid.
   */
  readonly confirmed: boolean
}

/** The errors of a flight that cannot start. */
export const flightFailures = {
  closed: () => new TokenEndpointUnavailable({ kind: "Closed", sent: "no" }),
  reentrant: () => new TokenEndpointUnavailable({ kind: "Busy", sent: "no" })
}

/** A token that must not be served again, with the reason. */
interface Refusal {
  readonly token: string
  readonly at: number
  /** The token was not refused; the caller asked for a new one. If that fails, the token is still served. */
  readonly good: boolean
  readonly confirmed: boolean
}

/** What the checks of stored tokens need of the tokens in memory. */
export interface Live {
  readonly hit: (key: SessionKey) => Hit | undefined
  /** Replaces a token that is still the same, in its place or as the latest one. */
  readonly keep: (key: SessionKey, hit: Hit) => void
  readonly put: (key: SessionKey, hit: Hit) => void
  readonly drop: (key: SessionKey) => void
  /** Drops some of the expired tokens. */
  readonly sweep: (now: number) => void
  readonly remember: (key: SessionKey, held: Held, asked: number) => Effect.Effect<void>
  /** `asked` is an age of the token. */
  readonly checkedAt: (
    asked: number,
    random: number,
    limits: Limits & Pick<Hit, "end">
  ) => Pick<Hit, "freshUntil" | "waitFrom" | "end">
  readonly ends: (error: SessionError) => boolean
  readonly launch: (key: SessionKey) => Effect.Effect<void>
  readonly wait: (key: SessionKey) => Effect.Effect<Redacted.Redacted<string>, SessionError>
}

/** Checks whether the sessions of tokens in memory still exist. */
export interface Checks {
  /** In the background. */
  readonly launch: (key: SessionKey) => Effect.Effect<void>
  /** Serves a valid token of a session whose check of the store is overdue. */
  readonly overdue: (
    key: SessionKey,
    hit: Hit,
    now: number
  ) => Effect.Effect<Redacted.Redacted<string>, SessionError>
}

/** The checks of tokens that nothing but this process can end. */
const noChecks: Checks = { launch: () => Effect.void, overdue: (_, hit) => hit.answer }

export interface LiveTokens {
  readonly accessToken: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** The scopes of the token that {@link accessToken} gives. */
  readonly scopes: Effect.Effect<ReadonlyArray<SpotifyScope.Scope>, SessionError>
  /**
   * The authorization of the token that {@link accessToken} gives. None after another login or a sign-out in
   * between.
   */
  readonly authorizationId: Effect.Effect<Option.Option<string>, SessionError>
  /**
   * A new token in place of the one that the Web API refused. `confirm` allows one more refresh within the
   * pause.
   */
  readonly renew: (
    refused: Redacted.Redacted<string>,
    options?: { readonly confirm?: boolean | undefined }
  ) => Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** A new token, even if the old one is still valid. */
  readonly refresh: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** Drops the token in memory after a login or a sign-out. */
  readonly forget: (key: SessionKey) => Effect.Effect<void>
}

const life = (token: Token) => token.expiresAt.epochMillis - token.obtainedAt.epochMillis

/** At most a quarter of the life, so that tokens of one minute are not refreshed constantly. */
const ahead = (token: Token, window: Duration.Duration, part: number) =>
  Math.min(Duration.toMillis(window), life(token) * part)

/** Until when the token may be served. */
const untilOf = ({ endsAt, token }: Held) => Math.min(token.expiresAt.epochMillis, endsAt)

/** From this age on a token can be judged. It is negative: a clock that is further back was set back. */
const judgedFromAge = judgedFrom(0)

export const endAge = (endsAt: number, obtainedAt: number) =>
  endsAt === Infinity ? undefined : endsAt - obtainedAt

export const endOf = ({ end }: Pick<Hit, "end">) => end ?? Infinity

/** Whether the token may be served at this age. */
const isServed = (hit: Hit, age: number) => age >= judgedFromAge && age < Math.min(hit.life, endOf(hit))

/**
 * All are made here, so that they have one shape and whole numbers. A clock of whole milliseconds is past the
 * rounded time whenever it is past the exact one.
 */
const packed = (hit: Hit): Hit => ({
  accessToken: hit.accessToken,
  answer: hit.answer,
  scopes: hit.scopes,
  authorizationId: hit.authorizationId,
  obtainedAt: hit.obtainedAt,
  life: Math.ceil(hit.life),
  refreshFrom: Math.ceil(hit.refreshFrom),
  refreshBy: Math.ceil(hit.refreshBy),
  freshUntil: Math.ceil(hit.freshUntil),
  waitFrom: Math.ceil(hit.waitFrom),
  end: hit.end,
  refused: hit.refused
})

/** Whether a token is fresh enough that no new one is needed. */
export const isFresh =
  (windows: Windows) =>
  (token: Token, now: number): boolean =>
    now < token.expiresAt.epochMillis - ahead(token, windows.advisory, 1 / 4) &&
    now >= judgedFrom(token.obtainedAt.epochMillis)

/**
 * The tokens of all sessions of a process, with at most one flight for each session. Tokens in use are kept
 * in memory.
 */
export const make = (options: {
  readonly windows: Windows
  readonly select: (context: Context.Context<never>) => Either.Either<SessionKey, SessionError>
  readonly fetch: (key: SessionKey, refused: string | undefined) => Effect.Effect<Held, SessionError>
  /** How many milliseconds a token is served without a check of the store, and how it is checked. */
  readonly check?: {
    readonly maxAge: number
    readonly make: (live: Live) => Effect.Effect<Checks, never, Scope.Scope>
  }
  /** Whether the error means that the session is over, so that its last token is no longer served. */
  readonly ends: (error: SessionError) => boolean
}): Effect.Effect<LiveTokens, never, Scope.Scope> =>
  Effect.gen(function* () {
    const hits = new Map<SessionKey, Hit>()
    // Present while a flight runs; false once a login or a sign-out has made its result obsolete
    const current = new Map<SessionKey, { valid: boolean }>()
    const refusals = new Map<SessionKey, Refusal>()

    const lists = new Map<string, ReadonlyArray<SpotifyScope.Scope>>()

    /** Frozen, because many sessions have the same list. */
    const shared = (scopes: ReadonlyArray<SpotifyScope.Scope>) => {
      const text = JSON.stringify(scopes)
      const list = lists.get(text) ?? Object.freeze([...scopes])
      setLatest(lists, text, list, scopesShared)
      return list
    }

    /**
     * Drops expired tokens. The oldest come first, in the order of their last fetch or check. A valid token stays
     * even if nobody uses it, for the time when the store is down. There is no timer, because it would keep
     * programs from ending, so without fetches and checks nothing is dropped.
     */
    const sweep = (now: number) => {
      let left = swept
      for (const [key, hit] of hits) {
        if (left-- === 0 || now - hit.obtainedAt < hit.life) {
          break
        }
        hits.delete(key)
      }
      for (const [key, { at }] of refusals) {
        if (left-- <= 0 || now - at < longestLife) {
          break
        }
        refusals.delete(key)
      }
    }

    const maxAge = options.check?.maxAge ?? Infinity

    /** The check in the background comes slightly early, so that sessions in use do not wait for the store. */
    const checkedAt = (
      asked: number,
      random: number,
      { end, refreshBy, refreshFrom }: Limits & Pick<Hit, "end">
    ) => ({
      freshUntil: Math.min(refreshFrom, asked + maxAge * (0.6 + random / 5), endOf({ end })),
      waitFrom: Math.min(refreshBy, asked + maxAge, endOf({ end })),
      end
    })

    const remember = (key: SessionKey, { authorizationId, endsAt, notBefore, token }: Held, asked: number) =>
      Effect.map(Random.next, (random) => {
        const refusal = refusals.get(key)
        refusals.delete(key)
        const obtainedAt = token.obtainedAt.epochMillis
        const whole = life(token)
        // Jitter, so that sessions that began together are not refreshed together
        const early = ahead(token, options.windows.advisory, 1 / 4) * (1 - random / 5)
        const limits = {
          refreshFrom: Math.min(Math.max(whole - early, notBefore - obtainedAt), whole),
          refreshBy: Math.max(
            whole - ahead(token, options.windows.mandatory, 1 / 8),
            Math.min(notBefore - obtainedAt, whole)
          ),
          end: endAge(endsAt, obtainedAt)
        }
        const hit = packed({
          accessToken: token.accessToken,
          answer: Effect.succeed(token.accessToken),
          scopes: shared(token.scopes),
          authorizationId,
          obtainedAt,
          life: whole,
          ...limits,
          ...checkedAt(asked - obtainedAt, random, limits),
          refused: refusal?.good === false ? { at: refusal.at, confirmed: refusal.confirmed } : undefined
        })
        setLatest(hits, key, hit, capacity)
      })

    /** Serves a token that is still valid, without another try at every call. */
    const postpone = (key: SessionKey, error: SessionError) =>
      Effect.zipWith(Random.next, Clock.currentTimeMillis, (random, now) => {
        const hit = hits.get(key)
        if (refusals.get(key)?.good === true) {
          refusals.delete(key)
        }
        if (options.ends(error)) {
          hits.delete(key)
          refusals.delete(key)
        } else if (hit !== undefined) {
          const pause = now - hit.obtainedAt + failurePause * (0.5 + random / 2)
          const until = Math.min(pause, hit.life, endOf(hit))
          const freshUntil = Math.max(hit.freshUntil, until)
          const waitFrom = Math.min(Math.max(hit.refreshBy, until), endOf(hit))
          hits.set(key, packed({ ...hit, freshUntil, waitFrom }))
        }
      })

    const flight = yield* SingleFlight.make(
      (key: SessionKey) =>
        Effect.flatMap(Clock.currentTimeMillis, (asked) => {
          sweep(asked)
          const mark = { valid: true }
          current.set(key, mark)
          return options.fetch(key, refusals.get(key)?.token).pipe(
            Effect.tap((held) => (mark.valid ? remember(key, held, asked) : Effect.void)),
            Effect.tapError((error) => (mark.valid ? postpone(key, error) : Effect.void)),
            Effect.map((held) => ({ held, overtaken: !mark.valid })),
            Effect.ensuring(Effect.sync(() => current.delete(key)))
          )
        }),
      flightFailures
    )

    /** Checks the clock again on delivery: on a busy machine a token may expire on its way to the caller. */
    const wait = (key: SessionKey, tries: number): Effect.Effect<Token, SessionError> =>
      Effect.flatMap(flight.join(key), ({ held, overtaken }) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          tries > 0 && (overtaken || untilOf(held) <= now) ? wait(key, tries - 1) : Effect.succeed(held.token)
        )
      )

    /** While no new token can be fetched, the old one is served until it expires. */
    const waitOrServe = (key: SessionKey): Effect.Effect<Redacted.Redacted<string>, SessionError> =>
      Effect.matchEffect(wait(key, 1), {
        onSuccess: (token) => Effect.succeed(token.accessToken),
        onFailure: (error) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const hit = hits.get(key)
            return hit !== undefined && isServed(hit, now - hit.obtainedAt) ? hit.answer : Effect.fail(error)
          })
      })

    const checks =
      options.check === undefined
        ? noChecks
        : yield* options.check.make({
            hit: (key) => hits.get(key),
            sweep,
            keep: (key, hit) => void hits.set(key, packed(hit)),
            put: (key, hit) => setLatest(hits, key, packed(hit), capacity),
            drop: (key) => void hits.delete(key),
            remember,
            checkedAt,
            ends: options.ends,
            launch: flight.launch,
            wait: waitOrServe
          })

    /** The token in memory of a session that has not ended, even if the token has expired. */
    const alive = (key: SessionKey, now: number): Hit | undefined => {
      const hit = hits.get(key)
      return hit !== undefined && now - hit.obtainedAt < endOf(hit) ? hit : undefined
    }

    const withKey = <A>(
      use: (key: SessionKey) => Effect.Effect<A, SessionError>
    ): Effect.Effect<A, SessionError> =>
      Effect.contextWithEffect((context: Context.Context<never>) =>
        Effect.flatMap(options.select(context), use)
      )

    const replace = (
      key: SessionKey,
      token: string,
      good: boolean,
      confirms = false
    ): Effect.Effect<Redacted.Redacted<string>, SessionError> =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const known = refusals.get(key)
        // Of many callers with the same refused token, only the first sees that the refusal came soon after
        // another
        const confirmed = confirms || (known?.token === token && known.confirmed)
        setLatest(refusals, key, { token, at, good, confirmed }, capacity)
        if (!good) {
          hits.delete(key)
        }
        return Effect.map(wait(key, 1), (token) => token.accessToken)
      })

    const accessToken: LiveTokens["accessToken"] = Effect.withFiberRuntime((fiber) => {
      const key = options.select(fiber.currentContext)
      if (Either.isLeft(key)) {
        return Effect.fail(key.left)
      }
      const hit = hits.get(key.right)
      if (hit !== undefined) {
        const now = Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()
        const age = now - hit.obtainedAt
        if (age >= judgedFromAge) {
          if (age < hit.freshUntil) {
            return hit.answer
          }
          if (age < hit.waitFrom) {
            const launch = age < hit.refreshFrom ? checks.launch : flight.launch
            return Effect.zipRight(launch(key.right), hit.answer)
          }
          if (age < hit.refreshBy && age < endOf(hit)) {
            return checks.overdue(key.right, hit, now)
          }
        }
      }
      return waitOrServe(key.right)
    })

    return {
      accessToken,
      authorizationId: withKey((key) =>
        Effect.map(accessToken, () =>
          Option.map(Option.fromNullable(hits.get(key)), (hit) => hit.authorizationId)
        )
      ),
      scopes: withKey((key) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const hit = alive(key, now)
          return hit === undefined
            ? Effect.map(wait(key, 1), (token) => token.scopes)
            : Effect.succeed(hit.scopes)
        })
      ),
      renew: (refused, { confirm = false } = {}) =>
        withKey((key) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const hit = alive(key, now)
            const value = Redacted.value(refused)
            if (hit !== undefined && Redacted.value(hit.accessToken) !== value) {
              return hit.answer
            }
            const paused = hit?.refused !== undefined && Math.abs(now - hit.refused.at) < refusalPause
            return paused && (hit.refused.confirmed || !confirm)
              ? hit.answer
              : replace(key, value, false, paused)
          })
        ),
      refresh: withKey((key) =>
        Effect.flatMap(Clock.currentTimeMillis, (asked) =>
          Effect.suspend(() => {
            const hit = alive(key, asked)
            return hit !== undefined
              ? replace(key, Redacted.value(hit.accessToken), true)
              : Effect.flatMap(wait(key, 1), (token) =>
                  // A new token may already have arrived during the wait
                  token.obtainedAt.epochMillis >= asked
                    ? Effect.succeed(token.accessToken)
                    : replace(key, Redacted.value(token.accessToken), true)
                )
          })
        )
      ),
      forget: (key) =>
        Effect.sync(() => {
          hits.delete(key)
          refusals.delete(key)
          const running = current.get(key)
          if (running !== undefined) {
            running.valid = false
          }
        })
    }
  })
