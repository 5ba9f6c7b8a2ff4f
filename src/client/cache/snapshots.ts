import * as Predicate from "effect/Predicate"
import { setLatest } from "../../boundedMap.js"

/** How a call relates to a playlist, according to its route. */
export interface PlaylistRoute {
  readonly playlist: string
  /** Whether the answer contains the snapshot: the playlist does, its pages of entries do not. */
  readonly part: "itself" | "entries" | "other"
}

export const playlistRoute = (
  path: string,
  parameters: Record<string, unknown>
): PlaylistRoute | undefined => {
  const found = /^\/playlists\/\{([^}]+)\}(?:\/(.+))?$/.exec(path)
  const playlist = parameters[found?.[1] ?? ""]
  return typeof playlist !== "string"
    ? undefined
    : {
        playlist,
        part: found?.[2] === undefined ? "itself" : /^(items|tracks)$/.test(found[2]) ? "entries" : "other"
      }
}

/** The snapshot id of the playlist, if the answer has one. */
export const snapshotOf = (value: unknown): string | undefined =>
  Predicate.isRecord(value) && typeof value["snapshot_id"] === "string" ? value["snapshot_id"] : undefined

export interface Snapshots {
  /** The last snapshot seen, if recent enough. */
  readonly current: (name: string, now: number) => string | undefined
  readonly seen: (name: string, snapshot: string, now: number) => void
  readonly forget: (name: string) => void
}

/** The snapshots seen within `life` milliseconds, for a limited number of playlists. */
export const make = (life: number, capacity: number): Snapshots => {
  const seen = new Map<string, { readonly snapshot: string; readonly at: number }>()
  return {
    current: (name, now) => {
      const found = seen.get(name)
      return found !== undefined && Math.abs(now - found.at) < life ? found.snapshot : undefined
    },
    seen: (name, snapshot, at) => {
      setLatest(seen, name, { snapshot, at }, capacity)
    },
    forget: (name) => {
      seen.delete(name)
    }
  }
}
