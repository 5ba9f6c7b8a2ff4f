import * as Effect from "effect/Effect"
import { notFound } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { json } from "./call.js"
import { markets } from "./markets.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import * as Playlists from "./playlistObjects.js"
import type { Category } from "../catalogue/model.js"
import type { Json, Shape } from "./shape.js"
import * as Shapes from "./shape.js"

const category = (shape: Shape, { id, name }: Category): Json => ({
  href: `${shape.apiUrl}/browse/categories/${id}`,
  icons: [{ url: `https://images.spotify.emulator/category-${id}.jpg`, height: 274, width: 274 }],
  id,
  name
})

const categoriesOf = (call: Call): ReadonlyArray<Category> => call.state.catalogue.categories ?? []

const categories = (call: Call): Answer =>
  Effect.map(Page.window(call), (window) => {
    const shape = Shapes.of(call)
    return json({
      categories: Page.make({
        apiUrl: shape.apiUrl,
        path: "/browse/categories",
        query: Page.repeated(call, "locale"),
        window,
        all: categoriesOf(call),
        render: (each) => category(shape, each)
      })
    })
  })

const theCategory = (call: Call) => {
  const found = categoriesOf(call).find(({ id }) => id === call.params["id"])
  return found === undefined ? Effect.fail(notFound) : Effect.succeed(found)
}

const oneCategory = (call: Call): Answer =>
  Effect.map(theCategory(call), (found) => json(category(Shapes.of(call), found)))

const playlistPage = (call: Call, path: string, message: string, ids: ReadonlyArray<string>): Answer =>
  Effect.map(Page.window(call), (window) => {
    const shape = Shapes.of(call)
    const playlists = Page.make({
      apiUrl: shape.apiUrl,
      path,
      query: Page.repeated(call, "locale"),
      window,
      all: Shapes.known(call.state.playlists, ids),
      render: (playlist) => Playlists.simplePlaylist(shape, playlist)
    })
    return json({ message, playlists })
  })

const categoryPlaylists = (call: Call): Answer =>
  Effect.flatMap(theCategory(call), ({ id, name, playlistIds }) =>
    playlistPage(call, `/browse/categories/${id}/playlists`, name, playlistIds)
  )

const featured = (call: Call): Answer =>
  playlistPage(
    call,
    "/browse/featured-playlists",
    "Popular Playlists",
    call.state.catalogue.featuredIds ?? []
  )

const newReleases = (call: Call): Answer =>
  Effect.map(Page.window(call), (window) => {
    const shape = Shapes.of(call)
    const all = call.state.catalogue.albums
      .filter((album) => Shapes.isIn(shape.country, album))
      .sort((left, right) => (left.releaseDate < right.releaseDate ? 1 : -1))
      .slice(0, 100)
    return json({
      albums: Page.make({
        apiUrl: shape.apiUrl,
        path: "/browse/new-releases",
        window,
        all,
        render: (album) => Music.simpleAlbum(shape, album)
      })
    })
  })

export const routes: ReadonlyArray<Route> = [
  {
    method: "GET",
    path: "/browse/categories",
    availability: "extended",
    cache: "browse",
    handle: categories
  },
  {
    method: "GET",
    path: "/browse/categories/:id",
    availability: "extended",
    cache: "browse",
    handle: oneCategory
  },
  {
    method: "GET",
    path: "/browse/categories/:id/playlists",
    availability: "closed 404",
    cache: "browse",
    handle: categoryPlaylists
  },
  {
    method: "GET",
    path: "/browse/featured-playlists",
    availability: "closed 404",
    cache: "browse",
    handle: featured
  },
  {
    method: "GET",
    path: "/browse/new-releases",
    availability: "extended",
    cache: "browse",
    handle: newReleases
  },
  {
    method: "GET",
    path: "/markets",
    availability: "extended",
    cache: "browse",
    handle: () => Effect.succeed(json({ markets }))
  }
]
