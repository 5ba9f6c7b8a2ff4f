/**
 * Spotify on your machine: the accounts service and the Web API over one catalogue in memory, with controls
 * that cause the failures a real service shows only rarely.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as SpotifyScope from "../accounts/Scope.js"
import * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import * as Accounts from "./accounts/accountsApp.js"
import * as Authorize from "./accounts/authorize.js"
import * as RegisteredApp from "./accounts/registeredApp.js"
import * as Catalogue from "./Catalogue.js"
import * as Controls from "./controls.js"
import * as EmulatorApp from "./emulatorApp.js"
import * as FaultResponse from "./faultResponse.js"
import * as InProcessClient from "./inProcessClient.js"
import * as OwnPage from "./ownPage.js"
import * as ServerClock from "./serverClock.js"
import * as State from "./state.js"
import type { Habits } from "./web/habits.js"
import type { Quota } from "./web/quotas.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Habits
} from "./web/habits.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Quota
} from "./web/quotas.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  AppOptions
} from "./accounts/registeredApp.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Controls,
  /**
   * @since 0.1.0
   * @category models
   */
  FaultControls
} from "./controls.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Fault,
  /**
   * @since 0.1.0
   * @category models
   */
  Injected,
  /**
   * @since 0.1.0
   * @category models
   */
  Rule,
  /**
   * @since 0.1.0
   * @category models
   */
  Target
} from "./faults.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  GrantType,
  /**
   * @since 0.1.0
   * @category models
   */
  RequestRecord
} from "./state.js"

/**
 * The login ended on an error page of Spotify. The browser is not sent back, so the app never learns of it.
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginPageError extends Schema.TaggedError<LoginPageError>("effect-spotify/LoginPageError")(
  "LoginPageError",
  { page: Schema.String }
) {
  override get message(): string {
    return `Spotify would show the page "${this.page}" and not send the browser back; correct the authorize URL`
  }
}

/**
 * An app with a secret, registered with the emulator.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfidentialApp {
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted<string>
}

/**
 * An app without a secret, registered with the emulator. It must use PKCE.
 *
 * @since 0.1.0
 * @category models
 */
export interface PublicApp {
  readonly clientId: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The address of the accounts service, without a trailing slash. */
  readonly accountsUrl: string
  /** The address of the Web API with its version, without a trailing slash. */
  readonly apiUrl: string
  /**
   * The apps that are always registered, in addition to those of the options. Both also accept any `http`
   * redirect URI of this machine.
   */
  readonly apps: { readonly confidential: ConfidentialApp; readonly public: PublicApp }
  /** A redirect URI that is registered for both apps. */
  readonly redirectUri: string
  /** The catalogue at the start. */
  readonly catalogue: Catalogue.Catalogue
  readonly controls: Controls.Controls
  /**
   * Opens an authorize URL as a user's browser would, and returns the address that it is sent back to.
   * Without options it uses the user and the decision set by the controls.
   */
  readonly visit: (
    authorizeUrl: string | URL,
    options?: {
      readonly user?: string | undefined
      readonly decision?: "allow" | "deny" | undefined
    }
  ) => Effect.Effect<string, LoginPageError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class SpotifyEmulator extends Context.Tag("effect-spotify/SpotifyEmulator")<
  SpotifyEmulator,
  Service
>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which Web API to emulate; `development` is the reduced one. @default "extended" */
  readonly quotaMode?: "development" | "extended" | undefined
  /** Whether `/authorize` answers at once or shows a consent page. @default "automatic" */
  readonly consent?: "automatic" | "form" | undefined
  /** @default "1 hour" */
  readonly accessTokenLifetime?: Duration.DurationInput | undefined
  /** How long an authorization code is valid. @default "10 minutes" */
  readonly codeLifetime?: Duration.DurationInput | undefined
  /** Undocumented behaviour of Spotify to switch on or off. */
  readonly habits?: Partial<Habits> | undefined
  /**
   * Whether apps may use the endpoints that Spotify closed in November 2024: recommendations, related
   * artists, audio features and analysis, and featured playlists. @default false
   */
  readonly closedOperations?: boolean | undefined
  /** Quotas to keep. @default none, since Spotify's numbers are unpublished */
  readonly quotas?: ReadonlyArray<Quota> | undefined
  /** Apps of your own, in addition to the two that are always there. */
  readonly apps?: ReadonlyArray<RegisteredApp.AppOptions> | undefined
  /**
   * Runs after each request, for example to log it. Requests to the controls and the status page do not
   * count.
   */
  readonly onRequest?: ((request: State.RequestRecord) => Effect.Effect<void>) | undefined
  /** Redirect URIs to register, in addition to the default one and all `http` addresses of this machine. */
  readonly redirectUris?: ReadonlyArray<string> | undefined
  /**
   * More host names of the server, such as its container's name. Its pages and controls answer only to these,
   * to `localhost`, and to the address it listens on.
   */
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  /** @default Catalogue.invented */
  readonly catalogue?: Catalogue.Catalogue | undefined
  /**
   * The app of the provided `SpotifyConfig`. To use one of `apps`, set `config` too. @default "confidential"
   */
  readonly app?: "confidential" | "public" | undefined
  /** Members to override in the provided `SpotifyConfig`. */
  readonly config?: Partial<SpotifyConfig.Options> | undefined
}

const confidential: ConfidentialApp = {
  clientId: "c0ffee1457e247aa8d7dd2aeb0a3c1e5",
  clientSecret: Redacted.make("5ec3e7000000411e8f2b9d6c4a1b7f03")
}

const publicApp: PublicApp = { clientId: "b1ab1ab1ab1a4e0d9c6c7d5e2f3a4b80" }

/** The parts that every emulator has, known before one runs. @internal */
export const builtIn = {
  apps: { confidential, public: publicApp },
  redirectUri: "http://127.0.0.1:8888/callback"
}

const { redirectUri } = builtIn

interface Emulator {
  readonly service: Service
  readonly handler: EmulatorApp.Handler
}

const callbackOf = Effect.fnUntraced(function* (
  state: State.State,
  authorizeUrl: string | URL,
  options: Parameters<Service["visit"]>[1]
) {
  const url = URL.canParse(authorizeUrl) ? new URL(authorizeUrl) : undefined
  if (url === undefined || url.origin !== state.accountsUrl || !Accounts.isAuthorize(url.pathname)) {
    return yield* new LoginPageError({ page: "Page not found" })
  }
  const userId = options?.user ?? state.behaviour.userId
  if (!state.index.users.has(userId)) {
    return yield* new LoginPageError({ page: "Choose a user" })
  }
  const login = Authorize.read(state, url.searchParams)
  if (Either.isLeft(login)) {
    return yield* new LoginPageError({ page: login.left })
  }
  const decision = options?.decision ?? state.behaviour.decision
  return yield* Authorize.decide(state, login.right, { userId, decision })
})

const visit = (state: State.State): Service["visit"] =>
  Effect.fn("SpotifyEmulator.visit")(function* (authorizeUrl, options) {
    const callback = yield* callbackOf(state, authorizeUrl, options).pipe(
      ServerClock.ahead(state.faults.skewMillis),
      Effect.either
    )
    const at = yield* Clock.currentTimeMillis
    yield* Effect.sync(() =>
      State.record(state, {
        at,
        target: "accounts",
        method: "GET",
        path: "/authorize",
        query: "",
        status: Either.isRight(callback) ? 303 : 400,
        faults: []
      })
    )
    return yield* callback
  })

const makeEmulator = (
  options: Options,
  urls: { readonly accountsUrl: string; readonly apiUrl: string },
  /** The address a server listens on, in the form used in URLs. */
  address?: string
): Effect.Effect<Emulator> =>
  Effect.gen(function* () {
    const tooMany = options.apps?.find(
      ({ allowedUsers = [] }) => allowedUsers.length > RegisteredApp.mostAllowedUsers
    )
    if (tooMany !== undefined) {
      return yield* Effect.dieMessage(
        `SpotifyEmulator: the app ${tooMany.clientId} has more than ${RegisteredApp.mostAllowedUsers} users on its list`
      )
    }
    const mode = options.quotaMode ?? "extended"
    const catalogue = options.catalogue ?? Catalogue.invented
    const configured = options.config?.redirectUri
    const redirectUris = [
      redirectUri,
      ...(options.redirectUris ?? []),
      ...(configured === undefined ? [] : [configured])
    ]
    const state = State.make({
      ...urls,
      hosts: [...(address === undefined ? [] : [address]), ...(options.allowedHosts ?? [])],
      isExposed: address !== undefined && !OwnPage.isLoopback(address),
      quotaMode: mode,
      consent: options.consent ?? "automatic",
      habits: options.habits,
      closedOperations: options.closedOperations,
      quotas: options.quotas,
      codeSeconds: Math.floor(Duration.toSeconds(options.codeLifetime ?? "10 minutes")),
      accessTokenSeconds: Math.floor(Duration.toSeconds(options.accessTokenLifetime ?? "1 hour")),
      catalogue,
      apps: [
        RegisteredApp.make({ ...confidential, redirectUris, name: "Your app" }, true, catalogue, mode),
        RegisteredApp.make({ ...publicApp, redirectUris, name: "Your app (PKCE)" }, true, catalogue, mode),
        ...(options.apps ?? []).map((app) => RegisteredApp.make(app, false, catalogue, mode))
      ]
    })
    const controls = Controls.make(state)
    return {
      service: {
        ...urls,
        ...builtIn,
        catalogue,
        controls,
        visit: visit(state)
      },
      handler: EmulatorApp.make(state, controls, options.onRequest ?? (() => Effect.void))
    }
  })

const makeConfig = (
  options: Options,
  urls: { readonly accountsUrl: string; readonly apiUrl: string }
): Effect.Effect<SpotifyConfig.Service, ConfigError.ConfigError> =>
  SpotifyConfig.make({
    ...(options.app === "public" ? publicApp : confidential),
    ...urls,
    redirectUri,
    scopes: SpotifyScope.all,
    quotaMode: options.quotaMode ?? "extended",
    ...options.config
  })

const inProcess = {
  accountsUrl: "https://accounts.spotify.emulator",
  apiUrl: "https://api.spotify.emulator/v1"
}

/**
 * The emulator without sockets. The provided `HttpClient` runs it in the fiber that sends a request, so a
 * `TestClock` controls the lifetime of codes and tokens. The client reaches no other host. Each built layer
 * has its own state.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyEmulator } from "effect-spotify/emulator"
 *
 * const TestLayer = SpotifyEmulator.layer({ quotaMode: "development", app: "public" })
 * ```
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  SpotifyEmulator | HttpClient.HttpClient | SpotifyConfig.SpotifyConfig,
  ConfigError.ConfigError
> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { handler, service } = yield* makeEmulator(options, inProcess)
      const config = yield* makeConfig(options, inProcess)
      const origins = new Set([inProcess.accountsUrl, new URL(inProcess.apiUrl).origin])
      return Context.make(SpotifyEmulator, service).pipe(
        Context.add(HttpClient.HttpClient, InProcessClient.make(handler, origins)),
        Context.add(SpotifyConfig.SpotifyConfig, config)
      )
    })
  )

const tcp = (address: HttpServer.Address): Effect.Effect<HttpServer.TcpAddress> =>
  address._tag === "TcpAddress"
    ? Effect.succeed(address)
    : Effect.dieMessage("SpotifyEmulator: serve on a TCP port; clients of Spotify cannot use a Unix socket")

/** The loopback address of a server that listens on every address. */
const loopbackOf: Record<string, string> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }

/** @internal */
export const urlsAt = (host: string, port: number) => {
  const origin = `http://${loopbackOf[host] ?? host}:${port}`
  return { accountsUrl: origin, apiUrl: `${origin}/v1` }
}

const serve = (
  options: Options
): Effect.Effect<
  Context.Context<SpotifyEmulator | SpotifyConfig.SpotifyConfig>,
  ConfigError.ConfigError,
  HttpServer.HttpServer | Scope.Scope
> =>
  Effect.gen(function* () {
    const server = yield* HttpServer.HttpServer
    const { hostname, port } = yield* tcp(server.address)
    const host = OwnPage.inUrl(hostname)
    const urls = urlsAt(host, port)
    const { handler, service } = yield* makeEmulator(options, urls, host)
    const config = yield* makeConfig(options, urls)
    yield* server.serve(
      Effect.catchTag(EmulatorApp.toApp(handler, urls.accountsUrl), "ConnectionReset", (broken) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => FaultResponse.abort(request, broken))
      )
    )
    return Context.make(SpotifyEmulator, service).pipe(Context.add(SpotifyConfig.SpotifyConfig, config))
  })

/**
 * The emulator on the provided HTTP server, for programs in other processes and for browsers. The accounts
 * service, the Web API (`/v1`) and the controls (`/_control`) share one origin.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (
  options: Options = {}
): Layer.Layer<
  SpotifyEmulator | SpotifyConfig.SpotifyConfig,
  ConfigError.ConfigError,
  HttpServer.HttpServer
> => Layer.scopedContext(serve(options))
