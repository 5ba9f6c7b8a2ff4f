import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SessionEvent } from "./SessionEvent.js"
import * as Metrics from "../Metrics.js"

/** How many events a subscriber may fall behind before it loses the oldest. */
const capacity = 256

export interface SessionEvents {
  readonly publish: (event: SessionEvent) => Effect.Effect<void>
  readonly stream: Stream.Stream<SessionEvent>
}

export const make: Effect.Effect<SessionEvents, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(PubSub.sliding<SessionEvent>(capacity), PubSub.shutdown),
  (hub) => ({
    publish: (event) =>
      Effect.suspend(() => {
        Metrics.sessionEvent(event._tag)
        return Effect.asVoid(PubSub.publish(hub, event))
      }),
    stream: Stream.fromPubSub(hub)
  })
)
