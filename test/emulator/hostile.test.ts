// What is sent to the emulator by mistake, or by a page that means harm
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { CatalogueFile, SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { observe, ServerLayer } from "./port.js"
import { send, userToken } from "./support.js"

type Services = Effect.Effect.Context<ReturnType<typeof userToken>>

const scenario = (name: string, effect: () => Effect.Effect<void, unknown, Services>) =>
  it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer()))

describe("JSON that is nested too deeply", () => {
  const levels = 30_000
  const lists = "[".repeat(levels) + "]".repeat(levels)
  const objects = '{"a":'.repeat(levels) + "1" + "}".repeat(levels)
  const deep: ReadonlyArray<string> = [
    lists,
    objects,
    "[".repeat(levels),
    ...["uris", "ids", "items", "name", "rules", "x"].flatMap((name) => [
      `{"${name}":${lists}}`,
      `{"${name}":${objects}}`,
      `{"${name}":[${objects}]}`
    ]),
    `{"rules":[{"fault":${objects}}]}`
  ]

  scenario("is refused by the controls, as JSON and in a form", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      for (const path of ["faults", "habits", "fail-next", "user"]) {
        const request = HttpClientRequest.post(`${new URL(apiUrl).origin}/_control/${path}`)
        for (const json of deep) {
          const told = `${path} ${json.slice(0, 30)}`
          const answer = yield* send(HttpClientRequest.bodyText(request, json, "application/json"))
          assert.strictEqual(answer.status, 400, told)
          assert.isBelow(answer.text.length, 2000, told)
          const form = yield* send(HttpClientRequest.bodyUrlParams(request, { json }))
          assert.strictEqual(form.status, 400, told)
        }
      }
    })
  )

  scenario("is refused by the Web API as Spotify refuses a body that is no JSON", () =>
    Effect.gen(function* () {
      const { apiUrl, catalogue } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      const playlist = catalogue.playlists[0]?.id
      for (const [method, path] of [
        ["POST", "/me/playlists"],
        ["POST", `/playlists/${playlist}/items`],
        ["PUT", `/playlists/${playlist}/items`],
        ["DELETE", `/playlists/${playlist}/items`],
        ["PUT", `/playlists/${playlist}`],
        ["PUT", "/me/tracks"],
        ["PUT", "/me/player"]
      ] as const) {
        for (const json of deep) {
          const { body, status } = yield* send(
            HttpClientRequest.make(method)(`${apiUrl}${path}`).pipe(
              HttpClientRequest.bearerToken(token),
              HttpClientRequest.bodyText(json, "application/json")
            )
          )
          assert.deepStrictEqual(
            [status, body],
            [400, { error: { status: 400, message: "Error parsing JSON." } }],
            `${method} ${path} ${json.slice(0, 30)}`
          )
        }
      }
      const fields = "a(".repeat(levels) + "b" + ")".repeat(levels)
      const dots = "a.".repeat(levels) + "b"
      for (const filter of [fields, dots]) {
        const url = `${apiUrl}/playlists/${playlist}?fields=${filter}`
        const { status } = yield* send(HttpClientRequest.bearerToken(HttpClientRequest.get(url), token))
        assert.strictEqual(status, 400)
      }
    })
  )

  it("is no catalogue", () => {
    for (const json of [...deep, ...deep.map((inner) => `{"recorded":[${inner}]}`)]) {
      const read = CatalogueFile.fromJson(json)
      assert.isTrue(Either.isLeft(read) && read.left.message.length < 2000, json.slice(0, 30))
    }
  })
})

describe("names for this machine that another site has made (DNS rebinding)", () => {
  const pages = [
    ["GET", "/"],
    ["GET", "/authorize"],
    ["POST", "/authorize/decision"],
    ["GET", "/_control/requests"],
    ["POST", "/_control/expire-access-tokens"],
    ["GET", "/nothing"]
  ] as const

  const statuses = (host: string) =>
    Effect.forEach(pages, ([method, path]) =>
      Effect.map(observe({ method, path, headers: { host } }), ({ status }) => status)
    )

  const asEver = [200, 400, 400, 200, 204, 404]

  const refused = pages.map(() => 403)

  const lists = {
    own: ["localhost:1", "LOCALHOST", "app.localhost:4010", "127.0.0.1", "127.8.8.8:80", "[::1]:4010"],
    address: ["192.168.1.7:4010", "[fe80::1]", "203.0.113.9"],
    foreign: [
      "evil.example",
      "evil.example:4010",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "evillocalhost",
      "localhost.",
      "127.0.0.1@evil.example",
      "evil.example@127.0.0.1",
      "evil.example#127.0.0.1",
      "127.0.0.1:4010, evil.example",
      "127.0.0.1:x",
      "[::1].evil.example",
      "1270.0.0.1.example"
    ]
  }

  const expectAll = (hosts: ReadonlyArray<string>, expected: ReadonlyArray<number>) =>
    Effect.forEach(hosts, (host) =>
      Effect.map(statuses(host), (seen) => assert.deepStrictEqual(seen, expected, host))
    )

  it.live("are refused by every page and control, in words, and by nothing that is open to all sites", () =>
    Effect.gen(function* () {
      yield* expectAll(lists.own, asEver)
      yield* expectAll([...lists.foreign, ...lists.address, "0.0.0.0:4010", "emulator"], refused)
      const { headers, text } = yield* observe({
        method: "GET",
        path: "/",
        headers: { host: "evil.example" }
      })
      assert.match(headers["content-type"] ?? "", /^text\/plain/)
      assert.match(text, /127\.0\.0\.1:\d+.*--allow-host/)
      assert.notInclude(text, "evil")
      const open = yield* observe({ method: "GET", path: "/v1/me", headers: { host: "evil.example" } })
      assert.strictEqual(open.status, 401)
      const token = yield* observe({ method: "POST", path: "/api/token", headers: { host: "evil.example" } })
      assert.strictEqual(token.status, 400)
    }).pipe(Effect.provide(ServerLayer()))
  )

  it.live("stay refused where every address is its own, and names that it was given are not", () =>
    Effect.gen(function* () {
      yield* expectAll([...lists.own, ...lists.address, "0.0.0.0:4010", "emulator:4010"], asEver)
      yield* expectAll([...lists.foreign, "emulator.evil.example"], refused)
      const press = (origin: string) =>
        observe({
          method: "POST",
          path: "/_control/faults/clear",
          headers: { host: "emulator:4010", origin }
        })
      assert.strictEqual((yield* press("http://emulator:4010")).status, 204)
      assert.strictEqual((yield* press("http://emulator:4011")).status, 403)
      assert.strictEqual((yield* press("http://localhost:4010")).status, 403)
    }).pipe(Effect.provide(ServerLayer({ allowedHosts: ["Emulator"] }, "0.0.0.0")))
  )

  for (const [host, expected] of [
    ["127.0.0.1", "On this machine only"],
    ["0.0.0.0", "Open to the network"],
    ["::", "Open to the network"]
  ] as const) {
    it.live(`the page of a server on ${host} says who can reach it`, () =>
      Effect.gen(function* () {
        const { text } = yield* observe({ method: "GET", path: "/", headers: {} })
        const said = ["On this machine only", "Open to the network"].filter((words) => text.includes(words))
        assert.deepStrictEqual(said, [expected])
      }).pipe(Effect.provide(ServerLayer({}, host)))
    )
  }
})

describe("a control that another site's page sends", () => {
  const evil = "https://evil.example"
  const browser = { "user-agent": "Mozilla/5.0" }

  it.live("is refused whatever of it the browser tells", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      yield* controls.failNext({ status: 500, count: 5 })
      for (const headers of [
        { origin: evil },
        { origin: "null" },
        { origin: "http://127.0.0.1:1" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "same-origin", origin: evil },
        { "sec-fetch-site": "none", origin: evil },
        browser
      ]) {
        for (const type of [
          undefined,
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data"
        ]) {
          const seen = yield* observe({
            method: "POST",
            path: "/_control/faults/clear",
            headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
            body: "json={}"
          })
          assert.strictEqual(seen.status, 403, `${JSON.stringify(headers)} ${type}`)
          assert.notProperty(seen.headers, "access-control-allow-origin")
        }
      }
      assert.lengthOf(yield* controls.faults.planned, 1)
      const preflight = { origin: evil, "access-control-request-method": "POST" }
      const asked = yield* observe({ method: "OPTIONS", path: "/_control/faults/clear", headers: preflight })
      assert.strictEqual(asked.status, 403)
      // Programs say none of this
      const program = { "content-type": "text/plain;charset=UTF-8", "user-agent": "node" }
      const sent = yield* observe({
        method: "POST",
        path: "/_control/faults/clear",
        headers: program,
        body: "{}"
      })
      assert.strictEqual(sent.status, 204)
    }).pipe(Effect.provide(ServerLayer()))
  )
})
