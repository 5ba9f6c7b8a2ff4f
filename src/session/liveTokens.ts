import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as SpotifyScope from "../accounts/Scope.js"
import type { SessionKey } from "./Session.js"
import type { Token } from "../accounts/Token.js"
import * as ClockJump from "./clockJump.js"
import type { Held } from "./renewal.js"
import * as SingleFlight from "../concurrency/singleFlight.js"

/** How long before a token's end what happens; both shrink with a short life. */
export interface Windows {
  /** From here on a new token is fetched in the background. */
  readonly advisory: Duration.Duration
  /** From here on callers wait for it. */
  readonly mandatory: Duration.Duration
}

/** The least time between two refreshes that were asked for because the Web API refused a token. */
const refusalPause = 30_000

/** After a refresh that failed while the old token is good, nobody asks again for about this long. */
const failurePause = 1_000

/** So long a good token waits for a store that does not answer; then it is served as it is. */
const storePatience = 1_000

/** After that the store is asked again at about this distance, and nobody waits for it. */
const storePause = 5_000

/** How many sessions keep their token in memory. The least recently fetched one is dropped first. */
const capacity = 100_000

/** How many ended tokens are dropped when a new one arrives. */
const swept = 2

interface Limits {
  /** When a new token is due, and when callers wait for it, whatever has become of the session elsewhere. */
  readonly refreshFrom: number
  readonly refreshBy: number
}

interface Hit extends Limits {
  readonly token: Token
  readonly authorizationId: string
  /** Made once, so that the hot path allocates nothing. */
  readonly answer: Effect.Effect<Redacted.Redacted<string>>
  /** If the clock shows less, it was set back and says nothing about this token. */
  readonly from: number
  readonly freshUntil: number
  readonly waitFrom: number
  /** When the app ends the session, as far as it is known here. */
  readonly endsAt: number
  /** When the token before this one was refused, if it was. */
  readonly refusedAt: number | undefined
  /** Whether that was so soon after another that it was only asked whether the grant still stands. */
  readonly confirmed: boolean
}

/** A token that must not be served again, and why. */
interface Refusal {
  readonly token: string
  readonly at: number
  /** Nobody refused it: a new one was wished for, and without that it goes on. */
  readonly good: boolean
  readonly confirmed: boolean
}

export interface LiveTokens<out E> {
  readonly accessToken: Effect.Effect<Redacted.Redacted<string>, E>
  /** The scopes of the token that {@link accessToken} gives. */
  readonly scopes: Effect.Effect<ReadonlyArray<SpotifyScope.Scope>, E>
  /** Of the token that {@link accessToken} gives; none if another login or a sign-out came meanwhile. */
  readonly authorizationId: Effect.Effect<Option.Option<string>, E>
  /** A token other than the one the Web API refused; `confirm` asks once more within the pause after a refusal. */
  readonly renew: (
    refused: Redacted.Redacted<string>,
    options?: { readonly confirm?: boolean | undefined }
  ) => Effect.Effect<Redacted.Redacted<string>, E>
  /** A new token, whatever the old one is still good for. */
  readonly refresh: Effect.Effect<Redacted.Redacted<string>, E>
  /** What is in memory belongs to the past: a login or a sign-out has written. */
  readonly forget: (key: SessionKey) => Effect.Effect<void>
}

const life = (token: Token) => token.expiresAt.epochMillis - token.obtainedAt.epochMillis

/** A quarter of the life at most, so that tokens of a minute are not refreshed all the time. */
const ahead = (token: Token, window: Duration.Duration, part: number) =>
  Math.min(Duration.toMillis(window), life(token) * part)

/** How long the token may be served. */
const untilOf = ({ endsAt, token }: Pick<Held, "endsAt" | "token">) =>
  Math.min(token.expiresAt.epochMillis, endsAt)

/** Whether a token is good enough that nobody needs to ask for another. */
export const isFresh =
  (windows: Windows) =>
  (token: Token, now: number): boolean =>
    now < token.expiresAt.epochMillis - ahead(token, windows.advisory, 1 / 4) &&
    now >= ClockJump.judgedFrom(token.obtainedAt.epochMillis)

/** The tokens of all sessions of a process: at most one flight for each, and memory for those in use. */
export const make = <E>(options: {
  readonly windows: Windows
  readonly select: (context: Context.Context<never>) => Either.Either<SessionKey, E>
  readonly fetch: (key: SessionKey, refused: string | undefined) => Effect.Effect<Held, E>
  /** What the store holds, good or not; and how many milliseconds a token is served without a look at it. */
  readonly check?: { readonly stored: (key: SessionKey) => Effect.Effect<Held, E>; readonly maxAge: number }
  /** Whether the failure says that the session is over, so that its last token is not served any more. */
  readonly ends: (error: E) => boolean
  readonly failures: { readonly closed: () => E; readonly reentrant: () => E }
}): Effect.Effect<LiveTokens<E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const hits = new Map<SessionKey, Hit>()
    // Set while a flight runs, and false once its result is overtaken
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

    const { maxAge, stored } = options.check ?? { maxAge: Infinity, stored: undefined }

    /** Looked at a bit early, so that sessions in use wait for no store. */
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
        // Sessions that began together are not refreshed together
        const early = ahead(token, options.windows.advisory, 1 / 4) * (1 - random / 5)
        const limits = {
          refreshFrom: Math.min(Math.max(end - early, held.notBefore), end),
          refreshBy: Math.max(
            end - ahead(token, options.windows.mandatory, 1 / 8),
            Math.min(held.notBefore, end)
          )
        }
        hits.delete(key)
        hits.set(key, {
          token,
          authorizationId,
          answer: Effect.succeed(token.accessToken),
          from: ClockJump.judgedFrom(token.obtainedAt.epochMillis),
          ...limits,
          ...checkedAt(asked, random, limits, held.endsAt),
          refusedAt: refusal?.good === false ? refusal.at : undefined,
          confirmed: refusal?.confirmed === true
        })
        const oldest = hits.size > capacity ? hits.keys().next() : undefined
        if (oldest !== undefined && oldest.done === false) {
          hits.delete(oldest.value)
        }
      })

    /** What is good still is served, and is not asked about at every call. */
    const postpone = (key: SessionKey, error: E) =>
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
      options.failures
    )

    /** Delivery looks at the clock again: on a busy machine a token may end on its way to the caller. */
    const wait = (key: SessionKey, tries: number): Effect.Effect<Token, E> =>
      Effect.flatMap(flight.join(key), ({ held, overtaken }) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          tries > 0 && (overtaken || untilOf(held) <= now) ? wait(key, tries - 1) : Effect.succeed(held.token)
        )
      )

    /** While a new token cannot be had, the old one is served to its end. */
    const waitOrServe = (key: SessionKey): Effect.Effect<Token, E> =>
      Effect.catchAll(wait(key, 1), (error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const hit = hits.get(key)
          return hit !== undefined && now >= hit.from && now < untilOf(hit)
            ? Effect.succeed(hit.token)
            : Effect.fail(error)
        })
      )

    /** Takes over what the store holds, unless it is older than what this process could not store. */
    const settle = (key: SessionKey, hit: Hit, held: Held, asked: number) =>
      held.authorizationId === hit.authorizationId &&
      (held.token.obtainedAt.epochMillis < hit.token.obtainedAt.epochMillis ||
        Redacted.value(held.token.accessToken) === Redacted.value(hit.token.accessToken))
        ? Effect.map(Random.next, (random) => {
            hits.delete(key)
            hits.set(key, { ...hit, ...checkedAt(asked, random, hit, held.endsAt) })
          })
        : refusals.has(key)
          ? Effect.void
          : remember(key, held, asked)

    /** The store did not tell: it is asked again in the background. */
    const unchecked = (key: SessionKey, hit: Hit) =>
      Effect.zipWith(Random.next, Clock.currentTimeMillis, (random, now) => {
        const freshUntil = Math.min(now + storePause * (0.5 + random / 2), hit.refreshFrom, hit.endsAt)
        hits.set(key, { ...hit, freshUntil, waitFrom: Math.min(hit.refreshBy, hit.endsAt) })
      })

    /** Looks whether the session of a token in memory still is there. */
    const checks = yield* SingleFlight.make(
      (key: SessionKey) =>
        Effect.flatMap(Clock.currentTimeMillis, (asked) => {
          const hit = hits.get(key)
          if (hit === undefined || stored === undefined) {
            return Effect.void
          }
          // A login, a sign-out or a refresh that came meanwhile knows better
          const ifSame = (effect: Effect.Effect<void>) =>
            Effect.suspend(() => (hits.get(key) === hit ? effect : Effect.void))
          return Effect.matchEffect(stored(key), {
            onSuccess: (held) => ifSame(settle(key, hit, held, asked)),
            onFailure: (error) =>
              ifSame(options.ends(error) ? Effect.sync(() => void hits.delete(key)) : unchecked(key, hit))
          })
        }),
      options.failures
    )

    // Until then nobody waits for the store just to have a good token checked
    let slowUntil = -Infinity

    /** A token that is good itself, of a session that the store was not asked about for too long. */
    const checked = (key: SessionKey, hit: Hit, now: number): Effect.Effect<Redacted.Redacted<string>, E> =>
      now < slowUntil
        ? Effect.zipRight(checks.launch(key), hit.answer)
        : Effect.ignore(checks.join(key)).pipe(
            Effect.timeoutTo({
              duration: storePatience,
              onSuccess: () => Effect.void,
              onTimeout: () => {
                slowUntil = now + storePatience + storePause
                return hits.get(key) === hit ? unchecked(key, hit) : Effect.void
              }
            }),
            Effect.flatten,
            Effect.zipRight(Clock.currentTimeMillis),
            Effect.flatMap((now) => {
              const hit = hits.get(key)
              return hit === undefined || now >= Math.min(hit.refreshBy, hit.endsAt)
                ? Effect.map(waitOrServe(key), (token) => token.accessToken)
                : now < hit.refreshFrom
                  ? hit.answer
                  : Effect.zipRight(flight.launch(key), hit.answer)
            })
          )

    /** Of a session that has not ended, whether or not its token has. */
    const alive = (key: SessionKey, now: number): Hit | undefined => {
      const hit = hits.get(key)
      return hit !== undefined && now < hit.endsAt ? hit : undefined
    }

    const withKey = <A>(use: (key: SessionKey) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.contextWithEffect((context: Context.Context<never>) =>
        Effect.flatMap(options.select(context), use)
      )

    const replace = (
      key: SessionKey,
      token: string,
      good: boolean,
      confirms = false
    ): Effect.Effect<Redacted.Redacted<string>, E> =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const known = refusals.get(key)
        // Of many who were refused the same token only the first sees that it was soon after another
        const confirmed = confirms || (known?.token === token && known.confirmed)
        refusals.set(key, { token, at, good, confirmed })
        if (!good) {
          hits.delete(key)
        }
        return Effect.map(wait(key, 1), (token) => token.accessToken)
      })

    const accessToken: LiveTokens<E>["accessToken"] = Effect.withFiberRuntime((fiber) => {
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
            return checked(key.right, hit, now)
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
                  // The wait may have brought a new one already
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
