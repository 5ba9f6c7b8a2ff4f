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

/** How many expired tokens are dropped when a new one arrives. */
const swept = 2

interface Limits {
  /** When a new token is due, and when callers wait for it. A check of the store changes neither. */
  readonly refreshFrom: number
  readonly refreshBy: number
}

export interface Hit extends Limits {
  readonly token: Token
  readonly authorizationId: string
  /** Made once, so that the hot path allocates nothing. */
  readonly answer: Effect.Effect<Redacted.Redacted<string>>
  /** If the clock is earlier than this, it was set back and cannot judge this token. */
  readonly from: number
  readonly freshUntil: number
  readonly waitFrom: number
  /** When the app ends the session, as far as this process knows. */
  readonly endsAt: number
  /** When the previous token was refused, if it was. */
  readonly refusedAt: number | undefined
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
  /** Whether a new token is due in place of one that must not be served again. */
  readonly isRefused: (key: SessionKey) => boolean
  readonly remember: (key: SessionKey, held: Held, asked: number) => Effect.Effect<void>
  readonly checkedAt: (
    asked: number,
    random: number,
    limits: Limits,
    endsAt: number
  ) => Pick<Hit, "freshUntil" | "waitFrom" | "endsAt">
  readonly ends: (error: SessionError) => boolean
  readonly launch: (key: SessionKey) => Effect.Effect<void>
  readonly wait: (key: SessionKey) => Effect.Effect<Token, SessionError>
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

/** How long the token may be served. */
const untilOf = ({ endsAt, token }: Pick<Held, "endsAt" | "token">) =>
  Math.min(token.expiresAt.epochMillis, endsAt)

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

    const sweep = (now: number) => {
      let left = swept
      for (const [key, { token }] of hits) {
        if (left-- === 0 || token.expiresAt.epochMillis > now) {
          return
        }
        hits.delete(key)
        refusals.delete(key)
      }
    }

    const maxAge = options.check?.maxAge ?? Infinity

    /** The check in the background comes slightly early, so that sessions in use do not wait for the store. */
    const checkedAt = (
      asked: number,
      random: number,
      { refreshBy, refreshFrom }: Limits,
      endsAt: number
    ) => ({
      freshUntil: Math.min(refreshFrom, asked + maxAge * (0.6 + random / 5), endsAt),
      waitFrom: Math.min(refreshBy, asked + maxAge, endsAt),
      endsAt
    })

    const remember = (key: SessionKey, held: Held, asked: number) =>
      Effect.zipWith(Random.next, Clock.currentTimeMillis, (random, now) => {
        sweep(now)
        const { authorizationId, token } = held
        const end = token.expiresAt.epochMillis
        const refusal = refusals.get(key)
        refusals.delete(key)
        // Jitter, so that sessions that began together are not refreshed together
        const early = ahead(token, options.windows.advisory, 1 / 4) * (1 - random / 5)
        const limits = {
          refreshFrom: Math.min(Math.max(end - early, held.notBefore), end),
          refreshBy: Math.max(
            end - ahead(token, options.windows.mandatory, 1 / 8),
            Math.min(held.notBefore, end)
          )
        }
        const hit: Hit = {
          token,
          authorizationId,
          answer: Effect.succeed(token.accessToken),
          from: judgedFrom(token.obtainedAt.epochMillis),
          ...limits,
          ...checkedAt(asked, random, limits, held.endsAt),
          refusedAt: refusal?.good === false ? refusal.at : undefined,
          confirmed: refusal?.confirmed === true
        }
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
          const until = Math.min(now + failurePause * (0.5 + random / 2), untilOf(hit))
          hits.set(key, {
            ...hit,
            freshUntil: Math.max(hit.freshUntil, until),
            waitFrom: Math.min(Math.max(hit.refreshBy, until), hit.endsAt)
          })
        }
      })

    const flight = yield* SingleFlight.make(
      (key: SessionKey) =>
        Effect.flatMap(Clock.currentTimeMillis, (asked) => {
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
    const waitOrServe = (key: SessionKey): Effect.Effect<Token, SessionError> =>
      Effect.catchAll(wait(key, 1), (error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const hit = hits.get(key)
          return hit !== undefined && now >= hit.from && now < untilOf(hit)
            ? Effect.succeed(hit.token)
            : Effect.fail(error)
        })
      )

    const checks =
      options.check === undefined
        ? noChecks
        : yield* options.check.make({
            hit: (key) => hits.get(key),
            keep: (key, hit) => void hits.set(key, hit),
            put: (key, hit) => setLatest(hits, key, hit, capacity),
            drop: (key) => void hits.delete(key),
            isRefused: (key) => refusals.has(key),
            remember,
            checkedAt,
            ends: options.ends,
            launch: flight.launch,
            wait: waitOrServe
          })

    /** The token in memory of a session that has not ended, even if the token has expired. */
    const alive = (key: SessionKey, now: number): Hit | undefined => {
      const hit = hits.get(key)
      return hit !== undefined && now < hit.endsAt ? hit : undefined
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
        refusals.set(key, { token, at, good, confirmed })
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
        if (now >= hit.from) {
          if (now < hit.freshUntil) {
            return hit.answer
          }
          if (now < hit.waitFrom) {
            const launch = now < hit.refreshFrom ? checks.launch : flight.launch
            return Effect.zipRight(launch(key.right), hit.answer)
          }
          if (now < hit.refreshBy && now < hit.endsAt) {
            return checks.overdue(key.right, hit, now)
          }
        }
      }
      return Effect.map(waitOrServe(key.right), (token) => token.accessToken)
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
            : Effect.succeed(hit.token.scopes)
        })
      ),
      renew: (refused, { confirm = false } = {}) =>
        withKey((key) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const hit = alive(key, now)
            const value = Redacted.value(refused)
            if (hit !== undefined && Redacted.value(hit.token.accessToken) !== value) {
              return hit.answer
            }
            const paused = hit?.refusedAt !== undefined && Math.abs(now - hit.refusedAt) < refusalPause
            return paused && (hit.confirmed || !confirm) ? hit.answer : replace(key, value, false, paused)
          })
        ),
      refresh: withKey((key) =>
        Effect.flatMap(Clock.currentTimeMillis, (asked) =>
          Effect.suspend(() => {
            const hit = alive(key, asked)
            return hit !== undefined
              ? replace(key, Redacted.value(hit.token.accessToken), true)
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
