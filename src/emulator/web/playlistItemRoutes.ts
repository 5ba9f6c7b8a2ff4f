import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Playlist, PlaylistEntry, State } from "../state.js"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { bodyObject, csv, isExtended, isTexts, json } from "./call.js"
import * as FieldsFilter from "./fieldsFilter.js"
import { isLocal } from "./localTrack.js"
import * as Page from "./page.js"
import * as Access from "./playlistAccess.js"
import * as Objects from "./playlistObjects.js"
import * as Shapes from "./shape.js"

const maxUris = 100

/** A time in the form of the Web API: ISO 8601 in UTC, without fractions of a second. */
export const timestamp = (millis: number): string =>
  DateTime.formatIso(DateTime.unsafeMake(millis)).replace(/\.\d+Z$/, "Z")

const exists = (state: State, uri: string): boolean => {
  const [scheme, type, id = "", ...rest] = uri.split(":")
  return (
    scheme === "spotify" &&
    rest.length === 0 &&
    ((type === "track" && state.index.tracks.has(id)) || (type === "episode" && state.index.episodes.has(id)))
  )
}

const checkCount = (items: ReadonlyArray<unknown>): Effect.Effect<void, ApiError> =>
  items.length > maxUris
    ? Effect.fail(refuse(400, `You can use a maximum of ${maxUris} tracks per request.`))
    : Effect.void

const checkUris = (
  call: Call,
  uris: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, ApiError> => {
  const bad = uris.find((uri) => !exists(call.state, uri))
  return Effect.as(
    bad === undefined ? checkCount(uris) : Effect.fail(refuse(400, `Invalid track uri: ${bad}`)),
    uris
  )
}

/** The URIs of the query, which takes precedence, or of the body. */
const urisOf = (
  call: Call,
  body: Readonly<Record<string, unknown>>
): Effect.Effect<ReadonlyArray<string>, ApiError> =>
  Effect.gen(function* () {
    const uris = call.query.has("uris") ? yield* csv(call, "uris", maxUris) : body["uris"]
    return isTexts(uris) ? yield* checkUris(call, uris) : yield* refuse(400, "Missing required field: uris")
  })

const isIndex = (value: unknown, high: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= high

const entriesOf = (call: Call, uris: ReadonlyArray<string>): ReadonlyArray<PlaylistEntry> =>
  uris.map((uri) => ({ uri, addedAt: timestamp(call.now), addedBy: call.grant?.userId ?? "" }))

const change = (playlist: Playlist, items: ReadonlyArray<PlaylistEntry>, status: number): Answer =>
  Effect.sync(() => {
    playlist.items = items
    playlist.revision += 1
    return json({ snapshot_id: Objects.snapshotId(playlist) }, status)
  })

/** The body reduced to what `fields` asks for, or all of it. */
export const filtered = (call: Call, body: unknown): Effect.Effect<unknown, ApiError> => {
  const fields = call.query.get("fields") ?? ""
  return fields === ""
    ? Effect.succeed(body)
    : Effect.mapBoth(FieldsFilter.parse(fields), {
        onFailure: (text) => refuse(400, text),
        onSuccess: (filter) => FieldsFilter.apply(filter, body)
      })
}

/** A change may name the snapshot it was made for, which must be one of this playlist. */
const checkSnapshot = (
  playlist: Playlist,
  body: Readonly<Record<string, unknown>>
): Effect.Effect<void, ApiError> => {
  const id = body["snapshot_id"]
  return id === undefined || (typeof id === "string" && Objects.isSnapshot(playlist, id))
    ? Effect.void
    : Effect.fail(refuse(400, "Invalid snapshot_id"))
}

const list =
  (segment: Objects.Segment) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const playlist = yield* Access.readable(call)
      if (!isExtended(call) && !Access.isMine(call, playlist)) {
        return yield* refuse(403, "Forbidden")
      }
      // Spotify documents 50, but the links of the page inside a playlist use 100
      const window = yield* Page.window(call, { max: 100, fallback: 20 })
      const query = Page.repeated(call, "market", "additional_types", "fields")
      return json(yield* filtered(call, Objects.items(Shapes.of(call), playlist, window, { segment, query })))
    })

const add = (call: Call): Answer =>
  Effect.gen(function* () {
    const playlist = yield* Access.changeable(call)
    const body = yield* bodyObject(call)
    const uris = yield* urisOf(call, body)
    const query = call.query.get("position")
    const position = query === null ? (body["position"] ?? playlist.items.length) : Number(query)
    if (!isIndex(position, playlist.items.length)) {
      return yield* refuse(400, "Index out of bounds.")
    }
    return yield* change(
      playlist,
      [...playlist.items.slice(0, position), ...entriesOf(call, uris), ...playlist.items.slice(position)],
      201
    )
  })

const reorder = (playlist: Playlist, body: Readonly<Record<string, unknown>>): Answer => {
  const { insert_before: before, range_length: length = 1, range_start: start } = body
  const { items } = playlist
  if (
    !isIndex(start, items.length - 1) ||
    !isIndex(before, items.length) ||
    !isIndex(length, items.length - start)
  ) {
    return Effect.fail(refuse(400, "Index out of bounds."))
  }
  const moved = items.slice(start, start + length)
  const inRange = (index: number) => index >= start && index < start + length
  const head = items.filter((_, index) => index < before && !inRange(index))
  const tail = items.filter((_, index) => index >= before && !inRange(index))
  return change(playlist, [...head, ...moved, ...tail], 200)
}

const replaceOrReorder = (call: Call): Answer =>
  Effect.gen(function* () {
    const playlist = yield* Access.changeable(call)
    const body = yield* bodyObject(call)
    const reorders = "range_start" in body || "insert_before" in body
    if (reorders && ("uris" in body || call.query.has("uris"))) {
      return yield* refuse(400, "Replace and reorder are two operations: send uris or range_start, not both")
    }
    yield* checkSnapshot(playlist, body)
    if (reorders) {
      return yield* reorder(playlist, body)
    }
    // An empty list in the query clears the playlist, like one in the body
    const uris = call.query.get("uris") === "" ? [] : yield* urisOf(call, body)
    return yield* change(playlist, entriesOf(call, uris), 200)
  })

interface Removal {
  readonly uri: string
  /** The positions to remove it from; all if absent. */
  readonly positions: ReadonlyArray<unknown> | undefined
}

const removalOf = (item: unknown): ReadonlyArray<Removal> => {
  if (typeof item !== "object" || item === null || !("uri" in item) || typeof item.uri !== "string") {
    return []
  }
  const positions = "positions" in item && Array.isArray(item.positions) ? item.positions : undefined
  return [{ uri: item.uri, positions }]
}

const removalsOf = (value: unknown): ReadonlyArray<Removal> | undefined => {
  const items: ReadonlyArray<unknown> = Array.isArray(value) ? value : []
  const removals = items.flatMap(removalOf)
  return Array.isArray(value) && removals.length === items.length ? removals : undefined
}

/** The positions that a removal means, or undefined if one of them holds another item. */
const placesOf = (playlist: Playlist, { positions, uri }: Removal): ReadonlyArray<number> | undefined => {
  const places = playlist.items.flatMap((item, place) => (item.uri === uri ? [place] : []))
  return positions === undefined || positions.every((position) => places.some((place) => place === position))
    ? places.filter((place) => positions?.includes(place) ?? true)
    : undefined
}

/** The oldest form of the call names only positions, so it removes any item there. */
const removalsAt = (playlist: Playlist, positions: unknown): ReadonlyArray<Removal> | undefined =>
  Array.isArray(positions)
    ? positions.map((position: unknown) => {
        const entry = isIndex(position, playlist.items.length - 1) ? playlist.items[position] : undefined
        return { uri: entry?.uri ?? "", positions: [position] }
      })
    : undefined

const remove =
  (segment: Objects.Segment) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const playlist = yield* Access.changeable(call)
      const body = yield* bodyObject(call)
      const named = removalsOf(body[segment])
      const removals = named ?? removalsAt(playlist, body["positions"])
      if (removals === undefined) {
        return yield* refuse(400, `Missing required field: ${segment}`)
      }
      const places = removals.map((removal) => placesOf(playlist, removal))
      // An item that the catalogue no longer has can be removed, but not a local file
      const inPlaylist = (uri: string) => !isLocal(uri) && playlist.items.some((item) => item.uri === uri)
      yield* checkSnapshot(playlist, body)
      yield* checkCount(removals)
      yield* checkUris(call, named?.map(({ uri }) => uri).filter((uri) => !inPlaylist(uri)) ?? [])
      if (places.includes(undefined)) {
        return yield* refuse(400, "Could not remove tracks, please check parameters.")
      }
      const gone = new Set(places.flatMap((some) => some ?? []))
      const items = playlist.items.filter((_, place) => !gone.has(place))
      return yield* change(playlist, items, 200)
    })

const at = (segment: Objects.Segment, availability: Pick<Route, "availability">): ReadonlyArray<Route> => {
  const path = `/playlists/:id/${segment}`
  return [
    { method: "GET", path, cache: "playlist", handle: list(segment), ...availability },
    { method: "POST", path, handle: add, ...availability },
    { method: "PUT", path, handle: replaceOrReorder, ...availability },
    { method: "DELETE", path, handle: remove(segment), ...availability }
  ]
}

export const routes: ReadonlyArray<Route> = [
  ...at("items", {}),
  ...at("tracks", { availability: "extended" })
]
