import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClient from "@effect/platform/HttpClient"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { api, appToken, exchange, login, postToken, refresh, send, userToken } from "./support.js"

type Services = Effect.Effect.Context<typeof appToken>

const scenario = (name: string, effect: () => Effect.Effect<void, unknown, Services>) =>
  it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer()))

const faults = Effect.map(SpotifyEmulator.SpotifyEmulator, ({ controls }) => controls.faults)

const plan = (...rules: ReadonlyArray<SpotifyEmulator.Rule>) =>
  Effect.flatMap(faults, (controls) => controls.plan(rules, { seed: "test" }))

const track = Effect.map(
  SpotifyEmulator.SpotifyEmulator,
  ({ catalogue }) => `/tracks/${catalogue.tracks[0]?.id ?? ""}`
)

describe("answers instead of Spotify's", () => {
  scenario("errors in every shape", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = yield* track
      yield* plan(
        { fault: { kind: "error" } },
        { fault: { kind: "error", status: 500, format: "html" } },
        { fault: { kind: "error", status: 504, format: "text" } },
        { fault: { kind: "error", status: 503, format: "empty" } },
        { fault: { kind: "error", status: 503 }, target: "accounts" }
      )
      const json = yield* api(token, "GET", path)
      assert.deepStrictEqual(
        [json.status, json.body],
        [502, { error: { status: 502, message: "Bad gateway." } }]
      )
      const html = yield* api(token, "GET", path)
      assert.strictEqual(html.status, 500)
      assert.include(html.headers["content-type"], "text/html")
      assert.match(html.text, /^<html><head>/)
      const text = yield* api(token, "GET", path)
      assert.deepStrictEqual([text.status, text.text], [504, "upstream request timeout"])
      const empty = yield* api(token, "GET", path)
      assert.deepStrictEqual([empty.status, empty.text], [503, ""])
      const accounts = yield* postToken({ grant_type: "client_credentials" })
      assert.deepStrictEqual([accounts.status, accounts.body.error], [503, "server_error"])
      assert.strictEqual((yield* api(token, "GET", path)).status, 200)
    })
  )

  scenario("429 with any wait", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = yield* track
      yield* plan(
        { fault: { kind: "rateLimit", retryAfter: "14 hours", reason: "QUOTA_EXCEEDED" } },
        { fault: { kind: "rateLimit", retryAfter: "none" } },
        { fault: { kind: "rateLimit", retryAfter: "garbage" } },
        { fault: { kind: "rateLimit" }, target: "accounts" }
      )
      const quota = yield* api(token, "GET", path)
      assert.strictEqual(quota.headers["retry-after"], "50400")
      assert.deepStrictEqual(quota.body, {
        error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
      })
      assert.notProperty((yield* api(token, "GET", path)).headers, "retry-after")
      assert.strictEqual((yield* api(token, "GET", path)).headers["retry-after"], "soon")
      assert.strictEqual((yield* postToken({})).status, 429)
    })
  )

  scenario("half of a body, or garbage, under the same head", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = yield* track
      const whole = yield* api(token, "GET", path)
      yield* plan(
        { fault: { kind: "truncated" } },
        { fault: { kind: "truncated", keep: 0.1 } },
        { fault: { kind: "garbage" } }
      )
      const half = yield* api(token, "GET", path)
      assert.strictEqual(half.status, 200)
      assert.strictEqual(half.headers["content-type"], whole.headers["content-type"])
      assert.isTrue(whole.text.startsWith(half.text) && half.text.length < whole.text.length)
      assert.isBelow((yield* api(token, "GET", path)).text.length, half.text.length)
      const garbage = yield* api(token, "GET", path)
      assert.strictEqual(garbage.status, 200)
      assert.isUndefined(garbage.body)
    })
  )
})

describe("time and connections", () => {
  scenario("latency and answers that never come, by the clock of the test", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = yield* track
      yield* plan({ fault: { kind: "latency", delay: "3 seconds" } }, { fault: { kind: "error" } })
      const slow = yield* Effect.fork(api(token, "GET", path))
      yield* TestClock.adjust("2999 millis")
      assert.isNull(slow.unsafePoll())
      yield* TestClock.adjust("1 millis")
      // One request meets every delay before the fault
      assert.strictEqual((yield* Fiber.join(slow)).status, 502)
      yield* plan({ fault: { kind: "timeout" } })
      const waiting = yield* Effect.fork(Effect.timeoutOption(api(token, "GET", path), "1 minute"))
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Option.isNone(yield* Fiber.join(waiting)))
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const last = (yield* controls.requests).at(-1)
      assert.deepStrictEqual([last?.status, last?.faults], [0, ["timeout"]])
    })
  )

  scenario("a connection that breaks, before and after the request had its effect", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const names = Effect.map(api(token, "GET", "/me/playlists?limit=50"), ({ body }) =>
        body.items.map((playlist: { readonly name: string }) => playlist.name)
      )
      const make = (name: string) => api(token, "POST", "/me/playlists", { name })
      yield* plan({ fault: { kind: "reset" }, method: "POST" })
      const before = yield* Effect.flip(make("Not made"))
      assert.deepInclude(before, { _tag: "RequestError", reason: "Transport" })
      assert.notInclude(yield* names, "Not made")
      yield* plan({ fault: { kind: "reset", processed: true }, method: "POST" })
      yield* Effect.flip(make("Made all the same"))
      assert.include(yield* names, "Made all the same")
      yield* plan({ fault: { kind: "brokenOff" } })
      const cut = yield* Effect.flip(api(token, "GET", "/me"))
      assert.deepInclude(cut, { _tag: "ResponseError", reason: "Decode" })
    })
  )

  scenario("a clock that is ahead or behind", () =>
    Effect.gen(function* () {
      const controls = yield* faults
      const tokens = yield* exchange(yield* login())
      const date = Effect.map(api(tokens.body.access_token, "GET", "/me"), (answer) => answer.headers["date"])
      assert.strictEqual(yield* date, "Thu, 01 Jan 1970 00:00:00 GMT")
      yield* controls.setClockSkew("10 minutes")
      assert.strictEqual(yield* date, "Thu, 01 Jan 1970 00:10:00 GMT")
      yield* controls.setClockSkew({ behind: "10 minutes" })
      assert.strictEqual(yield* date, "Wed, 31 Dec 1969 23:50:00 GMT")
      yield* controls.setClockSkew("1 hour")
      assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).status, 401)
      yield* controls.setClockSkew("184 days")
      assert.strictEqual(
        (yield* refresh(tokens.body.refresh_token)).body.error_description,
        "Refresh token expired"
      )
      yield* controls.setClockSkew(0)
      assert.strictEqual((yield* refresh(tokens.body.refresh_token)).status, 200)
    })
  )
})

describe("rules", () => {
  scenario("are for a method and a path, and let requests pass first", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      yield* plan({
        fault: { kind: "error" },
        method: "get",
        path: "/v1/playlists/:id/items",
        skip: 1,
        times: 2
      })
      const page = yield* api(token, "GET", "/me/playlists?limit=1")
      const items = `/playlists/${page.body.items[0].id}/items`
      const statuses = yield* Effect.forEach([1, 2, 3, 4], () => api(token, "GET", items))
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [200, 502, 502, 200]
      )
      yield* plan({ fault: { kind: "error" }, path: "/v1/me/*", times: 3 })
      assert.strictEqual((yield* api(token, "GET", "/me/tracks")).status, 502)
      assert.strictEqual((yield* api(token, "GET", "/me")).status, 502)
      assert.strictEqual((yield* api(token, "GET", "/search?q=lumen&type=track")).status, 200)
      const controls = yield* faults
      assert.deepInclude((yield* controls.planned)[0], { path: "/v1/me/*", times: 1 })
      yield* controls.clear
      assert.strictEqual((yield* api(token, "GET", "/me")).status, 200)
    })
  )

  scenario("can break a page of the login, too", () =>
    Effect.gen(function* () {
      const { accountsUrl } = yield* SpotifyEmulator.SpotifyEmulator
      yield* plan({ fault: { kind: "error", status: 503, format: "html" }, path: "/authorize" })
      const page = send(HttpClientRequest.get(`${accountsUrl}/authorize`))
      assert.strictEqual((yield* page).status, 503)
      assert.strictEqual((yield* page).status, 400)
    })
  )

  const run = (seed: string | number | undefined) =>
    Effect.gen(function* () {
      const controls = yield* faults
      const token = yield* appToken
      const path = yield* track
      const used = yield* controls.plan(
        [
          { fault: { kind: "latency", delay: 0, upTo: "2 seconds" }, probability: 0.5 },
          { fault: { kind: "error" }, probability: 0.3 },
          { fault: { kind: "garbage" }, probability: 0.2 }
        ],
        { seed }
      )
      const seen: Array<string> = []
      for (let call = 0; call < 60; call++) {
        const fiber = yield* Effect.fork(api(token, "GET", path))
        yield* TestClock.adjust("2 seconds")
        const { status, text } = yield* Fiber.join(fiber)
        seen.push(`${status} ${text}`)
      }
      const injected = yield* controls.injected
      return { ...used, seen, injected: injected.map(({ at: _, ...rest }) => rest) }
    }).pipe(Effect.provide(SpotifyEmulator.layer()))

  it.effect("with a probability happen again from their seed", () =>
    Effect.gen(function* () {
      const first = yield* run(undefined)
      const again = yield* run(first.seed)
      assert.deepStrictEqual(again, first)
      assert.notDeepEqual((yield* run("another")).injected, first.injected)
      const kinds = new Set(first.injected.map(({ kind }) => kind))
      assert.sameMembers([...kinds], ["latency", "error", "garbage"])
      const delays = first.injected.flatMap(({ delayMillis }) => delayMillis ?? [])
      assert.isAbove(new Set(delays).size, 5)
      assert.isTrue(delays.every((delay) => delay >= 0 && delay <= 2000))
    })
  )
})

describe("over HTTP", () => {
  const control = (method: "GET" | "POST", path: string, body?: unknown) =>
    Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ apiUrl }) =>
      send(
        HttpClientRequest.make(method)(`${new URL(apiUrl).origin}/_control/${path}`).pipe(
          body === undefined ? (request) => request : HttpClientRequest.bodyUnsafeJson(body)
        )
      )
    )

  scenario("they are planned, listed and dropped as JSON", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = yield* track
      const rule = {
        fault: { kind: "rateLimit", retryAfter: "14 hours", reason: "QUOTA_EXCEEDED" },
        path: "/v1/tracks/:id"
      }
      const planned = yield* control("POST", "faults", { rules: [rule], seed: 7 })
      assert.deepStrictEqual(planned.body, { seed: "7" })
      assert.strictEqual((yield* api(token, "GET", path)).headers["retry-after"], "50400")
      assert.deepInclude((yield* control("GET", "faults/injected")).body[0], {
        seed: "7",
        rule: 0,
        request: 1,
        kind: "rateLimit",
        method: "GET",
        path: `/v1${path}`
      })
      yield* control("POST", "faults", { rules: [{ fault: { kind: "timeout" }, times: 3 }] })
      assert.strictEqual((yield* control("GET", "faults")).body[0].times, 3)
      assert.strictEqual((yield* control("POST", "faults/clear")).status, 204)
      assert.deepStrictEqual((yield* control("GET", "faults")).body, [])
      for (const wrong of [
        { rules: [{ fault: { kind: "meteor" } }] },
        { rules: [{ fault: { kind: "latency", delay: "soon" } }] },
        { rules: [{ fault: { kind: "error", status: 99 } }] },
        { rules: [{ fault: { kind: "garbage" }, probability: 2 }] },
        {}
      ]) {
        assert.strictEqual((yield* control("POST", "faults", wrong)).status, 400)
      }
    })
  )

  scenario("the other controls are there, too", () =>
    Effect.gen(function* () {
      const tokens = yield* exchange(yield* login())
      const again = refresh(tokens.body.refresh_token)
      yield* control("POST", "refuse-refresh-next", { count: 1 })
      assert.strictEqual((yield* again).body.error, "invalid_grant")
      assert.strictEqual((yield* again).status, 200)
      yield* control("POST", "rotation", { mode: "always", graceSeconds: 30 })
      yield* again
      assert.strictEqual((yield* again).status, 200)
      yield* control("POST", "clock-skew", { aheadSeconds: 3600 })
      assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).status, 401)
      yield* control("POST", "clock-skew", { aheadSeconds: -1 })
      yield* control("POST", "owner-premium", { premium: false })
      assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).status, 403)
      yield* control("POST", "owner-premium", { premium: true })
      yield* control("POST", "allowed-users", { users: [] })
      assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).status, 403)
      yield* control("POST", "allowed-users", { users: "everybody" })
      yield* control("POST", "habits", { playerAnswer: "no content" })
      assert.strictEqual((yield* control("POST", "habits", { playerAnswer: "song" })).status, 400)
      assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).status, 200)
      yield* control("POST", "expire-refresh-tokens")
      assert.strictEqual((yield* again).body.error_description, "Refresh token expired")
    })
  )
})

describe("the log", () => {
  it.effect("is told of each request", () => {
    const seen: Array<string> = []
    return Effect.gen(function* () {
      const token = yield* appToken
      yield* plan({ fault: { kind: "reset" } })
      const client = yield* HttpClient.HttpClient
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      yield* Effect.flip(client.get(`${apiUrl}/me`, { headers: { authorization: `Bearer ${token}` } }))
      assert.deepStrictEqual(seen, ["200 /api/token ", "0 /v1/me reset"])
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({
          onRequest: ({ faults, path, status }) =>
            Effect.sync(() => seen.push(`${status} ${path} ${faults.join()}`))
        })
      )
    )
  })
})
