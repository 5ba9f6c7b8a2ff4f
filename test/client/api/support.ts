import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Endpoint, Execute } from "../../../src/client/call/endpoint.js"
import { InvalidParameter, type SpotifyError } from "../../../src/client/SpotifyError.js"

export type Params = Readonly<Record<string, unknown>>

export interface Call {
  /** Such as `albums.tracks`. */
  readonly operation: string
  /** As they were given, without those that are undefined. */
  readonly params: Params
}

/** An interpreter that sends nothing: it records the calls that run and answers as it is told. */
export const recorder = (
  answer: (params: Params, endpoint: Endpoint<never, unknown>, call: number) => unknown
) => {
  const calls: Array<Call> = []
  const execute = ((endpoint: Endpoint<never, unknown>, params: Params) =>
    Effect.sync(() => {
      calls.push({
        operation: `${endpoint.group}.${endpoint.name}`,
        params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
      })
      return answer(params, endpoint, calls.length - 1)
    })) as Execute
  return { calls, execute }
}

/** Answers as Spotify pages: `of(index)` for each entry of a list of this length. */
export const paged =
  <A>(length: number, of: (index: number) => A) =>
  (params: Params) => {
    const offset = Number(params["offset"] ?? 0)
    const limit = Number(params["limit"] ?? 20)
    const end = Math.min(length, offset + limit)
    return {
      items: Array.from({ length: Math.max(0, end - offset) }, (_, index) => of(offset + index)),
      limit,
      offset,
      total: length,
      next: end < length ? "https://api.spotify.com/v1/next" : null
    }
  }

/** The parameter that a call was refused for. */
export const refused = <A>(effect: Effect.Effect<A, SpotifyError>): Effect.Effect<string, never> =>
  Effect.map(
    Effect.either(effect),
    Either.match({
      onLeft: (error) => (error instanceof InvalidParameter ? error.parameter : error._tag),
      onRight: () => "accepted"
    })
  )

export const range = (length: number, start = 0): ReadonlyArray<number> =>
  Array.from({ length }, (_, index) => start + index)
