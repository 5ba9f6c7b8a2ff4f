import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { hash, idOf } from "../catalogue/base62.js"
import { contentType } from "../requestBody.js"
import type { Playlist } from "../state.js"
import type { ApiError } from "./apiError.js"
import { notFound, refuse } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { account, bodyObject, bodyText, empty, hasScope, json, requireScopes } from "./call.js"
import * as Page from "./page.js"
import * as Access from "./playlistAccess.js"
import { filtered, timestamp } from "./playlistItemRoutes.js"
import * as Objects from "./playlistObjects.js"
import * as Shapes from "./shape.js"

const playlistOffset = { ...Page.usual, maxOffset: 100_000 }

const get = (call: Call): Answer =>
  Effect.gen(function* () {
    const playlist = yield* Access.readable(call)
    const body = Objects.playlist(Shapes.of(call), playlist, {
      mine: Access.isMine(call, playlist),
      followers: Objects.followers(call.state, playlist),
      query: Page.repeated(call, "market", "additional_types")
    })
    return json(yield* filtered(call, body))
  })

interface Details {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly public: boolean | undefined
  readonly collaborative: boolean | undefined
}

const textMember = (
  body: Readonly<Record<string, unknown>>,
  name: string
): Effect.Effect<string | undefined, ApiError> => {
  const value = body[name]
  // Spotify treats a JSON null as the text "null"
  return value === undefined || typeof value === "string" || value === null
    ? Effect.succeed(value === null ? "null" : value)
    : Effect.fail(refuse(400, `Error parsing JSON: ${name} is not a string`))
}

const flagMember = (
  body: Readonly<Record<string, unknown>>,
  name: string
): Effect.Effect<boolean | undefined, ApiError> => {
  const value = body[name]
  return value === undefined || typeof value === "boolean"
    ? Effect.succeed(value)
    : Effect.fail(refuse(400, `Error parsing JSON: ${name} is not a boolean`))
}

const details = (call: Call): Effect.Effect<Details, ApiError> =>
  Effect.flatMap(bodyObject(call), (body) =>
    Effect.all({
      name: textMember(body, "name"),
      description: textMember(body, "description"),
      public: flagMember(body, "public"),
      collaborative: flagMember(body, "collaborative")
    })
  )

const checkVisibility = (visibility: { readonly public: boolean; readonly collaborative: boolean }) =>
  visibility.public && visibility.collaborative
    ? Effect.fail(refuse(400, "Collaborative playlists can only be private"))
    : Effect.void

const changeDetails = (call: Call): Answer =>
  Effect.gen(function* () {
    const playlist = yield* Access.owned(call)
    const wanted = yield* details(call)
    if (wanted.name === "") {
      return yield* refuse(400, "Missing required field: name")
    }
    const visibility = {
      public: wanted.public ?? playlist.public,
      collaborative: wanted.collaborative ?? playlist.collaborative
    }
    yield* checkVisibility(visibility)
    yield* requireScopes(call, [Access.modifyScope(visibility)])
    return yield* Effect.sync(() => {
      playlist.name = wanted.name ?? playlist.name
      playlist.description = wanted.description ?? playlist.description
      playlist.public = visibility.public
      playlist.collaborative = visibility.collaborative
      playlist.revision += 1
      return empty(200)
    })
  })

const create = (call: Call): Answer =>
  Effect.gen(function* () {
    const { library, user } = yield* account(call)
    const wanted = yield* details(call)
    const name = wanted.name ?? ""
    if (name === "") {
      return yield* refuse(400, "Missing required field: name")
    }
    const visibility = { public: wanted.public ?? true, collaborative: wanted.collaborative ?? false }
    yield* checkVisibility(visibility)
    yield* requireScopes(call, [Access.modifyScope(visibility)])
    return yield* Effect.sync(() => {
      const playlist: Playlist = {
        id: idOf(`playlist:${user.id}/${call.state.playlists.size}/${call.now}`),
        ownerId: user.id,
        name,
        description: wanted.description ?? "",
        ...visibility,
        items: [],
        images: [],
        revision: 1
      }
      call.state.playlists.set(playlist.id, playlist)
      library.saved = [
        { uri: `spotify:playlist:${playlist.id}`, addedAt: timestamp(call.now) },
        ...library.saved
      ]
      return json(Objects.playlist(Shapes.of(call), playlist, { mine: true, followers: 1 }), 201)
    })
  })

const createForUser = (call: Call): Answer =>
  Effect.gen(function* () {
    const { user } = yield* account(call)
    return call.params["user_id"] === user.id
      ? yield* create(call)
      : yield* refuse(403, "You cannot create a playlist for another user")
  })

const followedBy = (call: Call, userId: string): ReadonlyArray<Playlist> => {
  const uris = call.state.libraries.get(userId)?.saved ?? []
  return uris.flatMap(({ uri }) => {
    const playlist = call.state.playlists.get(/^spotify:playlist:(.*)$/.exec(uri)?.[1] ?? "")
    return playlist === undefined ? [] : [playlist]
  })
}

const listPath = (userId: string): string => `/users/${encodeURIComponent(userId)}/playlists`

const listPage = (call: Call, path: string, playlists: ReadonlyArray<Playlist>): Answer =>
  Effect.gen(function* () {
    const shape = Shapes.of(call)
    return json(
      Page.make({
        apiUrl: shape.apiUrl,
        path,
        window: yield* Page.window(call, playlistOffset),
        all: playlists,
        render: (playlist) => Objects.simplePlaylist(shape, playlist)
      })
    )
  })

const isListed = (call: Call, playlist: Playlist): boolean =>
  playlist.public ||
  (Access.isMine(call, playlist) &&
    hasScope(call, playlist.collaborative ? "playlist-read-collaborative" : "playlist-read-private"))

const listMine = (call: Call): Answer =>
  Effect.gen(function* () {
    const { user } = yield* account(call)
    const playlists = followedBy(call, user.id).filter((playlist) => isListed(call, playlist))
    return yield* listPage(
      call,
      call.habits.closedPlaylistLinks ? listPath(user.id) : "/me/playlists",
      playlists
    )
  })

const listOfUser = (call: Call): Answer => {
  const userId = call.params["user_id"] ?? ""
  return call.state.index.users.has(userId)
    ? listPage(
        call,
        listPath(userId),
        followedBy(call, userId).filter(
          (playlist) => playlist.public || (userId === call.grant?.userId && isListed(call, playlist))
        )
      )
    : Effect.fail(notFound)
}

const cover = (call: Call): Answer => Effect.map(Access.readable(call), (playlist) => json(playlist.images))

const maxCover = 256 * 1024

/** The second is curl's default, and existing clients send it. */
const coverTypes = new Set(["image/jpeg", "application/x-www-form-urlencoded"])

const isJpeg = (text: string): boolean => {
  const bytes = /^[A-Za-z0-9+/]+=*$/.test(text)
    ? Either.getOrUndefined(Encoding.decodeBase64(text))
    : undefined
  return bytes !== undefined && bytes[0] === 0xff && bytes[1] === 0xd8
}

const changeCover = (call: Call): Answer =>
  Effect.gen(function* () {
    // Only this call reports a missing scope like an invalid token
    if (!hasScope(call, "ugc-image-upload")) {
      return yield* refuse(401, "Unauthorized.")
    }
    const playlist = yield* Access.owned(call)
    const image = yield* bodyText(call)
    if (image.length > maxCover) {
      return yield* refuse(413, "Request Entity Too Large")
    }
    if (!coverTypes.has(contentType(call.request)) || !isJpeg(image)) {
      return yield* refuse(400, "Invalid image")
    }
    return yield* Effect.sync(() => {
      const url = `https://images.spotify.emulator/${idOf(`cover:${playlist.id}/${hash(image)}`)}.jpg`
      playlist.images = [{ url, height: null, width: null }]
      return empty(202)
    })
  })

export const routes: ReadonlyArray<Route> = [
  { method: "GET", path: "/playlists/:id", cache: "playlist", handle: get },
  { method: "PUT", path: "/playlists/:id", handle: changeDetails },
  { method: "GET", path: "/playlists/:id/images", handle: cover },
  { method: "PUT", path: "/playlists/:id/images", handle: changeCover },
  { method: "GET", path: "/me/playlists", scopes: ["playlist-read-private"], handle: listMine },
  { method: "POST", path: "/me/playlists", handle: create },
  { method: "GET", path: "/users/:user_id/playlists", availability: "extended", handle: listOfUser },
  { method: "POST", path: "/users/:user_id/playlists", availability: "extended", handle: createForUser }
]
