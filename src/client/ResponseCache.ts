/**
 * An optional in-memory cache of answers. Equal concurrent reads of a session share one request, and answers
 * that Spotify marks as reusable are not fetched again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import * as SharedRuns from "../concurrency/sharedRuns.js"
import * as CacheControl from "./cache/cacheControl.js"
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
   * The owner of the read: one authorization of one client, under a unique name. Owners share nothing.
   */
  readonly session: string
  /** The operation, the whole address, and anything else that changes the answer. */
  readonly name: string
  /** The route template with its parameters, such as `/playlists/{playlist_id}`. */
  readonly path: string
  readonly parameters: Record<string, unknown>
}

/**
 * The result of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fetched {
  readonly value: unknown
  /** Whether the answer still belongs to the session of the read, and may be stored. */
  readonly storable: boolean
  /** 304: the cached answer is still valid. */
  readonly notModified: boolean
  readonly etag: string | undefined
  readonly cacheControl: string | undefined
  /** The length of the body. */
  readonly length: number
}

/**
 * Where an answer came from.
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
  /**
   * The answer to a read: from the cache, or fetched with the entity tag of the cached answer, if there is one.
   */
  readonly read: (
    read: Read,
    fetch: (etag: string | undefined) => Effect.Effect<Fetched, SpotifyError>
  ) => Effect.Effect<{ readonly value: unknown; readonly origin: Origin }, SpotifyError>
  /** A command of the session succeeded: discards the answers that it may have changed. */
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
  /** The number of cached answers. The least recently used one is evicted first. @default 1000 */
  readonly maxEntries?: number | undefined
  /** The approximate memory for cached answers, in bytes. @default 32 MiB */
  readonly maxBytes?: number | undefined
  /**
   * How long pages of a playlist's entries stay valid after its `snapshot_id` was last seen unchanged. Reading
   * the playlist again then saves fetching its pages.
   * @default 30 seconds
   */
  readonly snapshotLife?: Duration.DurationInput | undefined
}

interface Answered {
  readonly value: unknown
  readonly origin: Origin
}

/** The number of playlists whose state is remembered. */
const playlists = 1000

/**
 * See {@link layer}. Shared reads end with the scope.
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
    const reads = SharedRuns.make<string, Answered, SpotifyError>(scope)
    const nameOf = (session: string, playlist: string) => JSON.stringify([session, playlist])

    /** The state of its playlist that an answer belongs to. */
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
        return reads.join(
          key,
          Effect.flatMap(Clock.currentTimeMillis, (asked): Effect.Effect<Answered, SpotifyError> => {
            const entry = entries.get(key)
            if (entry !== undefined && isFresh(entry, asked)) {
              return Effect.succeed({ value: entry.value, origin: "hit" })
            }
            return Effect.zipWith(fetch(entry?.etag), Clock.currentTimeMillis, (fetched, now) => {
              if (fetched.notModified && entry !== undefined) {
                // 304 repeats the headers that control reuse (RFC 9111, section 4.3.4)
                const renewed = { ...fetched, value: entry.value, etag: fetched.etag ?? entry.etag }
                keep(key, read, renewed, now, entry.bytes)
                return { value: entry.value, origin: "revalidated" }
              }
              // A decoded answer takes about twice the size of its text
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
          // Public answers say nothing about a user, except that playlists may be theirs
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
