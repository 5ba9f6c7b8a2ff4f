import * as Cookies from "@effect/platform/Cookies"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { assert, describe } from "vitest"
import { appToken, userToken } from "./support.js"

const request = (path: string, token: string) =>
  Effect.map(SpotifyEmulator.SpotifyEmulator, ({ apiUrl }) =>
    HttpClientRequest.get(`${apiUrl}${path}`).pipe(HttpClientRequest.bearerToken(token))
  )

const get = (path: string) =>
  Effect.flatMap(appToken, (token) => Effect.flatMap(request(path, token), HttpClient.execute))

const bytesOf = <E>(stream: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(Chunk.toReadonlyArray(chunks)))

describe("the HttpClient without sockets", () => {
  it.effect("gives an answer in every form, the same one each time", () =>
    Effect.gen(function* () {
      const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
      const path = `/tracks/${catalogue.tracks[0]?.id}`
      const answer = yield* get(path)
      const text = yield* answer.text
      assert.strictEqual(yield* answer.text, text)
      assert.deepStrictEqual(yield* answer.json, JSON.parse(text))
      assert.strictEqual(answer.headers["content-length"], String(Buffer.byteLength(text)))
      assert.strictEqual(Buffer.from(yield* (yield* get(path)).arrayBuffer).toString(), text)
      const streamed = yield* bytesOf((yield* get(path)).stream)
      assert.strictEqual(streamed.toString(), text)
      // The emulator keeps answers, and must not share them
      streamed.fill(0)
      new Uint8Array(yield* (yield* get(path)).arrayBuffer).fill(0)
      assert.strictEqual(yield* (yield* get(path)).text, text)
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("lets a body be read once", () =>
    Effect.gen(function* () {
      const answer = yield* get("/markets")
      yield* bytesOf(answer.stream)
      const ways = {
        text: Effect.asVoid(answer.text),
        arrayBuffer: Effect.asVoid(answer.arrayBuffer),
        formData: Effect.asVoid(answer.formData),
        stream: Stream.runDrain(answer.stream)
      }
      for (const [way, again] of Object.entries(ways)) {
        assert.strictEqual((yield* Effect.flip(again)).reason, "Decode", way)
      }
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("has no body for HEAD and 204", () =>
    Effect.gen(function* () {
      const { accountsUrl } = yield* SpotifyEmulator.SpotifyEmulator
      for (const bare of [
        HttpClientRequest.head(accountsUrl),
        HttpClientRequest.options(`${accountsUrl}/v1/me`)
      ]) {
        const answer = yield* HttpClient.execute(bare)
        assert.strictEqual((yield* Effect.flip(bytesOf(answer.stream))).reason, "EmptyBody")
        assert.strictEqual(yield* answer.text, "")
        assert.isNull(yield* answer.json)
        assert.strictEqual((yield* answer.arrayBuffer).byteLength, 0)
      }
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("reads forms that the program under test serves itself", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const contentType = "application/x-www-form-urlencoded"
      yield* controls.faults.plan([
        { fault: { kind: "respond", status: 200, body: "a=1&b=2", contentType }, times: 2 }
      ])
      assert.deepStrictEqual(yield* (yield* get("/markets")).urlParamsBody, [
        ["a", "1"],
        ["b", "2"]
      ])
      const form = yield* get("/markets")
      assert.strictEqual((yield* form.formData).get("b"), "2")
      assert.strictEqual((yield* form.formData).get("a"), "1")
      // JSON is no form
      assert.strictEqual((yield* Effect.flip((yield* get("/markets")).formData)).reason, "Decode")
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("gives cookies", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const headers = { "set-cookie": "a=1; Path=/" }
      yield* controls.faults.plan([{ fault: { kind: "respond", status: 200, headers } }])
      assert.deepStrictEqual(Cookies.toRecord((yield* get("/markets")).cookies), { a: "1" })
      assert.isTrue(Cookies.isEmpty((yield* get("/markets")).cookies))
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("takes bodies in every form", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      const json = JSON.stringify({ name: "Ünïted" })
      const forms = [
        HttpClientRequest.bodyText(json, "application/json"),
        HttpClientRequest.bodyUint8Array(new TextEncoder().encode(json), "application/json"),
        HttpClientRequest.bodyStream(Stream.make(new TextEncoder().encode(json)), {
          contentType: "application/json"
        })
      ]
      for (const form of forms) {
        const created = yield* HttpClient.execute(
          HttpClientRequest.post(`${apiUrl}/me/playlists`).pipe(HttpClientRequest.bearerToken(token), form)
        )
        assert.include(yield* created.text, '"name":"Ünïted"')
      }
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("sends what the web's client would send, and refuses what it would refuse", () =>
    Effect.gen(function* () {
      const markets = yield* request("/markets", yield* appToken)
      const spaces = HttpClientRequest.setHeader(
        markets,
        "authorization",
        ` ${markets.headers["authorization"]} `
      )
      assert.strictEqual((yield* HttpClient.execute(spaces)).status, 200)
      const bad = [
        HttpClientRequest.setHeader(markets, "x-note", "two\nlines"),
        HttpClientRequest.setHeader(markets, "no name", "x"),
        HttpClientRequest.bodyText(markets, "a body")
      ]
      for (const refused of bad) {
        const error = yield* Effect.flip(HttpClient.execute(refused))
        assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
      }
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )
})
