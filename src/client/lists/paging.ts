import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { isNone } from "../../model/lenient.js"
import {
  fromRaw,
  fromRawCursor,
  present,
  type CursorPage,
  type Page,
  type RawCursorPage,
  type RawPage
} from "../../model/Page.js"
import {
  type InvalidParameter,
  PartialWrite,
  ServiceUnavailable,
  type SpotifyError
} from "../SpotifyError.js"
import { type Endpoint, type Execute, invalid } from "../call/endpoint.js"
import { callOf } from "../call/request.js"
import { together } from "../call/timeLimit.js"
import { uncached } from "../call/execute.js"
import {
  type AnyPage,
  type Doubt,
  doubtOf,
  isRepeated,
  type Known,
  numberOf,
  type Place,
  sizeOf,
  totalOf
} from "./pageDoubt.js"
import { type Fetched, prefetched } from "./prefetch.js"

interface Offsets {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly prefetch?: number | undefined
  readonly max?: number | undefined
}

/**
 * What is wrong with the parameters of a page for every app. The largest limit depends on the app's quota mode,
 * so Spotify checks it.
 */
export const invalidPage = (
  endpoint: Endpoint<never, unknown>,
  { limit, max, offset, prefetch }: Offsets
): InvalidParameter | undefined =>
  limit !== undefined && !(Number.isInteger(limit) && limit > 0)
    ? invalid(endpoint, "limit", "is not a whole number above 0")
    : offset !== undefined && !(Number.isInteger(offset) && offset >= 0)
      ? invalid(endpoint, "offset", "is not a whole number of at least 0")
      : prefetch !== undefined && !(Number.isInteger(prefetch) && prefetch >= 0)
        ? invalid(endpoint, "prefetch", "is not a whole number of at least 0")
        : invalidNumber(endpoint, { max })

/** The first of the named members that is present and not an integer from `least` to `most`. */
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

/** Runs it, unless its parameters are invalid. */
export const checked = <A>(
  problem: InvalidParameter | undefined,
  effect: Effect.Effect<A, SpotifyError>
): Effect.Effect<A, SpotifyError> => (problem === undefined ? effect : Effect.fail(problem))

/** Requests a contradictory page once more, and accepts it then only if the list can still be read. */
export const believed = <W>(
  endpoint: Endpoint<never, unknown>,
  ask: Effect.Effect<W, SpotifyError>,
  doubt: (answer: W) => Doubt | undefined
): Effect.Effect<W, SpotifyError> =>
  together(
    Effect.flatMap(ask, (answer) => {
      const first = doubt(answer)
      return first === undefined
        ? Effect.succeed(answer)
        : // What the cache holds would be the same page
          Effect.flatMap(uncached(ask), (again) => {
            const second = doubt(again)
            return second === undefined || second.bearable
              ? Effect.succeed(again)
              : first.bearable
                ? Effect.succeed(answer)
                : new ServiceUnavailable({
                    ...callOf(endpoint),
                    kind: "Contradiction",
                    sent: "unknown",
                    description: second.problem
                  })
          })
    })
  )

/** Logs a warning if all entries are null, since they look like an empty list. */
export const hintAtNulls = (
  endpoint: Endpoint<never, unknown>,
  items: ReadonlyArray<unknown> | null | undefined
): Effect.Effect<void> =>
  items && items.length > 0 && present(items).length === 0
    ? Effect.logWarning(
        `${callOf(endpoint).operation}: Spotify gives null for all ${items.length} entries of the page, as it does for entries that this app may not see${endpoint.query.includes("market") ? " and without a market: set `market` in the call or the configuration" : ""}`
      )
    : Effect.void

/** A page as Spotify sends it. */
const rawPage = <P extends Offsets, W, R extends AnyPage>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  offset: number,
  pageOf: (answer: W) => R
): Effect.Effect<R, SpotifyError> =>
  checked(
    invalidPage(endpoint, params),
    believed(endpoint, Effect.map(execute(endpoint, params), pageOf), (page) =>
      doubtOf(page, { offset, limit: params.limit, known: undefined, estimated: false })
    ).pipe(Effect.tap((page) => hintAtNulls(endpoint, page.items)))
  )

/** One page of a list, without its nulls. */
export const page = <P extends Offsets, A>(
  execute: Execute,
  endpoint: Endpoint<P, RawPage<A>>,
  params: P
): Effect.Effect<Page<A>, SpotifyError> => pageWithin(execute, endpoint, params, (answer) => answer)

/** One page of a list within another object, without its nulls. */
export const pageWithin = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  pageOf: (answer: W) => RawPage<A>
): Effect.Effect<Page<A>, SpotifyError> =>
  Effect.map(rawPage(execute, endpoint, params, params.offset ?? 0, pageOf), (page) => fromRaw(page, params))

/** One page of a list with a cursor, without its nulls. */
export const cursorPage = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  pageOf: (answer: W) => RawCursorPage<A>
): Effect.Effect<CursorPage<A>, SpotifyError> =>
  // The number of entries before it is unknown
  Effect.map(rawPage(execute, endpoint, params, Number.NaN, pageOf), (page) => fromRawCursor(page, params))

/** How to page a list that is within another object, or that ends early. */
export interface Within<W, A> {
  readonly pageOf: (answer: W) => RawPage<A> | undefined
  /** Spotify refuses this and higher offsets. */
  readonly end: number
}

/** A parameter of the address of the next page. */
const linked = ({ next }: AnyPage, name: string): string | undefined => {
  const base = "https://api.spotify.com"
  return typeof next === "string" && URL.canParse(next, base)
    ? (new URL(next, base).searchParams.get(name) ?? undefined)
    : undefined
}

/** Where the list continues: at Spotify's link if it is plausible, otherwise after the received entries. */
const offsetAfter = (page: AnyPage, place: Place): number => {
  const size = sizeOf(page, place)
  const count = page.items?.length ?? 0
  const given = Number(linked(page, "offset") ?? Number.NaN)
  const isLikely =
    Number.isInteger(given) &&
    given > place.offset + count &&
    given <= place.offset + Math.max(count, size, numberOf(page.limit) ?? 0)
  return isLikely ? given : place.offset + (count === 0 ? size : count)
}

/** How many consecutive pages may be empty, even if they announce further ones. */
const maxEmpty = 5

const knownAfter = (page: AnyPage, place: Place): Known => ({
  total: totalOf(page, place),
  first: place.known?.first ?? page.items ?? [],
  empty: (page.items ?? []).length === 0 ? (place.known?.empty ?? 0) + 1 : 0
})

/** Whether there is more after a page that has no entries, or may have none. */
const goesOn = (page: AnyPage, place: Place, known: Known, next: number): boolean =>
  known.empty > 0
    ? typeof page.next === "string" && known.empty < maxEmpty && (known.total ?? 0) > next
    : // A total is an estimate, so it only decides where there is no link
      page.next === undefined
      ? isNone(page.total)
        ? // Neither says whether there is more: a full page may not be the last one
          (page.items ?? []).length >= sizeOf(page, place) && !isRepeated(page, place)
        : next < page.total
      : page.next !== null && !isRepeated(page, place)

const fetchedOf = <A>(page: RawPage<A> | undefined, place: Place, end: number): Fetched<A> => {
  const { offset } = place
  if (page === undefined) {
    return { offset, items: Chunk.empty(), next: undefined, end: undefined, known: place.known }
  }
  const known = knownAfter(page, place)
  const next = offsetAfter(page, place)
  return {
    offset,
    items: isRepeated(page, place) ? Chunk.empty() : Chunk.unsafeFromArray(present(page.items)),
    next: next < end && goesOn(page, place, known, next) ? next : undefined,
    end: known.total === undefined ? undefined : Math.min(known.total, end),
    known
  }
}

/** Like {@link byOffset}, for a list within another object. */
export const byOffsetWithin = <P extends Offsets, A, W>(
  execute: Execute,
  endpoint: Endpoint<P, W>,
  params: P,
  defaultLimit: number,
  { end, pageOf }: Within<W, A>
): Stream.Stream<A, SpotifyError> => {
  const problem = invalidPage(endpoint, params)
  const start = params.offset ?? 0
  const { max = Number.POSITIVE_INFINITY } = params
  const { quota } = execute

  const fetch = (offset: number, known: Known | undefined): Effect.Effect<Fetched<A>, SpotifyError> => {
    const run = (wanted: number) => {
      const limit = Math.min(wanted, end - offset, max)
      const place: Place = { offset, limit, known, estimated: Number.isFinite(end) }
      return believed(
        endpoint,
        Effect.map(
          execute(endpoint, { ...params, prefetch: undefined, max: undefined, offset, limit }),
          pageOf
        ),
        (page) =>
          page === undefined ? known && { problem: "is not there", bearable: true } : doubtOf(page, place)
      ).pipe(
        Effect.tap((page) => (known === undefined ? hintAtNulls(endpoint, page?.items) : Effect.void)),
        Effect.map((page) => fetchedOf(page, place, end))
      )
    }
    return quota === undefined
      ? run(params.limit ?? defaultLimit)
      : together(quota.withLimit(endpoint, params.limit, run))
  }

  if (problem !== undefined) {
    return Stream.fail(problem)
  }
  if (start >= end || max === 0) {
    return Stream.empty
  }
  const all =
    params.prefetch !== undefined && params.prefetch > 0
      ? prefetched(start, fetch, params.prefetch)
      : Stream.paginateChunkEffect({ offset: start, known: undefined as Known | undefined }, (at) =>
          Effect.map(fetch(at.offset, at.known), ({ items, known, next }) => [
            items,
            Option.map(Option.fromNullable(next), (offset) => ({ offset, known }))
          ])
        )
  return Number.isFinite(max) ? Stream.take(all, max) : all
}

/**
 * All entries of a list that is paged by offset, one page at a time and only on demand. It uses only the offset
 * of Spotify's links, since they sometimes lead to closed addresses. It ends at a page that says it is the
 * last, after some empty pages, and when no new entries come. See {@link doubtOf} for contradictory pages.
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

/** How a list continues by a cursor. */
export interface Cursor<W, A, C> {
  /** The parameter for the cursor. */
  readonly name: "after" | "before"
  readonly pageOf: (answer: W) => RawCursorPage<A>
  /** Reads the text of a cursor, if there is one, or the last entry. */
  readonly nextOf: (cursor: string | undefined, last: A | undefined) => C | undefined
}

/** Like the above, for a list that continues from the last entry of the page before. */
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
  const limit = params.limit ?? defaultLimit

  interface At {
    readonly cursor: C | undefined
    /** The number of entries before it; NaN if reading did not start at the beginning. */
    readonly offset: number
    readonly known: Known | undefined
  }

  const fetch = ({ cursor, known, offset }: At) => {
    const place: Place = { offset, limit, known, estimated: false }
    const nextAfter = (page: RawCursorPage<A>): C | undefined => {
      const given = page.cursors?.[name] ?? undefined
      const isLast =
        page.next === null &&
        // If the total says that there is more, the cursor is trusted
        (given === undefined || !((numberOf(page.total) ?? 0) > offset + (page.items?.length ?? 0)))
      const next = isLast ? undefined : nextOf(given ?? linked(page, name), present(page.items).at(-1))
      return next === cursor ? undefined : next
    }
    const doubt = (page: RawCursorPage<A>): Doubt | undefined =>
      doubtOf(page, place) ??
      (typeof page.next === "string" &&
      nextAfter(page) === undefined &&
      (totalOf(page, place) ?? 0) > offset + (page.items?.length ?? 0)
        ? { problem: "does not say where the list goes on", bearable: false }
        : undefined)
    return believed(
      endpoint,
      Effect.map(execute(endpoint, { ...params, [name]: cursor, limit }), pageOf),
      doubt
    ).pipe(
      Effect.map((page) => {
        const known = { ...knownAfter(page, place), first: [] }
        const next = nextAfter(page)
        return [
          Chunk.unsafeFromArray(present(page.items)),
          next === undefined || known.empty >= maxEmpty
            ? Option.none()
            : Option.some<At>({ cursor: next, known, offset: offset + (page.items?.length ?? 0) })
        ] as const
      })
    )
  }

  return problem !== undefined
    ? Stream.fail(problem)
    : Stream.paginateChunkEffect<At, A, SpotifyError, never>(
        { cursor: params[name], known: undefined, offset: params[name] === undefined ? 0 : Number.NaN },
        fetch
      )
}

/** Runs a call for each chunk in sequence, and passes each the result of the one before. */
export const inChunks = <A, B>(
  items: ReadonlyArray<A>,
  size: number,
  initial: B,
  run: (chunk: ReadonlyArray<A>, previous: B, start: number) => Effect.Effect<B, SpotifyError>
): Effect.Effect<B, SpotifyError> =>
  together(
    Effect.reduce(
      Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size),
      initial,
      (previous, start) => run(items.slice(start, start + size), previous, start)
    )
  )

/** Further details of a write that failed partway. */
export interface Resume {
  /** @default the operation itself */
  readonly resumeWith?: string
  readonly position?: number | undefined
  readonly snapshot_id?: string | undefined
}

/** Whether Spotify may have carried it out nevertheless. */
const isUncertain = (error: SpotifyError): boolean =>
  error._tag === "DecodeError" || (error._tag === "ServiceUnavailable" && error.sent === "unknown")

/**
 * Like the above, for writes, in the order of their effect. A failure or an interruption after the first chunk
 * reports the progress.
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
