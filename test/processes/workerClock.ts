import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ClockOptions } from "./protocol.js"

export interface WorkerClock {
  readonly clock: Clock.Clock
  /** The wall clock jumps; the monotonic one does not. */
  readonly setOffset: (offset: number) => void
}

/** A clock that is off by so much, and runs so much faster than time. Sleeps are shorter by as much. */
export const make = ({ offset: first, origin, rate }: ClockOptions): WorkerClock => {
  const real = Clock.make()
  let offset = first
  const millis = () => Math.floor(origin + (Date.now() - origin) * rate + offset)
  const nanos = () => real.unsafeCurrentTimeNanos() * BigInt(rate)
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => real.sleep(Duration.times(duration, 1 / rate))
  }
  return {
    clock,
    setOffset: (next) => {
      offset = next
    }
  }
}
