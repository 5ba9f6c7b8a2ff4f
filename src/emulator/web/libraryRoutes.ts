import * as Effect from "effect/Effect"
import { isId } from "../catalogue/base62.js"
import type * as Model from "../catalogue/model.js"
import type { Index, Library, State } from "../state.js"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import type { Account, Answer, Call, Reply, Route } from "./call.js"
import { account, bodyObject, csv, empty, idsFromQueryOrBody, json, requireScopes } from "./call.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import { timestamp } from "./playlistItemRoutes.js"
import type { Shape } from "./shape.js"
import * as Shapes from "./shape.js"
import * as Spoken from "./spokenObjects.js"

interface UriType {
  readonly read: string
  readonly modify: string
  readonly exists: (state: State, id: string) => boolean
}

const saved = (things: (index: Index) => ReadonlyMap<string, unknown>): UriType => ({
  read: "user-library-read",
  modify: "user-library-modify",
  exists: (state, id) => things(state.index).has(id)
})

const followed = (things: (index: Index) => ReadonlyMap<string, unknown>): UriType => ({
  read: "user-follow-read",
  modify: "user-follow-modify",
  exists: (state, id) => things(state.index).has(id)
})

/** What a library can hold, by the type in the URI. */
const uriTypes: ReadonlyMap<string, UriType> = new Map([
  ["track", saved((index) => index.tracks)],
  ["album", saved((index) => index.albums)],
  ["show", saved((index) => index.shows)],
  ["episode", saved((index) => index.episodes)],
  ["audiobook", saved((index) => index.audiobooks)],
  ["artist", followed((index) => index.artists)],
  ["user", followed((index) => index.users)],
  [
    "playlist",
    {
      read: "playlist-read-private",
      modify: "playlist-modify-public",
      exists: (state, id) => state.playlists.has(id)
    }
  ]
])

const maxUris = 40

const typeOf = (uri: string): UriType | undefined => uriTypes.get(uri.split(":", 2)[1] ?? "")

const idPart = (uri: string): string => uri.split(":").slice(2).join(":")

/** Spotify sends audiobooks with show URIs, so both forms mean the audiobook. */
const normal = (state: State, uri: string): string =>
  uri.startsWith("spotify:show:") && state.index.audiobooks.has(idPart(uri))
    ? `spotify:audiobook:${idPart(uri)}`
    : uri

const checkUri = (call: Call, uri: string): Effect.Effect<void, ApiError> => {
  const type = typeOf(uri)
  return !uri.startsWith("spotify:") ||
    type === undefined ||
    (!uri.startsWith("spotify:user:") && !isId(idPart(uri)))
    ? Effect.fail(refuse(400, `Invalid uri: ${uri}`))
    : type.exists(call.state, idPart(normal(call.state, uri)))
      ? Effect.void
      : Effect.fail(refuse(404, "Resource not found"))
}

const urisOfQuery = (call: Call, need: "read" | "modify"): Effect.Effect<ReadonlyArray<string>, ApiError> =>
  Effect.gen(function* () {
    const uris = yield* csv(call, "uris", maxUris)
    if (need === "modify") {
      yield* Effect.forEach(uris, (uri) => checkUri(call, uri), { discard: true })
    }
    const scopes = uris.flatMap((uri) => typeOf(uri)?.[need] ?? [])
    yield* requireScopes(call, [...new Set(scopes)])
    return uris.map((uri) => normal(call.state, uri))
  })

const put = (library: Library, entries: ReadonlyArray<Model.Added>): void => {
  const known = new Set(library.saved.map(({ uri }) => uri))
  // If several are saved at once, the first ends up on top
  library.saved = [...entries.filter(({ uri }) => !known.has(uri)), ...library.saved]
}

const drop = (library: Library, uris: ReadonlyArray<string>): void => {
  const gone = new Set(uris)
  library.saved = library.saved.filter(({ uri }) => !gone.has(uri))
}

const entriesOf = (call: Call, uris: ReadonlyArray<string>): ReadonlyArray<Model.Added> =>
  [...new Set(uris)].map((uri) => ({ uri, addedAt: timestamp(call.now) }))

const contained = (library: Library, uris: ReadonlyArray<string>): Reply => {
  const known = new Set(library.saved.map(({ uri }) => uri))
  return json(uris.map((uri) => known.has(uri)))
}

type UrisOf = (call: Call) => Effect.Effect<ReadonlyArray<string>, ApiError>

const changing =
  (
    uris: UrisOf,
    change: (account: Account, uris: ReadonlyArray<string>, call: Call) => void,
    status: 200 | 204 = 200
  ) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const who = yield* account(call)
      const which = yield* uris(call)
      return yield* Effect.sync(() => {
        change(who, which, call)
        return empty(status)
      })
    })

const save = (uris: UrisOf, status?: 200 | 204) =>
  changing(uris, ({ library }, which, call) => put(library, entriesOf(call, which)), status)

const remove = (uris: UrisOf, status?: 200 | 204) =>
  changing(uris, ({ library }, which) => drop(library, which), status)

const contains =
  (uris: UrisOf) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const { library } = yield* account(call)
      return contained(library, yield* uris(call))
    })

const list =
  <A>(
    plural: string,
    type: string,
    things: (index: Index) => ReadonlyMap<string, A>,
    render: (shape: Shape, thing: A, addedAt: string) => unknown,
    /** Whether entries that the catalogue no longer has show as null. */
    keepsGone = false
  ) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const { library } = yield* account(call)
      const shape = Shapes.of(call)
      const prefix = `spotify:${type}:`
      const all = library.saved.flatMap(({ addedAt, uri }) => {
        const thing = uri.startsWith(prefix) ? things(shape.index).get(uri.slice(prefix.length)) : undefined
        const isGone = thing === undefined && uri.startsWith(prefix) && keepsGone && shape.habits.nullsInPages
        return thing === undefined ? (isGone ? [undefined] : []) : [{ addedAt, thing }]
      })
      return json(
        Page.make({
          apiUrl: shape.apiUrl,
          path: `/me/${plural}`,
          query: Page.repeated(call, "market"),
          window: yield* Page.window(call),
          all,
          render: (entry) => (entry === undefined ? null : render(shape, entry.thing, entry.addedAt))
        })
      )
    })

interface Shelf {
  readonly plural: string
  readonly type: string
  readonly max: number
  readonly list: (call: Call) => Answer
}

const shelves: ReadonlyArray<Shelf> = [
  {
    plural: "tracks",
    type: "track",
    max: 50,
    list: list(
      "tracks",
      "track",
      (index) => index.tracks,
      (shape, track, added_at) => ({
        added_at,
        track: Music.track(shape, track)
      })
    )
  },
  {
    plural: "albums",
    type: "album",
    max: 20,
    list: list(
      "albums",
      "album",
      (index) => index.albums,
      (shape, album, added_at) => ({
        added_at,
        album: Music.album(shape, album)
      }),
      true
    )
  },
  {
    plural: "episodes",
    type: "episode",
    max: 50,
    list: list(
      "episodes",
      "episode",
      (index) => index.episodes,
      (shape, episode, added_at) => ({
        added_at,
        episode: Spoken.episode(shape, episode)
      })
    )
  },
  {
    plural: "shows",
    type: "show",
    max: 50,
    list: list(
      "shows",
      "show",
      (index) => index.shows,
      (shape, show, added_at) => ({
        added_at,
        show: Spoken.simpleShow(shape, show)
      })
    )
  },
  {
    plural: "audiobooks",
    type: "audiobook",
    max: 50,
    // Only this list does not say when an entry was saved
    list: list(
      "audiobooks",
      "audiobook",
      (index) => index.audiobooks,
      (shape, book) => Spoken.simpleAudiobook(shape, book)
    )
  }
]

const urisOfIds = (call: Call, type: string, ids: ReadonlyArray<string>) =>
  Effect.succeed(ids.map((id) => normal(call.state, `spotify:${type}:${id}`)))

/** `{"timestamped_ids":[{"id","added_at"}]}`, which only saved tracks accept. */
const timestamped = (body: Readonly<Record<string, unknown>>): ReadonlyArray<Model.Added> | undefined => {
  const items = body["timestamped_ids"]
  return Array.isArray(items)
    ? items.flatMap((item: unknown) =>
        typeof item === "object" && item !== null && "id" in item && typeof item.id === "string"
          ? [
              {
                uri: `spotify:track:${item.id}`,
                addedAt: "added_at" in item && typeof item.added_at === "string" ? item.added_at : ""
              }
            ]
          : []
      )
    : undefined
}

const saveTracks = (uris: UrisOf) => {
  const plain = save(uris)
  return (call: Call): Answer =>
    Effect.gen(function* () {
      const entries = call.query.has("ids") ? undefined : timestamped(yield* bodyObject(call))
      if (entries === undefined) {
        return yield* plain(call)
      }
      const { library } = yield* account(call)
      return yield* Effect.sync(() => {
        put(
          library,
          [...entries].sort((left, right) => (left.addedAt < right.addedAt ? 1 : -1))
        )
        return empty(200)
      })
    })
}

const shelfRoutes = ({ list, max, plural, type }: Shelf): ReadonlyArray<Route> => {
  const uris: UrisOf = (call) =>
    Effect.flatMap(idsFromQueryOrBody(call, max), (ids) => urisOfIds(call, type, ids))
  const path = `/me/${plural}`
  return [
    { method: "GET", path, scopes: ["user-library-read"], handle: list },
    {
      method: "PUT",
      path,
      scopes: ["user-library-modify"],
      availability: "extended",
      handle: type === "track" ? saveTracks(uris) : save(uris)
    },
    {
      method: "DELETE",
      path,
      scopes: ["user-library-modify"],
      availability: "extended",
      handle: remove(uris)
    },
    {
      method: "GET",
      path: `${path}/contains`,
      scopes: ["user-library-read"],
      availability: "extended",
      handle: contains(uris)
    }
  ]
}

const followUris: UrisOf = Effect.fnUntraced(function* (call) {
  const type = call.query.get("type")
  if (type === "artist") {
    return yield* urisOfIds(call, type, yield* idsFromQueryOrBody(call, 50))
  }
  return type === "user"
    ? yield* urisOfIds(
        call,
        type,
        yield* idsFromQueryOrBody(call, 50, (id) => call.state.index.users.has(id))
      )
    : yield* refuse(400, "Invalid type")
})

const playlistUri: UrisOf = Effect.fnUntraced(function* (call) {
  const uri = `spotify:playlist:${call.params["id"] ?? ""}`
  yield* checkUri(call, uri)
  return [uri]
})

const playlistModify: UrisOf = (call) =>
  Effect.zipLeft(playlistUri(call), requireScopes(call, ["playlist-modify-public"]))

export const routes: ReadonlyArray<Route> = [
  { method: "PUT", path: "/me/library", handle: save((call) => urisOfQuery(call, "modify")) },
  { method: "DELETE", path: "/me/library", handle: remove((call) => urisOfQuery(call, "modify")) },
  { method: "GET", path: "/me/library/contains", handle: contains((call) => urisOfQuery(call, "read")) },
  ...shelves.flatMap(shelfRoutes),
  {
    method: "PUT",
    path: "/me/following",
    scopes: ["user-follow-modify"],
    availability: "extended",
    handle: save(followUris, 204)
  },
  {
    method: "DELETE",
    path: "/me/following",
    scopes: ["user-follow-modify"],
    availability: "extended",
    handle: remove(followUris, 204)
  },
  {
    method: "GET",
    path: "/me/following/contains",
    scopes: ["user-follow-read"],
    availability: "extended",
    handle: contains(followUris)
  },
  { method: "PUT", path: "/playlists/:id/followers", availability: "extended", handle: save(playlistModify) },
  {
    method: "DELETE",
    path: "/playlists/:id/followers",
    availability: "extended",
    handle: remove(playlistModify)
  },
  {
    method: "GET",
    path: "/playlists/:id/followers/contains",
    availability: "extended",
    handle: contains(playlistUri)
  }
]
