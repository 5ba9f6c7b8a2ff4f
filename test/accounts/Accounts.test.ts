import { assert, describe, it } from "@effect/vitest"
import { Accounts, SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as Fake from "../support/fakeSpotify.js"

const secret = "canary-client-secret"

const accounts = (handler: Fake.Handler, options: Partial<SpotifyConfig.Options> = {}) =>
  Accounts.layer().pipe(
    Layer.provide([
      Fake.layer(handler),
      SpotifyConfig.layer({
        clientId: "client",
        clientSecret: Redacted.make(secret),
        redirectUri: "http://127.0.0.1:8888/callback",
        scopes: ["user-top-read", "streaming"],
        ...options
      })
    ])
  )

const token = { access_token: "access", token_type: "Bearer", expires_in: 3600, scope: "user-top-read" }

const neverCalled: Fake.Handler = () => Effect.die("no request was expected")

const refresh = Effect.flatMap(Accounts.Accounts, (service) =>
  service.refreshToken(Redacted.make("canary-refresh"))
)

/** Runs one refresh against one answer. */
const answered = (handler: Fake.Handler) => Effect.provide(refresh, accounts(handler))

describe("Accounts.authorizeUrl", () => {
  it.effect("has every parameter of the Authorization guide", () =>
    Effect.gen(function* () {
      const service = yield* Accounts.Accounts
      const url = new URL(
        yield* service.authorizeUrl({ state: "s t&=", showDialog: true, codeChallenge: "challenge" })
      )
      assert.strictEqual(url.origin + url.pathname, "https://accounts.spotify.com/authorize")
      assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
        client_id: "client",
        response_type: "code",
        redirect_uri: "http://127.0.0.1:8888/callback",
        state: "s t&=",
        scope: "user-top-read streaming",
        show_dialog: "true",
        code_challenge_method: "S256",
        code_challenge: "challenge"
      })
    }).pipe(Effect.provide(accounts(neverCalled)))
  )

  it.effect("leaves out what was not asked for", () =>
    Effect.gen(function* () {
      const service = yield* Accounts.Accounts
      const url = new URL(yield* service.authorizeUrl({ scopes: [] }))
      assert.deepStrictEqual([...url.searchParams.keys()], ["client_id", "response_type", "redirect_uri"])
    }).pipe(Effect.provide(accounts(neverCalled)))
  )

  it.effect("fails with the remedy when the redirect URI is missing or one Spotify refuses", () =>
    Effect.gen(function* () {
      const service = yield* Accounts.Accounts
      const missing = yield* Effect.flip(service.authorizeUrl())
      assert.strictEqual(missing.code, "redirect_uri_missing")
      const refused = yield* Effect.flip(service.authorizeUrl({ redirectUri: "http://localhost:1/cb" }))
      assert.strictEqual(refused.code, "redirect_uri_invalid")
      assert.include(refused.message, "127.0.0.1:1/cb")
    }).pipe(Effect.provide(accounts(neverCalled, { redirectUri: undefined })))
  )
})

describe("Accounts, the four grants", () => {
  const recording =
    (seen: Array<Fake.Seen>): Fake.Handler =>
    (request) =>
      Effect.sync(() => {
        seen.push(request)
        return Fake.json(token)
      })

  const basic = `Basic ${btoa(`client:${secret}`)}`

  it.effect("authorization code with a secret", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      const result = yield* Effect.flatMap(Accounts.Accounts, (service) =>
        service.exchangeCode({ code: Redacted.make("the-code") })
      ).pipe(Effect.provide(accounts(recording(seen))))
      assert.strictEqual(Redacted.value(result.accessToken), "access")
      const [request] = seen
      assert.strictEqual(request?.method, "POST")
      assert.strictEqual(request?.url.toString(), "https://accounts.spotify.com/api/token")
      assert.strictEqual(request?.headers["authorization"], basic)
      assert.strictEqual(request?.headers["content-type"], "application/x-www-form-urlencoded")
      assert.deepStrictEqual(Object.fromEntries(request?.form ?? []), {
        grant_type: "authorization_code",
        code: "the-code",
        redirect_uri: "http://127.0.0.1:8888/callback"
      })
    })
  )

  it.effect("authorization code with PKCE and no secret", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      yield* Effect.flatMap(Accounts.Accounts, (service) =>
        service.exchangeCode({ code: Redacted.make("the-code"), codeVerifier: Redacted.make("verifier") })
      ).pipe(Effect.provide(accounts(recording(seen), { clientSecret: undefined })))
      assert.isUndefined(seen[0]?.headers["authorization"])
      assert.deepStrictEqual(Object.fromEntries(seen[0]?.form ?? []), {
        grant_type: "authorization_code",
        code: "the-code",
        redirect_uri: "http://127.0.0.1:8888/callback",
        code_verifier: "verifier",
        client_id: "client"
      })
    })
  )

  it.effect("refresh, with and without a secret", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      yield* refresh.pipe(Effect.provide(accounts(recording(seen))))
      yield* refresh.pipe(Effect.provide(accounts(recording(seen), { clientSecret: undefined })))
      assert.deepStrictEqual(Object.fromEntries(seen[0]?.form ?? []), {
        grant_type: "refresh_token",
        refresh_token: "canary-refresh"
      })
      assert.strictEqual(seen[0]?.headers["authorization"], basic)
      assert.deepStrictEqual(Object.fromEntries(seen[1]?.form ?? []), {
        grant_type: "refresh_token",
        refresh_token: "canary-refresh",
        client_id: "client"
      })
      assert.isUndefined(seen[1]?.headers["authorization"])
    })
  )

  it.effect("client credentials, and a typed error without a secret", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      const grant = Effect.flatMap(Accounts.Accounts, (service) => service.clientCredentials)
      yield* grant.pipe(Effect.provide(accounts(recording(seen))))
      assert.deepStrictEqual(Object.fromEntries(seen[0]?.form ?? []), { grant_type: "client_credentials" })
      const error = yield* grant.pipe(
        Effect.provide(accounts(neverCalled, { clientSecret: undefined })),
        Effect.flip
      )
      assert.strictEqual(error._tag === "ClientMisconfigured" && error.code, "client_secret_missing")
    })
  )

  it.effect("form-encodes odd ids and secrets before Basic, RFC 6749 section 2.3.1", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      yield* refresh.pipe(
        Effect.provide(
          accounts(recording(seen), { clientId: "odd client+id", clientSecret: Redacted.make("s3cr:t/+ %&") })
        )
      )
      assert.strictEqual(
        seen[0]?.headers["authorization"],
        `Basic ${btoa("odd+client%2Bid:s3cr%3At%2F%2B+%25%26")}`
      )
    })
  )

  it.effect("sends no trace headers", () =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      yield* refresh.pipe(Effect.provide(accounts(recording(seen))), Effect.withSpan("user's span"))
      assert.deepStrictEqual(
        Object.keys(seen[0]?.headers ?? {}).filter((name) => /^(traceparent|tracestate|b3|x-b3)/.test(name)),
        []
      )
    })
  )
})

describe("Accounts, what comes back", () => {
  it.effect("counts the expiry from the start of the request", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const fiber = yield* Effect.fork(
        answered(() => Effect.delay(Effect.succeed(Fake.json(token)), "7 seconds"))
      )
      yield* TestClock.adjust("7 seconds")
      const result = yield* Fiber.join(fiber)
      assert.strictEqual(result.obtainedAt.epochMillis, 1_000_000)
      assert.strictEqual(result.expiresAt.epochMillis, 1_000_000 + 3600_000)
    })
  )

  it.effect("A19: refuses redirects, whatever their kind", () =>
    Effect.gen(function* () {
      for (const status of [301, 302, 303, 307, 308]) {
        let requests = 0
        const error = yield* Effect.flip(
          answered(() =>
            Effect.sync(() => {
              requests += 1
              return new Response(null, { status, headers: { location: "https://attacker.example/" } })
            })
          )
        )
        assert.strictEqual(error._tag === "TokenEndpointUnavailable" && error.kind, "Redirect")
        assert.strictEqual(requests, 1)
      }
    })
  )

  it.effect("A20: reads 64 KiB and no more, also of an endless body", () =>
    Effect.gen(function* () {
      let sent = 0
      const error = yield* Effect.flip(
        answered(() =>
          Effect.sync(
            () =>
              new Response(
                new ReadableStream<Uint8Array>({
                  pull: (controller) => {
                    sent += 1024
                    controller.enqueue(new Uint8Array(1024).fill(32))
                  }
                })
              )
          )
        )
      )
      assert.strictEqual(error._tag, "TokenResponseInvalid")
      assert.isBelow(sent, 128 * 1024)
    })
  )

  it.effect("A6: gives up after 45 seconds, not knowing whether the request arrived", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(answered(() => Effect.never)))
      yield* TestClock.adjust("45 seconds")
      const error = yield* Fiber.join(fiber)
      assert.isTrue(
        error._tag === "TokenEndpointUnavailable" && error.kind === "Timeout" && error.sent === "unknown"
      )
    })
  )

  it.effect("A5: tells a request that never left from one that may have arrived", () =>
    Effect.gen(function* () {
      const kinds = [
        ["ENOTFOUND", "Dns", "no"],
        ["ECONNREFUSED", "Connect", "no"],
        ["CERT_HAS_EXPIRED", "Tls", "no"],
        ["DEPTH_ZERO_SELF_SIGNED_CERT", "Tls", "no"],
        ["ECONNRESET", "Reset", "unknown"],
        ["ESOMETHING", "Network", "unknown"]
      ] as const
      for (const [code, kind, sent] of kinds) {
        const error = yield* Effect.flip(answered(Fake.broken(code)))
        assert.isTrue(
          error._tag === "TokenEndpointUnavailable" && error.kind === kind && error.sent === sent,
          code
        )
      }
    })
  )

  it.effect("A2, A3: reads Retry-After in seconds or as a date, and bounds it to a quarter of an hour", () =>
    Effect.gen(function* () {
      const now = Date.parse("2026-06-01T00:00:00Z")
      yield* TestClock.setTime(now)
      const waits = [
        ["7", 7],
        ["Mon, 01 Jun 2026 00:00:09 GMT", 9],
        ["Sun, 31 May 2026 00:00:00 GMT", 0],
        ["999999999", 900],
        ["1e99", undefined],
        ["-5", undefined],
        ["soon", undefined],
        [undefined, undefined]
      ] as const
      for (const [header, seconds] of waits) {
        const error = yield* Effect.flip(
          answered(() =>
            Effect.succeed(
              new Response("busy", {
                status: 503,
                headers: header === undefined ? {} : { "retry-after": header }
              })
            )
          )
        )
        assert.strictEqual(error._tag, "TokenEndpointUnavailable")
        assert.strictEqual(
          error._tag === "TokenEndpointUnavailable" ? error.retryAt?.epochMillis : null,
          seconds === undefined ? undefined : now + seconds * 1000,
          header
        )
      }
    })
  )

  it.effect("tells the refusals of the accounts service apart", () =>
    Effect.gen(function* () {
      const refusals = [
        [{ error: "invalid_grant", error_description: "Refresh token revoked" }, "InvalidGrant", "Revoked"],
        [{ error: "invalid_grant", error_description: "Refresh token expired" }, "InvalidGrant", "Expired"],
        [{ error: "invalid_grant", error_description: "Something new" }, "InvalidGrant", "Rejected"],
        [{ error: "invalid_grant" }, "InvalidGrant", "Rejected"],
        [
          { error: "invalid_client", error_description: "Invalid client secret" },
          "ClientMisconfigured",
          "invalid_client"
        ],
        [{ error: "unauthorized_client" }, "ClientMisconfigured", "unauthorized_client"],
        [{ error: "a_new_one" }, "ClientMisconfigured", "other"],
        [{ error: "temporarily_unavailable" }, "TokenEndpointUnavailable", undefined]
      ] as const
      for (const [body, tag, detail] of refusals) {
        const error = yield* Effect.flip(answered(() => Effect.succeed(Fake.json(body, { status: 400 }))))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(
          error._tag === "InvalidGrant"
            ? error.reason
            : error._tag === "ClientMisconfigured"
              ? error.code
              : undefined,
          detail
        )
      }
    })
  )

  it.effect("an outage that is told as a refusal says when to try again as well", () =>
    Effect.gen(function* () {
      for (const code of ["temporarily_unavailable", "server_error"]) {
        const headers = { "retry-after": "7" }
        const refused = Fake.json({ error: code }, { status: 400, headers })
        const error = yield* Effect.flip(answered(() => Effect.succeed(refused)))
        assert.strictEqual(error._tag, "TokenEndpointUnavailable")
        assert.strictEqual(
          error._tag === "TokenEndpointUnavailable" ? error.retryAt?.epochMillis : undefined,
          7_000
        )
      }
    })
  )

  it.effect("an error body under a 5xx stays an outage", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        answered(() => Effect.succeed(Fake.json({ error: "invalid_grant" }, { status: 503 })))
      )
      assert.strictEqual(error._tag, "TokenEndpointUnavailable")
    })
  )

  it.effect("A24: what the server repeats of our secrets is in no error", () =>
    Effect.gen(function* () {
      const echoes: ReadonlyArray<Fake.Handler> = [
        (request) =>
          Effect.succeed(
            Fake.json({ error: "invalid_grant", error_description: request.body }, { status: 400 })
          ),
        (request) => Effect.succeed(new Response(request.body, { status: 500 })),
        (request) => Effect.succeed(new Response(request.body + (request.headers["authorization"] ?? ""))),
        (request) => Effect.succeed(Fake.json({ ...token, token_type: request.body })),
        Fake.broken("ECONNRESET")
      ]
      for (const handler of echoes) {
        const error = yield* Effect.flip(answered(handler))
        const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error)
        assert.notInclude(shown, "canary")
        assert.notInclude(shown, btoa(`client:${secret}`))
      }
    })
  )

  it.effect("A12: an absent, null or empty refresh token is none", () =>
    Effect.gen(function* () {
      for (const extra of [{}, { refresh_token: null }, { refresh_token: "" }]) {
        const result = yield* answered(() => Effect.succeed(Fake.json({ ...token, ...extra })))
        assert.isTrue(Option.isNone(result.refreshToken))
      }
      const rotated = yield* answered(() => Effect.succeed(Fake.json({ ...token, refresh_token: "next" })))
      assert.deepStrictEqual(Option.map(rotated.refreshToken, Redacted.value), Option.some("next"))
    })
  )
})
