// Programs of users as text, and what they weigh. The package is the built one.
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import * as Esbuild from "esbuild"
import { rolldown } from "rolldown"

const root = fileURLToPath(new URL("..", import.meta.url))

/** How a program names the package: by its entry points, or each module by its own name. */
export type By = "entries" | "names"

const importsOf = (by: By, entry: string, ...names: ReadonlyArray<string>): string =>
  by === "entries"
    ? `import { ${names.join(", ")} } from "${entry}"`
    : names.map((name) => `import * as ${name} from "effect-spotify/${name}"`).join("\n")

/** Every program has the same album, so that only what it takes differs. */
const albumId = `SpotifyId.AlbumId.make("4aawyAB9vmqN3uQ7FjRGTy")`

const smallApp = (by: By, more: string) => `
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
${importsOf(by, "effect-spotify", "SessionService", "SpotifyConfig", "SpotifyId", "WebApi", more)}
const layer = WebApi.layer().pipe(
  Layer.provide(SessionService.layerClientCredentialsInMemory()),
  Layer.provide([
    SpotifyConfig.layerApp({ clientId: "c", clientSecret: Redacted.make("s") }),
    FetchHttpClient.layer
  ])
)`

export const programs = {
  /** What any program over the platform's client with Schema has. */
  platform: () => `
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
  /** An album by client credentials, with the whole client. */
  app: (by: By) => `
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
${importsOf(by, "effect-spotify", "SessionService", "SpotifyClient", "SpotifyConfig", "SpotifyId", "TokenStore")}
const layer = SpotifyClient.layer().pipe(
  Layer.provide(SessionService.layerClientCredentials()),
  Layer.provide([
    TokenStore.layerMemory,
    SpotifyConfig.layer({ clientId: "c", clientSecret: Redacted.make("s") }),
    FetchHttpClient.layer
  ])
)
export const run = SpotifyClient.SpotifyClient.use((spotify) => spotify.albums.get(${albumId})).pipe(
  Effect.provide(layer),
  Effect.runPromise
)`,
  /** The same with one group. */
  group: (by: By) => `${smallApp(by, "AlbumsApi")}
export const run = Effect.flatMap(AlbumsApi.group, (albums) => albums.get(${albumId})).pipe(
  Effect.provide(layer),
  Effect.runPromise
)`,
  /** The same with one operation and its schema. */
  operation: (by: By) => `${smallApp(by, "Album")}
const request = { method: "GET", path: "/albums/{id}", params: { id: ${albumId} }, schema: Album.Album }
export const run = WebApi.WebApi.use((api) => api.execute(request)).pipe(Effect.provide(layer), Effect.runPromise)`,
  /** The login of a page and the profile, with the whole client. */
  page: (by: By) => `
import * as Effect from "effect/Effect"
${importsOf(by, "effect-spotify", "SpotifyClient")}
${importsOf(by, "effect-spotify/browser", "BrowserLogin", "BrowserSpotify")}
const layer = BrowserSpotify.layer({ clientId: "c", redirectUri: "http://127.0.0.1:5173/callback" })
export const run = Effect.gen(function* () {
  yield* (yield* BrowserLogin.BrowserLogin).handleRedirect
  return yield* (yield* SpotifyClient.SpotifyClient).me.profile
}).pipe(Effect.provide(layer), Effect.runPromise)`,
  /** The same with one group. */
  smallPage: (by: By) => `
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
${importsOf(by, "effect-spotify", "MeApi", "SessionService", "SpotifyConfig", "WebApi")}
${importsOf(by, "effect-spotify/browser", "BrowserLogin", "BrowserTokenStore")}
const layer = Layer.merge(BrowserLogin.layer(), WebApi.layer()).pipe(
  Layer.provide(SessionService.layerPkce()),
  Layer.provide([
    SpotifyConfig.layer({ clientId: "c", redirectUri: "http://127.0.0.1:5173/callback" }),
    BrowserTokenStore.layer(),
    FetchHttpClient.layer
  ])
)
export const run = Effect.gen(function* () {
  yield* (yield* BrowserLogin.BrowserLogin).handleRedirect
  return yield* (yield* MeApi.group).profile
}).pipe(Effect.provide(layer), Effect.runPromise)`,
  /** The official SDK. */
  sdk: () => `
import { SpotifyApi } from "@spotify/web-api-ts-sdk"
export const run = SpotifyApi.withClientCredentials("c", "s").albums.get("4aawyAB9vmqN3uQ7FjRGTy")`
}

/** Code and the modules that it has anything of, by their paths. */
export interface Bundle {
  readonly code: string
  readonly modules: ReadonlyArray<string>
}

/** KB (1,000 bytes) after gzip. */
export const weight = ({ code }: Bundle): number => gzipSync(code, { level: 9 }).byteLength / 1000

interface Options {
  /** Where the program lies, and so what it finds. @default this package */
  readonly directory?: string
  /** Without Effect and its platform. @default false */
  readonly own?: boolean
}

/** As Vite 8 bundles it, whose bundler this is. */
export const byRolldown = async (
  program: string,
  { directory = root, own = false }: Options = {}
): Promise<Bundle> => {
  const entry = `${directory}/program.mjs`
  const bundle = await rolldown({
    cwd: directory,
    input: entry,
    platform: "browser",
    external: own ? [/^effect\//, /^@effect\//] : [],
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? program : null)
      }
    ],
    logLevel: "silent"
  })
  const { output } = await bundle.generate({ format: "esm", minify: true, comments: false })
  const chunks = output.filter((_) => _.type === "chunk")
  return {
    code: chunks.map((_) => _.code).join("\n"),
    modules: chunks.flatMap((_) =>
      Object.entries(_.modules).flatMap(([path, { renderedLength }]) => (renderedLength > 0 ? [path] : []))
    )
  }
}

/** As esbuild bundles it. */
export const byEsbuild = async (
  program: string,
  { directory = root, own = false }: Options = {}
): Promise<Bundle> => {
  const { metafile, outputFiles } = await Esbuild.build({
    absWorkingDir: directory,
    stdin: { contents: program, resolveDir: directory, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    external: own ? ["effect/*", "@effect/*"] : [],
    metafile: true,
    logLevel: "error"
  })
  return {
    code: outputFiles[0]?.text ?? "",
    modules: Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
    )
  }
}
