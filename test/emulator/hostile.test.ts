// What is sent to the emulator by mistake, or by a page that means harm
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { CatalogueFile, SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
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
