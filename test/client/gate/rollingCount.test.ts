import * as FastCheck from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import * as RollingCount from "../../../src/client/gate/rollingCount.js"

const day = 24 * 60 * 60 * 1000

/** Times at which calls end, from gaps of up to a tenth of the window. */
const timesOf = (window: number) =>
  FastCheck.array(FastCheck.integer({ min: 0, max: window / 10 }), { maxLength: 60 }).map((gaps) => {
    let now = 1_764_000_000_000
    return gaps.map((gap) => (now += gap))
  })

const windows = FastCheck.constantFrom(1000, 30_000, 3_600_000, day, 7 * day)

const property = (check: (window: number, times: ReadonlyArray<number>) => void) =>
  FastCheck.assert(
    FastCheck.property(
      windows.chain((window) => FastCheck.tuple(FastCheck.constant(window), timesOf(window))),
      ([window, times]) => check(window, times)
    ),
    { seed: 20_261_129, numRuns: 500 }
  )

/** The calls of a list of times that lie within a window. */
const within = (times: ReadonlyArray<number>, from: number, to: number) =>
  times.filter((at) => at > from && at <= to).length

describe("a rolling count", () => {
  it("has every call of the window, and none that left it longer ago than a slot", () => {
    property((window, times) => {
      const count = RollingCount.make(window)
      times.forEach((now, index) => {
        count.add(now, 1)
        const before = times.slice(0, index + 1)
        const total = count.total(now)
        assert.isAtLeast(total, within(before, now - window, now))
        assert.isAtMost(total, within(before, now - window - Math.ceil(window / 288), now))
      })
    })
  })

  it("opens when it says, and not before", () => {
    property((window, times) => {
      const now = times.at(-1) ?? 0
      const at = (moment: number) => {
        const count = RollingCount.make(window)
        times.forEach((time) => count.add(time, 1))
        return count.total(moment)
      }
      const count = RollingCount.make(window)
      times.forEach((time) => count.add(time, 1))
      const total = count.total(now)
      for (let calls = 1; calls <= total; calls++) {
        const opens = count.opensAt(calls, now)
        assert.isAtMost(at(opens), total - calls)
        assert.isAbove(at(opens - 1), total - calls)
      }
      assert.strictEqual(count.opensAt(total + 1, now), now + window)
    })
  })

  it("is the same after it was written and read, and added to another in any order", () => {
    property((window, times) => {
      const now = times.at(-1) ?? 0
      const count = RollingCount.make(window)
      times.forEach((time) => count.add(time, 1))
      const read = RollingCount.make(window, count.entries(now))
      const backwards = RollingCount.make(window)
      ;[...times].reverse().forEach((time) => backwards.add(time, 1))
      assert.deepStrictEqual(read.entries(now), count.entries(now))
      assert.deepStrictEqual(backwards.entries(now), count.entries(now))
      assert.isAtMost(count.entries(now).length, 290)
    })
  })

  it("of calls ahead of a clock that was set back opens within a window", () => {
    FastCheck.assert(
      FastCheck.property(
        windows,
        FastCheck.integer({ min: 1, max: 400 * day }),
        FastCheck.integer({ min: 1, max: 100 }),
        (window, back, calls) => {
          const before = 1_764_000_000_000
          const count = RollingCount.make(window)
          count.add(before, calls)
          const now = before - back
          assert.strictEqual(count.total(now), calls)
          const longest =
            window + Math.ceil(window / 288) + Math.min(window, 300_000) + Math.ceil(window / 288)
          assert.isAtMost(count.opensAt(calls, now), now + longest)
          assert.strictEqual(count.total(now + longest), 0)
        }
      ),
      { seed: 20_261_129 }
    )
  })
})
