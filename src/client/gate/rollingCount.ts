/** How many calls ended when: milliseconds since the epoch, and their number. */
export type Calls = readonly [at: number, calls: number]

/** The number of calls in a rolling window that ends now. */
export interface RollingCount {
  readonly add: (at: number, calls: number) => void
  readonly total: (now: number) => number
  /** When so many of the calls will have left the window. */
  readonly opensAt: (calls: number, now: number) => number
  /** The calls in the window, oldest first. */
  readonly entries: (now: number) => ReadonlyArray<Calls>
}

/** The number of slots in a window, which bounds the memory of a count: five minutes each for a day. */
const slots = 288

/** The most that clocks of two machines may differ, in milliseconds. */
const skew = 5 * 60 * 1000

/**
 * Counts each call at the end of its slot, which is later than the call. So no window ever has more calls than
 * were counted, and a call leaves at most one slot too late.
 */
export const make = (window: number, calls: ReadonlyArray<Calls> = []): RollingCount => {
  const slot = Math.ceil(window / slots)
  let entries: Array<{ at: number; calls: number }> = []
  let sum = 0

  const slotEnd = (at: number) => Math.ceil(at / slot) * slot

  const add = (at: number, calls: number) => {
    const end = slotEnd(at)
    let index = entries.length
    // Nearly always the last slot, or a new one after it
    while (index > 0 && (entries[index - 1]?.at ?? 0) > end) {
      index -= 1
    }
    const found = entries[index - 1]
    if (found?.at === end) {
      found.calls += calls
    } else {
      entries.splice(index, 0, { at: end, calls })
    }
    sum += calls
  }

  const advance = (now: number) => {
    let gone = 0
    for (let first = entries[gone]; first !== undefined && first.at + window <= now; first = entries[gone]) {
      sum -= first.calls
      gone += 1
    }
    if (gone > 0) {
      entries.splice(0, gone)
    }
    const last = entries.at(-1)
    if (last !== undefined && last.at > now + slot + Math.min(window, skew)) {
      // A clock was set back. The calls count as new, or they would stay until it is as late as it was
      const ahead = entries.filter(({ at }) => at > now + slot)
      entries = entries.filter(({ at }) => at <= now + slot)
      const moved = ahead.reduce((total, { calls }) => total + calls, 0)
      sum -= moved
      add(now, moved)
    }
  }

  for (const [at, number] of calls) {
    add(at, number)
  }

  return {
    add,
    total: (now) => {
      advance(now)
      return sum
    },
    opensAt: (calls, now) => {
      advance(now)
      let left = calls
      for (const entry of entries) {
        left -= entry.calls
        if (left <= 0) {
          return entry.at + window
        }
      }
      return now + window
    },
    entries: (now) => {
      advance(now)
      return entries.map(({ at, calls }) => [at, calls])
    }
  }
}
