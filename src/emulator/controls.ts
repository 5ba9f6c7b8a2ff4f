import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fault, Grant, GrantType, RequestRecord, State, Target } from "./state.js"

/**
 * Everything that can befall a program that uses Spotify, to be brought about at will.
 *
 * @since 0.1.0
 * @category models
 */
export interface Controls {
  /** Every access token issued so far is answered with 401 `The access token expired`. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** The next Web API calls, one unless told otherwise, are answered with 429. */
  readonly rateLimitNext: (options?: {
    /** @default 1 */
    readonly count?: number | undefined
    /** Sent in whole seconds, rounded up. @default "1 second" */
    readonly retryAfter?: Duration.DurationInput | undefined
  }) => Effect.Effect<void>
  /** The next requests, one Web API call unless told otherwise, are answered with this instead. */
  readonly failNext: (options: {
    /** @default 1 */
    readonly count?: number | undefined
    readonly status: number
    /** @default "" */
    readonly body?: string | undefined
    readonly contentType?: string | undefined
    /** Such as `Retry-After`. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** `accounts` means the token endpoint. @default "api" */
    readonly target?: Target | undefined
  }) => Effect.Effect<void>
  /**
   * Takes back what users granted, as when they remove the app: refresh tokens answer `invalid_grant`,
   * access tokens 401. Without a user or a client it is everybody's or every app's.
   */
  readonly revokeGrant: (options?: {
    readonly user?: string | undefined
    readonly clientId?: string | undefined
  }) => Effect.Effect<void>
  /**
   * Whether a refresh replaces the refresh token. `never` at first, which is Spotify's rule since June 2026.
   */
  readonly setRotation: (mode: "never" | "always") => Effect.Effect<void>
  /**
   * Whether `/authorize` answers at once or asks on a page. Automatic consent stays automatic even when an
   * app sends `show_dialog=true`.
   */
  readonly setConsent: (mode: "automatic" | "form") => Effect.Effect<void>
  /** Who consents automatically. Dies if the catalogue has no such user. */
  readonly setUser: (userId: string) => Effect.Effect<void>
  /** What automatic consent answers. `allow` at first. */
  readonly setDecision: (decision: "allow" | "deny") => Effect.Effect<void>
  /** The last requests, at most a thousand, oldest first. They hold no secrets. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  /** How many requests for a token there were, by grant type, refused ones included. */
  readonly tokenRequests: Effect.Effect<Readonly<Record<GrantType, number>>>
}

const plan = (state: State, count: number, fault: Fault): Effect.Effect<void> =>
  Effect.sync(() => {
    state.faults = [...state.faults, ...Array.from({ length: count }, () => fault)]
  })

const grantsOf = (state: State): ReadonlyArray<Grant> => [
  ...[...state.codes.values()].map((code) => code.grant),
  ...[...state.accessTokens.values()].flatMap((token) => token.grant ?? []),
  ...[...state.refreshTokens.values()].map((token) => token.grant)
]

export const make = (state: State): Controls => ({
  expireAccessTokens: Effect.sync(() => {
    for (const token of state.accessTokens.values()) {
      token.expiresAt = 0
    }
  }),
  rateLimitNext: ({ count = 1, retryAfter = "1 second" } = {}) =>
    plan(state, count, {
      target: "api",
      status: 429,
      body: JSON.stringify({ error: { status: 429, message: "API rate limit exceeded" } }),
      contentType: "application/json; charset=utf-8",
      headers: { "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))) }
    }),
  failNext: ({ body = "", contentType, count = 1, headers = {}, status, target = "api" }) =>
    plan(state, count, { target, status, body, contentType, headers }),
  revokeGrant: ({ clientId, user } = {}) =>
    Effect.sync(() => {
      for (const grant of grantsOf(state)) {
        if ((user ?? grant.userId) === grant.userId && (clientId ?? grant.clientId) === grant.clientId) {
          grant.revoked = true
        }
      }
    }),
  setRotation: (mode) =>
    Effect.sync(() => {
      state.behaviour.rotation = mode
    }),
  setConsent: (mode) =>
    Effect.sync(() => {
      state.behaviour.consent = mode
    }),
  setUser: (userId) =>
    state.index.users.has(userId)
      ? Effect.sync(() => {
          state.behaviour.userId = userId
        })
      : Effect.dieMessage(`SpotifyEmulator: the catalogue has no user ${JSON.stringify(userId)}`),
  setDecision: (decision) =>
    Effect.sync(() => {
      state.behaviour.decision = decision
    }),
  requests: Effect.sync(() => state.requests),
  tokenRequests: Effect.sync(() => ({ ...state.tokenRequests }))
})
