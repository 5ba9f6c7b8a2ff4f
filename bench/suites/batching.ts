import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { SessionService, SpotifyClient, SpotifyConfig, SpotifyId } from "effect-spotify"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import { cpuOf, median } from "../measure.js"
import { type Row, tables } from "./tables.js"

const title = "batching: 500 look-ups, 20 ms each"

const lookups = 500

const ids = Array.from({ length: lookups }, (_, index) =>
  SpotifyId.ArtistId.make(String(index).padStart(22, "0"))
)

const artist = (id: string) => ({
  id,
  name: "Artist",
  type: "artist",
  uri: `spotify:artist:${id}`,
  external_urls: {},
  images: []
})

type Get = (id: SpotifyId.ArtistId) => Effect.Effect<{ readonly id: string }, unknown>

class GetArtist extends Request.TaggedClass("GetArtist")<
  Option.Option<{ readonly id: string }>,
  never,
  { readonly id: SpotifyId.ArtistId }
> {}

class Missing extends Data.TaggedError("Missing") {}

/** What the batcher would be with Effect's own means. */
const resolved = (spotify: SpotifyClient.Service): Get => {
  const resolver = RequestResolver.makeBatched((requests: ReadonlyArray<GetArtist>) =>
    Effect.flatMap(Effect.orDie(spotify.artists.getMany(requests.map(({ id }) => id))), (found) =>
      Effect.forEach(requests, (request, index) =>
        Request.complete(request, Exit.succeed(found[index] ?? Option.none()))
      )
    )
  ).pipe(RequestResolver.batchN(50))
  return (id) =>
    Effect.flatMap(
      Effect.request(new GetArtist({ id }), resolver),
      Option.match({ onNone: () => new Missing(), onSome: Effect.succeed })
    )
}

const measure = (
  what: string,
  options: SpotifyClient.Options,
  quotaMode: SpotifyConfig.QuotaMode,
  use: (spotify: SpotifyClient.Service) => Effect.Effect<ReadonlyArray<unknown>, unknown>
) =>
  Effect.gen(function* () {
    let requests = 0
    const client = HttpClient.make((request, url) =>
      Effect.sync(() => {
        requests += 1
        const asked = url.searchParams.get("ids")?.split(",")
        return HttpClientResponse.fromWeb(
          request,
          Response.json(
            asked === undefined
              ? artist(url.pathname.split("/").at(-1) ?? "")
              : { artists: asked.map(artist) }
          )
        )
      }).pipe(Effect.delay("20 millis"))
    )
    const spotify = yield* Effect.provide(
      SpotifyClient.make(options),
      Layer.mergeAll(
        Layer.succeed(HttpClient.HttpClient, client),
        SpotifyConfig.layer({ clientId: "client", quotaMode }),
        SessionService.layerAccessToken(Redacted.make("token"))
      )
    )
    // The first calls compile code that the others find ready
    yield* use(spotify)
    const costs: Array<{ readonly cpu: number; readonly wall: number }> = []
    let found = 0
    const round = Effect.promise(() =>
      cpuOf(async () => {
        requests = 0
        found = (await Effect.runPromise(use(spotify))).length
      })
    )
    costs.push(yield* round)
    // A collection doubles the time of a short row, so such a row has several rounds
    while (costs.length < 15 && (costs.at(-1)?.wall ?? 0) < 1000) costs.push(yield* round)
    return {
      what,
      found,
      requests,
      ms: Math.round(median(costs.map(({ wall }) => wall))),
      "CPU ms": Math.round(median(costs.map(({ cpu }) => cpu)) / 1000)
    } satisfies Row
  }).pipe(Effect.scoped)

const together = { concurrency: "unbounded" } as const

const rows = Effect.all([
  measure("get, one by one", {}, "extended", ({ artists }) => Effect.forEach(ids, (id) => artists.get(id))),
  measure("get, all at once", {}, "extended", ({ artists }) =>
    Effect.forEach(ids, (id) => artists.get(id), together)
  ),
  measure("get, all at once, RequestResolver", {}, "extended", (spotify) => {
    const get = resolved(spotify)
    return Effect.forEach(ids, (id) => get(id), { ...together, batching: true })
  }),
  measure("get, all at once, batching", { batching: true }, "extended", ({ artists }) =>
    Effect.forEach(ids, (id) => artists.get(id), together)
  ),
  measure("getMany, extended", {}, "extended", ({ artists }) => artists.getMany(ids)),
  measure("getMany, extended, 10 at once", {}, "extended", ({ artists }) =>
    artists.getMany(ids, { concurrency: 10 })
  ),
  measure("getMany, development", {}, "development", ({ artists }) => artists.getMany(ids)),
  measure("getMany, development, 16 at once", {}, "development", ({ artists }) =>
    artists.getMany(ids, { concurrency: 16 })
  )
])

const run = Effect.map(rows, (all) => {
  const [first] = all
  return all.map((row) => ({ ...row, "times faster": Math.round(((first?.ms ?? 0) / row.ms) * 10) / 10 }))
})

export const benchmark = tables("batching", title, run)
