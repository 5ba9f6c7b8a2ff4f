/** The groups of the Web API, all using one way to make a call. */
import * as AlbumsApi from "./api/AlbumsApi.js"
import * as ArtistsApi from "./api/ArtistsApi.js"
import * as AudiobooksApi from "./api/AudiobooksApi.js"
import * as BrowseApi from "./api/BrowseApi.js"
import * as ChaptersApi from "./api/ChaptersApi.js"
import * as EpisodesApi from "./api/EpisodesApi.js"
import * as LibraryApi from "./api/LibraryApi.js"
import * as MarketsApi from "./api/MarketsApi.js"
import * as MeApi from "./api/MeApi.js"
import * as PlayerApi from "./api/PlayerApi.js"
import * as PlaylistsApi from "./api/PlaylistsApi.js"
import * as RecommendationsApi from "./api/RecommendationsApi.js"
import * as SearchApi from "./api/SearchApi.js"
import * as ShowsApi from "./api/ShowsApi.js"
import * as TracksApi from "./api/TracksApi.js"
import * as UsersApi from "./api/UsersApi.js"
import type { Execute } from "./call/endpoint.js"

export interface Groups {
  readonly albums: AlbumsApi.AlbumsApi
  readonly artists: ArtistsApi.ArtistsApi
  readonly audiobooks: AudiobooksApi.AudiobooksApi
  readonly browse: BrowseApi.BrowseApi
  readonly chapters: ChaptersApi.ChaptersApi
  readonly episodes: EpisodesApi.EpisodesApi
  readonly library: LibraryApi.LibraryApi
  readonly markets: MarketsApi.MarketsApi
  readonly me: MeApi.MeApi
  readonly player: PlayerApi.PlayerApi
  readonly playlists: PlaylistsApi.PlaylistsApi
  readonly recommendations: RecommendationsApi.RecommendationsApi
  readonly search: SearchApi.SearchApi
  readonly shows: ShowsApi.ShowsApi
  readonly tracks: TracksApi.TracksApi
  readonly users: UsersApi.UsersApi
}

export const make = (execute: Execute): Groups => ({
  albums: AlbumsApi.make(execute),
  artists: ArtistsApi.make(execute),
  audiobooks: AudiobooksApi.make(execute),
  browse: BrowseApi.make(execute),
  chapters: ChaptersApi.make(execute),
  episodes: EpisodesApi.make(execute),
  library: LibraryApi.make(execute),
  markets: MarketsApi.make(execute),
  me: MeApi.make(execute),
  player: PlayerApi.make(execute),
  playlists: PlaylistsApi.make(execute),
  recommendations: RecommendationsApi.make(execute),
  search: SearchApi.make(execute),
  shows: ShowsApi.make(execute),
  tracks: TracksApi.make(execute),
  users: UsersApi.make(execute)
})
