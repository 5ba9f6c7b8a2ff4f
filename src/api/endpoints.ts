import type { Endpoint } from "../internal/endpoint.js"
import * as Albums from "./Albums.js"
import * as Artists from "./Artists.js"
import * as Library from "./Library.js"
import * as Me from "./Me.js"
import * as Playlists from "./Playlists.js"
import * as Search from "./Search.js"
import * as Tracks from "./Tracks.js"

/** Every operation that a method of the client makes. @internal */
export const all: ReadonlyArray<Endpoint<never, unknown>> = [
  ...Albums.endpoints,
  ...Artists.endpoints,
  ...Library.endpoints,
  ...Me.endpoints,
  ...Playlists.endpoints,
  ...Search.endpoints,
  ...Tracks.endpoints
]
