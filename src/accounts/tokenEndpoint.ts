import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Exchange from "../http/exchange.js"
import * as RetryAfter from "../http/retryAfter.js"
import * as SpotifyHttp from "../http/spotifyHttp.js"
import * as TransportFailure from "../http/transportFailure.js"
import {
  type AccountsError,
  ClientMisconfigured,
  type InvalidGrant,
  TokenEndpointUnavailable
} from "./AuthError.js"
import type * as Scope from "./Scope.js"
import { SpotifyConfig } from "./SpotifyConfig.js"
import type { Token } from "./Token.js"
import * as TokenResponse from "./TokenResponse.js"

type Failure<E> = Exclude<AccountsError, InvalidGrant> | E

/** Requests to the token endpoint. */
export interface TokenEndpoint<E> {
  /** `fallback`: the scopes of a token response that names none. */
  readonly request: (
    grant: InvalidGrant["grant"],
    form: Record<string, string>,
    fallback: ReadonlyArray<Scope.Scope>
  ) => Effect.Effect<Token, Failure<E>>
  /** A token of the app itself. */
  readonly clientCredentials: Effect.Effect<Token, Failure<E>>
}

/** A token response is under 2 KiB. Anything longer than this is not one. */
const maxBody = 64 * 1024

/** The longest `Retry-After` to accept. Spotify's accounts service has never been seen to ask for more. */
const maxRetryAfter = 15 * 60 * 1000

/** RFC 6749, section 2.3.1: the two parts are form-encoded before they are joined. */
const formEncoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1)

const basic = (clientId: string, clientSecret: Redacted.Redacted<string>) =>
  `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(Redacted.value(clientSecret))}`)}`

/**
 * A program without users needs no more of the accounts service than this.
 *
 * @param refused what `invalid_grant` means to the caller
 */
export const make = <E>(
  timeout: Duration.DurationInput,
  refused: (grant: InvalidGrant["grant"], reason: InvalidGrant["reason"]) => E
): Effect.Effect<TokenEndpoint<E>, never, SpotifyConfig | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const exchange = yield* Exchange.make
    const bounds: Exchange.Bounds = {
      timeout: Duration.decode(timeout),
      limit: () => maxBody
    }
    const endpoint = HttpClientRequest.post(`${config.accountsUrl}/api/token`).pipe(
      HttpClientRequest.acceptJson
    )
    const credentials = Option.map(config.clientSecret, (secret) => basic(config.clientId, secret))

    const failure = (response: Exchange.Exchanged, grant: InvalidGrant["grant"], now: number): Failure<E> => {
      const { status } = response
      const isRedirect = SpotifyHttp.isRedirect(status)
      const refusal =
        isRedirect || status >= 500 ? Option.none() : Option.flatMap(response.body, TokenResponse.refusal)
      if (Option.isSome(refusal)) {
        const { code, reason } = refusal.value
        if (code === "invalid_grant") {
          return refused(grant, reason)
        }
        if (code !== "server_error" && code !== "temporarily_unavailable") {
          return new ClientMisconfigured({ code })
        }
      }
      const retryAfter = RetryAfter.parse(response.header("retry-after"), now, maxRetryAfter)
      return new TokenEndpointUnavailable({
        kind: isRedirect ? "Redirect" : "Status",
        sent: "unknown",
        status,
        retryAt: Option.getOrUndefined(retryAfter)
      })
    }

    const request: TokenEndpoint<E>["request"] = (grant, form, fallback) =>
      Effect.gen(function* () {
        const sentAt = yield* Clock.currentTimeMillis
        const sent = exchange(
          endpoint.pipe(
            // The same as `bodyUrlParams`, with what requests of the Web API need anyway
            HttpClientRequest.bodyText(
              new URLSearchParams(
                Option.isSome(credentials) ? form : { ...form, client_id: config.clientId }
              ).toString(),
              "application/x-www-form-urlencoded"
            ),
            Option.isSome(credentials)
              ? HttpClientRequest.setHeader("authorization", credentials.value)
              : (anonymous) => anonymous
          ),
          bounds
        )
        const response = yield* Effect.catchTags(sent, {
          Timeout: () => new TokenEndpointUnavailable({ kind: "Timeout", sent: "unknown" }),
          Request: ({ error }) => new TokenEndpointUnavailable(TransportFailure.classify(error)),
          Body: ({ error }) =>
            new TokenEndpointUnavailable({ ...TransportFailure.classify(error), sent: "unknown" })
        })
        return response.status === 200
          ? yield* TokenResponse.decode(response.body, sentAt, fallback)
          : yield* Effect.fail(failure(response, grant, yield* Clock.currentTimeMillis))
      }).pipe(Effect.withSpan("Accounts.token", { kind: "client", attributes: { grant } }))

    return {
      request,
      clientCredentials: Option.isNone(credentials)
        ? new ClientMisconfigured({ code: "client_secret_missing" })
        : request("client_credentials", { grant_type: "client_credentials" }, [])
    }
  })
