import { assert, describe, it } from "@effect/vitest"
import * as Callback from "../../src/accounts/callback.js"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"

const reason = (url: string) =>
  Either.match(Callback.parse(url), { onLeft: (error) => error.reason, onRight: () => "accepted" })

describe("Callback", () => {
  it("takes a whole address, a path with a query, or a query", () => {
    for (const prefix of ["https://app.example/callback", "/callback", "", "my-app://callback"]) {
      const callback = Either.getOrThrow(Callback.parse(`${prefix}?code=the%20code&state=s%2Bt`))
      assert.strictEqual(Redacted.value(callback.state), "s+t")
      assert.strictEqual(Redacted.value(Either.getOrThrow(callback.code)), "the code")
      assert.isTrue(Option.isNone(callback.issuer))
    }
  })

  it("takes codes of thousands of characters", () => {
    assert.strictEqual(reason(`/?state=s&code=${"c".repeat(8000)}`), "accepted")
  })

  it("types a refusal and says what to do; a code that is not in RFC 6749 is other", () => {
    const denied = (error: string) =>
      Either.getOrThrow(Callback.parse(`/callback?error=${encodeURIComponent(error)}&state=s`)).code.pipe(
        Either.match({ onLeft: (denial) => [denial.code, denial.message], onRight: () => ["code"] })
      )
    for (const [error, code, remedy] of [
      ["access_denied", "access_denied", /explain why/],
      ["invalid_scope", "invalid_scope", /compare the scopes.*Scope\.all/],
      ["invalid_request", "invalid_request", /client id and the redirect URI/],
      ["unauthorized_client", "unauthorized_client", /settings.*dashboard/],
      ["unsupported_response_type", "unsupported_response_type", /LoginService\.begin/],
      ["server_error", "server_error", /later/],
      ["temporarily_unavailable", "temporarily_unavailable", /later/],
      ["<script>alert(1)</script>", "other", /did not say why.*dashboard/]
    ] as const) {
      const [found, message] = denied(error)
      assert.strictEqual(found, code)
      assert.match(message ?? "", remedy)
      assert.notInclude(message ?? "", "script")
    }
  })

  it("F4: refuses a repeated parameter", () => {
    for (const name of ["code", "state", "error", "iss"]) {
      assert.strictEqual(reason(`/callback?code=c&state=s&${name}=a&${name}=b`), "DuplicateParameter", name)
    }
  })

  it("F5: refuses a code together with an error", () => {
    assert.strictEqual(reason("/callback?code=c&error=access_denied&state=s"), "CodeAndError")
  })

  it("F1: refuses a missing or empty state, a missing code, and what no browser sends", () => {
    assert.strictEqual(reason("/callback?code=c"), "State")
    assert.strictEqual(reason("/callback?code=c&state="), "State")
    assert.strictEqual(reason("/callback?state=s"), "MissingCode")
    assert.strictEqual(reason("/callback?state=s&code="), "MissingCode")
    assert.strictEqual(reason("http://[bad/?state=s&code=c"), "Malformed")
    assert.strictEqual(reason(`/callback?state=s&code=${"c".repeat(20_000)}`), "TooLarge")
  })

  it("F7, F24: repeats nothing of the input and shows no code", () => {
    const shown = (url: string) => {
      const result = Callback.parse(url)
      return inspect(result, { depth: 20 }) + JSON.stringify(result)
    }
    assert.notInclude(shown("/callback?state=canary&code=canary"), "canary")
    assert.notInclude(shown("/callback?state=s&error=canary&error_description=canary"), "canary")
    assert.notInclude(shown("/callback?state=s&code=canary&code=canary"), "canary")
  })

  it("F23: any address gives a callback or a typed error", () => {
    const query = FastCheck.array(
      FastCheck.tuple(
        FastCheck.oneof(FastCheck.constantFrom("code", "state", "error", "iss"), FastCheck.string()),
        FastCheck.string({ unit: "binary" })
      )
    ).map((pairs) => `/callback?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.webUrl(), query),
        (url) =>
          Either.match(Callback.parse(url), {
            onLeft: (error) => error._tag === "AuthorizationResponseInvalid",
            onRight: (callback) => Redacted.value(callback.state) !== ""
          })
      ),
      { numRuns: 20_000, seed: 6749 }
    )
  })
})
