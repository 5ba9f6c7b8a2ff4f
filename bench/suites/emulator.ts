import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as State from "../../src/emulator/state.js"
import * as Api from "../../src/emulator/web/apiApp.js"
import { type Row, tables } from "./tables.js"

const title = "emulator: requests without sockets, and the weight of a catalogue"

const apiUrl = "https://api.spotify.emulator/v1"

const emulator = (catalogue: Catalogue.Catalogue) => {
  const state = State.make({
    accountsUrl: "https://accounts.spotify.emulator",
    apiUrl,
    quotaMode: "extended",
    accessTokenSeconds: 3600,
    codeSeconds: 600,
    catalogue,
    apps: [],
    consent: "automatic"
  })
  state.accessTokens.set("token", { clientId: "app", grant: undefined, expiresAt: Number.MAX_SAFE_INTEGER })
  return state
}

const requests = 10_000

/** Requests per second in one fiber, each from a new Request to the bytes of the answer. */
const perSecond = (app: HttpApp.Default<unknown>, urls: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    // The processor's time and not the wall's, so that the figures hold on a machine with other work
    const began = process.cpuUsage()
    for (let i = 0; i < requests; i++) {
      const url = urls[i % urls.length] ?? ""
      const request = HttpServerRequest.fromWeb(
        new Request(url, { headers: { authorization: "Bearer token" } })
      )
      const response = yield* app.pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.scoped
      )
      if (response.status !== 200 && response.status !== 204) {
        return yield* Effect.dieMessage(`${url} answered ${response.status}`)
      }
      HttpServerResponse.toWeb(response)
    }
    const { system, user } = process.cpuUsage(began)
    return requests / ((system + user) / 1e6)
  })

const median = (values: ReadonlyArray<number>) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The whole emulator through its HttpClient, with its log, faults and clock, to the text of the answer. */
const whole = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const client = yield* HttpClient.HttpClient
  const { clientId, clientSecret } = emulator.apps.confidential
  const answer = yield* client.execute(
    HttpClientRequest.post(`${emulator.accountsUrl}/api/token`).pipe(
      HttpClientRequest.bodyUrlParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: Redacted.value(clientSecret)
      })
    )
  )
  const body: unknown = yield* answer.json
  const token = typeof body === "object" && body !== null && "access_token" in body ? body.access_token : ""
  const request = HttpClientRequest.get(`${emulator.apiUrl}/tracks/${Catalogue.invented.tracks[0]?.id}`).pipe(
    HttpClientRequest.bearerToken(String(token))
  )
  const measured: Array<number> = []
  for (let round = 0; round < 5; round++) {
    const began = process.cpuUsage()
    for (let i = 0; i < requests; i++) {
      const { text } = yield* client.execute(request)
      yield* text
    }
    const { system, user } = process.cpuUsage(began)
    measured.push(requests / ((system + user) / 1e6))
  }
  return median(measured)
}).pipe(Effect.provide(SpotifyEmulator.layer()))

const emptyRouter: HttpApp.Default<unknown> = HttpRouter.empty.pipe(
  HttpRouter.get("/v1/tracks/:id", HttpServerResponse.empty())
)

const speed = Effect.gen(function* () {
  const state = emulator(Catalogue.invented)
  const api: HttpApp.Default = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Api.handle(state, request, new URL(request.url, apiUrl))
  )
  const urls = Catalogue.invented.tracks.map(({ id }) => `${apiUrl}/tracks/${id}`)
  // The same few again and again are kept, all of them in turn are more than are kept
  const few = urls.slice(0, 50)
  const measured: Array<readonly [number, number, number]> = []
  for (let round = 0; round < 7; round++) {
    measured.push([
      yield* perSecond(emptyRouter, few),
      yield* perSecond(api, few),
      yield* perSecond(api, urls)
    ])
  }
  const router = median(measured.map(([rate]) => rate))
  const row = (what: string, rate: number): Row => ({
    what,
    "per second": Math.round(rate),
    "share of the router": (rate / router).toFixed(2)
  })
  return [
    row("an empty HttpRouter", router),
    row("GET /v1/tracks/{id}, 50 tracks in turn", median(measured.map(([, rate]) => rate))),
    row(`GET /v1/tracks/{id}, ${urls.length} tracks in turn`, median(measured.map(([, , rate]) => rate))),
    row("the same through SpotifyEmulator.layer", yield* whole)
  ]
})

/** As many artists, albums and tracks as add up to about `count`, ten tracks to an album, one album each. */
const large = (count: number): Catalogue.Catalogue => {
  const albums = Array.from({ length: Math.floor(count / 12) }, (_, index) => {
    const seed = `large/${index}`
    const artist: Catalogue.Artist = {
      id: Catalogue.idOf(`artist:${seed}`),
      name: `Artist ${index}`,
      genres: ["ambient"],
      popularity: index % 100,
      followers: index
    }
    const album: Catalogue.Album = {
      id: Catalogue.idOf(`album:${seed}`),
      name: `Album ${index}`,
      albumType: "album",
      artistIds: [artist.id],
      trackIds: Array.from({ length: 10 }, (_, number) => Catalogue.idOf(`track:${seed}/${number}`)),
      releaseDate: "2020-01-01",
      releaseDatePrecision: "day",
      label: `Label ${index}`,
      popularity: index % 100,
      upc: String(index).padStart(12, "0")
    }
    const tracks = album.trackIds.map((id, number): Catalogue.Track => ({
      id,
      name: `Track ${number} of ${index}`,
      albumId: album.id,
      artistIds: album.artistIds,
      discNumber: 1,
      trackNumber: number + 1,
      durationMs: 180_000,
      explicit: false,
      popularity: number,
      isrc: `ZZEMU${String(index * 10 + number).padStart(7, "0")}`
    }))
    return { album, artist, tracks }
  })
  return {
    ...Catalogue.invented,
    artists: albums.map(({ artist }) => artist),
    albums: albums.map(({ album }) => album),
    tracks: albums.flatMap(({ tracks }) => tracks)
  }
}

const collect = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapUsed, rss }
}

const weight = Effect.sync(() => {
  const before = collect()
  const state = emulator(large(100_000))
  const after = collect()
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  const items = state.index.artists.size + state.index.albums.size + state.index.tracks.size
  return [
    {
      what: globalThis.gc === undefined ? "weight, garbage included" : "weight",
      items,
      "heap MB": megabytes(after.heapUsed - before.heapUsed),
      "rss MB": megabytes(after.rss - before.rss)
    } satisfies Row
  ]
})

const run = Effect.map(Effect.all([weight, speed]), (rows) => rows.flat())

export const benchmark = tables("emulator", title, run)
