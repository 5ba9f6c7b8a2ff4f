import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SessionEvent } from "./SessionEvent.js"
import * as Metrics from "../Metrics.js"

/** What a subscriber may fall behind by, before it loses the oldest events. */
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
