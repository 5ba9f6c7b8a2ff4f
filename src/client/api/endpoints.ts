import type { Endpoint } from "../call/endpoint.js"
import * as Albums from "./Albums.js"
import * as Artists from "./Artists.js"
import * as Audiobooks from "./Audiobooks.js"
import * as Browse from "./Browse.js"
import * as Chapters from "./Chapters.js"
import * as Episodes from "./Episodes.js"
import * as Library from "./Library.js"
import * as Markets from "./Markets.js"
import * as Me from "./Me.js"
import * as Player from "./Player.js"
import * as Playlists from "./Playlists.js"
import * as Recommendations from "./Recommendations.js"
import * as Search from "./Search.js"
import * as Shows from "./Shows.js"
import * as Tracks from "./Tracks.js"
import * as Users from "./Users.js"

/** Every operation that a method of the client makes. @internal */
export const all: ReadonlyArray<Endpoint<never, unknown>> = [
  ...Albums.endpoints,
  ...Artists.endpoints,
  ...Audiobooks.endpoints,
  ...Browse.endpoints,
  ...Chapters.endpoints,
  ...Episodes.endpoints,
  ...Library.endpoints,
  ...Markets.endpoints,
  ...Me.endpoints,
  ...Player.endpoints,
  ...Playlists.endpoints,
  ...Recommendations.endpoints,
  ...Search.endpoints,
  ...Shows.endpoints,
  ...Tracks.endpoints,
  ...Users.endpoints
]
