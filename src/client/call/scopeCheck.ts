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
  /** Adds to a refusal which scopes would have been needed, as far as that is known. */
  readonly withMissing: (endpoint: AnyEndpoint, error: Forbidden) => Effect.Effect<never, Forbidden>
}

/** `known`: what the session was granted, if it is known; a session that cannot say makes no call fail. */
export const make = <E>(known: Effect.Effect<Option.Option<ReadonlyArray<Scope>>, E>): ScopeCheck => {
  const granted = Effect.orElseSucceed(known, () => Option.none<ReadonlyArray<Scope>>())

  const withMissing = (endpoint: AnyEndpoint, error: Forbidden): Effect.Effect<never, Forbidden> =>
    Effect.flatMap(
      granted,
      Option.match({
        onNone: () => error,
        onSome: (scopes) =>
          new Forbidden({
            ...callOf(endpoint),
            reason: error.reason,
            description: error.description,
            requestId: error.requestId,
            scopes: GrantedScopes.missingAfterRefusal(endpoint.scopes, scopes)
          })
      })
    )

  const check = (endpoint: AnyEndpoint): Effect.Effect<void, Forbidden> =>
    Effect.flatMap(granted, (known) => {
      const scopes = Option.match(known, {
        onNone: () => [],
        onSome: (found) =>
          endpoint.scopesForPrivate === true ? [] : GrantedScopes.missing(endpoint.scopes, found)
      })
      return scopes.length === 0
        ? Effect.void
        : new Forbidden({
            ...callOf(endpoint),
            reason: "InsufficientScope",
            scopes,
            description: "not sent, as the user did not grant what it needs"
          })
    })

  return { check, withMissing }
}
