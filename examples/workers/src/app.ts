/**
 * A web app with a login for Cloudflare Workers, over any store that all isolates share.
 */
// run: by hand, wrangler serves it
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import {
  EncryptedTokenStore,
  LoginRoutes,
  type SessionService,
  Spotify,
  SpotifyClient,
  type TokenStore
} from "effect-spotify"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const me = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
  Effect.map((profile) => HttpServerResponse.text(`Hello ${profile.display_name ?? profile.id}`)),
  LoginRoutes.withRequestSession,
  LoginRoutes.orLogIn
)

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

/** The variables and secrets of the Worker. A binding is an object. */
const providerOf = (env: object) =>
  ConfigProvider.fromMap(
    new Map(Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string"))
  )

/** A Worker whose sessions are in the store that its bindings make. */
export const makeWorker = <Env extends object>(
  storeOf: (env: Env) => Layer.Layer<TokenStore.TokenStore, unknown>,
  session: Omit<SessionService.Options, "sessions"> = {}
) => ({
  fetch: (
    request: Request,
    env: Env,
    context: { readonly waitUntil: (work: Promise<unknown>) => void }
  ): Promise<Response> => {
    const layer = Spotify.layerWebServer({
      scopes: ["user-read-private"],
      afterLogin: "/me",
      session,
      store: Layer.provide(EncryptedTokenStore.layerConfig(), storeOf(env))
    }).pipe(Layer.provide(Layer.setConfigProvider(providerOf(env))))
    // Nothing in a Worker outlives the request that began it, so each request has services of its own
    const answer = LoginRoutes.toWebHandler(app, layer, { lifetime: "request" }).handler(request)
    // A browser that leaves would end a refresh between Spotify's answer and the store
    context.waitUntil(answer.catch(() => {}))
    return answer
  }
})
