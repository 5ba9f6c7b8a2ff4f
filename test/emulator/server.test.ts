import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SpotifyConfig } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { createServer } from "node:http"
import { assert, describe } from "vitest"
import { api, authorizeUrl, codeOf, exchange, postToken, send } from "./support.js"

/** Redirects are not followed: they lead to a program that does not run. */
const ClientLayer = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)

const ServerLayer = Layer.suspend(() => {
  const server = createServer()
  return SpotifyEmulator.layerServer().pipe(
    Layer.provide(NodeHttpServer.layerServer(() => server, { host: "127.0.0.1", port: 0 }))
  )
})

describe("layerServer", () => {
  it.live("serves accounts, Web API and controls at one origin", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const config = yield* SpotifyConfig.SpotifyConfig
      assert.match(emulator.accountsUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(emulator.apiUrl, `${emulator.accountsUrl}/v1`)
      assert.strictEqual(config.accountsUrl, emulator.accountsUrl)

      const redirected = yield* send(HttpClientRequest.get(yield* authorizeUrl({ state: "s" })))
      assert.strictEqual(redirected.status, 303)
      const tokens = yield* exchange(codeOf(redirected.headers["location"] ?? ""))
      const me = yield* api(tokens.body.access_token, "GET", "/me")
      assert.strictEqual(me.body.href, `${emulator.apiUrl}/users/premium-listener`)
      const made = yield* api(tokens.body.access_token, "POST", "/me/playlists", { name: "Over a socket" })
      assert.strictEqual(made.status, 201)

      const origin = emulator.accountsUrl
      yield* send(HttpClientRequest.post(`${origin}/_control/rate-limit-next`))
      const limited = yield* api(tokens.body.access_token, "GET", "/me")
      assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "1"])

      const huge = yield* postToken({ padding: "x".repeat(1024 * 1024) })
      assert.strictEqual(huge.status, 413)
      const odd = yield* send(
        HttpClientRequest.get(yield* authorizeUrl({ redirect_uri: "http://127.0.0.1:1/ü\u{1F3B5}" }))
      )
      assert.strictEqual(odd.status, 303)
      assert.strictEqual((yield* send(HttpClientRequest.get(`${origin}/nothing`))).status, 404)
    }).pipe(Effect.provide(Layer.merge(ServerLayer, ClientLayer)))
  )

  it.live("breaks connections, before an answer and within one", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const code = codeOf(yield* emulator.visit(yield* authorizeUrl({})))
      const tokens = yield* exchange(code)
      assert.strictEqual(tokens.status, 200)
      const call = api(tokens.body.access_token, "GET", "/me")
      const { plan } = emulator.controls.faults
      yield* plan([{ fault: { kind: "reset" } }])
      assert.deepInclude(yield* Effect.flip(call), { _tag: "RequestError", reason: "Transport" })
      yield* plan([{ fault: { kind: "reset", processed: true } }])
      assert.deepInclude(yield* Effect.flip(call), { _tag: "RequestError", reason: "Transport" })
      yield* plan([{ fault: { kind: "brokenOff" } }])
      assert.deepInclude(yield* Effect.flip(call), { _tag: "ResponseError", reason: "Decode" })
      yield* plan([{ fault: { kind: "truncated" } }])
      const truncated = yield* call
      assert.deepStrictEqual([truncated.status, truncated.body], [200, undefined])
      yield* plan([{ fault: { kind: "timeout" } }])
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(call, "2 seconds")))
      yield* emulator.controls.faults.setClockSkew({ behind: "1 day" })
      const date = Date.parse((yield* call).headers["date"] ?? "")
      assert.closeTo(Date.now() - date, 86_400_000, 10_000)
      const statuses = (yield* emulator.controls.requests).map(({ status }) => status).slice(-6)
      // The one that was given up is told of when its socket closes, perhaps after the one that followed it
      assert.deepStrictEqual(statuses.slice(0, 4), [0, 0, 0, 200])
      assert.sameMembers(statuses.slice(4), [0, 200])
    }).pipe(Effect.provide(Layer.merge(ServerLayer, ClientLayer)))
  )
})
