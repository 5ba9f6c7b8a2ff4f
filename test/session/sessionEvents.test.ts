import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SessionEvents from "../../src/session/sessionEvents.js"
import { SessionEvent } from "../../src/session/SessionEvent.js"
import { SessionKey } from "../../src/session/Session.js"

const event = (name: number) => SessionEvent.Refreshed({ key: SessionKey(String(name)) })
const names = (events: Iterable<SessionEvent>) =>
  Array.from(events, (event) => (event._tag === "Refreshed" ? Number(event.key) : event._tag))

/** Lets every fiber run until it waits. */
const turns = Effect.repeatN(Effect.yieldNow(), 9)

/** A subscriber that is there when this returns. */
const subscribed = (events: SessionEvents.SessionEvents, seen: Array<SessionEvent>) =>
  Effect.tap(
    Effect.fork(Stream.runForEach(events.stream, (_) => Effect.sync(() => void seen.push(_)))),
    turns
  )

describe("the events of sessions", () => {
  it.scoped("reach every subscriber in order, and none who left or is not there yet", () =>
    Effect.gen(function* () {
      const events = yield* SessionEvents.make
      const [early, late]: [Array<SessionEvent>, Array<SessionEvent>] = [[], []]
      yield* events.publish(event(0))
      const first = yield* subscribed(events, early)
      yield* events.publish(event(1))
      yield* subscribed(events, late)
      yield* events.publish(event(2))
      yield* turns
      yield* Fiber.interrupt(first)
      yield* events.publish(event(3))
      yield* turns
      assert.deepStrictEqual(
        [names(early), names(late)],
        [
          [1, 2],
          [2, 3]
        ]
      )
    })
  )

  it.scoped("wait for no subscriber: one that falls behind loses the oldest, and the others lose none", () =>
    Effect.gen(function* () {
      const events = yield* SessionEvents.make
      const gate = yield* Deferred.make<void>()
      const [slow, quick]: [Array<SessionEvent>, Array<SessionEvent>] = [[], []]
      const behind = yield* Effect.fork(
        Stream.runForEach(Stream.take(events.stream, 257), (_) =>
          Effect.zipRight(
            Deferred.await(gate),
            Effect.sync(() => void slow.push(_))
          )
        )
      )
      yield* subscribed(events, quick)
      yield* events.publish(event(0))
      yield* turns
      for (let name = 1; name <= 300; name++) {
        yield* events.publish(event(name))
        yield* turns
      }
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(behind)
      const expected = [0, ...Array.from({ length: 256 }, (_, index) => index + 45)]
      assert.deepStrictEqual(names(slow), expected)
      assert.deepStrictEqual(
        names(quick),
        Array.from({ length: 301 }, (_, index) => index)
      )
    })
  )

  it.effect("end with their scope, for subscribers of now and of later", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const events = yield* Scope.extend(SessionEvents.make, scope)
      const seen: Array<SessionEvent> = []
      const running = yield* subscribed(events, seen)
      yield* events.publish(event(1))
      yield* turns
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(running)
      assert.deepStrictEqual(names(seen), [1])
      assert.strictEqual(yield* Stream.runCount(events.stream), 0)
      yield* events.publish(event(2))
    })
  )
})
