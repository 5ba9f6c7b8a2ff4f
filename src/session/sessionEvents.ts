import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SessionEvent } from "./SessionEvent.js"
import * as Metrics from "../Metrics.js"

/** How many events a subscriber may fall behind before it loses the oldest. */
const capacity = 256

/**
 * So many rejections within so many milliseconds are unlikely to come from users. Spotify has rejected sessions
 * in bulk by mistake.
 */
const bulk = { count: 10, within: 60_000 }

export interface SessionEvents {
  /** Also publishes `ManyRejected`, once per incident, as soon as a rejection shows it. */
  readonly publish: (event: SessionEvent) => Effect.Effect<void>
  readonly stream: Stream.Stream<SessionEvent>
}

export const make: Effect.Effect<SessionEvents, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(PubSub.sliding<SessionEvent>(capacity), PubSub.shutdown),
  (hub) => {
    const send = (event: SessionEvent) =>
      Effect.suspend(() => {
        Metrics.sessionEvent(event._tag)
        return Effect.asVoid(PubSub.publish(hub, event))
      })

    let recent: Array<number> = []
    let raised = false
    const rejected = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      recent = [...recent.filter((at) => Math.abs(now - at) < bulk.within), now].slice(-bulk.count)
      const before = raised
      raised = recent.length === bulk.count
      return raised && !before
        ? Effect.zipRight(
            Effect.logError(
              "Spotify rejected ten sessions or more within a minute: check its status before asking users to log in again"
            ),
            send(SessionEvent.ManyRejected({ since: DateTime.unsafeMake(now - bulk.within) }))
          )
        : Effect.void
    })

    return {
      publish: (event) => (event._tag === "Rejected" ? Effect.zipRight(send(event), rejected) : send(event)),
      stream: Stream.fromPubSub(hub)
    }
  }
)
