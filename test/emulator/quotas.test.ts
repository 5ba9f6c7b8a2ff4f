import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import * as Quotas from "../../src/emulator/web/quotas.js"
import * as RegisteredApp from "../../src/emulator/accounts/registeredApp.js"
import { api, appToken, postToken, send, userToken } from "./support.js"

const statuses = (token: string, path: string, count: number) =>
  Effect.map(
    Effect.forEach(Array.from({ length: count }), () => api(token, "GET", path)),
    (answers) => answers.map(({ status }) => status)
  )

const tokenOf = (clientId: string) =>
  Effect.map(
    postToken({ grant_type: "client_credentials" }, `Basic ${Encoding.encodeBase64(`${clientId}:secret`)}`),
    ({ body }) => String(body.access_token)
  )

const app = (clientId: string, account?: string): SpotifyEmulator.AppOptions => ({
  clientId,
  clientSecret: Redacted.make("secret"),
  redirectUris: [],
  account
})

const search = "/search?q=a&type=track"

describe("quotas of the emulator", () => {
  it.effect("end with Spotify's 429, and open again when the oldest call leaves the window", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      yield* api(token, "GET", "/me")
      yield* TestClock.adjust("10 minutes")
      yield* api(token, "GET", "/me")
      const refused = yield* api(token, "GET", "/me")
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers["retry-after"], "1200")
      assert.deepStrictEqual(refused.body, {
        error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
      })
      yield* TestClock.adjust("1200 seconds")
      assert.deepStrictEqual(yield* statuses(token, "/me", 2), [200, 429])
    }).pipe(Effect.provide(SpotifyEmulator.layer({ quotas: [{ limit: 2, window: "30 minutes" }] })))
  )

  it.effect("of 30 seconds are rate limits, without a reason", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      yield* api(token, "GET", "/me")
      const refused = yield* api(token, "GET", "/me")
      assert.deepStrictEqual(refused.body, { error: { status: 429, message: "API rate limit exceeded" } })
      assert.strictEqual(refused.headers["retry-after"], "30")
    }).pipe(Effect.provide(SpotifyEmulator.layer({ quotas: [{ limit: 1, window: "30 seconds" }] })))
  )

  it.effect("count the operations of their paths and method, and no others", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      assert.deepStrictEqual(yield* statuses(token, search, 1), [200])
      assert.deepStrictEqual(yield* statuses(token, "/me/player/devices", 2), [429, 429])
      assert.deepStrictEqual(yield* statuses(token, "/me", 2), [200, 200])
      // No device plays
      assert.strictEqual((yield* api(token, "POST", "/me/player/next")).status, 404)
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({
          quotas: [{ limit: 1, window: "24 hours", method: "GET", paths: ["/v1/search", "/v1/me/player/*"] }]
        })
      )
    )
  )

  it.effect("per app count each app, per account all apps of a developer", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* Effect.all([appToken, tokenOf("mine"), tokenOf("theirs")])
      const each = Effect.map(
        Effect.forEach(tokens, (token) => api(token, "GET", search)),
        (answers) => answers.map(({ status }) => status)
      )
      assert.deepStrictEqual(yield* each, [200, 200, 200])
      assert.deepStrictEqual(yield* each, [429, 429, 429])
      yield* controls.setQuotas([{ limit: 1, window: "24 hours", per: "account" }])
      assert.deepStrictEqual(yield* each, [200, 429, 200])
      yield* controls.setQuotas([])
      assert.deepStrictEqual(yield* each, [200, 200, 200])
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({
          apps: [app("mine"), app("theirs", "another developer")],
          quotas: [{ limit: 1, window: "24 hours" }]
        })
      )
    )
  )

  it.effect("can be set over HTTP, and a wrong one is refused", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const set = (body: unknown) =>
        send(
          HttpClientRequest.post(`${new URL(apiUrl).origin}/_control/quotas`).pipe(
            HttpClientRequest.bodyUnsafeJson(body)
          )
        )
      const token = yield* userToken()
      const quota = { limit: 1, window: "24 hours", paths: ["/v1/me"], per: "account" }
      assert.strictEqual((yield* set({ quotas: [quota] })).status, 204)
      assert.deepStrictEqual(yield* statuses(token, "/me", 2), [200, 429])
      assert.strictEqual((yield* set({ quotas: [{ ...quota, window: "a day" }] })).status, 400)
      assert.strictEqual((yield* set({ quotas: [{ ...quota, limit: -1 }] })).status, 400)
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it("accept a call exactly when fewer than the limit were accepted within the window before", () => {
    const one = RegisteredApp.make(app("one"), false, Catalogue.invented, "development")
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 1, max: 5 }),
        FastCheck.integer({ min: 1, max: 50 }),
        FastCheck.array(FastCheck.integer({ min: 0, max: 20 }), { maxLength: 80 }),
        (limit, window, gaps) => {
          const counted = Quotas.make([{ limit, window }])
          const accepted: Array<number> = []
          let now = 0
          for (const gap of gaps) {
            now += gap
            const answer = Quotas.take(counted, one, { method: "GET", path: "/v1/me", now })
            const within = accepted.filter((at) => at > now - window)
            assert.strictEqual(answer === undefined, within.length < limit)
            if (answer === undefined) {
              accepted.push(now)
            } else {
              const opens = (within[within.length - limit] ?? now) + window
              assert.strictEqual(answer.headers["retry-after"], String(Math.ceil((opens - now) / 1000)))
            }
          }
        }
      ),
      { seed: 20_261_129 }
    )
  })
})
