/** A web server with a login, as one function, and a browser for it that a test holds in its hand. */
import { HttpRouter, HttpServerResponse, type HttpClient, type HttpApp } from "@effect/platform"
import { assert } from "@effect/vitest"
import {
  LoginRoutes,
  type LoginService,
  SessionService,
  SpotifyClient,
  type SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Cookies from "@effect/platform/Cookies"
import * as HttpApps from "@effect/platform/HttpApp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const origin = "https://app.example"
export const secret = "canary-cookie-secret-0123456789abcdef"

export type Environment =
  | SpotifyEmulator.SpotifyEmulator
  | HttpClient.HttpClient
  | SpotifyConfig.SpotifyConfig
  | TokenStore.TokenStore

/** Spotify and the store, which all instances of the app share. */
export const environment = (redirectUri = `${origin}/auth/callback`) =>
  Layer.merge(
    TokenStore.layerMemory,
    SpotifyEmulator.layer({ config: { redirectUri, scopes: ["user-top-read", "user-read-private"] } })
  ).pipe(Layer.orDie)

const me = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  return HttpServerResponse.text((yield* spotify.me.profile).id)
}).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)

const app = HttpRouter.empty.pipe(
  HttpRouter.get("/", HttpServerResponse.text("home")),
  HttpRouter.get("/me", me)
)

export type Server = (request: Request) => Effect.Effect<Response>

type Provided =
  | LoginRoutes.LoginRoutes
  | SessionService.SessionService
  | LoginService.LoginService
  | SpotifyClient.SpotifyClient

/**
 * One instance of the app. Its requests run in a fiber of the test's runtime, so that the test's clock and
 * whatever else watches the test see them too.
 */
export const instance = Effect.fnUntraced(function* (
  options: Omit<LoginRoutes.Options, "secrets"> & Partial<Pick<LoginRoutes.Options, "secrets">> = {},
  wrap: (app: HttpApp.Default<never, Provided>) => HttpApp.Default<never, Provided> = (whole) => whole,
  session: SessionService.Options = {},
  routes: ReturnType<typeof LoginRoutes.layerConfig<never>> = LoginRoutes.layer({
    secrets: Redacted.make(secret),
    ...options
  })
) {
  const layer = routes.pipe(
    Layer.provideMerge(SpotifyClient.layer()),
    Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many", ...session })),
    Layer.provide(Layer.succeedContext(yield* Effect.context<Environment>()))
  )
  const runtime = yield* Layer.toRuntime(layer)
  const whole = LoginRoutes.withRoutes(app).pipe(
    Effect.catchAll((error) =>
      HttpServerResponse.text(error._tag, { status: error._tag === "RouteNotFound" ? 404 : 500 })
    )
  )
  const handler = HttpApps.toWebHandlerRuntime(runtime)(wrap(whole))
  const server: Server = (request) => Effect.promise(() => handler(request))
  return { server, runtime }
})

export interface Reply {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly cookies: Cookies.Cookies
  readonly body: string
  /** Everything that came back. */
  readonly text: string
}

/** A browser with cookies for one app; what it meets elsewhere is the emulator's. */
export class Browser {
  readonly jar = new Map<string, string>()

  send(
    server: Server,
    target: string,
    init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}
  ): Effect.Effect<Reply> {
    return Effect.gen(this, function* () {
      const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const response = yield* server(
        new Request(new URL(target, origin), {
          method: init.method ?? "GET",
          headers: { ...(cookie === "" ? {} : { cookie }), ...init.headers }
        })
      )
      const body = yield* Effect.promise(() => response.text())
      const cookies = Cookies.fromSetCookie(response.headers.getSetCookie())
      for (const { name, options, valueEncoded } of Object.values(cookies.cookies)) {
        if (options?.maxAge !== undefined && Duration.toMillis(options.maxAge) === 0) {
          this.jar.delete(name)
        } else {
          this.jar.set(name, valueEncoded)
        }
      }
      return {
        status: response.status,
        location: response.headers.get("location"),
        headers: response.headers,
        cookies,
        body,
        text: `${JSON.stringify([...response.headers])}\n${body}`
      }
    })
  }

  /** Begins a login and lets the user answer. Gives the target that Spotify sends the browser to. */
  authorize(
    server: Server,
    options: {
      readonly user?: string
      readonly decision?: "allow" | "deny"
      readonly login?: string
    } = {}
  ) {
    return Effect.gen(this, function* () {
      const { location, status } = yield* this.send(server, options.login ?? "/auth/login")
      assert.strictEqual(status, 303)
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const callback = new URL(
        yield* Effect.orDie(
          emulator.visit(location ?? "", {
            user: options.user ?? "free-listener",
            decision: options.decision ?? "allow"
          })
        )
      )
      return `${callback.pathname}${callback.search}`
    })
  }

  /** The whole of it. */
  login(server: Server, options: Parameters<Browser["authorize"]>[1] = {}) {
    return Effect.flatMap(this.authorize(server, options), (target) => this.send(server, target))
  }

  post(server: Server, target: string, headers: Readonly<Record<string, string>> = {}) {
    return this.send(server, target, { method: "POST", headers: { origin, ...headers } })
  }
}

export const codesExchanged = Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ controls }) =>
  Effect.map(controls.tokenRequests, (count) => count.authorization_code)
)
