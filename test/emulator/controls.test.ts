import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { api, appToken, exchange, login, postToken, refresh, send, userToken } from "./support.js"

const scenario = (
  name: string,
  effect: () => Effect.Effect<void, unknown, Effect.Effect.Context<typeof appToken>>
) => it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer()))

const control = (method: "GET" | "POST", path: string, body?: string, origin?: string) =>
  Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ apiUrl }) =>
    send(
      HttpClientRequest.make(method)(`${new URL(apiUrl).origin}/_control/${path}`).pipe(
        body === undefined ? (request) => request : HttpClientRequest.bodyText(body, "application/json"),
        origin === undefined ? (request) => request : HttpClientRequest.setHeader("origin", origin)
      )
    )
  )

describe("controls", () => {
  scenario("rate limit the next calls", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      yield* controls.rateLimitNext({ count: 2, retryAfter: "1500 millis" })
      const first = yield* api(token, "GET", "/me")
      assert.strictEqual(first.status, 429)
      assert.strictEqual(first.headers["retry-after"], "2")
      assert.deepStrictEqual(first.body, { error: { status: 429, message: "API rate limit exceeded" } })
      assert.strictEqual((yield* api(token, "GET", "/me")).status, 429)
      assert.strictEqual((yield* api(token, "GET", "/me")).status, 200)
    })
  )

  scenario("fail the next requests of either service, whatever the body", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      yield* controls.failNext({
        status: 502,
        body: "<html>Bad gateway</html>",
        contentType: "text/html",
        headers: { "Retry-After": "3" }
      })
      yield* controls.failNext({ status: 503, target: "accounts" })
      assert.strictEqual((yield* postToken({ grant_type: "client_credentials" })).status, 503)
      const answer = yield* api(token, "GET", "/me")
      assert.deepStrictEqual([answer.status, answer.text], [502, "<html>Bad gateway</html>"])
      assert.strictEqual(answer.headers["content-type"], "text/html")
      assert.strictEqual(answer.headers["retry-after"], "3")
      assert.strictEqual((yield* api(token, "GET", "/me")).status, 200)
    })
  )

  scenario("count token requests and log requests without secrets", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(yield* login({ state: "top-secret" }))
      yield* refresh(tokens.body.refresh_token)
      yield* refresh("garbage")
      yield* appToken
      yield* api(tokens.body.access_token, "GET", "/me/tracks?limit=2")
      assert.deepStrictEqual(yield* controls.tokenRequests, {
        authorization_code: 1,
        refresh_token: 2,
        client_credentials: 1
      })
      const log = yield* controls.requests
      assert.deepStrictEqual(
        log.map(
          ({ method, path, query, status, target }) => `${target} ${method} ${path} ${query} ${status}`
        ),
        [
          "accounts GET /authorize  303",
          "accounts POST /api/token  200",
          "accounts POST /api/token  200",
          "accounts POST /api/token  400",
          "accounts POST /api/token  200",
          "api GET /v1/me/tracks limit=2 200"
        ]
      )
      const text = JSON.stringify(log)
      assert.notInclude(text, tokens.body.access_token)
      assert.notInclude(text, "top-secret")
    })
  )

  scenario("log Web API calls without the secrets that a program sends there by mistake", () =>
    Effect.gen(function* () {
      const { accountsUrl, apps, controls } = yield* SpotifyEmulator.SpotifyEmulator
      const code = yield* login({ state: "top-hidden" })
      const tokens = yield* exchange(yield* login())
      const token: string = tokens.body.access_token
      const clientSecret = Redacted.value(apps.confidential.clientSecret)
      const secrets = [code, token, tokens.body.refresh_token, "top-hidden", clientSecret, "opensesame"]
      const names = [
        "access_token",
        "refresh_token",
        "token",
        "code",
        "state",
        "client_secret",
        "code_verifier"
      ]
      const more = ["Authorization", "id_token", "password", "api_key", "x", "", "STATE", "s%74ate", "q[]"]
      for (const secret of secrets) {
        for (const name of [...names, ...more]) {
          yield* api(token, "GET", `/me/tracks?limit=2&${name}=${secret}&market=SE`)
          yield* api(token, "GET", `/me/tracks?${name}=${secret}=${secret}`)
        }
      }
      for (const secret of [code, token, tokens.body.refresh_token]) {
        yield* api(token, "GET", `/search?q=${secret}&type=${encodeURIComponent(`Bearer ${secret}`)}`)
        yield* api(token, "GET", `/me/${secret}?${secret}`)
        yield* api(token, "GET", `/search?q=%${secret.charCodeAt(0).toString(16)}${secret.slice(1)}`)
      }
      const page = yield* send(HttpClientRequest.get(`${accountsUrl}/`))
      yield* controls.rateLimitNext()
      yield* api(token, "GET", `/me/${token}`)
      const log = JSON.stringify([yield* controls.requests, yield* controls.faults.injected])
      for (const secret of secrets) {
        assert.notInclude(log, secret.slice(4))
        assert.notInclude(page.text, secret.slice(4))
      }
      yield* api(
        token,
        "PUT",
        "/me/player/repeat?state=context&device_id=0d1841b0976bae2a3a310dd74c0f3df354899bc8"
      )
      yield* api(token, "GET", "/recommendations?seed_genres=jazz&min_tempo=90.5&markt=SE")
      assert.deepStrictEqual(
        (yield* controls.requests).slice(-2).map(({ query }) => query),
        [
          "state=context&device_id=0d1841b0976bae2a3a310dd74c0f3df354899bc8",
          "seed_genres=jazz&min_tempo=90.5&markt=…"
        ]
      )
    })
  )

  scenario("choose the user who consents", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      yield* controls.setUser("free-listener")
      const me = yield* api(yield* userToken(), "GET", "/me")
      assert.strictEqual(me.body.product, "free")
      assert.strictEqual((yield* Effect.exit(controls.setUser("nobody")))._tag, "Failure")
    })
  )

  it.effect("keep the states of two emulators apart", () =>
    Effect.gen(function* () {
      const token = yield* userToken().pipe(Effect.provide(SpotifyEmulator.layer()))
      const answer = yield* api(token, "GET", "/me").pipe(Effect.provide(SpotifyEmulator.layer()))
      assert.strictEqual(answer.status, 401)
    })
  )
})

describe("in-process client", () => {
  scenario("reaches the emulator only", () =>
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const error = yield* Effect.flip(client.get("https://api.spotify.com/v1/me"))
      assert.strictEqual(error.reason, "Transport")
    })
  )
})

describe("controls over HTTP", () => {
  scenario("do what the controls do, and are no API calls", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(yield* login())
      const token: string = tokens.body.access_token
      const before = yield* controls.requests
      assert.strictEqual((yield* control("POST", "rate-limit-next")).status, 204)
      assert.strictEqual(
        (yield* control("POST", "rate-limit-next", `{"count":1,"retryAfterSeconds":7}`)).status,
        204
      )
      assert.deepStrictEqual(yield* controls.requests, before)
      assert.strictEqual((yield* api(token, "GET", "/me")).headers["retry-after"], "1")
      assert.strictEqual((yield* api(token, "GET", "/me")).headers["retry-after"], "7")
      yield* control("POST", "fail-next", `{"status":503,"body":"oops","headers":{"Retry-After":"9"}}`)
      const failed = yield* api(token, "GET", "/me")
      assert.deepStrictEqual([failed.text, failed.headers["retry-after"]], ["oops", "9"])
      yield* control("POST", "expire-access-tokens")
      assert.strictEqual((yield* api(token, "GET", "/me")).body.error.message, "The access token expired")
      yield* control("POST", "rotation", `{"mode":"always"}`)
      assert.isString((yield* refresh(tokens.body.refresh_token)).body.refresh_token)
      yield* control("POST", "user", `{"user":"free-listener"}`)
      const free = yield* exchange(yield* login())
      yield* control("POST", "revoke-grant", `{"user":"free-listener"}`)
      assert.strictEqual(
        (yield* refresh(free.body.refresh_token)).body.error_description,
        "Refresh token revoked"
      )
      yield* control("POST", "decision", `{"decision":"deny"}`)
      assert.strictEqual(yield* login(), "")
      yield* control("POST", "consent", `{"mode":"form"}`)
      assert.strictEqual((yield* control("GET", "token-requests")).body.refresh_token, 2)
      assert.isArray((yield* control("GET", "requests")).body)
    })
  )

  scenario("refuse what they do not understand, and other web pages", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      assert.strictEqual((yield* control("POST", "rotation", "{")).status, 400)
      assert.strictEqual((yield* control("POST", "rotation", `{"mode":"sometimes"}`)).status, 400)
      assert.strictEqual((yield* control("POST", "rotation")).status, 400)
      const split = `{"status":500,"headers":{"a b":"c"}}`
      assert.strictEqual((yield* control("POST", "fail-next", split)).status, 400)
      assert.strictEqual((yield* control("POST", "user", `{"user":"nobody"}`)).status, 400)
      assert.strictEqual((yield* control("POST", "no-such")).status, 404)
      assert.strictEqual((yield* control("GET", "rotation")).status, 405)
      const expire = (origin: string) => control("POST", "expire-access-tokens", undefined, origin)
      assert.strictEqual((yield* expire("https://evil.example")).status, 403)
      assert.strictEqual((yield* expire("null")).status, 403)
      assert.strictEqual((yield* expire(new URL(apiUrl).origin)).status, 204)
    })
  )
})
