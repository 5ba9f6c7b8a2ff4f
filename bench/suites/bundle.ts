// What a program weighs, minified and compressed.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gzipSync } from "node:zlib"
import * as Esbuild from "esbuild"
import { type Benchmark, round, type Row } from "../measure.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const dist = "dist"

const setUp = `
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
`

/** By the entry point, or by the modules behind it: see `bundle/barrel`. */
const importsOf = (names: ReadonlyArray<string>, by: "entry" | "modules") =>
  by === "entry"
    ? `import { ${names.join(", ")} } from "effect-spotify"`
    : names.map((name) => `import * as ${name} from "./${dist}/${name}.js"`).join("\n")

// Everything of the client: its groups are made together
const all = (by: "entry" | "modules") => `${setUp}
${importsOf(["SessionService", "SpotifyClient", "SpotifyConfig"], by)}
export const run = Effect.runPromise(Effect.provide(
  Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.me.profile),
  SpotifyClient.layer().pipe(
    Layer.provide(SessionService.layerAccessToken(Redacted.make("t"))),
    Layer.provide([SpotifyConfig.layer({ clientId: "c" }), FetchHttpClient.layer])
  )
))`

const programs = {
  all: all("modules"),
  barrel: all("entry"),
  // One operation over the interpreter, with all that the client gives it
  one: `${setUp}
${importsOf(["RateGate", "SessionService", "SpotifyConfig"], "modules")}
import * as Option from "effect/Option"
import * as Duration from "effect/Duration"
import * as MarketsApi from "./${dist}/api/MarketsApi.js"
import * as Execute from "./${dist}/client/call/execute.js"
import * as Decode from "./${dist}/client/decode/decode.js"
import * as Retry from "./${dist}/client/call/retry.js"
export const run = Effect.runPromise(Effect.provide(
  Effect.scoped(RateGate.make().pipe(
    Effect.flatMap((gate) => Execute.make({
      timeout: Duration.seconds(30), totalTimeout: 120000, maxWait: 30000, checkScopes: true,
      batchWindow: undefined, cache: Option.none(), retry: Retry.policies(), gate,
      decode: Decode.make({ strict: false, onDrift: undefined })
    })),
    Effect.flatMap(({ execute }) => MarketsApi.make(execute).list)
  )),
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

/** The code as it is published, with the marks that let bundlers drop what is not used. */
const build = () => promisify(execFile)(process.execPath, ["scripts/build.mjs"], { cwd: root })

const weigh = async (contents: string, whose: "all" | "ours"): Promise<number> => {
  const { outputFiles } = await Esbuild.build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "effect-spotify": `./${dist}/index.js` },
    external: whose === "ours" ? ["effect/*", "@effect/*"] : [],
    logLevel: "error"
  })
  return round(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length / 1024)
}

export const benchmark: Benchmark = {
  name: "bundle",
  title: "KB of a program for the browser, minified and gzipped",
  run: async () => {
    await build()
    const all = await weigh(programs.all, "all")
    const one = await weigh(programs.one, "all")
    const platform = await weigh(programs.platform, "all")
    const barrel = await weigh(programs.barrel, "all")
    const own = await weigh(programs.one, "ours")
    const ownOfAll = await weigh(programs.all, "ours")
    const sdk = await weigh(programs.sdk, "all")
    const row = (name: string, unit: string, ours: number, peers: Row["peers"], goal?: string): Row => ({
      name: `bundle/${name}`,
      unit,
      ours: round(ours),
      peers,
      floor: null,
      ratio: null,
      ...(goal === undefined ? {} : { goal })
    })
    const effect = { "effect and platform": platform }
    return [
      row("all", "KB gzip, all operations", all, { ...effect, "web-api-ts-sdk": sdk }),
      row("one", "KB gzip, one operation", one, effect),
      row("all-over-one", "KB gzip, our code only", ownOfAll - own, {}, "<= 8"),
      row("own", "KB gzip, our code of one operation", own, {}, "<= 10"),
      row("effect", "KB gzip of Effect that one operation needs besides", one - own - platform, effect),
      row("barrel", "KB gzip more by the entry point, which esbuild keeps whole", barrel - all, {})
    ]
  }
}
