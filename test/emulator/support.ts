import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Scope } from "effect-spotify"

/** RFC 7636, appendix B. */
export const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
export const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // Tests read members of any answer
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

const read = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.map(response.text, (text): Answer => {
    let body: unknown = undefined
    try {
      body = JSON.parse(text)
    } catch {
      // Not every answer is JSON
    }
    return { status: response.status, headers: response.headers, text, body }
  })

export const send = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => Effect.flatMap(client.execute(request), read))

export const authorizeUrl = (query: Record<string, string>) =>
  Effect.map(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl, apps, redirectUri }) => {
    const defaults = {
      client_id: apps.confidential.clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: Scope.format(Scope.all)
    }
    return `${accountsUrl}/authorize?${new URLSearchParams({ ...defaults, ...query })}`
  })

export const pkce = (clientId: string) => ({
  client_id: clientId,
  code_challenge: challenge,
  code_challenge_method: "S256"
})

/** The `Authorization` header of the confidential app. */
export const basic = Effect.map(SpotifyEmulator.SpotifyEmulator, ({ apps: { confidential } }) => {
  const credentials = `${confidential.clientId}:${Redacted.value(confidential.clientSecret)}`
  return `Basic ${Encoding.encodeBase64(credentials)}`
})

export const postToken = (form: Record<string, string>, authorization?: string) =>
  Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl }) =>
    send(
      HttpClientRequest.post(`${accountsUrl}/api/token`).pipe(
        HttpClientRequest.bodyUrlParams(form),
        authorization === undefined
          ? (request) => request
          : HttpClientRequest.setHeader("authorization", authorization)
      )
    )
  )

export const codeOf = (callback: string): string => new URL(callback).searchParams.get("code") ?? ""

export const login = (query: Record<string, string> = {}, user?: string) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    return codeOf(yield* emulator.visit(yield* authorizeUrl(query), { user }))
  })

export const exchange = (code: string, form: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const { redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
    return yield* postToken(
      { grant_type: "authorization_code", code, redirect_uri: redirectUri, ...form },
      yield* basic
    )
  })

export const refresh = (token: string) =>
  Effect.flatMap(basic, (header) => postToken({ grant_type: "refresh_token", refresh_token: token }, header))

/** An access token of a user who granted these scopes. */
export const userToken = (scopes: ReadonlyArray<string> = Scope.all, user?: string) =>
  Effect.gen(function* () {
    const answer = yield* exchange(yield* login({ scope: Scope.format(scopes) }, user))
    return String(answer.body.access_token)
  })

export const appToken = Effect.gen(function* () {
  const answer = yield* postToken({ grant_type: "client_credentials" }, yield* basic)
  return String(answer.body.access_token)
})

/** A Web API call; the address may be a path or one of Spotify's own links. */
export const api = (
  token: string,
  method: HttpMethod,
  path: string,
  body?: unknown
): Effect.Effect<Answer, unknown, SpotifyEmulator.SpotifyEmulator | HttpClient.HttpClient> =>
  Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ apiUrl }) =>
    send(
      HttpClientRequest.make(method)(path.startsWith("http") ? path : `${apiUrl}${path}`).pipe(
        HttpClientRequest.bearerToken(token),
        body === undefined ? (request) => request : HttpClientRequest.bodyUnsafeJson(body)
      )
    )
  )
