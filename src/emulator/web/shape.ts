import type { Call } from "./call.js"
import type { Index } from "../state.js"

/** What decides which members an object of the Web API has. */
export interface Shape {
  readonly index: Index
  readonly apiUrl: string
  readonly extended: boolean
  readonly market: string | undefined
  /** Whether the token may read where the user stopped listening. */
  readonly position: boolean
}

export const of = (call: Call): Shape => ({
  index: call.state.index,
  apiUrl: call.state.apiUrl,
  extended: call.state.quotaMode === "extended",
  market: call.query.get("market") ?? undefined,
  position: call.grant?.scopes.includes("user-read-playback-position") ?? false
})

export type Json = Readonly<Record<string, unknown>>

const markets = ["AU", "BR", "CA", "CL", "DE", "GB", "JP", "NZ", "SE", "US"]

/** Members that Spotify no longer sends to apps in development mode (February 2026). */
export const extendedOnly = (shape: Shape, members: Json): Json => (shape.extended ? members : {})

/** With a market Spotify says whether the thing plays there, without one where it does. */
export const availability = (shape: Shape): Json =>
  shape.market === undefined ? extendedOnly(shape, { available_markets: markets }) : { is_playable: true }

/** The members that identify a thing. Audiobooks are shows in their URIs, as Spotify has it. */
export const identity = (shape: Shape, type: string, id: string, linkType = type): Json => ({
  external_urls: { spotify: `https://open.spotify.com/${linkType}/${encodeURIComponent(id)}` },
  href: `${shape.apiUrl}/${type}s/${encodeURIComponent(id)}`,
  id,
  type,
  uri: `spotify:${linkType}:${id}`
})

/** The things with these ids, without those that the catalogue does not have. */
export const known = <A>(things: ReadonlyMap<string, A>, ids: ReadonlyArray<string>): ReadonlyArray<A> =>
  ids.flatMap((id) => {
    const thing = things.get(id)
    return thing === undefined ? [] : [thing]
  })
