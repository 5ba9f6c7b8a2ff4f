/**
 * A web app with a login as one function from `Request` to `Response`: for Cloudflare Workers, Deno, Bun,
 * Next, Hono, and whatever else speaks them. The module exports `default { fetch }` and does nothing when it
 * is imported.
 *
 *     npx tsx examples/fetch-handler.ts
 *
 * Run directly it starts the emulator and walks through a login as a browser would, without a server. To
 * deploy such a module leave out `demonstrate`, and set SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET,
 * SPOTIFY_REDIRECT_URI and SPOTIFY_COOKIE_SECRETS.
 */
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import {
  FetchTransport,
  LoginRoutes,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const me = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const profile = yield* spotify.me.profile
  return HttpServerResponse.text(`Hello ${profile.display_name ?? profile.id}`)
}).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)

const app = HttpRouter.empty.pipe(
  HttpRouter.get("/", HttpServerResponse.redirect("/me")),
  HttpRouter.get("/me", me),
  Effect.catchTag("RouteNotFound", () => HttpServerResponse.text("Not found", { status: 404 })),
  // Every error says what to do in its message, which is for your log and not for your users
  Effect.catchAll((error) =>
    Effect.as(
      Effect.logError(error.message),
      HttpServerResponse.text("Something went wrong", { status: 500 })
    )
  )
)

/** What Workers hand to `fetch`. Other runtimes have it in their environment. */
type Variables = Readonly<Record<string, unknown>>

const providerOf = (variables: Variables) =>
  ConfigProvider.fromMap(
    new Map(
      Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === "string")
    )
  ).pipe(ConfigProvider.orElse(() => ConfigProvider.fromEnv()))

/** For one process. Instances of an app share their sessions in Redis, SQL or a store of your own. */
const store = Effect.runSync(TokenStore.makeMemory)

const layer = (variables: Variables) =>
  LoginRoutes.layerConfig({ secrets: LoginRoutes.secrets, afterLogin: Config.succeed("/me") }).pipe(
    Layer.provideMerge(SpotifyClient.layer()),
    Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
    Layer.provide([
      SpotifyConfig.layerConfig(),
      FetchTransport.layer,
      Layer.succeed(TokenStore.TokenStore, store)
    ]),
    Layer.provide(Layer.setConfigProvider(providerOf(variables)))
  )

/**
 * Workers want `request`, because nothing there outlives the request that began it. Everywhere else `process`
 * keeps tokens in memory between requests.
 */
export const makeHandler = (variables: Variables, lifetime: "process" | "request") =>
  LoginRoutes.toWebHandler(app, layer(variables), { lifetime })

export default {
  fetch: (request: Request, variables: Variables = {}): Promise<Response> =>
    makeHandler(variables, "request").handler(request)
}

/** Starts the emulator, and is a browser for a handler at an address that nobody serves. */
const demonstrate = async () => {
  // Only here: the app needs neither
  const { NodeHttpServer } = await import("@effect/platform-node")
  const { SpotifyEmulator } = await import("effect-spotify/emulator")
  const { createServer } = await import("node:http")

  const origin = "https://app.example"
  const redirectUri = `${origin}/auth/callback`

  const browse = async (handler: (request: Request) => Promise<Response>, start: string) => {
    const jar = new Map<string, string>()
    let url = start
    while (true) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const headers = { accept: "text/html", ...(cookie === "" ? {} : { cookie }) }
      const request = new Request(url, { headers, redirect: "manual" })
      const response = await (url.startsWith(origin) ? handler(request) : fetch(request))
      console.log(`${response.status} ${url.slice(0, 90)}`)
      for (const pair of response.headers.getSetCookie()) {
        const [name = "", value = ""] = pair.split(";")[0]?.split("=") ?? []
        jar.set(name, value)
      }
      const location = response.headers.get("location")
      if (location === null) {
        return response.text()
      }
      url = new URL(location, url).href
    }
  }

  const program = Effect.gen(function* () {
    const { accountsUrl, apiUrl, apps } = yield* SpotifyEmulator.SpotifyEmulator
    const { dispose, handler } = makeHandler(
      {
        SPOTIFY_CLIENT_ID: apps.confidential.clientId,
        SPOTIFY_CLIENT_SECRET: Redacted.value(apps.confidential.clientSecret),
        SPOTIFY_REDIRECT_URI: redirectUri,
        SPOTIFY_COOKIE_SECRETS: "the-example-s-own:yours-are-random-and-in-no-source",
        SPOTIFY_ACCOUNTS_URL: accountsUrl,
        SPOTIFY_API_URL: apiUrl
      },
      "process"
    )
    console.log(yield* Effect.promise(() => browse(handler, `${origin}/me`)))
    yield* Effect.promise(dispose)
  })
  await program.pipe(
    Effect.provide(
      SpotifyEmulator.layerServer({ redirectUris: [redirectUri] }).pipe(
        Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 }))
      )
    ),
    Effect.runPromise
  )
}

if (globalThis.process?.argv[1]?.endsWith("fetch-handler.ts")) {
  await demonstrate()
}
