/**
 * An optional cache of answers in memory: equal reads of a session that run at once share one request, and
 * what Spotify marks as reusable is not fetched again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import * as CacheControl from "./cache/cacheControl.js"
import * as Coalesce from "./cache/coalesce.js"
import * as Entries from "./cache/entries.js"
import * as Snapshots from "./cache/snapshots.js"
import type { SpotifyError } from "./SpotifyError.js"

/**
 * A read, as the cache sees it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Read {
  /**
   * Whose read it is: one authorization of one client, under a name that no other ever has. Nothing is
   * shared between two.
   */
  readonly session: string
  /** The operation and the whole address, and whatever else changes the answer. */
  readonly name: string
  /** The route template with its parameters, such as `/playlists/{playlist_id}`. */
  readonly path: string
  readonly parameters: Record<string, unknown>
}

/**
 * What a request brought.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fetched {
  readonly value: unknown
  /** Whether the answer still belongs to the session of the read, and may be kept. */
  readonly storable: boolean
  /** 304: what is in the cache is still good. */
  readonly notModified: boolean
  readonly etag: string | undefined
  readonly cacheControl: string | undefined
  /** The length of the body. */
  readonly length: number
}

/**
 * How an answer came about.
 *
 * @since 0.1.0
 * @category models
 */
export type Origin = "hit" | "revalidated" | "miss"

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The answer to a read: from the cache, or fetched, with the entity tag of what is in the cache if any is. */
  readonly read: (
    read: Read,
    fetch: (etag: string | undefined) => Effect.Effect<Fetched, SpotifyError>
  ) => Effect.Effect<{ readonly value: unknown; readonly origin: Origin }, SpotifyError>
  /** A command of the session has succeeded: what it may have changed is forgotten. */
  readonly changed: (change: Pick<Read, "session" | "path" | "parameters">) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
  readonly size: Effect.Effect<{ readonly entries: number; readonly bytes: number }>
}

/**
 * Optional: a `SpotifyClient` without it fetches every answer.
 *
 * @since 0.1.0
 * @category tags
 */
export class ResponseCache extends Context.Tag("effect-spotify/ResponseCache")<ResponseCache, Service>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Answers that are kept; the least recently used one gives way. @default 1000 */
  readonly maxEntries?: number | undefined
  /** What they may take in memory, about, in bytes. @default 32 MiB */
  readonly maxBytes?: number | undefined
  /**
   * Pages of a playlist's entries are good for so long after its `snapshot_id` was last seen unchanged:
   * a playlist that is fetched again, and has not changed, spares its pages. @default 30 seconds
   */
  readonly snapshotLife?: Duration.DurationInput | undefined
}

interface Answered {
  readonly value: unknown
  readonly origin: Origin
}

/** Playlists whose state is remembered. */
const playlists = 1000

/**
 * See {@link layer}. Reads that callers share end with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const entries = Entries.make({
      entries: options.maxEntries ?? 1000,
      bytes: options.maxBytes ?? 32 * 1024 * 1024
    })
    const snapshots = Snapshots.make(Duration.toMillis(options.snapshotLife ?? "30 seconds"), playlists)
    const coalesce = Coalesce.make<Answered, SpotifyError>(scope)
    const nameOf = (session: string, playlist: string) => JSON.stringify([session, playlist])

    /** Which state of its playlist an answer belongs to. */
    const snapshotOf = (read: Read, value: unknown, now: number): Entries.Entry["snapshot"] => {
      const route = Snapshots.playlistRoute(read.path, read.parameters)
      if (route === undefined) {
        return undefined
      }
      const name = nameOf(read.session, route.playlist)
      if (route.part === "itself") {
        const seen = Snapshots.snapshotOf(value)
        if (seen !== undefined) {
          snapshots.seen(name, seen, now)
        }
        return undefined
      }
      const id = route.part === "entries" ? snapshots.current(name, now) : undefined
      return id === undefined ? undefined : { playlist: name, id }
    }

    const isFresh = (entry: Entries.Entry, now: number): boolean =>
      now < entry.freshUntil ||
      (entry.snapshot !== undefined && snapshots.current(entry.snapshot.playlist, now) === entry.snapshot.id)

    const keep = (key: string, read: Read, fetched: Fetched, now: number, bytes: number) => {
      if (!fetched.storable) {
        return
      }
      const { freshFor, isPublic, storable } = CacheControl.parse(fetched.cacheControl)
      const snapshot = snapshotOf(read, fetched.value, now)
      if (
        fetched.storable &&
        storable &&
        (freshFor > 0 || fetched.etag !== undefined || snapshot !== undefined)
      ) {
        entries.put(key, {
          session: read.session,
          value: fetched.value,
          etag: fetched.etag,
          freshUntil: now + freshFor,
          isPublic,
          snapshot,
          bytes
        })
      }
    }

    return {
      read: (read, fetch) => {
        const key = JSON.stringify([read.session, read.name])
        return coalesce(
          key,
          Effect.flatMap(Clock.currentTimeMillis, (asked): Effect.Effect<Answered, SpotifyError> => {
            const entry = entries.get(key)
            if (entry !== undefined && isFresh(entry, asked)) {
              return Effect.succeed({ value: entry.value, origin: "hit" })
            }
            return Effect.zipWith(fetch(entry?.etag), Clock.currentTimeMillis, (fetched, now) => {
              if (fetched.notModified && entry !== undefined) {
                // 304 repeats the headers that decide about its reuse (RFC 9111, section 4.3.4)
                const renewed = { ...fetched, value: entry.value, etag: fetched.etag ?? entry.etag }
                keep(key, read, renewed, now, entry.bytes)
                return { value: entry.value, origin: "revalidated" }
              }
              // A decoded answer takes about twice its text
              keep(key, read, fetched, now, 2 * fetched.length + 2 * key.length)
              return { value: fetched.value, origin: "miss" }
            })
          })
        )
      },
      changed: ({ parameters, path, session }) =>
        Effect.sync(() => {
          const route = Snapshots.playlistRoute(path, parameters)
          if (route !== undefined) {
            snapshots.forget(nameOf(session, route.playlist))
          }
          // What is public says nothing of a user, except that their playlists may be
          entries.removeWhere(
            (entry) =>
              entry.session === session &&
              (!entry.isPublic || (route !== undefined && entry.snapshot !== undefined))
          )
        }),
      clear: Effect.sync(() => entries.removeWhere(() => true)),
      size: Effect.sync(entries.size)
    }
  })

/**
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { ResponseCache, SpotifyClient } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const ClientLayer = SpotifyClient.layer().pipe(Layer.provide(ResponseCache.layer()))
 * ```
 */
export const layer = (options?: Options): Layer.Layer<ResponseCache> =>
  Layer.scoped(ResponseCache, make(options))
