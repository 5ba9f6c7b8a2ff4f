import { assert, describe, it } from "@effect/vitest"
import { type SpotifyClient, SpotifyId } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { expectNoLeak } from "../support/canaries.js"
import * as Fake from "../support/fakeSpotify.js"
import {
  always,
  artist,
  artistId,
  errorBody,
  getArtist,
  inTurn,
  ok,
  status,
  token,
  withClient
} from "../support/numberedClient.js"

describe("SpotifyClient, requests", () => {
  it.effect("sends the token, the market and the language, and no trace headers", () =>
    withClient(
      always(() => Fake.json({ ...artist, href: "", items: [], limit: 5, offset: 0, next: null, total: 0 })),
      {},
      {
        market: "SE",
        locale: "sv-SE"
      }
    )((spotify, seen) =>
      Effect.gen(function* () {
        yield* spotify.artists.albumsPage(artistId, { limit: 5 })
        const [request] = seen
        assert.strictEqual(request?.url.pathname, `/v1/artists/${artistId}/albums`)
        assert.strictEqual(request?.url.searchParams.get("market"), "SE")
        assert.strictEqual(request?.url.searchParams.get("limit"), "5")
        assert.strictEqual(request?.headers["authorization"], `Bearer ${token}`)
        assert.strictEqual(request?.headers["accept-language"], "sv-SE")
        assert.isUndefined(request?.headers["traceparent"])
        assert.isUndefined(request?.headers["b3"])
      })
    ).pipe(Effect.withSpan("user's span"))
  )

  it.effect("F21: no value leaves its place in the path, names another host, or reaches another route", () =>
    withClient(always(() => Fake.json({})))((spotify, seen) =>
      Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(FastCheck.string({ unit: "binary", maxLength: 30 }), async (id) => {
            seen.length = 0
            const exit = await Effect.runPromiseExit(
              spotify.execute({ method: "GET", path: "/users/{id}", params: { id }, schema: Schema.Unknown })
            )
            const [request] = seen
            if (request === undefined) {
              assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Fail", id)
              return
            }
            assert.strictEqual(request.url.origin, "https://api.spotify.com")
            const parts = request.url.pathname.split("/")
            assert.strictEqual(parts.length, 4, request.url.pathname)
            assert.strictEqual(decodeURIComponent(parts[3] ?? ""), id)
          }),
          { numRuns: 500, seed: 21 }
        )
      )
    )
  )

  it.effect("dots, nothing and half characters are typed before the network", () =>
    withClient(always(ok))((spotify, seen) =>
      Effect.gen(function* () {
        for (const id of ["", ".", "..", "\ud800"]) {
          const error = yield* Effect.flip(
            spotify.execute({ method: "GET", path: "/users/{id}", params: { id }, schema: Schema.Unknown })
          )
          assert.strictEqual(error._tag, "InvalidParameter", JSON.stringify(id))
        }
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("no id leaves its place in the path, however it is given or escaped", () =>
    withClient(always(ok))((spotify, seen) =>
      Effect.gen(function* () {
        const lists = [[".."], ["."], ["a", "b"], []]
        const steps = [
          "../followers",
          "a/../b",
          "..\\a",
          "%2e%2e",
          "%252E%252e",
          ".\t.",
          "%2e./a",
          "..%2fa",
          ".. "
        ]
        for (const id of [...lists, ...steps]) {
          const error = yield* Effect.flip(
            spotify.execute({
              method: "DELETE",
              path: "/playlists/{id}/followers",
              // Lists come from code without types
              params: { id: id as string },
              schema: Schema.Unknown
            })
          )
          assert.strictEqual(error._tag, "InvalidParameter", JSON.stringify(id))
        }
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("no path of execute leaves the Web API", () =>
    withClient(always(ok))((spotify, seen) =>
      Effect.gen(function* () {
        for (const path of [
          "/..",
          "/me/../../admin",
          "/./me",
          "/%2e%2e/admin",
          "/.%2E/admin",
          "/%252e%252e/admin",
          "/.\t./admin",
          "/.\n./admin",
          "/me\\..\\..\\admin",
          "/me%2f..%2fadmin",
          "/me%5cadmin",
          "/me/..;/admin",
          "/me#/../admin"
        ] as const) {
          const error = yield* Effect.flip(spotify.execute({ method: "GET", path, schema: Schema.Unknown }))
          assert.strictEqual(error._tag, "InvalidParameter", path)
        }
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("execute reaches operations that no method has", () =>
    withClient(always(() => Fake.json({ id: "party" })))((spotify, seen) =>
      Effect.gen(function* () {
        const category = yield* spotify.execute({
          method: "GET",
          path: "/browse/categories/{id}",
          params: { id: "a/b" },
          query: { locale: "sv_SE", ids: ["a", "b"], none: undefined },
          schema: Schema.Struct({ id: Schema.String })
        })
        assert.strictEqual(category.id, "party")
        assert.strictEqual(seen[0]?.url.pathname, "/v1/browse/categories/a%2Fb")
        assert.strictEqual(seen[0]?.url.search, "?locale=sv_SE&ids=a%2Cb")
      })
    )
  )
})

describe("SpotifyClient, 401", () => {
  it.effect("G1: renews once and sends again", () =>
    withClient(inTurn(status(401, errorBody(401, "The access token expired")), ok))((spotify, seen) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
        assert.deepStrictEqual(
          seen.map((request) => request.headers["authorization"]),
          [`Bearer ${token}`, `Bearer ${token}-1`]
        )
      })
    )
  )

  it.effect("G2: a second refusal is the end", () =>
    withClient(always(status(401, errorBody(401, "Valid user authentication required"))))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.strictEqual(error._tag, "Unauthorized")
        assert.include(error.message, "Valid user authentication required")
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("B10: 1,000 calls refused at once are all served", () =>
    withClient((request) =>
      Effect.sync(() => (request.headers["authorization"] === `Bearer ${token}` ? status(401)() : ok()))
    )((spotify, seen) =>
      Effect.gen(function* () {
        const results = yield* Effect.all(
          Array.from({ length: 1000 }, () => getArtist(spotify)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.length, 1000)
        assert.isAtMost(seen.length, 2000)
      })
    )
  )

  it.effect("G4: 403 renews nothing", () =>
    withClient(always(status(403, errorBody(403, "Insufficient client scope"))))((spotify, seen) =>
      Effect.gen(function* () {
        yield* Effect.flip(getArtist(spotify))
        assert.strictEqual(seen.length, 1)
      })
    )
  )
})

describe("SpotifyClient, long answers", () => {
  const long = "x".repeat(70 * 1024)

  it.effect("a read has all of its answer, and a failure at least its kind", () =>
    withClient(inTurn(() => Fake.json({ ...artist, name: long }), status(404, errorBody(404, long))))(
      (spotify) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* getArtist(spotify)).name, long)
          assert.strictEqual((yield* Effect.flip(getArtist(spotify)))._tag, "NotFound")
        })
    )
  )
})

describe("SpotifyClient, 429", () => {
  const limited = (retryAfter?: string, reason?: string) =>
    status(
      429,
      errorBody(429, "API rate limit exceeded", reason),
      retryAfter === undefined ? {} : { "retry-after": retryAfter }
    )

  it.effect("waits as Spotify asks, as often as the budget allows", () =>
    withClient(inTurn(limited("3"), limited("4"), ok))((spotify, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(getArtist(spotify))
        yield* TestClock.adjust("2999 millis")
        assert.strictEqual(seen.length, 1)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(seen.length, 2)
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual((yield* Fiber.join(call)).name, "Artist")
      })
    )
  )

  it.effect("without a time it waits about one second, then twice as long each time", () =>
    withClient(always(limited()))((spotify, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(Effect.flip(getArtist(spotify)))
        const sent: Array<number> = []
        for (let at = 0; at <= 100; at++) {
          sent[seen.length - 1] ??= at / 10
          yield* TestClock.adjust("100 millis")
        }
        const waits = sent.slice(1).map((at, index) => at - (sent[index] ?? 0))
        assert.isAtLeast(waits.length, 3)
        for (const [index, wait] of waits.entries()) {
          // Rounded up to tenths of a second
          assert.isAtLeast(wait, 0.5 * 2 ** index - 0.001)
          assert.isAtMost(wait, 2 ** index + 0.101)
        }
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(call))._tag, "RateLimited")
      })
    )
  )

  it.effect("G5: a wait of 14 hours fails at once and says when to try again", () =>
    withClient(always(limited("50400")))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.isTrue(
          error._tag === "RateLimited" && error.retryAt.epochMillis === 50_400_000 && !error.quotaExceeded
        )
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("a used-up quota fails at once, however short the wait", () =>
    withClient(always(limited("5", "QUOTA_EXCEEDED")))((spotify) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.isTrue(error._tag === "RateLimited" && error.quotaExceeded)
      })
    )
  )

  it.effect("the waits of one call never exceed its budget, whatever the header says", () =>
    Effect.forEach([undefined, "0", "-1", "soon", "1", "7"], (header) =>
      withClient(always(limited(header)), { maxRateLimitWait: "10 seconds" })((spotify, seen) =>
        Effect.gen(function* () {
          const call = yield* Effect.fork(Effect.flip(getArtist(spotify)))
          yield* TestClock.adjust("11 seconds")
          const error = yield* Fiber.join(call)
          assert.strictEqual(error._tag, "RateLimited", header)
          assert.isAtMost(seen.length, 101)
        })
      )
    )
  )

  it.effect("G7: takes the token after the wait, not before it", () =>
    withClient(inTurn(limited("5"), status(401), ok))((spotify, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(getArtist(spotify))
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(call)
        assert.strictEqual(seen.at(-1)?.headers["authorization"], `Bearer ${token}-1`)
      })
    )
  )
})

/** One attempt a call, so that a test sees its failure. */
const singleAttempt = { retry: { safe: false, idempotent: false, command: false } } as const

describe("SpotifyClient, failures", () => {
  const failures: ReadonlyArray<
    readonly [title: string, response: () => Response, tag: string, detail: Record<string, unknown>]
  > = [
    [
      "the documented body",
      status(404, errorBody(404, "Resource not found")),
      "NotFound",
      { description: "Resource not found" }
    ],
    [
      "the accounts body",
      status(400, { error: "invalid_request", error_description: "Bad" }),
      "RequestRejected",
      { description: "Bad" }
    ],
    [
      "text in place of the object",
      status(400, { error: "Something" }),
      "RequestRejected",
      { description: "Something" }
    ],
    [
      "the inner object by itself",
      status(400, { status: 400, message: "Missing required field: uris" }),
      "RequestRejected",
      { description: "Missing required field: uris" }
    ],
    ["other JSON", status(400, "[1]"), "RequestRejected", { description: "[1]" }],
    [
      "HTML",
      status(502, "<html><head><style>x</style></head><body><h1>Bad\n gateway</h1></body></html>"),
      "ServiceUnavailable",
      { status: 502 }
    ],
    ["HTML for a 4xx", status(413, "<h1>Too\n large</h1>"), "RequestRejected", { description: "Too large" }],
    ["nothing", status(404), "NotFound", { description: "no message" }],
    ["403 without a message", status(403, { error: { status: 403 } }), "Forbidden", { reason: "Other" }],
    [
      "a missing scope",
      status(403, errorBody(403, "Insufficient client scope")),
      "Forbidden",
      { reason: "InsufficientScope" }
    ],
    [
      "a user who is not on the list",
      status(403, "User not registered in the Developer Dashboard"),
      "Forbidden",
      { reason: "UserNotRegistered" }
    ],
    [
      "the same in other words",
      status(403, "Check settings on developer.spotify.com/dashboard, the user may not be registered."),
      "Forbidden",
      { reason: "UserNotRegistered" }
    ],
    [
      "an owner without Premium",
      status(403, "Active premium subscription required for the owner of the app. When"),
      "Forbidden",
      { reason: "OwnerNotPremium" }
    ],
    [
      "a user without Premium",
      status(403, errorBody(403, "Player command failed: Premium required", "PREMIUM_REQUIRED")),
      "Forbidden",
      { reason: "PremiumRequired" }
    ],
    [
      "a player that cannot",
      status(403, errorBody(403, "Player command failed: Restriction violated", "UNKNOWN")),
      "Forbidden",
      { reason: "Restricted" }
    ],
    [
      "no active device",
      status(404, errorBody(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE")),
      "NotFound",
      { reason: "NO_ACTIVE_DEVICE" }
    ],
    [
      "a refused redirect",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
      "RequestRejected",
      { status: 302 }
    ]
  ]
  for (const [title, response, tag, detail] of failures) {
    it.effect(`G6: ${title} is ${tag}`, () =>
      withClient(
        always(response),
        singleAttempt
      )((spotify, seen) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(getArtist(spotify))
          assert.strictEqual(error._tag, tag)
          assert.deepInclude(
            { ...error },
            { operation: "artists.get", route: "GET /artists/{id}", ...detail }
          )
          assert.strictEqual(seen.length, 1)
        })
      )
    )
  }

  it.effect("A5: says whether a request may have arrived", () =>
    Effect.forEach(
      [
        ["ECONNREFUSED", "Connect", "no"],
        ["ECONNRESET", "Reset", "unknown"]
      ] as const,
      ([code, kind, sent]) =>
        withClient(
          Fake.broken(code),
          singleAttempt
        )((spotify) =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(getArtist(spotify))
            assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === kind && error.sent === sent)
          })
        )
    )
  )

  it.effect("an attempt that hangs is given up", () =>
    withClient(() => Effect.never, { ...singleAttempt, timeout: "5 seconds" })((spotify) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(Effect.flip(getArtist(spotify)))
        yield* TestClock.adjust("5 seconds")
        const error = yield* Fiber.join(call)
        assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === "Timeout")
      })
    )
  )

  it.effect("G6: HTML, truncated JSON, nothing and JSON of another kind under 200 are DecodeError", () =>
    Effect.forEach(["<html>", '{"id":', "", "[]", "null", '{"id":7}'], (body) =>
      withClient(always(() => new Response(body)))((spotify) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(getArtist(spotify))
          assert.strictEqual(error._tag, "DecodeError", body)
        })
      )
    )
  )

  it.effect("F24: neither the token nor what a server repeats of it is seen anywhere", () =>
    Effect.forEach(
      [
        (request: Fake.Seen) =>
          Effect.succeed(new Response(request.headers["authorization"], { status: 500 })),
        (request: Fake.Seen) =>
          Effect.succeed(
            Fake.json(errorBody(400, `bad ${request.headers["authorization"]}`), { status: 400 })
          ),
        (request: Fake.Seen) =>
          Effect.succeed(Fake.json({ ...artist, uri: null, id: [request.headers["authorization"]] })),
        Fake.broken("ECONNRESET")
      ],
      (handler) =>
        Effect.flip(
          expectNoLeak(
            () => [token],
            withClient(handler, singleAttempt)((spotify) => getArtist(spotify))
          )
        )
    )
  )
})

describe("SpotifyClient, drift", () => {
  const odd = () => Fake.json({ ...artist, something_new: 1 })

  it.effect("is accepted, reported and counted", () => {
    const reports: Array<SpotifyClient.Drift> = []
    return withClient(always(odd), { onDrift: (drift) => Effect.sync(() => reports.push(drift)) })(
      (spotify) =>
        Effect.gen(function* () {
          const found = yield* getArtist(spotify)
          assert.strictEqual(found.name, "Artist")
          assert.isTrue(
            reports.some(({ kind, path }) => kind === "UnknownMember" && path === "something_new")
          )
          assert.isTrue(reports.every(({ operation }) => operation === "artists.get"))
        })
    )
  })

  it.effect("is reported without anything of the answer's values", () => {
    const reports: Array<SpotifyClient.Drift> = []
    const oddValue = () => Fake.json({ ...artist, type: "an odd value", something_new: "another" })
    return withClient(always(oddValue), { onDrift: (drift) => Effect.sync(() => reports.push(drift)) })(
      (spotify) =>
        Effect.gen(function* () {
          yield* Effect.exit(getArtist(spotify))
          assert.isAbove(reports.length, 0)
          for (const report of reports) {
            assert.hasAllKeys(report, ["operation", "route", "path", "kind"])
          }
        })
    )
  })

  it.effect("fails in strict mode, and names the place", () =>
    withClient(always(odd), { decoding: "strict" })((spotify) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.strictEqual(error._tag, "DecodeError")
      })
    )
  )

  it.effect("a hook that fails does not fail the call", () =>
    withClient(always(odd), { onDrift: () => Effect.die("broken hook") })((spotify) =>
      Effect.map(getArtist(spotify), (found) => assert.strictEqual(found.name, "Artist"))
    )
  )
})

describe("SpotifyClient, commands", () => {
  it.effect("succeed with any 2xx, whatever the body", () =>
    Effect.forEach(
      [status(200, "9h5npEXfBOvTJweMy83FqSmeRcc"), status(202), status(204), status(200, "{not json")],
      (response) =>
        withClient(always(response))((spotify, seen) =>
          Effect.gen(function* () {
            yield* spotify.playlists.changeDetails(SpotifyId.PlaylistId.make("37i9dQZF1DX0XUsuxWHRQd"), {
              name: "New"
            })
            assert.strictEqual(seen[0]?.method, "PUT")
            assert.deepStrictEqual(JSON.parse(seen[0]?.body ?? ""), { name: "New" })
          })
        )
    )
  )
})
