/** The emulator's answer to each operation that reads: values of ours, in the shapes of Spotify's. */
import * as Effect from "effect/Effect"
import { Catalogue } from "effect-spotify/emulator"
import { assert } from "vitest"
import * as Web from "../../emulator/web.js"
import { operations } from "./operations.js"
import type { Recording } from "./recordings.js"

const { invented } = Catalogue

const idsOf = (items: ReadonlyArray<{ readonly id: string | null }> = []) =>
  items.flatMap(({ id }) => (id === null ? [] : [id]))

/** What stands for `{id}` and in `ids`, by the first word of the route. */
const ids: Readonly<Record<string, ReadonlyArray<string>>> = {
  albums: idsOf(invented.albums),
  artists: idsOf(invented.artists),
  "audio-analysis": idsOf(invented.tracks),
  "audio-features": idsOf(invented.tracks),
  audiobooks: idsOf(invented.audiobooks),
  chapters: idsOf(invented.chapters),
  episodes: idsOf(invented.episodes),
  playlists: idsOf(invented.playlists),
  shows: idsOf(invented.shows),
  tracks: idsOf(invented.tracks),
  users: idsOf(invented.users)
}

const [artist] = ids["artists"] ?? []

/** What the queries need that need something else than `ids`. */
const queries: Readonly<Record<string, string>> = {
  search: "q=a&type=album,artist,audiobook,episode,playlist,show,track",
  "check-library-contains": `uris=spotify:artist:${artist}`,
  "get-followed": "type=artist",
  "check-current-user-follows": `type=artist&ids=${artist}`,
  "check-if-user-follows-playlist": `ids=${ids["users"]?.[0]}`,
  "get-recommendations": `seed_artists=${artist}`
}

const addressOf = ({ operationId, path, query }: (typeof operations)[number]) => {
  const [, first = "", second = ""] = path.split("/")
  const own = ids[first === "me" ? second : first] ?? []
  const route = path
    .replace("{type}", "tracks")
    .replace("{category_id}", idsOf(invented.categories)[0] ?? "")
    .replace(/\{\w+\}/, own[0] ?? "")
  return `${route}?${queries[operationId] ?? (query.includes("ids") ? `ids=${own.slice(0, 3).join(",")}` : "")}`
}

export const answers: Effect.Effect<ReadonlyArray<Recording>> = Effect.gen(function* () {
  const web = Web.make({ closedOperations: true })
  const [device] = idsOf(invented.devices)
  yield* web.call(web.premium, "PUT", `/me/player/play?device_id=${device}`, {
    uris: ids["tracks"]?.slice(0, 3).map((id) => `spotify:track:${id}`)
  })
  return yield* Effect.forEach(
    operations.filter(({ method }) => method === "GET"),
    (operation) =>
      Effect.gen(function* () {
        const address = addressOf(operation)
        const { body, status, text } = yield* web.call(web.premium, "GET", address)
        assert.strictEqual(status, 200, `${operation.operationId} ${address}: ${text}`)
        return { file: operation.operationId, operationId: operation.operationId, body: body as unknown }
      })
  )
})
