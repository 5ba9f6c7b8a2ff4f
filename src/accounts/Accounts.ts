/**
 * Spotify's accounts service, with one method for each step of its authorization guide. It stores nothing.
 * Use it if you store the tokens yourself, and `SessionService` if the library should.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Exchange from "../http/exchange.js"
import * as RetryAfter from "../http/retryAfter.js"
import * as SpotifyHttp from "../http/spotifyHttp.js"
import * as TransportFailure from "../http/transportFailure.js"
import { SpotifyConfig } from "./SpotifyConfig.js"
import {
  type AccountsError,
  ClientMisconfigured,
  InvalidGrant,
  TokenEndpointUnavailable
} from "./AuthError.js"
import * as RedirectUri from "./RedirectUri.js"
import * as Scope from "./Scope.js"
import type { Token } from "./Token.js"
import * as TokenResponse from "./TokenResponse.js"

/**
 * Parameters of the authorize URL that are not in the configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeOptions {
  /** Returned unchanged to the redirect URI. Compare it before you use the code. */
  readonly state?: string | undefined
  /** @default the configured scopes; none means public data only */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** Ask the user again even if the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /** The challenge of a PKCE verifier, see `Pkce.make`. It is sent with the method S256. */
  readonly codeChallenge?: string | undefined
  /** @default the configured redirect URI */
  readonly redirectUri?: string | undefined
}

/**
 * A code, with the parameters of its authorize request.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodeOptions {
  readonly code: Redacted.Redacted<string>
  /** The PKCE verifier, if the authorize request had its challenge. */
  readonly codeVerifier?: Redacted.Redacted<string> | undefined
  /**
   * The scopes of the authorize request. A token response without scopes grants these. @default the
   * configured scopes
   */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** @default the configured redirect URI */
  readonly redirectUri?: string | undefined
}

/**
 * Every method fails only with an {@link AccountsError}. With a client secret in the configuration the app
 * authenticates by HTTP Basic. Without one it sends only its client id, as in PKCE.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The URL to send the user's browser to. */
  readonly authorizeUrl: (options?: AuthorizeOptions) => Effect.Effect<string, ClientMisconfigured>
  /** Exchanges a code for a token. A code works once. */
  readonly exchangeCode: (options: CodeOptions) => Effect.Effect<Token, AccountsError>
  /**
   * Gets a new access token. The result has no `refreshToken` if Spotify sends none, which is usual since
   * 2026. Keep the old one in that case, as `Token.renewed` does.
   */
  readonly refreshToken: (refreshToken: Redacted.Redacted<string>) => Effect.Effect<Token, AccountsError>
  /** Gets a token for the app itself, without a user. It needs the client secret. */
  readonly clientCredentials: Effect.Effect<Token, AccountsError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class Accounts extends Context.Tag("effect-spotify/Accounts")<Accounts, Service>() {
  /**
   * Runs an effect with the service: `Accounts.use((accounts) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | Accounts> => Effect.flatMap(Accounts, f)
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The longest one token request may take. @default 45 seconds */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A token response is under 2 KiB. Anything longer than this is not one. */
const maxBody = 64 * 1024

/** The longest `Retry-After` to accept. Spotify's accounts service has never been seen to ask for more. */
const maxRetryAfter = 15 * 60 * 1000

/** RFC 6749, section 2.3.1: the two parts are form-encoded before they are joined. */
const formEncoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1)

const basic = (clientId: string, clientSecret: Redacted.Redacted<string>) =>
  `Basic ${Encoding.encodeBase64(`${formEncoded(clientId)}:${formEncoded(Redacted.value(clientSecret))}`)}`

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, never, SpotifyConfig | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const exchange = yield* Exchange.make
    const bounds: Exchange.Bounds = {
      timeout: Duration.decode(options.timeout ?? "45 seconds"),
      limit: () => maxBody
    }
    const endpoint = HttpClientRequest.post(`${config.accountsUrl}/api/token`).pipe(
      HttpClientRequest.acceptJson
    )
    const credentials = Option.map(config.clientSecret, (secret) => basic(config.clientId, secret))

    const redirectUri = (given: string | undefined) =>
      Option.match(
        Option.orElse(Option.fromNullable(given), () => config.redirectUri),
        {
          onNone: () => Either.left(new ClientMisconfigured({ code: "redirect_uri_missing" })),
          onSome: (uri) =>
            Either.mapLeft(
              RedirectUri.validate(uri),
              (detail) => new ClientMisconfigured({ code: "redirect_uri_invalid", detail })
            )
        }
      )

    const failure = (
      response: Exchange.Exchanged,
      grant: InvalidGrant["grant"],
      now: number
    ): AccountsError => {
      if (SpotifyHttp.isRedirect(response.status)) {
        return new TokenEndpointUnavailable({ kind: "Redirect", sent: "unknown", status: response.status })
      }
      const refusal =
        response.status < 500 ? Option.flatMap(response.body, TokenResponse.refusal) : Option.none()
      return Option.match(refusal, {
        onSome: ({ code, reason }) =>
          code === "invalid_grant"
            ? new InvalidGrant({ grant, reason })
            : code === "server_error" || code === "temporarily_unavailable"
              ? new TokenEndpointUnavailable({ kind: "Status", sent: "unknown", status: response.status })
              : new ClientMisconfigured({ code }),
        onNone: () =>
          new TokenEndpointUnavailable({
            kind: "Status",
            sent: "unknown",
            status: response.status,
            retryAt: Option.getOrUndefined(
              RetryAfter.parse(response.header("retry-after"), now, maxRetryAfter)
            )
          })
      })
    }

    const request = (
      grant: InvalidGrant["grant"],
      form: Record<string, string>,
      fallback: ReadonlyArray<Scope.Scope>
    ): Effect.Effect<Token, AccountsError> =>
      Effect.gen(function* () {
        const sentAt = yield* Clock.currentTimeMillis
        const response = yield* exchange(
          endpoint.pipe(
            HttpClientRequest.bodyUrlParams(
              Option.isSome(credentials) ? form : { ...form, client_id: config.clientId }
            ),
            Option.isSome(credentials)
              ? HttpClientRequest.setHeader("authorization", credentials.value)
              : (anonymous) => anonymous
          ),
          bounds
        )
        return response.status === 200
          ? yield* TokenResponse.decode(response.body, sentAt, fallback)
          : yield* failure(response, grant, yield* Clock.currentTimeMillis)
      }).pipe(
        Effect.catchTags({
          Timeout: () => new TokenEndpointUnavailable({ kind: "Timeout", sent: "unknown" }),
          Request: ({ error }) => new TokenEndpointUnavailable(TransportFailure.classify(error)),
          Body: ({ error }) =>
            new TokenEndpointUnavailable({ ...TransportFailure.classify(error), sent: "unknown" })
        }),
        Effect.withSpan("Accounts.token", { kind: "client", attributes: { grant } })
      )

    return Accounts.of({
      authorizeUrl: (options = {}) =>
        Either.map(redirectUri(options.redirectUri), (redirect_uri) => {
          const scope = Scope.format(options.scopes ?? config.scopes)
          const params = UrlParams.fromInput({
            client_id: config.clientId,
            response_type: "code",
            redirect_uri,
            ...(options.state === undefined ? {} : { state: options.state }),
            ...(scope === "" ? {} : { scope }),
            ...(options.showDialog === undefined ? {} : { show_dialog: options.showDialog }),
            ...(options.codeChallenge === undefined
              ? {}
              : { code_challenge_method: "S256", code_challenge: options.codeChallenge })
          })
          return `${config.accountsUrl}/authorize?${UrlParams.toString(params)}`
        }),
      exchangeCode: ({ code, codeVerifier, redirectUri: given, scopes }) =>
        Effect.flatMap(redirectUri(given), (redirect_uri) =>
          request(
            "authorization_code",
            {
              grant_type: "authorization_code",
              code: Redacted.value(code),
              redirect_uri,
              ...(codeVerifier === undefined ? {} : { code_verifier: Redacted.value(codeVerifier) })
            },
            scopes ?? config.scopes
          )
        ),
      refreshToken: (refreshToken) =>
        request(
          "refresh_token",
          { grant_type: "refresh_token", refresh_token: Redacted.value(refreshToken) },
          []
        ),
      clientCredentials: Option.isNone(credentials)
        ? new ClientMisconfigured({ code: "client_secret_missing" })
        : request("client_credentials", { grant_type: "client_credentials" }, [])
    })
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options
): Layer.Layer<Accounts, never, SpotifyConfig | HttpClient.HttpClient> =>
  Layer.effect(Accounts, make(options))
