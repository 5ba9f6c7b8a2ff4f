/**
 * The operations behind {@link "./LibraryApi.js"} that every app may call.
 */
import * as Endpoint from "../call/endpoint.js"
import { Flags } from "../../model/lenient.js"
import { SimplifiedAudiobook } from "../../model/Audiobook.js"
import { RawPage } from "../../model/Page.js"
import { SavedAlbum, SavedEpisode, SavedShow, SavedTrack } from "../../model/Saved.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { MarketPageOptions, PageOptions } from "./Options.js"

const saved = {
  group: "library",
  method: "GET",
  scopes: ["user-library-read"],
  paging: "offset"
} as const

/** @internal */
export const savedAlbums = Endpoint.json(RawPage(SavedAlbum))<MarketPageOptions>({
  ...saved,
  operationId: "get-users-saved-albums",
  name: "savedAlbums",
  path: "/me/albums",
  query: ["market", "limit", "offset"]
})

/** @internal */
export const savedTracks = Endpoint.json(RawPage(SavedTrack))<MarketPageOptions>({
  ...saved,
  operationId: "get-users-saved-tracks",
  name: "savedTracks",
  path: "/me/tracks",
  query: ["market", "limit", "offset"]
})

/** @internal */
export const savedEpisodes = Endpoint.json(RawPage(SavedEpisode))<MarketPageOptions>({
  ...saved,
  operationId: "get-users-saved-episodes",
  name: "savedEpisodes",
  path: "/me/episodes",
  query: ["market", "limit", "offset"]
})

/** @internal */
export const savedShows = Endpoint.json(RawPage(SavedShow))<PageOptions>({
  ...saved,
  operationId: "get-users-saved-shows",
  name: "savedShows",
  path: "/me/shows",
  query: ["limit", "offset"]
})

/** @internal */
export const savedAudiobooks = Endpoint.json(RawPage(SimplifiedAudiobook))<PageOptions>({
  ...saved,
  operationId: "get-users-saved-audiobooks",
  name: "savedAudiobooks",
  path: "/me/audiobooks",
  query: ["limit", "offset"]
})

/** @internal */
export interface Uris {
  readonly uris: ReadonlyArray<SpotifyUri>
}

// Spotify refuses a body: the URIs are in the query
const byUri = { group: "library", path: "/me/library", query: ["uris"] } as const

const modify = [["user-library-modify", "user-follow-modify", "playlist-modify-public"]]

/** @internal */
export const save = Endpoint.discard<Uris>({
  ...byUri,
  operationId: "save-library-items",
  name: "save",
  method: "PUT",
  scopes: modify
})

/** @internal */
export const remove = Endpoint.discard<Uris>({
  ...byUri,
  operationId: "remove-library-items",
  name: "remove",
  method: "DELETE",
  scopes: modify
})

/** @internal */
export const contains = Endpoint.json(Flags)<Uris>({
  ...byUri,
  operationId: "check-library-contains",
  name: "contains",
  method: "GET",
  path: "/me/library/contains",
  scopes: [["user-library-read", "user-follow-read", "playlist-read-private"]]
})

/** @internal */
export const all = [
  savedAlbums,
  savedTracks,
  savedEpisodes,
  savedShows,
  savedAudiobooks,
  save,
  remove,
  contains
]
