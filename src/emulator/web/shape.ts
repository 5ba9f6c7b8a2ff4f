import * as Effect from "effect/Effect"
import type { Index } from "../state.js"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import type { Call } from "./call.js"
import type { Habits } from "./habits.js"
import { markets } from "./markets.js"

/** Decides which members an object of the Web API has. */
export interface Shape {
  readonly index: Index
  readonly apiUrl: string
  readonly extended: boolean
  readonly habits: Habits
  /** The market in the form the call gave it, for links to repeat. */
  readonly asked: string | undefined
  /** The market of the answer, if the call names one. */
  readonly market: string | undefined
  /** The listener's country. Without one, shows, episodes and audiobooks do not exist. */
  readonly country: string | undefined
  /** Whether episodes keep their own form or are shown as tracks. */
  readonly episodes: boolean
  /** Whether the token may read the resume position. */
  readonly position: boolean
}

const typesOf = (call: Call): ReadonlyArray<string> =>
  (call.query.get("additional_types") ?? "").split(",").map((type) => type.trim())

export const of = (call: Call): Shape => {
  const asked = call.query.get("market") ?? undefined
  const home = call.state.index.users.get(call.grant?.userId ?? "")?.country
  // The account's country takes precedence over the parameter
  const country = home ?? (asked === "from_token" ? undefined : asked)
  return {
    index: call.state.index,
    apiUrl: call.state.apiUrl,
    extended: call.extended,
    habits: call.habits,
    asked,
    market: asked === undefined ? undefined : country,
    country,
    episodes: typesOf(call).includes("episode"),
    position: call.grant?.scopes.includes("user-read-playback-position") ?? false
  }
}

/** `market`, if given, must be a country code. `from_token` was documented in the past. */
export const checkMarket = (call: Call): Effect.Effect<void, ApiError> => {
  const market = call.query.get("market")
  return market === null || market === "from_token" || /^[A-Z]{2}$/.test(market)
    ? Effect.void
    : Effect.fail(refuse(400, "Invalid market code"))
}

export type Json = Readonly<Record<string, unknown>>

/** Members that Spotify no longer sends to apps in development mode (February 2026). */
export const extendedOnly = (shape: Shape, members: Json): Json => (shape.extended ? members : {})

/** Members that Spotify sends but does not document. */
export const undocumented = (shape: Shape, members: Json): Json =>
  shape.habits.undocumentedMembers ? members : {}

interface Sold {
  readonly markets?: ReadonlyArray<string> | undefined
}

/** Whether the thing is available in the market, or everywhere. */
export const isIn = (market: string | undefined, thing: Sold): boolean =>
  market === undefined || (thing.markets?.includes(market) ?? true)

/** Whether a show, episode or audiobook exists for the listener. Without a country it does not. */
export const isHeard = (shape: Shape, thing: Sold): boolean =>
  shape.country !== undefined && isIn(shape.country, thing)

/** With a market, Spotify says whether the thing is playable there; without one, it lists the markets. */
export const availability = (shape: Shape, thing: Sold): Json =>
  shape.market === undefined
    ? extendedOnly(shape, { available_markets: thing.markets ?? markets })
    : isIn(shape.market, thing)
      ? { is_playable: true }
      : { is_playable: false, restrictions: { reason: "market" } }

/** User ids are free text. All others are base62. */
const inPath = (type: string, id: string): string => (type === "user" ? encodeURIComponent(id) : id)

/** The members that identify a thing. As at Spotify, audiobooks have show URIs. */
export const identity = (shape: Shape, type: string, id: string, linkType = type): Json => ({
  external_urls: { spotify: `https://open.spotify.com/${linkType}/${inPath(type, id)}` },
  href: `${shape.apiUrl}/${type}s/${inPath(type, id)}`,
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
