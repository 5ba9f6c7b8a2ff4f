import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Scope } from "../../accounts/Scope.js"
import { Forbidden } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import * as GrantedScopes from "./grantedScopes.js"
import { callOf } from "./request.js"

type AnyEndpoint = Endpoint<never, unknown>

/** What a session's grant says about an operation. */
export interface ScopeCheck {
  /** Fails if a scope is missing for certain. */
  readonly check: (endpoint: AnyEndpoint) => Effect.Effect<void, Forbidden>
  /** Scopes that are certainly missing; none if that is not known. */
  readonly missing: (endpoint: AnyEndpoint) => Effect.Effect<ReadonlyArray<Scope>>
  /** The same after a refusal: all of them if it is not known what was granted. */
  readonly possible: (endpoint: AnyEndpoint) => Effect.Effect<ReadonlyArray<Scope>>
}

/** `known`: what the session was granted, if it is known; a session that cannot say makes no call fail. */
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
