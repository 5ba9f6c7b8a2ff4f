import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Page } from "./page.js"

/**
 * A popup and the page that opened it communicate over a `BroadcastChannel` named after the login's state.
 * Only pages of this origin can use it. It also works where Cross-Origin-Opener-Policy separates the popup
 * from its opener.
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

/** Takes messages until one can be read. */
const first = <A>(
  messages: Queue.Dequeue<unknown>,
  read: (message: unknown) => Option.Option<A>
): Effect.Effect<A> =>
  Effect.flatMap(Queue.take(messages), (message): Effect.Effect<A> =>
    Option.match(read(message), { onNone: () => first(messages, read), onSome: Effect.succeed })
  )

/**
 * In the opener: listens from now on. The inner effect waits for the address that the popup came back to, and
 * acknowledges it.
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

/** In the popup: passes the address to the opener. The result is false if no page takes it. */
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
