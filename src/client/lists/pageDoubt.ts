import type { RawCursorPage, RawPage } from "../../model/Page.js"
import { isNone } from "../../model/lenient.js"
import { present } from "../../model/Page.js"

/** What the earlier pages of a list said. */
export interface Known {
  readonly total: number | undefined
  /** The first page's entries, which a list that does not advance repeats. */
  readonly first: ReadonlyArray<unknown>
  /** The number of consecutive pages without an entry. */
  readonly empty: number
}

/** The position of a page in its list, and the request for it. */
export interface Place {
  /** NaN if unknown. */
  readonly offset: number
  /** Undefined if Spotify chooses it. */
  readonly limit: number | undefined
  /** Undefined for a first page. */
  readonly known: Known | undefined
  /** Whether the totals of the list are estimates, as in a search. */
  readonly estimated: boolean
}

/** Why a page is requested again. */
export interface Doubt {
  readonly problem: string
  /** Whether the page is accepted if it stays the same. */
  readonly bearable: boolean
}

export type AnyPage = (RawPage<unknown> | RawCursorPage<unknown>) & { readonly offset?: number | null }

export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** The page size of this list. */
export const sizeOf = (page: AnyPage, place: Place): number => place.limit ?? (page.limit || 50)

/** The number of entries of the list, according to the latest page. */
export const totalOf = (page: AnyPage, { known }: Place): number | undefined =>
  numberOf(page.total) ?? known?.total

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** Whether the page repeats the first page's entries although others were requested. */
export const isRepeated = (page: AnyPage, { known, offset }: Place): boolean =>
  known !== undefined &&
  known.first.length > 0 &&
  ((numberOf(page.offset) ?? (known.total === undefined ? 0 : offset)) < offset ||
    (known.total ?? Number.NaN) <= offset) &&
  present(page.items).length > 0 &&
  isSame(page.items, known.first)

/**
 * How a page contradicts the earlier ones, or itself. Spotify answers one in a hundred requests for a page with
 * a page of zeros. Its totals include entries that it does not return, and change while a list is read.
 */
export const doubtOf = (page: AnyPage, place: Place): Doubt | undefined => {
  const { estimated, known, offset } = place
  const count = page.items?.length ?? 0
  const own = numberOf(page.total)
  const before = known?.total ?? Number.NaN
  const total = totalOf(page, place) ?? Number.NaN
  const afterPage = offset + Math.max(count, sizeOf(page, place))
  const although = `, although the list has ${Math.max(before || 0, total || 0)}`
  if (count === 0) {
    if (before <= offset) {
      return undefined
    }
    const isZero = own === undefined ? before > offset : own === 0
    if (page.limit === 0 || (known !== undefined && !estimated && isZero)) {
      return {
        problem: `has neither entries nor a ${page.limit === 0 ? "limit" : "total"}`,
        bearable: known === undefined && !(offset > 0)
      }
    }
    if (isNone(page.items) && own === undefined && isNone(page.limit)) {
      return { problem: "says nothing", bearable: known === undefined && !(offset > 0) }
    }
    const hasNext = typeof page.next === "string"
    return total > offset || (hasNext && Number.isNaN(total))
      ? {
          problem: `has no entries${Number.isNaN(total) ? "" : although}`,
          bearable: hasNext || estimated || total <= afterPage
        }
      : undefined
  }
  if (isRepeated(page, place)) {
    return { problem: "repeats the first page", bearable: !(total > offset) }
  }
  if (page.next !== null || estimated) {
    return undefined
  }
  if (own !== undefined && own < offset + count && before > afterPage) {
    return {
      problem: `says that the list has ${own} entries, and earlier ones said ${before}`,
      bearable: false
    }
  }
  return total > afterPage
    ? { problem: `is the last one with ${count} entries${although}`, bearable: true }
    : undefined
}
