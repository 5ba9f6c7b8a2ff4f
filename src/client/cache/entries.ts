/** One decoded answer. */
export interface Entry {
  readonly session: string
  readonly value: unknown
  readonly etag: string | undefined
  /** Milliseconds since the epoch. */
  readonly freshUntil: number
  readonly isPublic: boolean
  /** The snapshot of the playlist that it is part of. */
  readonly snapshot: { readonly playlist: string; readonly id: string } | undefined
  /** Its approximate size in memory. */
  readonly bytes: number
}

export interface Entries {
  readonly get: (key: string) => Entry | undefined
  readonly put: (key: string, entry: Entry) => void
  readonly removeWhere: (predicate: (entry: Entry) => boolean) => void
  readonly size: () => { readonly entries: number; readonly bytes: number }
}

/** Evicts the least recently used answers when there are too many or they are too large. */
export const make = (limits: { readonly entries: number; readonly bytes: number }): Entries => {
  // In the order of last use
  const entries = new Map<string, Entry>()
  let bytes = 0

  const remove = (key: string) => {
    const entry = entries.get(key)
    if (entry !== undefined) {
      entries.delete(key)
      bytes -= entry.bytes
    }
  }

  return {
    get: (key) => {
      const entry = entries.get(key)
      if (entry !== undefined) {
        entries.delete(key)
        entries.set(key, entry)
      }
      return entry
    },
    put: (key, entry) => {
      remove(key)
      if (entry.bytes > limits.bytes) {
        return
      }
      entries.set(key, entry)
      bytes += entry.bytes
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.entries && bytes <= limits.bytes) {
          return
        }
        remove(oldest)
      }
    },
    removeWhere: (predicate) => {
      for (const [key, entry] of entries) {
        if (predicate(entry)) {
          remove(key)
        }
      }
    },
    size: () => ({ entries: entries.size, bytes })
  }
}
