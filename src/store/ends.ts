import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** Of an entry, what counts here. */
interface Ending {
  readonly disposableAt: Option.Option<DateTime.Utc>
}

interface End<K> {
  readonly key: K
  readonly at: number
}

/** When records become disposable, the earliest first, in whatever order they were written. */
export interface Ends<in out K> {
  /** What stands at the key now. */
  readonly note: (key: K, entry: Option.Option<Ending>) => void
  /** Takes out keys whose record has ended, a limited number of them. */
  readonly take: (now: number, limit?: number) => ReadonlyArray<K>
}

/** A login stores a record or two, so this clears what was left over as well, and no write waits long. */
const atOnce = 8

/** A binary heap. What was noted of a key before stays in it, unknown, until its time or half are such. */
export const make = <K>(): Ends<K> => {
  const known = new Map<K, End<K>>()
  let heap: Array<End<K>> = []

  const atOf = (index: number) => heap[index]?.at ?? Number.POSITIVE_INFINITY

  const swap = (a: number, b: number) => {
    const [first, second] = [heap[a], heap[b]]
    if (first !== undefined && second !== undefined) {
      heap[a] = second
      heap[b] = first
    }
  }

  const up = (index: number): void => {
    const parent = (index - 1) >> 1
    if (index > 0 && atOf(index) < atOf(parent)) {
      swap(index, parent)
      up(parent)
    }
  }

  const down = (index: number): void => {
    const left = 2 * index + 1
    const least = atOf(left + 1) < atOf(left) ? left + 1 : left
    if (atOf(least) < atOf(index)) {
      swap(index, least)
      down(least)
    }
  }

  const shift = () => {
    swap(0, heap.length - 1)
    const first = heap.pop()
    down(0)
    return first
  }

  return {
    note: (key, entry) => {
      known.delete(key)
      const disposableAt = Option.flatMap(entry, (_) => _.disposableAt)
      if (Option.isSome(disposableAt)) {
        const end = { key, at: disposableAt.value.epochMillis }
        known.set(key, end)
        up(heap.push(end) - 1)
      }
      if (heap.length > 2 * known.size + atOnce) {
        heap = [...known.values()].sort((a, b) => a.at - b.at)
      }
    },
    take: (now, limit = atOnce) => {
      const taken: Array<K> = []
      while (taken.length < limit && atOf(0) <= now) {
        const end = shift()
        if (end !== undefined && known.get(end.key) === end) {
          known.delete(end.key)
          taken.push(end.key)
        }
      }
      return taken
    }
  }
}
