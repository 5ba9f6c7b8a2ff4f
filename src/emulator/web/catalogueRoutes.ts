import * as Effect from "effect/Effect"
import { hash, isId } from "../catalogue/base62.js"
import type * as Model from "../catalogue/model.js"
import type { Index } from "../state.js"
import { notFound, refuse } from "./apiError.js"
import type { Answer, Cache, Call, Route } from "./call.js"
import { csv, isExtended, json, resource } from "./call.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import * as Shapes from "./shape.js"
import * as Spoken from "./spokenObjects.js"

/** Whether the thing exists for this call. A thing that is not playable may still exist. */
type Exists<A> = (shape: Shape, thing: A) => boolean

const always = () => true

const inMarket = (shape: Shape, album: Model.Album): boolean => Shapes.isIn(shape.market, album)

const isHeardEpisode = (shape: Shape, episode: Model.Episode): boolean =>
  Shapes.isHeard(shape, episode) && Shapes.isHeard(shape, shape.index.shows.get(episode.showId) ?? {})

const isHeardChapter = (shape: Shape, chapter: Model.Chapter): boolean =>
  Shapes.isHeard(shape, shape.index.audiobooks.get(chapter.audiobookId) ?? {})

const one =
  <A>(
    things: (index: Index) => ReadonlyMap<string, A>,
    render: (shape: Shape, thing: A) => unknown,
    exists: Exists<A> = always
  ) =>
  (call: Call): Answer =>
    Effect.flatMap(resource(call, things(call.state.index)), (thing) => {
      const shape = Shapes.of(call)
      return exists(shape, thing) ? Effect.succeed(json(render(shape, thing))) : Effect.fail(notFound)
    })

/** The batch form of {@link one}, in the requested order, with null for each unknown id. */
const several =
  <A>(
    key: string,
    max: number,
    things: (index: Index) => ReadonlyMap<string, A>,
    render: (shape: Shape, thing: A) => Json,
    exists: Exists<A> = always
  ) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const ids = yield* csv(call, "ids", max)
      if (!ids.every(isId)) {
        return yield* refuse(400, "Invalid base62 id")
      }
      const shape = Shapes.of(call)
      return json({
        [key]: ids.map((id) => {
          const thing = things(call.state.index).get(id)
          return thing === undefined || !exists(shape, thing) ? null : render(shape, thing)
        })
      })
    })

const pageOf =
  <A>(
    things: (index: Index) => ReadonlyMap<string, A>,
    render: (shape: Shape, thing: A, window: Page.Window) => Page.Page,
    exists: Exists<A> = always
  ) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const thing = yield* resource(call, things(call.state.index))
      const shape = Shapes.of(call)
      const window = yield* Page.window(call)
      return exists(shape, thing) ? json(render(shape, thing, window)) : yield* notFound
    })

const groups = ["album", "single", "appears_on", "compilation"]

const artistAlbums = (call: Call): Answer =>
  Effect.gen(function* () {
    const artist = yield* resource(call, call.state.index.artists)
    const asked = (call.query.get("include_groups") ?? groups.join(",")).split(",")
    if (!asked.every((group) => groups.includes(group))) {
      return yield* refuse(400, "Invalid include_groups")
    }
    const shape = Shapes.of(call)
    const grouped = call.state.catalogue.albums
      .map((album) => {
        const appears = Shapes.known(shape.index.tracks, album.trackIds).some((track) =>
          track.artistIds.includes(artist.id)
        )
        const group = album.artistIds.includes(artist.id)
          ? album.albumType
          : appears
            ? "appears_on"
            : undefined
        return { album, group }
      })
      .filter(({ group }) => group !== undefined && asked.includes(group))
    return json(
      Page.make({
        apiUrl: shape.apiUrl,
        path: `/artists/${artist.id}/albums`,
        query: Page.repeated(call, "include_groups", "market"),
        window: yield* Page.window(call, isExtended(call) ? Page.usual : { max: 10, fallback: 5 }),
        all: grouped,
        render: ({ album, group }) => ({
          ...Music.simpleAlbum(shape, album),
          ...Shapes.extendedOnly(shape, { album_group: group })
        })
      })
    )
  })

const topTracks = (call: Call): Answer =>
  Effect.gen(function* () {
    const artist = yield* resource(call, call.state.index.artists)
    const shape = Shapes.of(call)
    const tracks = call.state.catalogue.tracks
      .filter((track) => track.artistIds.includes(artist.id))
      .sort((left, right) => right.popularity - left.popularity)
      .slice(0, 10)
    return json({ tracks: tracks.map((track) => Music.track(shape, track)) })
  })

/** The other artists, those with more common genres first. Equal ones have a fixed pseudo-random order. */
const related = (call: Call): Answer =>
  Effect.map(resource(call, call.state.index.artists), (artist) => {
    const shared = (other: Model.Artist) =>
      other.genres.filter((genre) => artist.genres.includes(genre)).length
    const others = call.state.catalogue.artists
      .filter(({ id }) => id !== artist.id)
      .map((other) => ({ other, rank: shared(other) + hash(`${artist.id}/${other.id}`) / 2 ** 32 }))
      .sort((left, right) => right.rank - left.rank)
      .slice(0, 20)
    return json({ artists: others.map(({ other }) => Music.artist(Shapes.of(call), other)) })
  })

const musicRoutes: ReadonlyArray<Route> = [
  { method: "GET", path: "/albums/:id", handle: one((index) => index.albums, Music.album, inMarket) },
  {
    method: "GET",
    path: "/albums/:id/tracks",
    handle: pageOf((index) => index.albums, Music.albumTracks, inMarket)
  },
  {
    method: "GET",
    path: "/albums",
    availability: "extended",
    handle: several("albums", 20, (index) => index.albums, Music.album, inMarket)
  },
  { method: "GET", path: "/artists/:id", handle: one((index) => index.artists, Music.artist) },
  { method: "GET", path: "/artists/:id/albums", handle: artistAlbums },
  { method: "GET", path: "/artists/:id/top-tracks", availability: "extended", handle: topTracks },
  {
    method: "GET",
    path: "/artists",
    availability: "extended",
    handle: several("artists", 50, (index) => index.artists, Music.artist)
  },
  { method: "GET", path: "/tracks/:id", handle: one((index) => index.tracks, Music.track) },
  {
    method: "GET",
    path: "/tracks",
    availability: "extended",
    handle: several("tracks", 50, (index) => index.tracks, Music.track)
  },
  {
    method: "GET",
    path: "/artists/:id/related-artists",
    availability: "closed 404",
    handle: related
  }
]

const spokenRoutes: ReadonlyArray<Route> = [
  { method: "GET", path: "/shows/:id", handle: one((index) => index.shows, Spoken.show, Shapes.isHeard) },
  {
    method: "GET",
    path: "/shows/:id/episodes",
    handle: pageOf((index) => index.shows, Spoken.showEpisodes, Shapes.isHeard)
  },
  {
    method: "GET",
    path: "/shows",
    availability: "extended",
    handle: several("shows", 50, (index) => index.shows, Spoken.simpleShow, Shapes.isHeard)
  },
  {
    method: "GET",
    path: "/episodes/:id",
    handle: one((index) => index.episodes, Spoken.episode, isHeardEpisode)
  },
  {
    method: "GET",
    path: "/episodes",
    availability: "extended",
    handle: several("episodes", 50, (index) => index.episodes, Spoken.episode, isHeardEpisode)
  },
  {
    method: "GET",
    path: "/audiobooks/:id",
    handle: one((index) => index.audiobooks, Spoken.audiobook, Shapes.isHeard)
  },
  {
    method: "GET",
    path: "/audiobooks/:id/chapters",
    handle: pageOf((index) => index.audiobooks, Spoken.audiobookChapters, Shapes.isHeard)
  },
  {
    method: "GET",
    path: "/audiobooks",
    availability: "extended",
    handle: several("audiobooks", 50, (index) => index.audiobooks, Spoken.audiobook, Shapes.isHeard)
  },
  {
    method: "GET",
    path: "/chapters/:id",
    handle: one((index) => index.chapters, Spoken.chapter, isHeardChapter)
  },
  {
    method: "GET",
    path: "/chapters",
    availability: "extended",
    handle: several("chapters", 50, (index) => index.chapters, Spoken.chapter, isHeardChapter)
  }
]

const kept = (routes: ReadonlyArray<Route>, cache: Cache): ReadonlyArray<Route> =>
  routes.map((route) => ({ ...route, cache, fixed: true }))

export const routes: ReadonlyArray<Route> = [
  ...kept(musicRoutes, "catalogue"),
  ...kept(spokenRoutes, "spoken")
]
