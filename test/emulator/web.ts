// The Web API alone, without sessions: tokens are put where logins would have put them
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as Effect from "effect/Effect"
import { Scope } from "effect-spotify"
import { Catalogue } from "effect-spotify/emulator"
import * as State from "../../src/emulator/state.js"
import * as Api from "../../src/emulator/web/apiApp.js"
import type { Answer } from "./support.js"

const origin = "https://api.spotify.emulator"

/** Not every answer is JSON. */
const parsed = (text: string) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const make = (options: Partial<State.Options> = {}) => {
  const state = State.make({
    accountsUrl: "https://accounts.spotify.emulator",
    apiUrl: `${origin}/v1`,
    quotaMode: "extended",
    accessTokenSeconds: 3600,
    codeSeconds: 600,
    catalogue: Catalogue.invented,
    apps: [],
    consent: "automatic",
    ...options
  })
  const token = (userId?: string, scopes: ReadonlyArray<string> = Scope.all): string => {
    const name = `token-${state.accessTokens.size}`
    const grant = { userId: userId ?? "", clientId: "app", scopes, authorizedAt: 0, revoked: false }
    state.accessTokens.set(name, {
      clientId: "app",
      grant: userId === undefined ? undefined : grant,
      expiresAt: Number.MAX_SAFE_INTEGER
    })
    return name
  }
  const call = (
    bearer: string,
    method: HttpMethod,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Effect.Effect<Answer> =>
    Effect.gen(function* () {
      const url = new URL(path.startsWith("http") ? path : `${state.apiUrl}${path}`)
      const request = new Request(url, {
        method,
        headers: { authorization: `Bearer ${bearer}`, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
      })
      const response = yield* Api.handle(state, HttpServerRequest.fromWeb(request), url)
      const web = HttpServerResponse.toWeb(response)
      const text = yield* Effect.promise(() => web.text())
      return { status: web.status, headers: Object.fromEntries(web.headers), text, body: parsed(text) }
    })
  return { state, token, call, premium: token("premium-listener"), app: token() }
}

export type Web = ReturnType<typeof make>
