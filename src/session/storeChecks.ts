import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SingleFlight from "../concurrency/singleFlight.js"
import { type Checks, endAge, endOf, flightFailures, type Hit, type Live } from "./liveTokens.js"
import type { Held } from "./renewal.js"
import type { SessionError, SessionKey } from "./Session.js"

/** How long a valid token waits for a store that does not answer. Then it is served unchecked. */
const storePatience = 1_000

/** While the store does not answer, it is checked again at about this interval, and no caller waits for it. */
const storePause = 5_000

/**
 * The checks of tokens that a store keeps, since another process may end or replace a session.
 *
 * @param stored reads the stored token, valid or not
 */
export const make =
  (stored: (key: SessionKey) => Effect.Effect<Held, SessionError>) =>
  (live: Live): Effect.Effect<Checks, never, Scope.Scope> =>
    Effect.gen(function* () {
      /** Takes over the stored token, unless this process has a newer one that is not stored yet. */
      const settle = (key: SessionKey, hit: Hit, held: Held, asked: number) =>
        held.authorizationId === hit.authorizationId &&
        (held.token.obtainedAt.epochMillis < hit.obtainedAt ||
          Redacted.value(held.token.accessToken) === Redacted.value(hit.accessToken))
          ? Effect.map(Random.next, (random) => {
              const limits = { ...hit, end: endAge(held.endsAt, hit.obtainedAt) }
              live.put(key, { ...hit, ...live.checkedAt(asked - hit.obtainedAt, random, limits) })
            })
          : live.remember(key, held, asked)

      /** The store did not answer, so it is checked again in the background. */
      const unchecked = (key: SessionKey, hit: Hit) =>
        Effect.zipWith(Random.next, Clock.currentTimeMillis, (random, now) => {
          const pause = now - hit.obtainedAt + storePause * (0.5 + random / 2)
          const freshUntil = Math.min(pause, hit.refreshFrom, endOf(hit))
          live.keep(key, { ...hit, freshUntil, waitFrom: Math.min(hit.refreshBy, endOf(hit)) })
        })

      const checks = yield* SingleFlight.make(
        (key: SessionKey) =>
          Effect.flatMap(Clock.currentTimeMillis, (asked) => {
            live.sweep(asked)
            const hit = live.hit(key)
            if (hit === undefined) {
              return Effect.void
            }
            // A login, a sign-out or a refresh in between is newer
            const ifSame = (effect: Effect.Effect<void>) =>
              Effect.suspend(() => (live.hit(key) === hit ? effect : Effect.void))
            return Effect.matchEffect(stored(key), {
              onSuccess: (held) => ifSame(settle(key, hit, held, asked)),
              onFailure: (error) =>
                ifSame(live.ends(error) ? Effect.sync(() => live.drop(key)) : unchecked(key, hit))
            })
          }),
        flightFailures
      )

      // Until then no caller waits for the store only to check a valid token
      let slowUntil = -Infinity

      const overdue: Checks["overdue"] = (key, hit, now) =>
        now < slowUntil
          ? Effect.zipRight(checks.launch(key), hit.answer)
          : Effect.ignore(checks.join(key)).pipe(
              Effect.timeoutTo({
                duration: storePatience,
                onSuccess: () => Effect.void,
                onTimeout: () => {
                  slowUntil = now + storePatience + storePause
                  return live.hit(key) === hit ? unchecked(key, hit) : Effect.void
                }
              }),
              Effect.flatten,
              Effect.zipRight(Clock.currentTimeMillis),
              Effect.flatMap((now) => {
                const hit = live.hit(key)
                return hit === undefined || now - hit.obtainedAt >= Math.min(hit.refreshBy, endOf(hit))
                  ? live.wait(key)
                  : now - hit.obtainedAt < hit.refreshFrom
                    ? hit.answer
                    : Effect.zipRight(live.launch(key), hit.answer)
              })
            )

      return { launch: checks.launch, overdue }
    })
