import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { ClientMisconfigured, NotAuthenticated, ReauthorizationRequired } from "../accounts/AuthError.js"
import type { Scope } from "../accounts/Scope.js"
import { defaultKey, Session } from "./Session.js"
import { SessionEvent } from "./SessionEvent.js"
import { newVersion } from "../store/TokenStore.js"
import * as SessionEvents from "./sessionEvents.js"

/**
 * RFC 6750, section 2.1: the syntax of a bearer token. Other text could inject a header, or be quoted in an
 * error.
 */
const tokenSyntax = /^[A-Za-z0-9\-._~+/]+=*$/

/** A session with a given token that cannot be refreshed. */
export const make = Effect.fnUntraced(function* (
  accessToken: Redacted.Redacted<string>,
  scopes: Option.Option<ReadonlyArray<Scope>>
) {
  const token = Redacted.make(Redacted.value(accessToken).trim())
  const signedIn = yield* Ref.make(true)
  const authorizationId = yield* Ref.make(yield* newVersion)
  const events = yield* SessionEvents.make
  const ifSignedIn = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | NotAuthenticated> =>
    Effect.flatMap(Ref.get(signedIn), (yes): Effect.Effect<A, E | NotAuthenticated> =>
      yes ? effect : new NotAuthenticated({ reason: "SignedOut" })
    )
  const cannotRefresh = ifSignedIn(Effect.fail(new ReauthorizationRequired({ reason: "CannotRefresh" })))
  return {
    kind: "Token" as const,
    accessToken: ifSignedIn(
      tokenSyntax.test(Redacted.value(token))
        ? Effect.succeed(token)
        : new ClientMisconfigured({ code: "access_token_invalid" })
    ),
    scopes: ifSignedIn(Effect.succeed(scopes)),
    authorizationId: ifSignedIn(Effect.asSome(Ref.get(authorizationId))),
    // Cached answers from before Spotify refused the token must not be served afterwards
    renew: () =>
      Effect.zipRight(
        Effect.flatMap(newVersion, (id) => Ref.set(authorizationId, id)),
        cannotRefresh
      ),
    refresh: cannotRefresh,
    session: Effect.map(Ref.get(signedIn), (yes) =>
      yes
        ? Session.Active({
            key: defaultKey,
            scopes: Option.getOrElse(scopes, () => []),
            accessTokenExpiresAt: Option.none(),
            authorizedAt: Option.none(),
            reauthorizeBy: Option.none()
          })
        : Session.SignedOut({ key: defaultKey })
    ),
    signOut: Effect.zipRight(
      Ref.set(signedIn, false),
      events.publish(SessionEvent.SignedOut({ key: defaultKey }))
    ),
    events: events.stream
  }
})
