import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { mostAllowedUsers } from "./accounts/registeredApp.js"
import * as Faults from "./faults.js"
import type { App, Grant, GrantType, RequestRecord, State } from "./state.js"
import { approvalKey, recorded } from "./state.js"
import type { Habits } from "./web/habits.js"
import * as Quotas from "./web/quotas.js"

/**
 * Injects faults on demand. A seed decides all of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultControls {
  /**
   * Adds rules after those already planned. A request gets the first matching fault other than a delay, and
   * every matching delay before it. Returns the seed, with which the same plan can be repeated.
   */
  readonly plan: (
    rules: ReadonlyArray<Faults.Rule>,
    options?: {
      /** The same rules, seed and order of requests give the same faults. @default a random one */
      readonly seed?: string | number | undefined
    }
  ) => Effect.Effect<{ readonly seed: string }>
  /** Removes all rules, including those of `rateLimitNext` and `failNext`. */
  readonly clear: Effect.Effect<void>
  /** The rules that can still apply, with the remaining number of their `times`. */
  readonly planned: Effect.Effect<ReadonlyArray<Faults.Rule & { readonly seed: string }>>
  /** The faults injected so far, at most the last thousand, oldest first. */
  readonly injected: Effect.Effect<ReadonlyArray<Faults.Injected>>
  /**
   * Sets Spotify's clock ahead of the program's, or behind it if negative. The `Date` of answers and the
   * lifetime of codes and tokens follow. Half a year ahead expires every refresh token.
   */
  readonly setClockSkew: (
    ahead: Duration.DurationInput | { readonly behind: Duration.DurationInput }
  ) => Effect.Effect<void>
}

/**
 * Causes, on request, the conditions that a program may meet at Spotify.
 *
 * @since 0.1.0
 * @category models
 */
export interface Controls {
  readonly faults: FaultControls
  /** Makes every access token issued so far answer 401 `The access token expired`. */
  readonly expireAccessTokens: Effect.Effect<void>
  /** Makes every refresh token issued so far answer `invalid_grant`, as after six months. */
  readonly expireRefreshTokens: Effect.Effect<void>
  /**
   * Answers the next refreshes, by default one, with `invalid_grant` although the token is valid. It works
   * again afterwards. Spotify had such an incident (metabrainz/listenbrainz-server PR 3766).
   */
  readonly refuseRefreshNext: (options?: {
    /** @default 1 */
    readonly count?: number | undefined
  }) => Effect.Effect<void>
  /** Answers the next Web API calls, by default one, with 429. */
  readonly rateLimitNext: (options?: {
    /** @default 1 */
    readonly count?: number | undefined
    /** Sent in whole seconds, rounded up. @default "1 second" */
    readonly retryAfter?: Duration.DurationInput | undefined
  }) => Effect.Effect<void>
  /** Answers the next requests, by default one Web API call, with this response. */
  readonly failNext: (options: {
    /** @default 1 */
    readonly count?: number | undefined
    readonly status: number
    /** @default "" */
    readonly body?: string | undefined
    readonly contentType?: string | undefined
    /** For example `Retry-After`. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** `accounts` means the token endpoint. @default "api" */
    readonly target?: Faults.Target | undefined
  }) => Effect.Effect<void>
  /**
   * Revokes grants, as when users remove the app: refresh tokens answer `invalid_grant`, and access tokens
   * 401. Without a user it applies to all users, and without a client to all apps.
   */
  readonly revokeGrant: (options?: {
    readonly user?: string | undefined
    readonly clientId?: string | undefined
  }) => Effect.Effect<void>
  /**
   * Whether a refresh replaces the refresh token. The default is `never`, Spotify's behaviour since June
   * 2026. With `grace`, a replaced token stays valid for that long.
   */
  readonly setRotation: (
    mode: "never" | "always",
    options?: { readonly grace?: Duration.DurationInput | undefined }
  ) => Effect.Effect<void>
  /**
   * The users that an app in development mode may serve, at most five. Without a client it sets the list of
   * every app. Other users can log in, but the Web API answers them 403 in plain text. `wording` is that
   * text, which Spotify changes from time to time.
   */
  readonly setAllowedUsers: (
    users: ReadonlyArray<string> | "everybody",
    options?: { readonly clientId?: string | undefined; readonly wording?: string | undefined }
  ) => Effect.Effect<void>
  /** Without Premium of the app's owner, every Web API call answers 403 in plain text, in both modes. */
  readonly setOwnerPremium: (
    premium: boolean,
    options?: { readonly clientId?: string | undefined }
  ) => Effect.Effect<void>
  /**
   * Whether `/authorize` answers at once or shows a consent page. Automatic consent ignores
   * `show_dialog=true`.
   */
  readonly setConsent: (mode: "automatic" | "form") => Effect.Effect<void>
  /** The user who consents automatically. Dies if the catalogue has no such user. */
  readonly setUser: (userId: string) => Effect.Effect<void>
  /** The decision of automatic consent. `allow` by default. */
  readonly setDecision: (decision: "allow" | "deny") => Effect.Effect<void>
  /** Switches undocumented behaviour of Spotify on or off. Habits that are not named keep their setting. */
  readonly setHabits: (habits: Partial<Habits>) => Effect.Effect<void>
  /** Replaces the quotas. All counts begin anew. */
  readonly setQuotas: (quotas: ReadonlyArray<Quotas.Quota>) => Effect.Effect<void>
  /** The last requests, at most a thousand, oldest first. They contain no secrets. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  /** The number of token requests by grant type, including refused ones. */
  readonly tokenRequests: Effect.Effect<Readonly<Record<GrantType, number>>>
}

const plan = (state: State, rules: ReadonlyArray<Faults.Rule>, seed = ""): Effect.Effect<void> =>
  Effect.sync(() => Faults.plan(state.faults, rules, seed))

const appsOf = (state: State, clientId: string | undefined): ReadonlyArray<App> =>
  [...state.apps.values()].filter((app) => app.clientId === (clientId ?? app.clientId))

const faultControls = (state: State): FaultControls => ({
  plan: Effect.fnUntraced(function* (rules, options = {}) {
    const seed = String(options.seed ?? (yield* Random.nextIntBetween(1, 2 ** 31)))
    yield* plan(state, rules, seed)
    return { seed }
  }),
  clear: Effect.sync(() => {
    state.faults.active = []
  }),
  planned: Effect.sync(() => Faults.planned(state.faults)),
  injected: Effect.sync(() => [...state.faults.injected]),
  setClockSkew: (ahead) =>
    Effect.sync(() => {
      state.faults.skewMillis =
        typeof ahead === "object" && "behind" in ahead
          ? -Duration.toMillis(ahead.behind)
          : Duration.toMillis(ahead)
    })
})

const grantsOf = (state: State): ReadonlyArray<Grant> => [
  ...[...state.codes.values()].map((code) => code.grant),
  ...[...state.accessTokens.values()].flatMap((token) => token.grant ?? []),
  ...[...state.refreshTokens.values()].map((token) => token.grant)
]

export const make = (state: State): Controls => ({
  faults: faultControls(state),
  expireAccessTokens: Effect.sync(() => {
    for (const token of state.accessTokens.values()) {
      token.expiresAt = Number.NEGATIVE_INFINITY
    }
  }),
  expireRefreshTokens: Effect.sync(() => {
    for (const token of state.refreshTokens.values()) {
      token.expiresAt = Number.NEGATIVE_INFINITY
    }
  }),
  refuseRefreshNext: ({ count = 1 } = {}) =>
    Effect.sync(() => {
      state.behaviour.falseInvalidGrants += count
    }),
  rateLimitNext: ({ count = 1, retryAfter } = {}) =>
    plan(state, [{ fault: { kind: "rateLimit", retryAfter }, times: count }]),
  failNext: ({ body, contentType, count = 1, headers, status, target }) =>
    plan(state, [{ fault: { kind: "respond", status, body, contentType, headers }, target, times: count }]),
  revokeGrant: ({ clientId, user } = {}) =>
    Effect.sync(() => {
      for (const grant of grantsOf(state)) {
        if ((user ?? grant.userId) === grant.userId && (clientId ?? grant.clientId) === grant.clientId) {
          grant.revoked = true
          state.approvals.delete(approvalKey(grant.userId, grant.clientId))
        }
      }
    }),
  setRotation: (mode, { grace = 0 } = {}) =>
    Effect.sync(() => {
      state.behaviour.rotation = mode
      state.behaviour.rotationGraceMillis = Duration.toMillis(grace)
    }),
  setAllowedUsers: (users, { clientId, wording } = {}) =>
    users !== "everybody" && users.length > mostAllowedUsers
      ? Effect.dieMessage(`SpotifyEmulator: an app has at most ${mostAllowedUsers} users on its list`)
      : Effect.sync(() => {
          for (const app of appsOf(state, clientId)) {
            app.allowedUsers = users === "everybody" ? undefined : users
          }
          state.behaviour.notAllowedText = wording ?? state.behaviour.notAllowedText
        }),
  setOwnerPremium: (premium, { clientId } = {}) =>
    Effect.sync(() => {
      for (const app of appsOf(state, clientId)) {
        app.ownerPremium = premium
      }
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
  setHabits: (habits) =>
    Effect.sync(() => {
      state.behaviour.habits = { ...state.behaviour.habits, ...habits }
      state.turns.clear()
    }),
  setQuotas: (quotas) =>
    Effect.sync(() => {
      state.quotas = Quotas.make(quotas)
    }),
  requests: Effect.sync(() => recorded(state)),
  tokenRequests: Effect.sync(() => ({ ...state.tokenRequests }))
})
