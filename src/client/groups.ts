/** The groups of the Web API, each over the same way to make a call. */
import * as Albums from "./api/Albums.js"
import * as Artists from "./api/Artists.js"
import * as Audiobooks from "./api/Audiobooks.js"
import * as Browse from "./api/Browse.js"
import * as Chapters from "./api/Chapters.js"
import * as Episodes from "./api/Episodes.js"
import * as Library from "./api/Library.js"
import * as Markets from "./api/Markets.js"
import * as Me from "./api/Me.js"
import * as Player from "./api/Player.js"
import * as Playlists from "./api/Playlists.js"
import * as Recommendations from "./api/Recommendations.js"
import * as Search from "./api/Search.js"
import * as Shows from "./api/Shows.js"
import * as Tracks from "./api/Tracks.js"
import * as Users from "./api/Users.js"
import type { Execute } from "./call/endpoint.js"

export interface Groups {
  readonly albums: Albums.Albums
  readonly artists: Artists.Artists
  readonly audiobooks: Audiobooks.Audiobooks
  readonly browse: Browse.Browse
  readonly chapters: Chapters.Chapters
  readonly episodes: Episodes.Episodes
  readonly library: Library.Library
  readonly markets: Markets.Markets
  readonly me: Me.Me
  readonly player: Player.Player
  readonly playlists: Playlists.Playlists
  readonly recommendations: Recommendations.Recommendations
  readonly search: Search.Search
  readonly shows: Shows.Shows
  readonly tracks: Tracks.Tracks
  readonly users: Users.Users
}

export const make = (execute: Execute): Groups => ({
  albums: Albums.make(execute),
  artists: Artists.make(execute),
  audiobooks: Audiobooks.make(execute),
  browse: Browse.make(execute),
  chapters: Chapters.make(execute),
  episodes: Episodes.make(execute),
  library: Library.make(execute),
  markets: Markets.make(execute),
  me: Me.make(execute),
  player: Player.make(execute),
  playlists: Playlists.make(execute),
  recommendations: Recommendations.make(execute),
  search: Search.make(execute),
  shows: Shows.make(execute),
  tracks: Tracks.make(execute),
  users: Users.make(execute)
})
