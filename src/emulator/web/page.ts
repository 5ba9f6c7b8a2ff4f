import * as Effect from "effect/Effect"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import type { Call } from "./call.js"

export interface Window {
  readonly offset: number
  readonly limit: number
}

export interface Limits {
  readonly max: number
  readonly fallback: number
  readonly maxOffset?: number
}

/** The limits of most calls. */
export const usual: Limits = { max: 50, fallback: 20 }

const whole = (call: Call, name: string, low: number, high: number, fallback: number) => {
  const text = call.query.get(name)
  const value = text === null ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return value >= low && value <= high ? Effect.succeed(value) : Effect.fail(refuse(400, `Invalid ${name}`))
}

/** The validated `limit` of a call. */
export const limit = (call: Call, limits: Limits): Effect.Effect<number, ApiError> =>
  whole(call, "limit", 1, limits.max, limits.fallback)

/** The validated `offset` and `limit` of a call. */
export const window = (call: Call, limits: Limits = usual): Effect.Effect<Window, ApiError> =>
  Effect.all({
    limit: limit(call, limits),
    offset: whole(call, "offset", 0, limits.maxOffset ?? Number.MAX_SAFE_INTEGER, 0)
  })

export interface Page {
  readonly href: string
  readonly limit: number
  readonly next: string | null
  readonly offset: number
  readonly previous: string | null
  readonly total: number
  readonly items: ReadonlyArray<unknown>
}

/** A page of `all`, with links at the address `path` to the pages before and after it. */
export const make = <A>(options: {
  readonly apiUrl: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly window: Window
  readonly all: ReadonlyArray<A>
  readonly render: (item: A) => unknown
}): Page => {
  const { limit, offset } = options.window
  const link = (start: number): string =>
    `${options.apiUrl}${options.path}?${new URLSearchParams({ ...options.query, offset: String(start), limit: String(limit) })}`
  return {
    href: link(offset),
    limit,
    next: offset + limit < options.all.length ? link(offset + limit) : null,
    offset,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    total: options.all.length,
    items: options.all.slice(offset, offset + limit).map(options.render)
  }
}

/** The parameters of this call to repeat in the links of its pages. */
export const repeated = (call: Call, ...names: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = call.query.get(name)
      return value === null ? [] : [[name, value]]
    })
  )
