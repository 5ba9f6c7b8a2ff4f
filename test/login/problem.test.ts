import { assert, it } from "@effect/vitest"
import { AuthError, TokenStore } from "effect-spotify"
import * as Problem from "../../src/login/problem.js"
import { isSignedOut } from "../../src/login/routes.js"

it("each failure of a login has its page", () => {
  for (const [reason, page] of [
    ["Expired", "Expired"],
    ["AlreadyUsed", "AlreadyUsed"],
    ["OtherBrowser", "OtherBrowser"],
    ["TooLarge", "TooLong"],
    ["State", "NotOurs"],
    ["Issuer", "NotOurs"]
  ] as const) {
    assert.strictEqual(Problem.of(new AuthError.AuthorizationResponseInvalid({ reason })), page)
  }
  for (const [code, page] of [
    ["server_error", "Unavailable"],
    ["temporarily_unavailable", "Unavailable"],
    ["access_denied", "Denied"],
    ["other", "Denied"],
    ["invalid_scope", "Misconfigured"]
  ] as const) {
    assert.strictEqual(Problem.of(new AuthError.AuthorizationDenied({ code })), page)
  }
  assert.strictEqual(
    Problem.of(new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" })),
    "Unavailable"
  )
  assert.strictEqual(
    Problem.of(new AuthError.TokenEndpointUnavailable({ kind: "Timeout", sent: "no" })),
    "Unavailable"
  )
  assert.strictEqual(
    Problem.of(new AuthError.ClientMisconfigured({ code: "invalid_client" })),
    "Misconfigured"
  )
})

it("whoever is signed out is told from every other failure, whatever it is", () => {
  assert.isTrue(isSignedOut(new AuthError.NotAuthenticated({ reason: "SignedOut" })))
  assert.isTrue(isSignedOut(new AuthError.ReauthorizationRequired({ reason: "Revoked" })))
  for (const other of [null, undefined, "NotAuthenticated", 7, {}, [], { _tag: "NotFound" }, new Error()]) {
    assert.isFalse(isSignedOut(other))
  }
})
