import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const shifted = (clock: Clock.Clock, millis: number): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + millis,
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis),
  unsafeCurrentTimeNanos: () =>
    clock.unsafeCurrentTimeNanos() +
    Duration.unsafeToNanos(Duration.millis(Math.abs(millis))) * BigInt(Math.sign(millis)),
  currentTimeNanos: Effect.map(
    clock.currentTimeNanos,
    (now) => now + Duration.unsafeToNanos(Duration.millis(Math.abs(millis))) * BigInt(Math.sign(millis))
  ),
  sleep: (duration) => clock.sleep(duration)
})

/** Runs an effect with a clock that is this far ahead. Time passes at the same rate. */
export const ahead =
  (millis: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    millis === 0 ? effect : Effect.clockWith((clock) => Effect.withClock(effect, shifted(clock, millis)))
