/**
 * Spotify's accounts service, with one method for each step of its authorization guide. It stores nothing.
 * Use it if you store the tokens yourself, and `SessionService` if the library should.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SpotifyConfig } from "./SpotifyConfig.js"
import { type AccountsError, ClientMisconfigured, InvalidGrant } from "./AuthError.js"
import * as RedirectUri from "./RedirectUri.js"
import * as Scope from "./Scope.js"
import type { Token } from "./Token.js"
import * as TokenEndpoint from "./tokenEndpoint.js"

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

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, never, SpotifyConfig | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const { clientCredentials, request } = yield* TokenEndpoint.make(
      options.timeout ?? "45 seconds",
      (grant, reason) => new InvalidGrant({ grant, reason })
    )

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
      clientCredentials
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
