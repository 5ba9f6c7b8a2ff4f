// What a program weighs, minified and compressed.
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import * as Esbuild from "esbuild"
import { type Benchmark, round, type Row } from "../measure.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

const setUp = `
import { SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
`

const programs = {
  // Everything of the client: its groups are made together
  all: `${setUp}
export const run = Effect.runPromise(Effect.provide(
  Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.me.profile),
  SpotifyClient.layer().pipe(
    Layer.provide(SessionService.layerAccessToken(Redacted.make("t"))),
    Layer.provide([SpotifyConfig.layer({ clientId: "c" }), FetchHttpClient.layer])
  )
))`,
  // One group of operations over the interpreter
  one: `
import * as Markets from "./src/api/Markets.js"
import * as Execute from "./src/internal/execute.js"
import * as Decode from "./src/internal/decode.js"
import * as Duration from "effect/Duration"
${setUp.replace("SpotifyClient, ", "")}
export const run = Effect.runPromise(Effect.provide(
  Effect.flatMap(
    Execute.make({
      timeout: Duration.seconds(30), maxWait: 30000, checkScopes: true, batchWindow: undefined,
      decode: Decode.make({ strict: false, onDrift: undefined })
    }),
    ({ execute }) => Object.values(Markets.make(execute))[0]
  ),
  SessionService.layerAccessToken(Redacted.make("t")).pipe(
    Layer.provideMerge(Layer.mergeAll(SpotifyConfig.layer({ clientId: "c" }), FetchHttpClient.layer))
  )
))`,
  // What any program over the platform's client with Schema has
  platform: `
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
export const run = Effect.runPromise(Effect.provide(
  Effect.flatMap(
    HttpClient.get("https://api.spotify.com/v1/markets"),
    HttpClientResponse.schemaBodyJson(Schema.Struct({ markets: Schema.Array(Schema.String) }))
  ),
  FetchHttpClient.layer
))`,
  sdk: `import { SpotifyApi } from "@spotify/web-api-ts-sdk"; export const run = SpotifyApi.withClientCredentials("c", "s").markets.getAvailableMarkets()`
}

const weigh = async (contents: string): Promise<number> => {
  const { outputFiles } = await Esbuild.build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "effect-spotify": "./src/index.ts" },
    logLevel: "error"
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length / 1024
}

export const benchmark: Benchmark = {
  name: "bundle",
  title: "KB of a program for the browser, minified and gzipped",
  run: async () => {
    const [all, one, platform, sdk] = await Promise.all([
      weigh(programs.all),
      weigh(programs.one),
      weigh(programs.platform),
      weigh(programs.sdk)
    ])
    return [
      {
        name: "bundle/all",
        unit: "KB gzip",
        ours: round(all),
        peers: { "effect and platform": round(platform), "web-api-ts-sdk": round(sdk) },
        floor: round(platform),
        ratio: round(all / platform)
      },
      {
        name: "bundle/all-over-one",
        unit: "KB gzip",
        ours: round(all - one),
        peers: {},
        floor: 0,
        ratio: null,
        goal: "<= 8"
      },
      {
        name: "bundle/own",
        unit: "KB gzip of one operation above effect and platform",
        ours: round(one - platform),
        peers: {},
        floor: 0,
        ratio: null,
        goal: "<= 10"
      }
    ] satisfies ReadonlyArray<Row>
  }
}
