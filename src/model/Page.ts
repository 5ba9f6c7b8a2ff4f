/**
 * One page of a longer list.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { nullableItems, nullish, object, optional, patchy, repaired } from "./lenient.js"

/**
 * A page that is found by its offset. Entries that Spotify sends as null (hidden from this app, or gone)
 * are left out of `items`, so `items` may be shorter than `limit` before the end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<out A> {
  readonly href?: string | null
  readonly items: ReadonlyArray<A>
  readonly limit: number
  /**
   * How many entries are left out of `items`; absent if none is. They are the ones that Spotify sends as null,
   * and those of which nothing can be made, such as a playlist without an id.
   */
  readonly omitted?: number
  /** The address of the next page, null at the end. Streams page by offset and never follow it. */
  readonly next?: string | null
  readonly offset: number
  readonly previous?: string | null
  /** How many there are in all, as of this page; for searches an estimate. */
  readonly total?: number | null
}

/**
 * A page that is found by the last entry of the one before.
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
export interface RawPage<out A> extends Omit<Page<A>, "items" | "omitted"> {
  readonly items?: ReadonlyArray<A | null> | null
}

/** @internal */
export interface RawCursorPage<out A> extends Omit<CursorPage<A>, "items" | "omitted"> {
  readonly items?: ReadonlyArray<A | null> | null
}

const around = {
  href: nullish(Schema.String),
  limit: Schema.Number,
  next: nullish(Schema.String),
  total: patchy(Schema.Number)
}

const items = <A>(item: Schema.Schema<A>) => patchy(nullableItems(item))

/** @internal */
export const RawPage = <A>(item: Schema.Schema<A>): Schema.Schema<RawPage<A>> =>
  object({ ...around, items: items(item), offset: Schema.Number, previous: nullish(Schema.String) })

/** @internal */
export const RawCursorPage = <A>(item: Schema.Schema<A>): Schema.Schema<RawCursorPage<A>> =>
  object({
    ...around,
    items: items(item),
    cursors: patchy(object({ after: nullish(Schema.String), before: nullish(Schema.String) }))
  })

/** A page within another object. Nobody pages on from it, so its nulls need not be kept. @internal */
export const EmbeddedPage = <A>(item: Schema.Schema<A>): Schema.Schema<Page<A>> =>
  repaired(
    object({
      ...around,
      items: Schema.Array(item),
      offset: Schema.Number,
      omitted: optional(Schema.Number),
      previous: nullish(Schema.String)
    }),
    { lists: ["items"], counted: "items" }
  )

const isPresent = <A>(item: A | null): item is A => item !== null

/** The entries that are there. @internal */
export const present = <A>(items: ReadonlyArray<A | null> | null | undefined): ReadonlyArray<A> =>
  (items ?? []).filter(isPresent)

/** The entries that are there, and how many are not. */
const kept = <A>(items: ReadonlyArray<A | null> | null | undefined) => {
  const kept = present(items)
  const omitted = (items?.length ?? 0) - kept.length
  return omitted === 0 ? { items: kept } : { items: kept, omitted }
}

/** @internal */
export const fromRaw = <A>(page: RawPage<A>): Page<A> => ({ ...page, ...kept(page.items) })

/** @internal */
export const fromRawCursor = <A>(page: RawCursorPage<A>): CursorPage<A> => ({ ...page, ...kept(page.items) })
