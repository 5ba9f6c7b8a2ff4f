import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Page } from "./page.js"

/**
 * The page that opened a popup and the popup itself find each other on a `BroadcastChannel` named after the
 * login's state: only pages of this origin can speak on it, and it works where the browser has cut the
 * popup off from its opener (Cross-Origin-Opener-Policy).
 */
const nameOf = (state: string): string => `effect-spotify/popup/${state}`

/** How long a popup waits for its opener, whose tab may be in the background. */
const patience = Duration.seconds(1)

const callbackOf = (message: unknown): Option.Option<string> =>
  Predicate.hasProperty(message, "callback") && typeof message.callback === "string"
    ? Option.some(message.callback)
    : Option.none()

const receiptOf = (message: unknown): Option.Option<true> =>
  Predicate.hasProperty(message, "received") ? Option.some(true) : Option.none()

/** The first message of a kind. */
const first = <A>(
  messages: Queue.Dequeue<unknown>,
  read: (message: unknown) => Option.Option<A>
): Effect.Effect<A> =>
  Effect.flatMap(Queue.take(messages), (message): Effect.Effect<A> =>
    Option.match(read(message), { onNone: () => first(messages, read), onSome: Effect.succeed })
  )

/**
 * In the opener: listens from now on. The inner effect waits for the address that the popup has come back
 * to, and tells the popup that it has arrived.
 */
export const receive = (
  page: Page,
  state: string
): Effect.Effect<Effect.Effect<string>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const channel = yield* page.channel(nameOf(state))
    if (Option.isNone(channel)) {
      // @effect-diagnostics-next-line returnEffectInGen:off -- the effect is the result
      return Effect.never
    }
    const messages = yield* channel.value.listen
    // @effect-diagnostics-next-line returnEffectInGen:off -- the effect is the result
    return Effect.tap(first(messages, callbackOf), () =>
      Effect.sync(() => channel.value.send({ received: true }))
    )
  })

/** In the popup: hands the address over. False if nobody waits for it. */
export const handOver = (page: Page, state: string, callback: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const channel = yield* page.channel(nameOf(state))
    if (Option.isNone(channel)) {
      return false
    }
    const messages = yield* channel.value.listen
    channel.value.send({ callback })
    return yield* Effect.timeoutTo(first(messages, receiptOf), {
      duration: patience,
      onSuccess: () => true,
      onTimeout: () => false
    })
  }).pipe(Effect.scoped)
