// The clients that need nothing but fetch, for every runtime. Each task gives how many things it got.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import {
  FetchTransport,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId,
  TokenStore
} from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"

type Task = (argument: string) => Promise<number>

export interface Client {
  /** One request; the argument is the size of its answer. */
  readonly request: Task
  /** All saved tracks, dropped as they come; the argument is how many pages are asked for ahead. */
  readonly page?: Task
  /** All saved tracks, kept. */
  readonly gather?: Task
  /** So many calls at once with a token that has ended, and how many of them succeed. */
  readonly stampede?: Task
  /** The same, with a token that seems to be good and that the server has revoked. */
  readonly revoked?: Task
  /** So many artists, by the way that the argument names. */
  readonly lookups?: Task
}

export const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(22, "0"))

export const pathOf: Record<string, string> = {
  "2KB": `/v1/tracks/${ids(1)[0]}`,
  "60KB": `/v1/albums/${ids(1)[0]}`,
  "160KB": "/v1/me/tracks?limit=60&market=SE"
}

export const succeeded = async (calls: ReadonlyArray<Promise<unknown>>): Promise<number> =>
  (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled").length

export const ours = async (
  base: string,
  transport: Layer.Layer<HttpClient.HttpClient>,
  quotaMode: SpotifyConfig.QuotaMode = "extended",
  batching = false
): Promise<Client> => {
  const runtime = ManagedRuntime.make(
    SpotifyClient.layer({ batching }).pipe(
      Layer.provideMerge(
        SessionService.layerAccessToken(Redacted.make("token-0"), { scopes: ["user-library-read"] })
      ),
      Layer.provideMerge(
        Layer.mergeAll(
          transport,
          SpotifyConfig.layer({
            clientId: "client",
            clientSecret: Redacted.make("secret"),
            apiUrl: `${base}/v1`,
            accountsUrl: base,
            quotaMode
          })
        )
      )
    )
  )
  const services = await runtime.runtime()
  const run = Runtime.runPromise(services)
  const spotify = await run(SpotifyClient.SpotifyClient)
  const [id = ""] = ids(1)
  // An answer is used within the program, as the clients below drop theirs within their task. As the result
  // of a fiber it would stay until the next full collection: see "Results of fibers" in README.md.
  const requests: Record<string, Effect.Effect<void, unknown>> = {
    "2KB": Effect.asVoid(Effect.suspend(() => spotify.tracks.get(SpotifyId.TrackId.make(id)))),
    "60KB": Effect.asVoid(Effect.suspend(() => spotify.albums.get(SpotifyId.AlbumId.make(id)))),
    "160KB": Effect.asVoid(Effect.suspend(() => spotify.library.savedTracksPage({ limit: 60, market: "SE" })))
  }
  const artists = ids(500).map((artist) => SpotifyId.ArtistId.make(artist))
  const together = { concurrency: "unbounded" } as const
  /** Of a session of its own, whose store holds no token. */
  const stampede = (count: number, first: Effect.Effect<unknown, unknown, SessionService.SessionService>) => {
    const layer = SpotifyClient.layer().pipe(
      Layer.provideMerge(SessionService.layerClientCredentials()),
      Layer.provide(TokenStore.layerMemory)
    )
    const calls = Effect.gen(function* () {
      yield* first
      const client = yield* SpotifyClient.SpotifyClient
      const exits = yield* Effect.forEach(
        ids(count),
        (track) => Effect.exit(client.tracks.get(SpotifyId.TrackId.make(track))),
        together
      )
      return exits.filter(({ _tag }) => _tag === "Success").length
    })
    return run(Effect.provide(calls, layer))
  }
  return {
    request: async (size) => {
      await run(requests[size] ?? Effect.dieMessage(size))
      return 1
    },
    page: (prefetch) =>
      run(
        spotify.library
          .savedTracks({ limit: 50, prefetch: Number(prefetch) })
          .pipe(Stream.runFold(0, (count) => count + 1))
      ),
    stampede: (count) => stampede(Number(count), Effect.void),
    revoked: (count) =>
      stampede(
        Number(count),
        Effect.flatMap(SessionService.SessionService, ({ accessToken }) => accessToken)
      ),
    lookups: (way) =>
      way === "one by one"
        ? run(Effect.forEach(artists, (artist) => spotify.artists.get(artist))).then(({ length }) => length)
        : way === "all at once"
          ? run(Effect.forEach(artists, (artist) => spotify.artists.get(artist), together)).then(
              ({ length }) => length
            )
          : run(spotify.artists.getMany(artists, { concurrency: Number(way) })).then(({ length }) => length)
  }
}

const tsSdk = async (base: string): Promise<Client> => {
  const { SpotifyApi } = await import("@spotify/web-api-ts-sdk")
  const { fetch } = globalThis
  // It names Spotify's hosts itself, and calls the global fetch for tokens
  globalThis.fetch = (url, init) =>
    fetch(String(url).replace(/^https:\/\/(api|accounts)\.spotify\.com/, base), init)
  const token = { access_token: "token-0", token_type: "Bearer", expires_in: 3600, refresh_token: "" }
  const api = SpotifyApi.withAccessToken("client", token)
  const [id = ""] = ids(1)
  const requests: Record<string, () => Promise<unknown>> = {
    "2KB": () => api.tracks.get(id),
    "60KB": () => api.albums.get(id),
    // 60 is no limit that its types know
    "160KB": () => api.currentUser.tracks.savedTracks(60 as 50, 0, "SE")
  }
  const all = async (use: (items: ReadonlyArray<unknown>) => void) => {
    let offset = 0
    for (;;) {
      const page = await api.currentUser.tracks.savedTracks(50, offset)
      use(page.items)
      offset += page.items.length
      if (page.next === null || page.items.length === 0) return offset
    }
  }
  return {
    request: async (size) => {
      await requests[size]?.()
      return 1
    },
    page: () => all(() => {}),
    gather: async () => {
      const kept: Array<unknown> = []
      await all((items) => kept.push(...items))
      return kept.length
    },
    stampede: async (count) => {
      const fresh = SpotifyApi.withClientCredentials("client", "secret")
      return succeeded(ids(Number(count)).map((track) => fresh.tracks.get(track)))
    },
    lookups: async () => {
      for (const artist of ids(500)) await api.artists.get(artist)
      return 500
    }
  }
}

export const headers = { authorization: "Bearer token-0", accept: "application/json" }

const plainFetch = async (base: string): Promise<Client> => ({
  request: async (size) => {
    const response = await fetch(base + pathOf[size], { headers })
    await response.json()
    return 1
  }
})

/** The platform's client by itself, as a program without this package would use it: no check of the answer. */
const platformFetch = async (base: string): Promise<Client> => {
  const runtime = ManagedRuntime.make(FetchHttpClient.layer)
  const run = Runtime.runPromise(await runtime.runtime())
  const client = await run(HttpClient.HttpClient)
  return {
    request: async (size) => {
      const request = HttpClientRequest.get(base + pathOf[size], { headers })
      await run(Effect.asVoid(Effect.flatMap(client.execute(request), ({ json }) => json)))
      return 1
    }
  }
}

export const makers: Record<string, (base: string) => Promise<Client>> = {
  "effect-spotify on fetch": (base) => ours(base, FetchTransport.layer),
  "effect-spotify on FetchHttpClient": (base) => ours(base, FetchHttpClient.layer),
  "web-api-ts-sdk": tsSdk,
  fetch: plainFetch,
  FetchHttpClient: platformFetch
}
