import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import {
  fromRaw,
  fromRawCursor,
  present,
  type CursorPage,
  type Page,
  type RawCursorPage,
  type RawPage
} from "../../model/Page.js"
import { type InvalidParameter, PartialWrite, type SpotifyError } from "../SpotifyError.js"
import { type Endpoint, type Execute, invalid } from "../call/endpoint.js"
import { type Fetched, prefetched } from "./prefetch.js"
import { callOf } from "../call/request.js"

interface Offsets {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly prefetch?: number | undefined
}

/**
 * What is wrong with the parameters of a page for every app. How large a limit may be depends on the app's
 * quota mode, so that is left to Spotify.
 */
export const invalidPage = (
  endpoint: Endpoint<never, unknown>,
  { limit, offset, prefetch }: Offsets
): InvalidParameter | undefined =>
  limit !== undefined && !(Number.isInteger(limit) && limit > 0)
    ? invalid(endpoint, "limit", "is not a whole number above 0")
    : offset !== undefined && !(Number.isInteger(offset) && offset >= 0)
      ? invalid(endpoint, "offset", "is not a whole number from 0 on")
      : prefetch !== undefined && !(Number.isInteger(prefetch) && prefetch >= 0)
        ? invalid(endpoint, "prefetch", "is not a whole number from 0 on")
        : undefined

/** The first of the named members that is given and not a whole number from `least` to `most`. */
export const invalidNumber = (
  endpoint: Endpoint<never, unknown>,
  values: Readonly<Record<string, number | undefined>>,
  least = 0,
  most = Number.POSITIVE_INFINITY
): InvalidParameter | undefined => {
  const wrong = Object.entries(values).find(
    ([, value]) => value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)
  )
  return (
    wrong &&
    invalid(
      endpoint,
      wrong[0],
      Number.isFinite(most)
        ? `is not a whole number from ${least} to ${most}`
        : `is not a whole number from ${least} on`
    )
  )
}

/** Runs it, unless there is something wrong with its parameters. */
export const checked = <A>(
  problem: InvalidParameter | undefined,
  effect: Effect.Effect<A, SpotifyError>
): Effect.Effect<A, SpotifyError> => (problem === undefined ? effect : Effect.fail(problem))

/** One page of a list, without its nulls. */
export const page = <P extends Offsets, A>(
  execute: Execute,
  endpoint: Endpoint<P, RawPage<A>>,
  params: P
): Effect.Effect<Page<A>, SpotifyError> =>
  checked(
    invalidPage(endpoint, params),
    Effect.map(execute(endpoint, params), (answer) => fromRaw(answer, params))
  )

/** One page of a list that stands within another object, without its nulls. */
export const pageWithin = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  pageOf: (answer: W) => RawPage<A>
): Effect.Effect<Page<A>, SpotifyError> =>
  checked(
    invalidPage(endpoint, params),
    Effect.map(execute(endpoint, params), (answer) => fromRaw(pageOf(answer), params))
  )

/** One page of a list that goes on by a cursor, without its nulls. */
export const cursorPage = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  pageOf: (answer: W) => RawCursorPage<A>
): Effect.Effect<CursorPage<A>, SpotifyError> =>
  checked(
    invalidPage(endpoint, params),
    Effect.map(execute(endpoint, params), (answer) => fromRawCursor(pageOf(answer), params))
  )

/** How a list is paged that stands within another object, or ends before its end. */
export interface Within<W, A> {
  readonly pageOf: (answer: W) => RawPage<A> | undefined
  /** Spotify refuses entries from this offset on. */
  readonly end: number
}

const fetchedOf = <A>(page: RawPage<A> | undefined, offset: number, end: number): Fetched<A> => {
  const items = page?.items ?? []
  // What comes from before the wanted offset was there already
  if (page === undefined || items.length === 0 || (page.offset ?? offset) < offset) {
    return { offset, items: Chunk.empty(), next: undefined, end: undefined }
  }
  // Pages that are shorter than their limit, since Spotify left something out, end no earlier
  const limit = page.limit ?? 0
  const next = offset + Math.max(items.length, Number.isInteger(limit) ? limit : 0)
  // A total is an estimate, so it only decides where there is no link
  const more = page.next === undefined ? next < (page.total ?? 0) : page.next !== null
  return {
    offset,
    items: Chunk.unsafeFromArray(present(page.items)),
    next: more && next < end ? next : undefined,
    end: typeof page.total === "number" ? Math.min(page.total, end) : undefined
  }
}

/** The same as {@link byOffset} for a list that stands within another object. */
export const byOffsetWithin = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  defaultLimit: number,
  { end, pageOf }: Within<W, A>
): Stream.Stream<A, SpotifyError> => {
  const problem = invalidPage(endpoint, params)
  const start = params.offset ?? 0
  const { quota } = execute

  const fetch = (offset: number): Effect.Effect<Fetched<A>, SpotifyError> => {
    const run = (limit: number) =>
      execute(endpoint, { ...params, prefetch: undefined, offset, limit: Math.min(limit, end - offset) })
    return Effect.map(
      quota === undefined ? run(params.limit ?? defaultLimit) : quota.withLimit(endpoint, params.limit, run),
      (answer) => fetchedOf(pageOf(answer), offset, end)
    )
  }

  return problem !== undefined
    ? Stream.fail(problem)
    : start >= end
      ? Stream.empty
      : params.prefetch !== undefined && params.prefetch > 0
        ? prefetched(start, fetch, params.prefetch)
        : Stream.paginateChunkEffect(start, (offset) =>
            Effect.map(fetch(offset), ({ items, next }) => [items, Option.fromNullable(next)])
          )
}

/**
 * All entries of a list that is paged by offset, a page at a time and only as far as they are taken. It
 * counts offsets itself, since Spotify's own links at times lead to closed addresses, and ends on a page
 * that is the last by its own word, is empty, or does not advance.
 */
export const byOffset = <P extends Offsets, A>(
  execute: Execute,
  endpoint: Endpoint<P, RawPage<A>>,
  params: P,
  defaultLimit: number
): Stream.Stream<A, SpotifyError> =>
  byOffsetWithin(execute, endpoint, params, defaultLimit, {
    pageOf: (answer) => answer,
    end: Number.POSITIVE_INFINITY
  })

/** How a list goes on by a cursor. */
export interface Cursor<W, A, C> {
  /** The parameter that it goes into. */
  readonly name: "after" | "before"
  readonly pageOf: (answer: W) => RawCursorPage<A>
  readonly nextOf: (page: RawCursorPage<A>) => C | undefined
}

/** The same for a list that goes on from the last entry of the page before. */
export const byCursor = <
  P extends {
    readonly after?: C | undefined
    readonly before?: C | undefined
    readonly limit?: number | undefined
  },
  A,
  C,
  W
>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  defaultLimit: number,
  { name, nextOf, pageOf }: Cursor<W, A, C>
): Stream.Stream<A, SpotifyError> => {
  const problem = invalidPage(endpoint, params)
  return problem !== undefined
    ? Stream.fail(problem)
    : Stream.paginateChunkEffect(params[name], (cursor: C | undefined) =>
        Effect.map(
          execute(endpoint, { ...params, [name]: cursor, limit: params.limit ?? defaultLimit }),
          (answer) => {
            const page = pageOf(answer)
            const items = page.items ?? []
            const next = nextOf(page)
            const more = items.length > 0 && next !== undefined && next !== cursor && page.next !== null
            return [
              Chunk.unsafeFromArray(present(items)),
              more ? Option.some<C | undefined>(next) : Option.none()
            ]
          }
        )
      )
}

/** Runs a call for each chunk, one after another, and hands each the result of the one before. */
export const inChunks = <A, B>(
  items: ReadonlyArray<A>,
  size: number,
  initial: B,
  run: (chunk: ReadonlyArray<A>, previous: B, start: number) => Effect.Effect<B, SpotifyError>
): Effect.Effect<B, SpotifyError> =>
  Effect.reduce(
    Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size),
    initial,
    (previous, start) => run(items.slice(start, start + size), previous, start)
  )

/** What else is known of a write of which a part has failed. */
export interface Resume {
  /** @default the operation itself */
  readonly resumeWith?: string
  readonly position?: number | undefined
  readonly snapshot_id?: string | undefined
}

/** Whether Spotify may have done it all the same. */
const isUncertain = (error: SpotifyError): boolean =>
  error._tag === "DecodeError" || (error._tag === "ServiceUnavailable" && error.sent === "unknown")

/**
 * The same for writes, in which order they take effect: what fails or is interrupted after the first chunk
 * tells how far it came.
 */
export const writeInChunks = <K extends string, B>(
  endpoint: Endpoint<never, unknown>,
  keys: ReadonlyArray<K>,
  size: number,
  initial: B,
  run: (chunk: ReadonlyArray<K>, previous: B, start: number) => Effect.Effect<B, SpotifyError>,
  resume: (completed: number, previous: B) => Resume = () => ({})
): Effect.Effect<B, SpotifyError> =>
  inChunks(keys, size, initial, (chunk, previous, start) => {
    const written = run(chunk, previous, start)
    if (start === 0) {
      return written
    }
    const call = callOf(endpoint)
    return written.pipe(
      Effect.mapError((cause) =>
        cause._tag === "PartialWrite"
          ? cause
          : new PartialWrite({
              ...call,
              completed: start,
              remaining: keys.slice(start),
              uncertain: isUncertain(cause) ? chunk.length : 0,
              resumeWith: call.operation,
              ...resume(start, previous),
              cause
            })
      ),
      Effect.onInterrupt(() =>
        Effect.logWarning(
          `${call.operation}: interrupted when ${start} of ${keys.length} entries were written; the next ${chunk.length} may be`
        )
      )
    )
  })
