// What a client on a port sees of every fault
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { observe, type Seen, type Sent, ServerLayer } from "./port.js"
import { basic, login } from "./support.js"

interface Case {
  readonly fault: SpotifyEmulator.Fault
  readonly end: Seen["end"]
  /** Whether the request has its effect. */
  readonly effect: boolean
  /** Absent where it is as without the fault. */
  readonly status?: number
  readonly headers?: Record<string, string>
  /** How much there is of the body that there would be without the fault, or another body. */
  readonly body?: number | string
  readonly fromMillis?: number
}

const nothing = { status: 0, body: "" }

const cases: { readonly [Kind in SpotifyEmulator.Fault["kind"]]: ReadonlyArray<Case> } = {
  latency: [
    { fault: { kind: "latency", delay: 150 }, end: "whole", body: 1, effect: true, fromMillis: 149 },
    { fault: { kind: "latency", delay: "1 hour" }, end: "open", ...nothing, effect: false }
  ],
  timeout: [
    { fault: { kind: "timeout" }, end: "open", ...nothing, effect: false },
    { fault: { kind: "timeout", processed: true }, end: "open", ...nothing, effect: true }
  ],
  reset: [
    { fault: { kind: "reset" }, end: "broken", ...nothing, effect: false },
    { fault: { kind: "reset", processed: true }, end: "broken", ...nothing, effect: true }
  ],
  rateLimit: [
    {
      fault: { kind: "rateLimit", retryAfter: "2 hours", reason: "QUOTA_EXCEEDED" },
      end: "whole",
      status: 429,
      headers: { "retry-after": "7200" },
      effect: false
    },
    {
      fault: { kind: "rateLimit", retryAfter: "garbage" },
      end: "whole",
      status: 429,
      headers: { "retry-after": "soon" },
      effect: false
    }
  ],
  error: [
    {
      fault: { kind: "error" },
      end: "whole",
      status: 502,
      headers: { "content-type": "application/json; charset=utf-8" },
      effect: false
    },
    {
      fault: { kind: "error", status: 503, format: "html" },
      end: "whole",
      status: 503,
      headers: { "content-type": "text/html; charset=utf-8" },
      effect: false
    },
    {
      fault: { kind: "error", status: 504, format: "text" },
      end: "whole",
      status: 504,
      body: "upstream request timeout",
      effect: false
    },
    { fault: { kind: "error", format: "empty" }, end: "whole", status: 502, body: "", effect: false }
  ],
  truncated: [0, 0.5, 1].map((keep) => ({
    fault: { kind: "truncated", keep },
    end: "whole",
    body: keep,
    effect: true
  })),
  brokenOff: [0, 0.5, 1].map((keep) => ({
    fault: { kind: "brokenOff", keep },
    end: "broken",
    body: keep,
    effect: true
  })),
  garbage: [{ fault: { kind: "garbage" }, end: "whole", effect: true }],
  respond: [
    {
      fault: {
        kind: "respond",
        status: 418,
        body: "tea",
        contentType: "text/tea",
        headers: { "x-pot": "1" }
      },
      end: "whole",
      status: 418,
      headers: { "content-type": "text/tea", "x-pot": "1" },
      body: "tea",
      effect: false
    },
    {
      fault: { kind: "respond", status: 204, body: "tea" },
      end: "whole",
      status: 204,
      body: "",
      effect: false
    }
  ]
}

/** A request for a token, as any program sends it. */
const tokenRequest = (form: Record<string, string>) =>
  Effect.map(basic, (authorization): Sent => ({
    method: "POST",
    path: "/api/token",
    headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString()
  }))

const userToken = Effect.gen(function* () {
  const { redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
  const form = { grant_type: "authorization_code", code: yield* login(), redirect_uri: redirectUri }
  const { text } = yield* Effect.flatMap(tokenRequest(form), observe)
  return String(JSON.parse(text).access_token)
})

/** Four kinds of requests, and a count of what they have done. */
const requests = Effect.gen(function* () {
  const { catalogue, controls } = yield* SpotifyEmulator.SpotifyEmulator
  const headers = { authorization: `Bearer ${yield* userToken}` }
  const saved = new Set(catalogue.libraries.flatMap((library) => library.saved.map(({ uri }) => uri)))
  const unsaved = catalogue.tracks.map(({ id }) => `spotify:track:${id}`).filter((uri) => !saved.has(uri))
  const total = (path: string) =>
    Effect.map(observe({ method: "GET", path, headers }), ({ text }) => Number(JSON.parse(text).total))
  const fresh = Effect.sync(() => `/v1/me/library?uris=${unsaved.pop()}`)
  const sent: ReadonlyArray<Effect.Effect<Sent, never, SpotifyEmulator.SpotifyEmulator>> = [
    Effect.succeed({ method: "GET", path: "/v1/me", headers }),
    Effect.succeed({ method: "POST", path: "/v1/me/playlists", headers, body: '{"name":"Made"}' }),
    Effect.map(fresh, (path) => ({ method: "PUT", path, headers })),
    tokenRequest({ grant_type: "client_credentials" })
  ]
  const done = Effect.all([
    total("/v1/me/playlists"),
    total("/v1/me/tracks"),
    Effect.map(controls.tokenRequests, (requests) => requests.client_credentials)
  ])
  return { sent, done }
})

const sum = (counts: ReadonlyArray<number>) => counts.reduce((left, right) => left + right, 0)

const plan = (fault: SpotifyEmulator.Fault, path: string) =>
  observe({
    method: "POST",
    path: "/_control/faults",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ rules: [{ fault, path }] })
  })

describe("on a port, with a body or without, for either service", () => {
  for (const [kind, list] of Object.entries(cases)) {
    it.live(kind, () =>
      Effect.gen(function* () {
        const { done, sent } = yield* requests
        for (const make of sent) {
          const whole = yield* Effect.flatMap(make, (request) => observe(request))
          for (const {
            body,
            effect,
            end,
            fault,
            fromMillis = 0,
            headers = {},
            status = whole.status
          } of list) {
            const before = sum(yield* done)
            const request = yield* make
            yield* plan(fault, new URL(request.path, "http://x").pathname)
            const seen = yield* observe(request, end === "open" ? 500 : undefined)
            const told = `${request.method} ${request.path} ${JSON.stringify(fault)}`
            assert.deepStrictEqual([seen.end, seen.status], [end, status], told)
            assert.deepInclude(seen.headers, headers, told)
            assert.isAtLeast(seen.millis, fromMillis, told)
            // Ids and tokens differ from answer to answer, and lengths do not
            const size = typeof body === "number" ? Math.floor(whole.text.length * body) : body?.length
            assert.strictEqual(seen.text.length, size ?? seen.text.length, told)
            const isWriting = request.method !== "GET"
            assert.strictEqual(sum(yield* done) - before, effect && isWriting ? 1 : 0, told)
          }
        }
      }).pipe(Effect.provide(ServerLayer()))
    )
  }
})
