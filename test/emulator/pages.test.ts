import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as TestClock from "effect/TestClock"
import { Catalogue, CatalogueFile, SpotifyEmulator } from "effect-spotify/emulator"
import { TestBrowser } from "effect-spotify/testing"
import { readFileSync } from "node:fs"
import { assert, describe } from "vitest"
import { File } from "../../src/emulator/catalogueFile.js"
import {
  api,
  type appToken,
  authorizeUrl,
  codeOf,
  exchange,
  login,
  pkce,
  postToken,
  refresh,
  send,
  userToken,
  verifier
} from "./support.js"

type Services = Effect.Effect.Context<typeof appToken>

const scenario = (
  name: string,
  effect: () => Effect.Effect<void, unknown, Services>,
  options: SpotifyEmulator.Options = {}
) => it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer(options)))

const isCallback = { stopAt: (url: URL) => url.pathname === "/callback" }

describe("consent page", () => {
  scenario(
    "asks a browser once for the same scopes, and again for more, when told to, or after a removal",
    () =>
      Effect.gen(function* () {
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const browser = yield* TestBrowser.make
        const url = yield* authorizeUrl({ scope: "user-library-read user-top-read" })
        const asked = yield* browser.open(url, isCallback)
        assert.strictEqual(asked.status, 200)
        const allow = { _user: "free-listener", _decision: "allow" }
        const back = yield* browser.submit(asked, allow, isCallback)
        const tokens = yield* exchange(codeOf(back.url))
        assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).body.id, "free-listener")

        const status = (query: Record<string, string>) =>
          Effect.flatMap(authorizeUrl(query), (url) =>
            Effect.map(browser.open(url, isCallback), (page) => page.status)
          )
        assert.strictEqual(yield* status({ scope: "user-top-read" }), 0)
        assert.strictEqual(yield* status({ scope: "user-top-read", show_dialog: "false" }), 0)
        assert.strictEqual(yield* status({ scope: "user-top-read", show_dialog: "true" }), 200)
        assert.strictEqual(yield* status({ scope: "streaming" }), 200)
        const stranger = yield* TestBrowser.make
        assert.strictEqual((yield* stranger.open(url, isCallback)).status, 200)
        yield* controls.revokeGrant({ user: "free-listener" })
        assert.strictEqual(yield* status({ scope: "user-top-read" }), 200)
      }),
    { consent: "form" }
  )

  scenario(
    "sends nobody on who pressed Cancel, whoever is chosen, and takes no answer from another page",
    () =>
      Effect.gen(function* () {
        const { accountsUrl, redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
        const browser = yield* TestBrowser.make
        const url = yield* authorizeUrl({ scope: "" })
        const page = yield* browser.open(url, isCallback)
        assert.include(page.text, "no private data")
        const denied = yield* browser.submit(page, { _decision: "deny" }, isCallback)
        assert.strictEqual(denied.url, `${redirectUri}?error=access_denied`)
        const forged = yield* send(
          HttpClientRequest.post(`${accountsUrl}/authorize/decision`).pipe(
            HttpClientRequest.bodyUrlParams([
              ...new URL(url).searchParams,
              ["_user", "free-listener"],
              ["_decision", "allow"]
            ]),
            HttpClientRequest.setHeader("origin", "https://evil.example")
          )
        )
        assert.strictEqual(forged.status, 403)
      }),
    { consent: "form" }
  )

  for (const names of [["_decision"], ["_user"], ["_decision", "_user", "_decision"]]) {
    scenario(
      `takes the answer from the user, whatever the address says of ${names.join(" and ")}`,
      () =>
        Effect.gen(function* () {
          const { redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
          const browser = yield* TestBrowser.make
          const answer: Record<string, string> = { _decision: "allow", _user: "premium-listener" }
          const planted = names.map((name) => `${name}=${answer[name]}`).join("&")
          const page = yield* browser.open(
            `${yield* authorizeUrl({ scope: "", state: "s&_decision=allow" })}&state=t&${planted}`,
            isCallback
          )
          const denied = yield* browser.submit(
            page,
            { _user: "free-listener", _decision: "deny" },
            isCallback
          )
          const query = new URLSearchParams({ error: "access_denied", state: "s&_decision=allow" })
          assert.strictEqual(denied.url, `${redirectUri}?${query}`)
          const allowed = yield* browser.submit(
            page,
            { _user: "free-listener", _decision: "allow" },
            isCallback
          )
          const tokens = yield* exchange(codeOf(allowed.url))
          assert.strictEqual((yield* api(tokens.body.access_token, "GET", "/me")).body.id, "free-listener")
        }),
      { consent: "form" }
    )
  }

  scenario(
    "says what will come of a user who is not on the app's list, and escapes names",
    () =>
      Effect.gen(function* () {
        const browser = yield* TestBrowser.make
        const page = yield* browser.open(
          yield* authorizeUrl({ client_id: "mine", redirect_uri: "https://a.example/" })
        )
        assert.include(page.text, "&lt;b&gt;Mine")
        assert.notInclude(page.text, "<b>Mine")
        assert.include(page.text, "Not on the app&#39;s list of users".replace("&#39;", "'"))
      }),
    {
      consent: "form",
      apps: [
        {
          clientId: "mine",
          clientSecret: Redacted.make("s"),
          name: "<b>Mine",
          redirectUris: ["https://a.example/"],
          quotaMode: "development",
          allowedUsers: ["premium-listener"]
        }
      ]
    }
  )
})

describe("apps of one's own", () => {
  scenario(
    "have their own redirect URIs, letter for letter, loopback addresses without a port apart",
    () =>
      Effect.gen(function* () {
        const emulator = yield* SpotifyEmulator.SpotifyEmulator
        const visit = (redirect_uri: string) =>
          Effect.flatMap(authorizeUrl({ ...pkce("desk"), redirect_uri }), (url) => emulator.visit(url))
        const code = codeOf(yield* visit("http://127.0.0.1:51234/back"))
        const tokens = yield* postToken({
          grant_type: "authorization_code",
          code,
          redirect_uri: "http://127.0.0.1:51234/back",
          client_id: "desk",
          code_verifier: verifier
        })
        assert.strictEqual(tokens.status, 200)
        yield* visit("http://[::1]:7777/fixed")
        for (const wrong of [
          "http://127.0.0.1:51234/back/",
          "http://127.0.0.1:51234/other",
          "http://[::1]:7778/fixed",
          "https://127.0.0.1/back"
        ]) {
          const error = yield* Effect.flip(visit(wrong))
          assert.deepInclude(error, { page: "INVALID_CLIENT: Invalid redirect URI" })
        }
      }),
    {
      apps: [{ clientId: "desk", redirectUris: ["http://127.0.0.1/back", "http://[::1]:7777/fixed"] }]
    }
  )
})

describe("who may use an app", () => {
  const text = (token: string) =>
    Effect.map(api(token, "GET", "/me"), (answer) => [
      answer.status,
      answer.text,
      answer.headers["content-type"]
    ])

  scenario(
    "a user who is not on the list logs in, and the Web API refuses in plain text",
    () =>
      Effect.gen(function* () {
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const free = yield* userToken([], "free-listener")
        assert.strictEqual((yield* api(free, "GET", "/me")).status, 200)
        yield* controls.setAllowedUsers(["premium-listener"])
        const [status, body, type] = yield* text(free)
        assert.strictEqual(status, 403)
        assert.match(String(body), /^The user is not registered for this application/)
        assert.match(String(type), /^text\/plain/)
        assert.strictEqual((yield* api(yield* userToken([]), "GET", "/me")).status, 200)
        yield* controls.setAllowedUsers([], { wording: "User not approved for app" })
        assert.strictEqual((yield* text(free))[1], "User not approved for app")
        yield* controls.setAllowedUsers("everybody")
        assert.strictEqual((yield* text(free))[0], 200)
        const many = controls.setAllowedUsers(["a", "b", "c", "d", "e", "f"])
        assert.strictEqual((yield* Effect.exit(many))._tag, "Failure")
      }),
    { quotaMode: "development" }
  )

  scenario("nobody, while its owner has no Premium", () =>
    Effect.gen(function* () {
      const { apps, controls } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken([])
      yield* controls.setOwnerPremium(false, { clientId: apps.public.clientId })
      assert.strictEqual((yield* text(token))[0], 200)
      yield* controls.setOwnerPremium(false)
      const [status, body] = yield* text(token)
      assert.strictEqual(status, 403)
      assert.match(String(body), /^Active premium subscription required for the owner of the app\./)
      yield* controls.setOwnerPremium(true)
      assert.strictEqual((yield* text(token))[0], 200)
    })
  )
})

describe("refresh tokens", () => {
  scenario("work on for a while after a rotation with grace", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(yield* login())
      yield* controls.setRotation("always", { grace: "30 seconds" })
      const first = yield* refresh(tokens.body.refresh_token)
      yield* TestClock.adjust("29 seconds")
      const second = yield* refresh(tokens.body.refresh_token)
      assert.isString(second.body.refresh_token)
      yield* TestClock.adjust("1 second")
      const late = yield* refresh(tokens.body.refresh_token)
      assert.strictEqual(late.body.error_description, "Refresh token revoked")
      assert.strictEqual((yield* refresh(first.body.refresh_token)).status, 200)
      assert.strictEqual((yield* refresh(second.body.refresh_token)).status, 200)
    })
  )

  scenario("are refused wrongly, and are good again", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(yield* login())
      yield* controls.refuseRefreshNext({ count: 2 })
      assert.strictEqual((yield* refresh(tokens.body.refresh_token)).body.error, "invalid_grant")
      assert.strictEqual((yield* refresh(tokens.body.refresh_token)).body.error, "invalid_grant")
      assert.strictEqual((yield* refresh(tokens.body.refresh_token)).status, 200)
    })
  )

  scenario(
    "codes end when the options say",
    () =>
      Effect.gen(function* () {
        const code = yield* login()
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* exchange(code)).body.error_description, "Authorization code expired")
      }),
    { codeLifetime: "1 minute" }
  )
})

describe("status page", () => {
  scenario("repeats nothing unescaped and no secret, and takes GET alone", () =>
    Effect.gen(function* () {
      const { accountsUrl, apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(yield* login())
      yield* api(tokens.body.access_token, "GET", "/search?q=<script>alert(1)</script>&type=track")
      const page = yield* send(HttpClientRequest.get(`${accountsUrl}/`))
      assert.strictEqual(page.status, 200)
      assert.notInclude(page.text, "<script")
      assert.notInclude(page.text, tokens.body.access_token)
      assert.notInclude(page.text, tokens.body.refresh_token)
      assert.include(page.headers["content-security-policy"], "default-src 'none'")
      assert.strictEqual((yield* send(HttpClientRequest.post(`${apiUrl.slice(0, -3)}/`))).status, 405)
    })
  )

  scenario("its forms go to the controls and come back, from this page alone", () =>
    Effect.gen(function* () {
      const { apiUrl, controls } = yield* SpotifyEmulator.SpotifyEmulator
      const origin = new URL(apiUrl).origin
      const press = (headers: Record<string, string>, json = '{"mode":"always"}') =>
        send(
          HttpClientRequest.post(`${origin}/_control/rotation`).pipe(
            HttpClientRequest.bodyUrlParams({ json }),
            HttpClientRequest.setHeaders(headers)
          )
        )
      const pressed = yield* press({ origin, "sec-fetch-site": "same-origin" })
      assert.deepStrictEqual([pressed.status, pressed.headers["location"]], [303, "/"])
      const tokens = yield* exchange(yield* login())
      assert.isString((yield* refresh(tokens.body.refresh_token)).body.refresh_token)
      assert.strictEqual((yield* press({ "sec-fetch-site": "cross-site" })).status, 403)
      assert.strictEqual((yield* press({ "sec-fetch-site": "same-site" })).status, 403)
      const rebound = { origin: "http://evil.example:4010", host: "evil.example:4010" }
      assert.strictEqual((yield* press(rebound)).status, 403)
      assert.strictEqual((yield* press({}, "no json")).status, 400)
      assert.isArray(yield* controls.requests)
    })
  )
})

describe("a catalogue from JSON", () => {
  const id = Catalogue.idOf
  const read = (file: unknown) => CatalogueFile.fromJson(JSON.stringify(file))

  it("extends the invented one or stands alone", () => {
    const mine = {
      artists: [{ id: id("artist"), name: "Mine" }],
      albums: [
        {
          id: id("album"),
          name: "First",
          artistIds: [id("artist")],
          trackIds: [id("track")],
          releaseDate: "1999-12"
        }
      ],
      tracks: [{ id: id("track"), name: "One", albumId: id("album"), artistIds: [id("artist")] }],
      users: [{ id: "ada" }]
    }
    const alone = Either.getOrThrow(read(mine))
    assert.deepInclude(alone.albums[0], { releaseDatePrecision: "month", albumType: "album" })
    assert.deepInclude(alone.users[0], { id: "ada", displayName: "ada", email: "ada@example.com" })
    assert.lengthOf(alone.tracks, 1)
    const more = Either.getOrThrow(read({ ...mine, extends: "invented" }))
    assert.lengthOf(more.tracks, Catalogue.invented.tracks.length + 1)
    const renamed = { ...Catalogue.invented.artists[0], name: "Renamed" }
    const replaced = Either.getOrThrow(read({ extends: "invented", artists: [renamed] }))
    assert.lengthOf(replaced.artists, Catalogue.invented.artists.length)
    assert.strictEqual(replaced.artists[0]?.name, "Renamed")
    assert.deepStrictEqual(Either.getOrThrow(read({})).users, Catalogue.invented.users)
  })

  it("says all that is wrong and where", () => {
    const problem = (file: unknown) => Either.getOrThrow(Either.flip(read(file))).problem
    const wrong = problem({ artists: [{ id: "short", name: "" }], albumz: [] })
    assert.match(wrong, /artists\.0\.id: an id has 22 letters and digits/)
    assert.match(wrong, /albumz/)
    assert.include(
      problem({ tracks: [{ id: id("t"), name: "T", albumId: id("none"), artistIds: [] }] }),
      `track ${id("t")} names the album ${id("none")}, which is not there`
    )
    assert.isTrue(Either.isLeft(CatalogueFile.fromJson("{")))
  })

  it("takes answers of Spotify's", () => {
    const artist = { type: "artist", id: id("a"), name: "A", uri: "spotify:artist:a" }
    const album = {
      type: "album",
      id: id("b"),
      name: "B",
      album_type: "SINGLE",
      artists: [artist],
      release_date: "2001"
    }
    const track = { type: "track", id: id("c"), name: "C", artists: [artist], duration_ms: 1000, album }
    const full = { ...artist, genres: ["jazz"], popularity: 7, followers: { href: null, total: 9 } }
    const catalogue = Either.getOrThrow(
      read({ recorded: [{ tracks: { items: [track, null] } }, full, { ...album, tracks: { items: [] } }] })
    )
    assert.deepInclude(catalogue.artists[0], { name: "A", genres: ["jazz"], popularity: 7, followers: 9 })
    assert.deepInclude(catalogue.albums[0], {
      albumType: "single",
      trackIds: [id("c")],
      releaseDatePrecision: "year"
    })
    assert.deepInclude(catalogue.tracks[0], { albumId: id("b"), durationMs: 1000 })
  })

  it("takes times as programs write them, and keeps the seconds that Spotify has", () => {
    const playlist = (addedAt: string) => ({
      extends: "invented",
      playlists: [
        { id: id("p"), ownerId: "premium-listener", name: "P", items: [{ uri: "spotify:track:x", addedAt }] }
      ]
    })
    const { playlists } = Either.getOrThrow(read(playlist("2026-11-29T08:30:00.123Z")))
    assert.strictEqual(playlists.at(-1)?.items[0]?.addedAt, "2026-11-29T08:30:00Z")
    const wrong = Either.getOrThrow(Either.flip(read(playlist("2026-11-29")))).problem
    assert.include(wrong, "playlists.0.items.0.addedAt: a time has a form such as 2026-10-28T08:30:00Z")
  })

  it("has each of its members in the table of docs/emulator.md", () => {
    const membersOf = (ast: AST.AST): ReadonlyArray<string> =>
      AST.isTypeLiteral(ast)
        ? ast.propertySignatures.flatMap(({ name, type }) => [String(name), ...membersOf(type)])
        : AST.isTupleType(ast)
          ? ast.rest.flatMap(({ type }) => membersOf(type))
          : []
    const file = Schema.typeSchema(File).ast
    assert.isTrue(AST.isTypeLiteral(file))
    const expected = (AST.isTypeLiteral(file) ? file.propertySignatures : []).map(({ name, type }) => [
      String(name),
      [...membersOf(type)].sort()
    ])
    const docs = readFileSync(new URL("../../docs/emulator.md", import.meta.url), "utf8")
    const [, table = ""] = docs.split("## A catalogue of your own")
    const rows = [...(table.split("\n## ")[0] ?? "").matchAll(/^\| `(\w+)` +\|(.*)\|(.*)\|$/gm)].map(
      ([, name, ...cells]) => [
        name,
        [...cells.join(" ").matchAll(/`(\w+)`/g)].map(([, member]) => member).sort()
      ]
    )
    assert.deepStrictEqual(Object.fromEntries(rows), Object.fromEntries(expected))
  })

  it.effect("gives owners their playlists", () =>
    Effect.gen(function* () {
      const mine = yield* api(yield* userToken(), "GET", "/me/playlists")
      assert.deepStrictEqual(
        mine.body.items.map((playlist: { name: string }) => playlist.name),
        ["Saved first", "Not saved"]
      )
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({
          catalogue: Either.getOrThrow(
            read({
              users: [{ id: "ada" }],
              playlists: [
                { id: id("p1"), ownerId: "ada", name: "Not saved" },
                { id: id("p2"), ownerId: "ada", name: "Saved first" }
              ],
              libraries: [{ userId: "ada", saved: [{ uri: `spotify:playlist:${id("p2")}` }] }]
            })
          )
        })
      )
    )
  )

  it.effect("is what the emulator serves", () =>
    Effect.gen(function* () {
      const me = yield* api(yield* userToken(), "GET", "/me")
      assert.strictEqual(me.body.id, "ada")
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({ catalogue: Either.getOrThrow(read({ users: [{ id: "ada" }] })) })
      )
    )
  )
})
