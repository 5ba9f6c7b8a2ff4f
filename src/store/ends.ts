import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** The part of an entry that matters here. */
interface Ending {
  readonly disposableAt: Option.Option<DateTime.Utc>
}

interface End<K> {
  readonly key: K
  readonly at: number
}

/** The times at which records become disposable, in order, regardless of the order of the writes. */
export interface Ends<in out K> {
  /** Records the current entry at the key. */
  readonly note: (key: K, entry: Option.Option<Ending>) => void
  /** Removes and returns a limited number of keys whose records have expired. */
  readonly take: (now: number, limit?: number) => ReadonlyArray<K>
}

/**
 * A login stores one or two records, so this number also clears leftovers without a long delay of any write.
 */
const atOnce = 8

/**
 * A binary heap. Outdated entries of a key stay in it until their time, or until half of the heap is
 * outdated.
 */
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
