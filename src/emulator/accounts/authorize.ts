import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Scope from "../../accounts/Scope.js"
import type { App, State } from "../state.js"
import { approvalKey } from "../state.js"
import * as Secret from "./secret.js"

/** A valid login, which Spotify would show to the user. */
export interface Login {
  readonly app: App
  readonly redirectUri: string
  readonly scopes: ReadonlyArray<string>
  readonly state: string | null
  readonly challenge: string | undefined
  /** Whether to ask even if the user allowed the same scopes before. */
  readonly showDialog: boolean
}

const loopback = new Set(["127.0.0.1", "[::1]"])

const isLoopback = (url: URL): boolean => url.protocol === "http:" && loopback.has(url.hostname)

/**
 * A loopback address that is registered without a port matches any port: a program picks its port when it
 * starts.
 */
const withoutPort = (redirectUri: string): string => redirectUri.replace(/^(http:\/\/[^/?]+):\d+/, "$1")

const checkRedirectUri = (app: App, redirectUri: string): Either.Either<string, string> => {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (url === undefined || redirectUri.includes("#")) {
    return Either.left("INVALID_CLIENT: Invalid redirect URI")
  }
  if (url.hostname === "localhost" || (url.protocol === "http:" && !isLoopback(url))) {
    return Either.left("INVALID_CLIENT: Insecure redirect URI")
  }
  return app.redirectUris.includes(redirectUri) ||
    (isLoopback(url) && (app.anyLoopback || app.redirectUris.includes(withoutPort(redirectUri))))
    ? Either.right(redirectUri)
    : Either.left("INVALID_CLIENT: Invalid redirect URI")
}

const checkScopes = (text: string): Either.Either<ReadonlyArray<string>, string> => {
  const scopes = Scope.parse(text)
  const known = new Set<string>(Scope.all)
  return scopes.every((scope) => known.has(scope)) ? Either.right(scopes) : Either.left("Illegal scope")
}

const checkChallenge = (app: App, query: URLSearchParams): Either.Either<string | undefined, string> => {
  const challenge = query.get("code_challenge")
  if (challenge === null) {
    return app.clientSecret === undefined
      ? Either.left("Missing required parameter: code_challenge")
      : Either.right(undefined)
  }
  if (query.get("code_challenge_method") !== "S256") {
    return Either.left("code_challenge_method must be S256")
  }
  return /^[A-Za-z0-9_-]{43}$/.test(challenge)
    ? Either.right(challenge)
    : Either.left("code_challenge must be a SHA-256 digest in Base64url without padding")
}

/** The parameters that {@link read} reads. */
export const parameters = [
  "client_id",
  "response_type",
  "redirect_uri",
  "scope",
  "state",
  "code_challenge",
  "code_challenge_method",
  "show_dialog"
] as const

/** Reads the query of an authorize address. A failure is the text of Spotify's error page. */
export const read = (state: State, query: URLSearchParams): Either.Either<Login, string> =>
  Either.gen(function* () {
    for (const name of ["client_id", "response_type", "redirect_uri"]) {
      if ((query.get(name) ?? "") === "") {
        return yield* Either.left(`Missing required parameter: ${name}`)
      }
    }
    const app = state.apps.get(query.get("client_id") ?? "")
    if (app === undefined) {
      return yield* Either.left("INVALID_CLIENT: Invalid client")
    }
    const redirectUri = yield* checkRedirectUri(app, query.get("redirect_uri") ?? "")
    if (query.get("response_type") !== "code") {
      return yield* Either.left("response_type must be code")
    }
    return {
      app,
      redirectUri,
      scopes: yield* checkScopes(query.get("scope") ?? ""),
      state: query.get("state"),
      challenge: yield* checkChallenge(app, query),
      showDialog: query.get("show_dialog") === "true"
    }
  })

const callback = (login: Login, answer: Record<string, string>): string => {
  const query = new URLSearchParams(answer)
  if (login.state !== null) {
    query.set("state", login.state)
  }
  return `${login.redirectUri}${login.redirectUri.includes("?") ? "&" : "?"}${query}`
}

/** Whether the user has allowed the app all these scopes, so that no question is needed. */
export const isApproved = (state: State, login: Login, userId: string): boolean => {
  const approved = state.approvals.get(approvalKey(userId, login.app.clientId))
  return approved !== undefined && login.scopes.every((scope) => approved.includes(scope))
}

/** The address that the browser is sent to after the user's decision. */
export const decide = (
  state: State,
  login: Login,
  answer: { readonly userId: string; readonly decision: "allow" | "deny" }
): Effect.Effect<string> =>
  Effect.gen(function* () {
    if (answer.decision === "deny") {
      return callback(login, { error: "access_denied" })
    }
    const code = yield* Secret.code
    const now = yield* Clock.currentTimeMillis
    return yield* Effect.sync(() => {
      const key = approvalKey(answer.userId, login.app.clientId)
      state.approvals.set(key, [...new Set([...(state.approvals.get(key) ?? []), ...login.scopes])])
      state.codes.set(code, {
        grant: {
          userId: answer.userId,
          clientId: login.app.clientId,
          scopes: login.scopes,
          authorizedAt: now,
          revoked: false
        },
        redirectUri: login.redirectUri,
        challenge: login.challenge,
        expiresAt: now + state.codeSeconds * 1000
      })
      return callback(login, { code })
    })
  })
