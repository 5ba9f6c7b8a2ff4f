import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { all } from "../client/api/endpoints.js"
import type { AnyEndpoint } from "./call.js"

/** The ids that answers contained so far, by the kind of object, as parameters of other operations. */
export type Ids = ReadonlyMap<string, string>

/** The name of an operation, such as `albums.get`. */
export const nameOf = ({ group, name }: AnyEndpoint): string => `${group}.${name}`

/** The operations whose answers contain the ids that others need, in the order in which they need them. */
const sources = [
  "me.profile",
  // Before the search, because only the user's own playlists show their items
  "playlists.mine",
  "search.search",
  "browse.categories",
  "audiobooks.get",
  "audiobooks.chapters"
]

export const isSource = (endpoint: AnyEndpoint): boolean => sources.includes(nameOf(endpoint))

/** All read operations, with the sources of ids first. */
export const readOperations: ReadonlyArray<AnyEndpoint> = [
  ...sources.flatMap((name) => all.filter((endpoint) => nameOf(endpoint) === name)),
  ...all.filter((endpoint) => endpoint.idempotency === "safe" && !isSource(endpoint))
]

/** The kind of object that an id parameter names. */
const kindOf = (endpoint: AnyEndpoint, parameter: string): string => {
  const named = /^(playlist|user|category)_id$/.exec(parameter)?.[1]
  const contained = /^contains([A-Z][a-z]+)s$/.exec(endpoint.name)?.[1]?.toLowerCase()
  return nameOf(endpoint) === "me.follows"
    ? "artist"
    : (named ?? contained ?? endpoint.group.replace(/s$/, ""))
}

const typeOf = (endpoint: AnyEndpoint): string => {
  switch (nameOf(endpoint)) {
    case "search.search":
      return "album,artist,playlist,track,show,episode,audiobook"
    case "me.topTracks":
      return "tracks"
    case "me.topArtists":
      return "artists"
    default:
      return "artist"
  }
}

/** The value of a parameter: none if it can be left out, undefined if its id is not known yet. */
const valueOf = (endpoint: AnyEndpoint, parameter: string, ids: Ids): Option.Option<string> | undefined => {
  const idOf = (kind: string, prefix = "") =>
    Option.getOrUndefined(
      Option.map(Option.fromNullable(ids.get(kind)), (id) => Option.some(`${prefix}${id}`))
    )
  switch (parameter) {
    case "id":
    case "ids":
    case "playlist_id":
    case "user_id":
    case "category_id":
      return idOf(kindOf(endpoint, parameter))
    case "seed_tracks":
      return idOf("track")
    case "uris":
      return idOf("track", "spotify:track:")
    case "q":
      return Option.some("a")
    case "type":
      return Option.some(typeOf(endpoint))
    case "limit":
      return Option.some("3")
    default:
      return Option.none()
  }
}

/** The parameters of a call; undefined if it needs an id that is not known yet. */
export const parametersOf = (endpoint: AnyEndpoint, ids: Ids) => {
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)
  const values: Record<string, string> = {}
  for (const name of [...inPath, ...endpoint.query]) {
    const value = valueOf(endpoint, name, ids)
    if (value === undefined) {
      return undefined
    }
    if (Option.isSome(value)) {
      values[name] = value.value
    }
  }
  const pick = (names: ReadonlyArray<string>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
  return { path: pick(inPath), query: pick(endpoint.query), body: undefined }
}

const isIdentified = Predicate.compose(
  Predicate.hasProperty("id"),
  (value: { readonly id: unknown }): value is { readonly id: string } => typeof value.id === "string"
)

/** Adds the first id of each kind of object in an answer. */
const addTyped = (answer: unknown, ids: Map<string, string>, depth = 0): void => {
  if (!Predicate.isObject(answer) || depth > 6) {
    return
  }
  if (isIdentified(answer) && Predicate.hasProperty(answer, "type") && typeof answer.type === "string") {
    ids.set(answer.type, ids.get(answer.type) ?? answer.id)
  }
  for (const inner of Object.values(answer)) {
    addTyped(inner, ids, depth + 1)
  }
}

/** Adds the ids that an answer contains. Categories and chapters do not say what they are. */
export const addIds = (endpoint: AnyEndpoint, answer: unknown, ids: Map<string, string>): void => {
  addTyped(answer, ids)
  const kind = { "browse.categories": "category", "audiobooks.chapters": "chapter" }[nameOf(endpoint)]
  const page = Predicate.hasProperty(answer, "categories") ? answer.categories : answer
  const first = Predicate.hasProperty(page, "items") && Array.isArray(page.items) ? page.items[0] : undefined
  if (kind !== undefined && isIdentified(first)) {
    ids.set(kind, first.id)
  }
}
