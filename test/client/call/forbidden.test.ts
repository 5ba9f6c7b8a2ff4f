import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../src/client/call/endpoint.js"
import type { SpotifyError } from "../../../src/client/SpotifyError.js"
import { shown } from "../../support/canaries.js"
import * as Fake from "../../support/fakeSpotify.js"
import { always, refusal, single, token, withInterpreter } from "./support.js"

const modify = ["playlist-modify-public", "playlist-modify-private"]

const operation = (
  path: `/${string}`,
  options: {
    readonly method?: "GET" | "PUT"
    readonly scopes?: Endpoint.Endpoint<never, unknown>["scopes"]
  } = {}
) =>
  Endpoint.json(Schema.Unknown)<object>({
    operationId: path,
    group: "test",
    name: "call",
    method: "GET",
    path,
    ...options
  })

const secret = { canary: "playlist-id-canary" }

const refused = <A>(call: Effect.Effect<A, SpotifyError>) =>
  Effect.map(Effect.flip(call), (error) => {
    assert(error._tag === "Forbidden", error.message)
    return error
  })

describe("scopes", () => {
  const mine = operation("/me/playlists", { scopes: ["playlist-read-private"] })
  const cover = operation("/cover", { scopes: ["ugc-image-upload", modify] })

  it.effect("a call that surely lacks one is not sent, and names it", () =>
    withInterpreter(
      always(() => Fake.json({})),
      { scopes: ["playlist-modify-private"] }
    )((execute, seen) =>
      Effect.gen(function* () {
        const error = yield* refused(execute(mine, {}))
        assert.strictEqual(error.reason, "InsufficientScope")
        assert.deepStrictEqual(error.scopes, ["playlist-read-private"])
        assert.include(error.message, "asks for the scopes playlist-read-private")
        assert.deepStrictEqual((yield* refused(execute(cover, {}))).scopes, ["ugc-image-upload"])
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("of alternatives one is enough, and all are named where none is there", () =>
    withInterpreter(
      always(() => Fake.json({})),
      { scopes: ["ugc-image-upload"] }
    )((execute) =>
      Effect.map(refused(execute(cover, {})), (error) => assert.deepStrictEqual(error.scopes, modify))
    ).pipe(
      Effect.zipRight(
        withInterpreter(
          always(() => Fake.json({})),
          { scopes: ["playlist-modify-public", "ugc-image-upload"] }
        )((execute) => execute(cover, {}))
      )
    )
  )

  it.effect("an unknown grant and a check that is turned off leave it to Spotify", () =>
    Effect.forEach([{}, { scopes: [], checkScopes: false }], (options) =>
      withInterpreter(
        always(() => Fake.json({})),
        options
      )((execute, seen) =>
        Effect.gen(function* () {
          yield* execute(mine, {})
          assert.strictEqual(seen.length, 1)
        })
      )
    )
  )

  it.effect("a refusal names what is missing: the other alternative, or all where nothing is known", () =>
    Effect.forEach(
      [
        [["playlist-modify-public"], ["playlist-modify-private"]],
        [undefined, modify]
      ] as const,
      ([granted, missing]) =>
        withInterpreter(
          always(() => refusal(403, "Insufficient client scope")),
          granted === undefined ? {} : { scopes: granted }
        )((execute) =>
          Effect.gen(function* () {
            const error = yield* refused(
              execute(operation("/playlists/{id}", { method: "PUT", scopes: [modify] }), { id: "1" })
            )
            assert.strictEqual(error.reason, "InsufficientScope")
            assert.deepStrictEqual(error.scopes, missing)
          })
        )
    )
  )
})

describe("403", () => {
  const cases: ReadonlyArray<
    readonly [path: `/${string}`, method: "GET" | "PUT", answer: () => Response, reason: string, says: string]
  > = [
    [
      "/playlists/{id}/items",
      "PUT",
      () => refusal(403, "You cannot add tracks to a playlist you don't own."),
      "PlaylistNotOwned",
      "only the owner"
    ],
    [
      "/playlists/{id}/items",
      "GET",
      () => refusal(403, "Forbidden"),
      "PlaylistNotOwned",
      "development mode reads the items only"
    ],
    ["/playlists/{id}", "PUT", () => refusal(403), "PlaylistNotOwned", "only the owner"],
    ["/playlists/{id}", "GET", () => refusal(403, "Forbidden"), "Other", "who owns the resource"],
    ["/me/player/play", "PUT", () => refusal(403, "Forbidden"), "Other", "check the session"],
    [
      "/me/player/play",
      "PUT",
      () => refusal(403, "Player command failed: Already playing", "ALREADY_PLAYING"),
      "Restricted",
      "(ALREADY_PLAYING)"
    ],
    [
      "/me/player/play",
      "PUT",
      () => refusal(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"),
      "PremiumRequired",
      "needs a Premium subscription"
    ],
    ["/playlists/{id}", "PUT", () => refusal(403, "Something new"), "Other", "Something new"],
    ["/me/player", "GET", () => refusal(403, "Premium required"), "PremiumRequired", "Premium subscription"],
    [
      "/me/player/next",
      "PUT",
      () => refusal(403, "This request requires a premium account"),
      "PremiumRequired",
      "Premium subscription"
    ],
    [
      "/me/player",
      "GET",
      () => refusal(403, "Active premium subscription required for the owner of the app."),
      "OwnerNotPremium",
      "owner of the app"
    ],
    ["/me/player", "GET", () => refusal(403, "Permissions missing"), "Other", "session's scopes"]
  ]
  for (const [path, method, answer, reason, says] of cases) {
    it.effect(`${method} ${path}: ${reason}, and what to do`, () =>
      withInterpreter(always(answer))((execute) =>
        Effect.gen(function* () {
          const error = yield* refused(execute(operation(path, { method }), { id: secret.canary }))
          assert.strictEqual(error.reason, reason)
          assert.include(error.message, says)
          assert.strictEqual(error.route, `${method} ${path}`)
          assert.strictEqual(
            error.playerReason,
            reason === "Restricted"
              ? "ALREADY_PLAYING"
              : says === "needs a Premium subscription"
                ? "PREMIUM_REQUIRED"
                : undefined
          )
        })
      )
    )
  }
})

describe("request ids", () => {
  const answers: ReadonlyArray<readonly [status: number, body: unknown]> = [
    [400, { error: { status: 400, message: "Bad" } }],
    [401, {}],
    [403, {}],
    [404, {}],
    [429, {}],
    [500, {}],
    [200, { id: 7 }]
  ]
  for (const [status, body] of answers) {
    it.effect(`of ${status} is in the error`, () =>
      withInterpreter(
        always(() =>
          Fake.json(body, { status, headers: { "x-request-id": "3f0a.b-1", "retry-after": "9999" } })
        )
      )((execute) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(execute(single, { id: "1" }))
          assert.propertyVal(error, "requestId", "3f0a.b-1")
          assert.propertyVal(error, "operation", "things.get")
          assert.propertyVal(error, "route", "GET /things/{id}")
        })
      )
    )
  }

  it.effect("what is not plain, too long, or holds the token is left out, and no address is there", () =>
    Effect.forEach([`${token}`, `x-${token}-x`, "a b", "<b>", "x".repeat(65), ""], (requestId) =>
      withInterpreter(always(() => Fake.json({}, { status: 500, headers: { "x-request-id": requestId } })))(
        (execute) =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(execute(single, { id: secret.canary }))
            assert.propertyVal(error, "requestId", undefined)
            for (const hidden of [token, secret.canary, "api.spotify.com"]) {
              assert.notInclude(shown(error), hidden)
            }
          })
      )
    )
  )
})
