import * as Effect from "effect/Effect"
import type * as Model from "../catalogue/model.js"
import { notFound, refuse } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { account, hasScope, json } from "./call.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import * as Shapes from "./shape.js"
import * as Users from "./userObjects.js"

const me = (call: Call): Answer =>
  Effect.map(account(call), ({ user }) =>
    json(
      Users.privateProfile(Shapes.of(call), user, {
        email: hasScope(call, "user-read-email"),
        private: hasScope(call, "user-read-private")
      })
    )
  )

const profile = (call: Call): Answer => {
  const user = call.state.index.users.get(call.params["user_id"] ?? "")
  return user === undefined
    ? Effect.fail(notFound)
    : Effect.succeed(json(Users.publicProfile(Shapes.of(call), user)))
}

const ranges = ["short_term", "medium_term", "long_term"]

/** Favourites depend on the time range: each range starts at another place of the same list. */
const rotate = <A>(items: ReadonlyArray<A>, by: number): ReadonlyArray<A> => [
  ...items.slice(by % Math.max(1, items.length)),
  ...items.slice(0, by % Math.max(1, items.length))
]

const top = (call: Call): Answer =>
  Effect.gen(function* () {
    const { library } = yield* account(call)
    const range = call.query.get("time_range") ?? "medium_term"
    if (!ranges.includes(range)) {
      return yield* refuse(400, "Invalid time range")
    }
    const shape = Shapes.of(call)
    const options = {
      apiUrl: shape.apiUrl,
      path: `/me/top/${call.params["type"] ?? ""}`,
      query: Page.repeated(call, "time_range"),
      window: yield* Page.window(call)
    }
    const by = ranges.indexOf(range)
    switch (call.params["type"]) {
      case "artists": {
        const all = rotate(Shapes.known(shape.index.artists, library.topArtistIds), by)
        return json(Page.make({ ...options, all, render: (artist) => Music.artist(shape, artist) }))
      }
      case "tracks": {
        const all = rotate(Shapes.known(shape.index.tracks, library.topTrackIds), by)
        return json(Page.make({ ...options, all, render: (track) => Music.track(shape, track) }))
      }
      default:
        return yield* refuse(404, "Service not found")
    }
  })

const isAfter = (after: string | null) => (artist: Model.Artist) => after === null || artist.id > after

const following = (call: Call): Answer =>
  Effect.gen(function* () {
    const { library } = yield* account(call)
    if (call.query.get("type") !== "artist") {
      return yield* refuse(400, "Invalid type")
    }
    const limit = yield* Page.limit(call, Page.usual)
    const shape = Shapes.of(call)
    const ids = library.saved.flatMap(({ uri }) => /^spotify:artist:(.*)$/.exec(uri)?.[1] ?? [])
    const after = call.query.get("after")
    const all = Shapes.known(shape.index.artists, ids)
    // Sorted by id, so that any id works as a cursor, even that of an artist no longer followed
    const rest = [...all].sort((left, right) => (left.id < right.id ? -1 : 1)).filter(isAfter(after))
    const page = rest.slice(0, limit)
    const last = rest.length > limit ? (page.at(-1)?.id ?? null) : null
    const link = (cursor: string | null) =>
      `${shape.apiUrl}/me/following?${new URLSearchParams({ type: "artist", ...(cursor === null ? {} : { after: cursor }), limit: String(limit) })}`
    return json({
      artists: {
        href: link(after),
        limit,
        next: last === null ? null : link(last),
        cursors: { after: last },
        total: all.length,
        items: page.map((artist) => Music.artist(shape, artist))
      }
    })
  })

export const routes: ReadonlyArray<Route> = [
  { method: "GET", path: "/me", handle: me },
  { method: "GET", path: "/me/top/:type", scopes: ["user-top-read"], handle: top },
  { method: "GET", path: "/me/following", scopes: ["user-follow-read"], handle: following },
  { method: "GET", path: "/users/:user_id", availability: "extended", handle: profile }
]
