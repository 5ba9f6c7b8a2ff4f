import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Fake from "./fakeSpotify.js"

export interface FakeAccounts {
  /** What happens before the server looks at a request. */
  before: Effect.Effect<void>
  /** What happens after it has processed one, before the answer leaves. */
  after: Effect.Effect<void>
  /** An answer in place of the server's own, for as long as it is set. */
  instead: Fake.Handler | undefined
  /** What becomes of an answer on its way to the client. */
  deliver: (response: Response) => Response
  rotate: boolean
  /** Takes every refresh token and keeps it, for many sessions at once. */
  takesAny: boolean
  expiresIn: number
  readonly requests: Array<Fake.Seen>
  /** Refreshes and client credentials that succeeded. */
  grants: number
  /** Refresh tokens presented after they were rotated away. */
  reuse: number
  /** The refresh token that is good now. */
  refreshToken: string
  readonly layer: Layer.Layer<HttpClient.HttpClient>
}

/** A token endpoint that keeps the rules of RFC 6749 and counts what a strict server would punish. */
export const make = (): FakeAccounts => {
  let codes = 0
  const used = new Set<string>()
  const refuse = (error: string, error_description: string) =>
    Fake.json({ error, error_description }, { status: 400 })

  const issue = (withRefresh: boolean, scope: string) =>
    Fake.json({
      access_token: `access-${server.grants}-${codes}`,
      token_type: "Bearer",
      expires_in: server.expiresIn,
      scope,
      ...(withRefresh ? { refresh_token: server.refreshToken } : {})
    })

  const answer = (request: Fake.Seen): Response => {
    switch (request.form.get("grant_type")) {
      case "authorization_code": {
        const code = request.form.get("code") ?? ""
        if (used.has(code)) {
          return refuse("invalid_grant", "Invalid authorization code")
        }
        used.add(code)
        codes += 1
        server.refreshToken = `refresh-${codes}`
        return issue(true, "user-top-read")
      }
      case "refresh_token": {
        if (!server.takesAny && request.form.get("refresh_token") !== server.refreshToken) {
          server.reuse += 1
          return refuse("invalid_grant", "Refresh token revoked")
        }
        server.grants += 1
        if (server.rotate) {
          server.refreshToken = `refresh-${codes}-${server.grants}`
        }
        return issue(server.rotate, "user-top-read")
      }
      case "client_credentials": {
        server.grants += 1
        return issue(false, "")
      }
      default:
        return refuse("unsupported_grant_type", "grant_type parameter is missing")
    }
  }

  const server: FakeAccounts = {
    before: Effect.void,
    after: Effect.void,
    instead: undefined,
    deliver: (response) => response,
    rotate: false,
    takesAny: false,
    expiresIn: 3600,
    requests: [],
    grants: 0,
    reuse: 0,
    refreshToken: "refresh-0",
    layer: Fake.layer((request) =>
      Effect.gen(function* () {
        server.requests.push(request)
        yield* server.before
        const response = server.instead === undefined ? answer(request) : yield* server.instead(request)
        yield* server.after
        return server.deliver(response)
      })
    )
  }
  return server
}
