import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TokenResponse from "../../src/accounts/TokenResponse.js"

const good = { access_token: "access", token_type: "Bearer", expires_in: 3600 }

const decode = (body: unknown, requested: ReadonlyArray<string> = []) =>
  TokenResponse.decode(Option.some(typeof body === "string" ? body : JSON.stringify(body)), 1000, requested)

const pathOf = (body: unknown) =>
  Either.match(decode(body), { onLeft: (error) => error.path, onRight: () => "accepted" })

const life = (expires_in: unknown) =>
  Either.match(decode({ ...good, expires_in }), {
    onLeft: (error) => error.path,
    onRight: (token) => (token.expiresAt.epochMillis - token.obtainedAt.epochMillis) / 1000
  })

describe("TokenResponse", () => {
  it("A8: refuses what is not an object", () => {
    for (const body of ["<html>", "", "null", "[]", "42", '"text"', "{", "true"]) {
      assert.strictEqual(pathOf(body), "body", body)
    }
  })

  it("A9: refuses a success that holds an error", () => {
    assert.strictEqual(pathOf({ ...good, error: "invalid_grant" }), "error")
  })

  it("A10: refuses an access token that is absent, empty, no text, or could smuggle a header", () => {
    for (const access_token of [undefined, "", 7, {}, null, "a\r\nb", "a\u0000b", "tök", "a b"]) {
      assert.strictEqual(pathOf({ ...good, access_token }), "access_token", String(access_token))
    }
  })

  it("A11: reads every expires_in that has been seen, and bounds it", () => {
    assert.strictEqual(life(undefined), 3600)
    assert.strictEqual(life(null), 3600)
    assert.strictEqual(life("3600"), 3600)
    assert.strictEqual(life(59.5), 59.5)
    assert.strictEqual(life(1e12), 24 * 3600)
    for (const bad of [0, -1, "", "soon", {}, [3600], true]) {
      assert.strictEqual(life(bad), "expires_in", String(bad))
    }
  })

  it("A14: takes Bearer in any case, and nothing else", () => {
    assert.strictEqual(pathOf({ ...good, token_type: "bearer" }), "accepted")
    assert.strictEqual(pathOf({ ...good, token_type: "BEARER" }), "accepted")
    for (const token_type of [undefined, "mac", "", 1]) {
      assert.strictEqual(pathOf({ ...good, token_type }), "token_type")
    }
  })

  it("A21: keeps the granted scopes, and the requested ones only when the answer names none", () => {
    const scopes = (body: unknown) => Either.map(decode(body, ["streaming"]), (token) => token.scopes)
    assert.deepStrictEqual(scopes({ ...good, scope: "user-top-read" }), Either.right(["user-top-read"]))
    assert.deepStrictEqual(scopes({ ...good, scope: "" }), Either.right([]))
    assert.deepStrictEqual(scopes(good), Either.right(["streaming"]))
    assert.strictEqual(pathOf({ ...good, scope: ["a"] }), "scope")
  })

  it("A23: survives a byte order mark, repeated keys and __proto__", () => {
    assert.strictEqual(pathOf(`\ufeff${JSON.stringify(good)}`), "accepted")
    const repeated = decode('{"access_token":"first","access_token":"last","token_type":"Bearer"}')
    assert.strictEqual(Redacted.value(Either.getOrThrow(repeated).accessToken), "last")
    assert.strictEqual(pathOf('{"__proto__":{"access_token":"x","token_type":"Bearer"}}'), "access_token")
    assert.isUndefined(({} as Record<string, unknown>)["access_token"])
  })

  it("F23: any JSON and any text give a token or a typed error", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.json(), FastCheck.string({ unit: "binary" })), (body) => {
        const result = TokenResponse.decode(Option.some(body), 0, [])
        TokenResponse.refusal(body)
        return Either.isRight(result) || result.left._tag === "TokenResponseInvalid"
      }),
      { numRuns: 20_000, seed: 20260618 }
    )
  })

  it("F23: any member values give a token or a typed error", () => {
    const member = FastCheck.oneof(
      FastCheck.jsonValue(),
      FastCheck.constantFrom("Bearer", "access", 3600, "", null)
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.record(
          {
            access_token: member,
            token_type: member,
            expires_in: member,
            scope: member,
            refresh_token: member,
            error: member
          },
          { requiredKeys: [] }
        ),
        (body) => {
          const result = decode(body)
          return (
            Either.isLeft(result) ||
            (result.right.expiresAt.epochMillis > 1000 &&
              /^[\x21-\x7e]+$/.test(Redacted.value(result.right.accessToken)))
          )
        }
      ),
      { numRuns: 20_000, seed: 20260720 }
    )
  })
})
