import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SessionEvent } from "./SessionEvent.js"
import * as Metrics from "../Metrics.js"

/** How many events a subscriber may fall behind before it loses the oldest. */
const capacity = 256

export interface SessionEvents {
  readonly publish: (event: SessionEvent) => Effect.Effect<void>
  readonly stream: Stream.Stream<SessionEvent>
}

/**
 * A queue for each subscriber. Effect's `PubSub` does the same, but nothing else in a small program uses it, and
 * it weighs 3 KB of a bundle (bench suite `bundle`).
 */
export const make: Effect.Effect<SessionEvents, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => ({ isOpen: true, queues: new Set<Queue.Queue<SessionEvent>>() })),
    (hub) =>
      Effect.suspend(() => {
        hub.isOpen = false
        return Effect.forEach(hub.queues, Queue.shutdown, { discard: true })
      })
  ),
  (hub) => {
    const subscription = Effect.acquireRelease(
      Effect.tap(Queue.sliding<SessionEvent>(capacity), (queue) => {
        hub.queues.add(queue)
        // A subscriber that comes too late finds the end at once
        return hub.isOpen ? Effect.void : Queue.shutdown(queue)
      }),
      (queue) =>
        Effect.suspend(() => {
          hub.queues.delete(queue)
          return Queue.shutdown(queue)
        })
    )

    return {
      publish: (event) =>
        Effect.suspend(() => {
          Metrics.sessionEvent(event._tag)
          return Effect.forEach(hub.queues, (queue) => Queue.offer(queue, event), { discard: true })
        }),
      stream: Stream.flatMap(Stream.scoped(subscription), (queue) => Stream.fromQueue(queue))
    }
  }
)

/**
 * So many rejections within so many milliseconds are unlikely to come from users. Spotify has rejected sessions
 * in bulk by mistake.
 */
const bulk = { count: 10, within: 60_000 }

/** The events of users' sessions: also `ManyRejected`, once per incident, as soon as a rejection shows it. */
export const makeForUsers = Effect.map(make, ({ publish, stream }): SessionEvents => {
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
          publish(SessionEvent.ManyRejected({ since: DateTime.unsafeMake(now - bulk.within) }))
        )
      : Effect.void
  })
  return {
    publish: (event) =>
      event._tag === "Rejected" ? Effect.zipRight(publish(event), rejected) : publish(event),
    stream
  }
})
