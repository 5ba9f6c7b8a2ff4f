import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { State } from "../state.js"
import { shortened } from "../faultResponse.js"
import type { Call, Reply, Route } from "./call.js"
import type { Habits } from "./habits.js"
import type { Json } from "./shape.js"

type Of<Value> = { [Name in keyof Habits]: Habits[Name] extends Value ? Name : never }[keyof Habits]

/** Whether a habit that affects every nth answer applies to this one. */
export const isTurn = (state: State, habit: Of<number>): boolean => {
  const every = state.behaviour.habits[habit]
  if (every === 0) {
    return false
  }
  const turn = (state.turns.get(habit) ?? 0) + 1
  state.turns.set(habit, turn)
  return turn % every === 0
}

type Change = (value: unknown) => unknown

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const onObject =
  (change: (members: Json) => Json): Change =>
  (value) =>
    isObject(value) ? change(value) : value

const members = (keeps: (name: string) => boolean): Change =>
  onObject((object) => Object.fromEntries(Object.entries(object).filter(([name]) => keeps(name))))

const without = (...names: ReadonlyArray<string>): Change => members((name) => !names.includes(name))

const nulls = onObject(({ type, ...rest }) => ({
  ...Object.fromEntries(Object.keys(rest).map((name) => [name, null])),
  external_urls: { spotify: null },
  type
}))

/** Changes the value at a path: names of members, `*` for every entry of a list, `2nd` for every second. */
const edit = (value: unknown, [step, ...rest]: ReadonlyArray<string>, change: Change): unknown => {
  if (step === undefined) {
    return change(value)
  }
  return Array.isArray(value)
    ? value.map((entry: unknown, index) =>
        step === "*" || index % 2 === 1 ? edit(entry, rest, change) : entry
      )
    : isObject(value) && step in value
      ? { ...value, [step]: edit(value[step], rest, change) }
      : value
}

interface Oddity {
  readonly habit: Of<boolean>
  /** The routes, each with the path to the odd part of its answer. */
  readonly at: ReadonlyArray<string>
  readonly change: Change
}

const below = (places: ReadonlyArray<string>, ...paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  places.flatMap((place) => paths.map((path) => `${place}.${path}`))

const playlists = [
  "/me/playlists items.2nd",
  "/users/:user_id/playlists items.2nd",
  "/search playlists.items.2nd"
]

const entries = [
  "/playlists/:id/items items.2nd",
  "/playlists/:id/tracks items.2nd",
  "/playlists/:id items.items.2nd",
  "/playlists/:id tracks.items.2nd"
]

const plays = "/me/player/recently-played items.2nd.track"

const saved = ["track", "album", "episode", "show"].map((type) => `/me/${type}s items.2nd.${type}`)

const oddities: ReadonlyArray<Oddity> = [
  { habit: "namelessPlaylists", at: playlists, change: without("name", "snapshot_id") },
  { habit: "nullOwners", at: below(playlists, "owner"), change: nulls },
  {
    habit: "emptyImages",
    at: [...below(playlists, "images.*"), "/playlists/:id images.*"],
    change: () => ({})
  },
  { habit: "emptyAddedBy", at: below(entries, "added_by"), change: () => ({}) },
  { habit: "nullSavedItems", at: [...saved, plays], change: () => null },
  {
    habit: "playlistItemsLink",
    at: ["/playlists/:id items", "/playlists/:id tracks"],
    change: members((name) => name === "href" || name === "total")
  },
  {
    habit: "bareTracks",
    at: [...below(entries, "item", "track"), plays],
    change: without("album", "explicit")
  }
]

const byRoute = new Map<string, Array<{ readonly habit: Of<boolean>; readonly edit: Change }>>()

for (const { at, change, habit } of oddities) {
  for (const place of at) {
    const [route = "", path = ""] = place.split(" ")
    const known = byRoute.get(route) ?? []
    byRoute.set(route, [...known, { habit, edit: (body) => edit(body, path.split("."), change) }])
  }
}

interface Page extends Json {
  readonly href: string
  readonly items: ReadonlyArray<unknown>
  readonly offset: number
}

const isPage = (value: unknown): value is Page =>
  isObject(value) && typeof value["offset"] === "number" && Array.isArray(value["items"])

/** Changes an answer that is a page, or the pages in one. */
const onPages = (body: unknown, change: (page: Page) => Json): unknown =>
  isPage(body)
    ? change(body)
    : onObject((object) =>
        Object.fromEntries(
          Object.entries(object).map(([name, value]) => [name, isPage(value) ? change(value) : value])
        )
      )(body)

const mostEntries = 20

const short = (page: Page): Json => {
  if (page.items.length <= mostEntries) {
    return page
  }
  const next = new URL(page.href)
  next.searchParams.set("offset", String(page.offset + mostEntries))
  return { ...page, items: page.items.slice(0, mostEntries), next: next.href }
}

const zeros = { items: [], limit: 0, offset: 0, total: 0, next: null, previous: null }

const read = (route: Route, { habits, state }: Call, body: unknown): unknown => {
  const odd = byRoute.get(route.path)?.filter(({ habit }) => habits[habit]) ?? []
  const changed = odd.reduce((value, { edit }) => edit(value), body)
  const pages = habits.shortPages ? onPages(changed, short) : changed
  return isPage(pages) && pages.offset > 0 && isTurn(state, "zeroPages")
    ? { ...pages, ...zeros }
    : habits.zeroOffsets
      ? onPages(pages, (page) => ({ ...page, offset: 0 }))
      : pages
}

const answered = (form: "empty" | "object" | "nulls", { body, status }: Reply): Reply =>
  form === "empty"
    ? { status }
    : {
        status,
        body:
          form === "object" ? {} : onObject((object) => ({ ...object, name: null, description: null }))(body)
      }

const creates = /^\/(me|users\/:user_id)\/playlists$/

const adds = /^\/playlists\/:id\/(items|tracks)$/

/** The reply with the enabled habits of its route. */
export const reply = (route: Route, call: Call, reply: Reply): Reply => {
  const { addAnswer, createAnswer } = call.habits
  switch (route.method) {
    case "GET":
      return reply.body === undefined ? reply : { ...reply, body: read(route, call, reply.body) }
    case "POST":
      return createAnswer !== "playlist" && creates.test(route.path)
        ? answered(createAnswer, reply)
        : addAnswer !== "snapshot" && adds.test(route.path)
          ? answered(addAnswer, reply)
          : reply
    default:
      return reply
  }
}

/** The answer to a read, or what the enabled habits leave of it. */
export const sent = (
  route: Route,
  { request, state }: Call,
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  if (route.method !== "GET" || response.status !== 200) {
    return response
  }
  if (request.headers["if-none-match"] === undefined && isTurn(state, "unaskedNotModified")) {
    return HttpServerResponse.empty({ status: 304 })
  }
  return isTurn(state, "emptyBodies")
    ? shortened(response, 0)
    : isTurn(state, "cutBodies")
      ? shortened(response, 0.5)
      : response
}
