import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Scope } from "../../accounts/Scope.js"
import { Forbidden } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import * as GrantedScopes from "./grantedScopes.js"
import { callOf } from "./request.js"

type AnyEndpoint = Endpoint<never, unknown>

/** What the session's granted scopes say about an operation. */
export interface ScopeCheck {
  /** Fails if a scope is certainly missing. */
  readonly check: (endpoint: AnyEndpoint) => Effect.Effect<void, Forbidden>
  /** Scopes that are certainly missing; none if that is unknown. */
  readonly missing: (endpoint: AnyEndpoint) => Effect.Effect<ReadonlyArray<Scope>>
  /** The same after a refusal: all of them if the granted scopes are unknown. */
  readonly possible: (endpoint: AnyEndpoint) => Effect.Effect<ReadonlyArray<Scope>>
}

/** `known`: the granted scopes, if known. A session that does not know them makes no call fail. */
export const make = <E>(known: Effect.Effect<Option.Option<ReadonlyArray<Scope>>, E>): ScopeCheck => {
  const granted = Effect.orElseSucceed(known, () => Option.none<ReadonlyArray<Scope>>())

  const possible = (endpoint: AnyEndpoint): Effect.Effect<ReadonlyArray<Scope>> =>
    Effect.map(
      granted,
      Option.match({
        onNone: () => endpoint.scopes.flat(),
        onSome: (scopes) => GrantedScopes.missingAfterRefusal(endpoint.scopes, scopes)
      })
    )

  const missing = (endpoint: AnyEndpoint): Effect.Effect<ReadonlyArray<Scope>> =>
    Effect.map(
      granted,
      Option.match({
        onNone: () => [],
        onSome: (found) =>
          endpoint.scopesForPrivate === true ? [] : GrantedScopes.missing(endpoint.scopes, found)
      })
    )

  const check = (endpoint: AnyEndpoint): Effect.Effect<void, Forbidden> =>
    Effect.flatMap(missing(endpoint), (scopes) =>
      scopes.length === 0
        ? Effect.void
        : new Forbidden({
            ...callOf(endpoint),
            reason: "InsufficientScope",
            scopes,
            description: "not sent, as the user did not grant what it needs"
          })
    )

  return { check, missing, possible }
}
