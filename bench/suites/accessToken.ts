import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Row, tables } from "./tables.js"

const title = "accessToken: one live token for everybody"

const median = (values: ReadonlyArray<number>) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const reads = 200_000

/** Nanoseconds for one of many repetitions in one fiber. */
const perRead = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const began = process.hrtime.bigint()
    for (let i = 0; i < reads; i++) {
      yield* effect
    }
    return Number(process.hrtime.bigint() - began) / reads
  })

const hotPath = Effect.gen(function* () {
  const sessions = yield* SessionService.SessionService
  const bare = Effect.sync(() => 1)
  const measured: Array<readonly [number, number]> = []
  for (let round = 0; round < 11; round++) {
    measured.push([yield* perRead(bare), yield* perRead(sessions.accessToken)])
  }
  const [sync, token] = [median(measured.map(([a]) => a)), median(measured.map(([, b]) => b))]
  return {
    what: "a read of a good token",
    "per second": Math.round(1e9 / token),
    "ratio to Effect.sync": (token / sync).toFixed(2)
  } satisfies Row
}).pipe(
  Effect.provide(
    SessionService.layerClientCredentials().pipe(
      Layer.provide(TokenStore.layerMemory),
      Layer.provide(SpotifyEmulator.layer())
    )
  )
)

/** A token endpoint that takes 50 ms, counted. */
const stampede = (callers: number) =>
  Effect.gen(function* () {
    let requests = 0
    const client = HttpClient.make((request) =>
      Effect.sync(() => {
        requests += 1
        return HttpClientResponse.fromWeb(
          request,
          Response.json({ access_token: "token", token_type: "Bearer", expires_in: 3600 })
        )
      }).pipe(Effect.delay("50 millis"))
    )
    const began = performance.now()
    yield* Effect.flatMap(SessionService.SessionService, (sessions) =>
      Effect.all(
        Array.from({ length: callers }, () => sessions.accessToken),
        { concurrency: "unbounded", discard: true }
      )
    ).pipe(
      Effect.provide(
        SessionService.layerClientCredentials().pipe(
          Layer.provide([
            TokenStore.layerMemory,
            Layer.succeed(HttpClient.HttpClient, client),
            SpotifyConfig.layer({ clientId: "client", clientSecret: Redacted.make("secret") })
          ])
        )
      )
    )
    return {
      what: `${callers} callers, no token yet, endpoint takes 50 ms`,
      "token requests": requests,
      ms: Math.round(performance.now() - began)
    } satisfies Row
  })

const run = Effect.all([hotPath, stampede(1000), stampede(10_000)])

export const benchmark = tables("accessToken", title, run)
