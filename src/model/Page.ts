/**
 * One page of a longer list.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, nullableItems, nullish, object, optional, patchy, repaired } from "./lenient.js"

/**
 * A page addressed by its offset. Entries that Spotify sends as null (hidden from this app, or removed) are
 * left out of `items`, so `items` may be shorter than `limit` before the end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<out A> {
  readonly href?: string | null
  readonly items: ReadonlyArray<A>
  /** How many entries a page has at most; where Spotify does not say, as many as were asked for. */
  readonly limit: number
  /**
   * The number of entries left out of `items`; absent if there are none. Left out are entries that Spotify
   * sends as null, and entries that cannot be used, such as a playlist without an id.
   */
  readonly omitted?: number
  /** The address of the next page, null at the end. Streams take no more than the offset from it. */
  readonly next?: string | null
  readonly offset: number
  readonly previous?: string | null
  /** How many there are in all, as of this page; for searches an estimate. */
  readonly total?: number | null
}

/**
 * A page addressed by the last entry of the page before.
 *
 * @since 0.1.0
 * @category models
 */
export interface CursorPage<out A> {
  readonly href?: string | null
  readonly items: ReadonlyArray<A>
  readonly limit: number
  /** As in {@link Page}. */
  readonly omitted?: number
  readonly next?: string | null
  /** Where to go on; null when the page is empty. */
  readonly cursors?: { readonly after?: string | null; readonly before?: string | null } | null
  readonly total?: number | null
}

/** As it comes, with its nulls, of which paging must know the number. @internal */
export interface RawPage<out A> extends Omit<Page<A>, "items" | "limit" | "offset" | "omitted"> {
  readonly items?: ReadonlyArray<A | null> | null
  readonly limit?: number | null
  readonly offset?: number | null
}

/** @internal */
export interface RawCursorPage<out A> extends Omit<CursorPage<A>, "items" | "limit" | "omitted"> {
  readonly items?: ReadonlyArray<A | null> | null
  readonly limit?: number | null
}

const around = {
  href: nullish(Schema.String),
  next: nullish(Schema.String),
  total: patchy(Schema.Number)
}

const items = <A>(item: Schema.Schema<A>) => patchy(nullableItems(item))

/** @internal */
export const RawPage = <A>(item: Schema.Schema<A>): Schema.Schema<RawPage<A>> =>
  object({
    ...around,
    items: items(item),
    limit: expected(Schema.Number),
    offset: expected(Schema.Number),
    previous: nullish(Schema.String)
  })

/** @internal */
export const RawCursorPage = <A>(item: Schema.Schema<A>): Schema.Schema<RawCursorPage<A>> =>
  object({
    ...around,
    items: items(item),
    limit: expected(Schema.Number),
    cursors: patchy(object({ after: nullish(Schema.String), before: nullish(Schema.String) }))
  })

/** A page within another object. Nobody pages on from it, so its nulls need not be kept. @internal */
export const EmbeddedPage = <A>(item: Schema.Schema<A>): Schema.Schema<Page<A>> =>
  repaired(
    object({
      ...around,
      items: Schema.Array(item),
      limit: Schema.Number,
      offset: Schema.Number,
      omitted: optional(Schema.Number),
      previous: nullish(Schema.String)
    }),
    { lists: ["items"], counted: "items", fallbacks: { limit: 0, offset: 0 } }
  )

const isPresent = <A>(item: A | null): item is A => item !== null

/** The entries that are there. @internal */
export const present = <A>(items: ReadonlyArray<A | null> | null | undefined): ReadonlyArray<A> =>
  (items ?? []).filter(isPresent)

/** What was asked for, where the page does not say it. */
interface Asked {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

const kept = <A>({ items, limit }: RawCursorPage<A>, asked: Asked) => {
  const kept = present(items)
  const received = items?.length ?? 0
  const omitted = received - kept.length
  return {
    items: kept,
    limit: limit ?? asked.limit ?? received,
    ...(omitted === 0 ? undefined : { omitted })
  }
}

/** @internal */
export const fromRaw = <A>(page: RawPage<A>, asked: Asked): Page<A> => ({
  ...page,
  ...kept(page, asked),
  offset: page.offset ?? asked.offset ?? 0
})

/** @internal */
export const fromRawCursor = <A>(page: RawCursorPage<A>, asked: Asked): CursorPage<A> => ({
  ...page,
  ...kept(page, asked)
})
