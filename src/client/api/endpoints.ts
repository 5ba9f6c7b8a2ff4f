import type { Endpoint } from "../call/endpoint.js"
import * as AlbumsApi from "./AlbumsApi.js"
import * as ArtistsApi from "./ArtistsApi.js"
import * as AudiobooksApi from "./AudiobooksApi.js"
import * as BrowseApi from "./BrowseApi.js"
import * as ChaptersApi from "./ChaptersApi.js"
import * as EpisodesApi from "./EpisodesApi.js"
import * as LibraryApi from "./LibraryApi.js"
import * as MarketsApi from "./MarketsApi.js"
import * as MeApi from "./MeApi.js"
import * as PlayerApi from "./PlayerApi.js"
import * as PlaylistsApi from "./PlaylistsApi.js"
import * as RecommendationsApi from "./RecommendationsApi.js"
import * as SearchApi from "./SearchApi.js"
import * as ShowsApi from "./ShowsApi.js"
import * as TracksApi from "./TracksApi.js"
import * as UsersApi from "./UsersApi.js"

/** All operations that the client has a method for. @internal */
export const all: ReadonlyArray<Endpoint<never, unknown>> = [
  ...AlbumsApi.endpoints,
  ...ArtistsApi.endpoints,
  ...AudiobooksApi.endpoints,
  ...BrowseApi.endpoints,
  ...ChaptersApi.endpoints,
  ...EpisodesApi.endpoints,
  ...LibraryApi.endpoints,
  ...MarketsApi.endpoints,
  ...MeApi.endpoints,
  ...PlayerApi.endpoints,
  ...PlaylistsApi.endpoints,
  ...RecommendationsApi.endpoints,
  ...SearchApi.endpoints,
  ...ShowsApi.endpoints,
  ...TracksApi.endpoints,
  ...UsersApi.endpoints
]
