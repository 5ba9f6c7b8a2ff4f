import { assert, describe, it } from "@effect/vitest"
import { CallOptions, SpotifyId, SpotifyUri, type SpotifyClient, type SpotifyError } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Fake from "../support/fakeSpotify.js"
import {
  artistId,
  errorBody,
  getArtist,
  inTurn,
  ok,
  status,
  token,
  withClient
} from "../support/numberedClient.js"

const playlistId = SpotifyId.PlaylistId.make("37i9dQZF1DXcBWIGoYBM5M")

const revoked = status(401, errorBody(401, "The access token expired"))

describe("SpotifyClient, a hostile or broken Web API", () => {
  it.effect("F22: a redirect to another host is an error, and nothing goes there", () =>
    Effect.forEach([301, 302, 303, 307, 308], (code) =>
      withClient(() =>
        Effect.sync(
          () => new Response(null, { status: code, headers: { location: "https://evil.example/" } })
        )
      )((spotify, seen) =>
        Effect.gen(function* () {
          yield* Effect.flip(getArtist(spotify))
          assert.deepStrictEqual([...new Set(seen.map(({ url }) => url.host))], ["api.spotify.com"])
        })
      )
    )
  )

  it.effect("F22: a list whose next page is said to be at another host is read on at Spotify's", () =>
    withClient((request) =>
      Effect.sync(() => {
        const offset = Number(request.url.searchParams.get("offset") ?? 0)
        return Fake.json({
          href: "https://evil.example/",
          items: Array.from({ length: 2 }, (_, i) => ({
            id: `${offset + i}`.padStart(22, "a"),
            name: "Album",
            type: "album",
            uri: `spotify:album:${`${offset + i}`.padStart(22, "a")}`,
            album_type: "album",
            artists: [],
            external_urls: {},
            href: "",
            images: [],
            release_date: "2020",
            release_date_precision: "year",
            total_tracks: 1
          })),
          limit: 2,
          next: offset === 0 ? "https://evil.example/v1/artists/x/albums?offset=2" : null,
          offset,
          previous: null,
          total: 4
        })
      })
    )((spotify, seen) =>
      Effect.gen(function* () {
        const albums = yield* Stream.runCollect(spotify.artists.albums(artistId))
        assert.strictEqual(albums.length, 4)
        assert.deepStrictEqual([...new Set(seen.map(({ url }) => url.host))], ["api.spotify.com"])
      })
    )
  )

  it.effect("G3: every body can be sent again, and is, to the byte, after a 401", () =>
    withClient(inTurn(revoked, status(202)))((spotify, seen) =>
      Effect.gen(function* () {
        yield* spotify.playlists.uploadCover(playlistId, new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]))
        assert.strictEqual(seen.length, 2)
        assert.strictEqual(seen[1]?.body, seen[0]?.body)
        assert.strictEqual(seen[0]?.body, "/9j/4AECAw==")
      })
    )
  )

  it.effect("G3: a second 401 for it is typed, and it is not sent a third time", () =>
    withClient(() => Effect.sync(revoked))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          spotify.playlists.uploadCover(playlistId, new Uint8Array([0xff, 0xd8, 0xff]))
        )
        assert.strictEqual(error._tag, "Unauthorized")
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("H6: a token that ends on the way is renewed, and the call sent once more", () =>
    withClient(inTurn(revoked, ok))((spotify, seen) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
        assert.deepStrictEqual(
          seen.map(({ headers }) => headers["authorization"]),
          [`Bearer ${token}`, `Bearer ${token}-1`]
        )
      })
    )
  )
})

describe("SpotifyClient, a command that Spotify has done", () => {
  const uris = [SpotifyUri.make("track", SpotifyId.TrackId.make("4uLU6hMCjMI75M1A2tKUQC"))]
  const commands: Record<
    string,
    (spotify: SpotifyClient.Service) => Effect.Effect<unknown, SpotifyError.SpotifyError>
  > = {
    add: (spotify) => spotify.playlists.add(playlistId, uris),
    addTracks: (spotify) => spotify.playlists.addTracks(playlistId, uris),
    remove: (spotify) => spotify.playlists.remove(playlistId, uris),
    replace: (spotify) => spotify.playlists.replace(playlistId, uris),
    clear: (spotify) => spotify.playlists.replace(playlistId, []),
    reorder: (spotify) => spotify.playlists.reorder(playlistId, { range_start: 0, insert_before: 2 }),
    create: (spotify) => Effect.map(spotify.playlists.create({ name: "Mine" }), ({ id }) => id),
    createPlaylist: (spotify) =>
      Effect.map(spotify.users.createPlaylist("me", { name: "Mine" }), ({ id }) => id)
  }
  const none: Record<string, unknown> = {
    add: Option.none(),
    addTracks: Option.none(),
    remove: Option.none()
  }
  const answers = ["", "null", "[]", "{}", "OK", '{"snapshot_id":null}', '{"snapshot_id":7,"id":{}}', '{"id"']

  for (const [name, command] of Object.entries(commands)) {
    for (const decoding of ["lenient", "strict"] as const) {
      it.effect(`succeeds whatever the answer lacks: ${name}, ${decoding}`, () =>
        Effect.forEach(answers, (body) =>
          Effect.gen(function* () {
            const reports: Array<SpotifyClient.Drift> = []
            yield* withClient(() => Effect.sync(status(201, body)), {
              decoding,
              onDrift: (drift) => Effect.sync(() => reports.push(drift))
            })((spotify, seen) =>
              Effect.gen(function* () {
                assert.deepStrictEqual(yield* command(spotify), none[name])
                assert.strictEqual(seen.length, 1)
              })
            )
            assert.isNotEmpty(reports, body)
          })
        )
      )
    }

    it.effect(`succeeds though its answer breaks off: ${name}`, () =>
      withClient(() =>
        Effect.sync(
          () =>
            new Response(
              new ReadableStream({
                pull: (controller) => controller.error(Object.assign(new Error(), { code: "ECONNRESET" }))
              }),
              { status: 201 }
            )
        )
      )((spotify, seen) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* command(spotify), none[name])
          assert.strictEqual(seen.length, 1)
        })
      )
    )
  }

  it.effect("what its answer holds is told, above all a playlist's id", () =>
    withClient(() =>
      Effect.sync(
        status(201, { id: playlistId, name: null, description: null, images: 7, snapshot_id: "v1" })
      )
    )((spotify) =>
      Effect.gen(function* () {
        const created = yield* spotify.playlists.create({ name: "Mine" })
        assert.strictEqual(created.id, playlistId)
        assert.strictEqual(created.snapshot_id, "v1")
        assert.deepStrictEqual(yield* spotify.playlists.add(playlistId, uris), Option.some("v1"))
      })
    )
  )

  it.effect("a long write goes on without the versions, and ends in success", () =>
    withClient(() => Effect.sync(status(201, "")))((spotify, seen) =>
      Effect.gen(function* () {
        const many = Array.from({ length: 250 }, (_, i) =>
          SpotifyUri.make("track", SpotifyId.TrackId.make(`${i}`.padStart(22, "0")))
        )
        yield* spotify.playlists.remove(playlistId, many, { snapshot_id: "v0" })
        yield* spotify.playlists.replace(playlistId, many)
        assert.strictEqual(seen.length, 6)
      })
    )
  )

  it.effect("with a schema of the caller's own an answer without a body is undefined", () =>
    Effect.gen(function* () {
      const path = "/me/x"
      const maybe = Schema.UndefinedOr(Schema.Struct({ id: Schema.String }))
      const calls: ReadonlyArray<
        readonly [
          number,
          (spotify: SpotifyClient.Service) => Effect.Effect<unknown, SpotifyError.SpotifyError>
        ]
      > = [
        [204, ({ execute }) => execute({ method: "GET", path, schema: maybe })],
        [204, ({ execute }) => execute({ method: "PUT", path, schema: Schema.Void })],
        [202, ({ execute }) => execute({ method: "POST", path, schema: Schema.Void })],
        [200, ({ execute }) => execute({ method: "DELETE", path, schema: Schema.Unknown })]
      ]
      for (const [code, call] of calls) {
        yield* withClient(() => Effect.sync(() => new Response(null, { status: code })))((spotify, seen) =>
          Effect.map(call(spotify), (answer) => assert.deepStrictEqual([answer, seen.length], [undefined, 1]))
        )
      }
      // The body of this read was lost
      const lost = yield* withClient(() => Effect.sync(status(200, "")))((spotify, seen) =>
        Effect.map(
          Effect.flip(spotify.execute({ method: "GET", path: "/me/x", schema: Schema.Unknown })),
          ({ _tag }) => [_tag, seen.length]
        )
      )
      assert.deepStrictEqual(lost, ["DecodeError", 2])
    })
  )

  it.effect("with a schema of the caller's own the error says that it is done", () =>
    withClient(() => Effect.sync(status(201, "")))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          spotify.execute({ method: "POST", path: "/me/x", schema: Schema.Struct({ id: Schema.String }) })
        )
        assert.strictEqual(error._tag, "DecodeError")
        assert.match(error.message, /has carried it out, so do not send it again/)
        assert.strictEqual(seen.length, 1)
      })
    )
  )
})

describe("SpotifyClient, what an error says to do", () => {
  const play = (spotify: SpotifyClient.Service) =>
    spotify.player.play({
      uris: [SpotifyUri.make("track", SpotifyId.TrackId.make("4uLU6hMCjMI75M1A2tKUQC"))]
    })
  const create = (spotify: SpotifyClient.Service) =>
    spotify.users.createPlaylist("somebody", { name: "Mine" })
  const cover = (spotify: SpotifyClient.Service) =>
    spotify.playlists.uploadCover(playlistId, new Uint8Array([0xff, 0xd8, 0xff]))
  const html = "<html><head><title>413</title></head><body><h1>Request Entity Too Large</h1></body></html>"

  const cases: ReadonlyArray<
    readonly [
      title: string,
      response: () => Response,
      call: (spotify: SpotifyClient.Service) => Effect.Effect<unknown, SpotifyError.SpotifyError>,
      detail: Record<string, unknown>,
      says: RegExp
    ]
  > = [
    ...[
      (spotify: SpotifyClient.Service) => spotify.playlists.get(playlistId),
      (spotify: SpotifyClient.Service) => spotify.playlists.itemsPage(playlistId),
      (spotify: SpotifyClient.Service) => Stream.runDrain(spotify.playlists.tracks(playlistId)),
      (spotify: SpotifyClient.Service) => spotify.playlists.cover(playlistId)
    ].map(
      (call) =>
        [
          "a playlist of Spotify's own",
          status(404, errorBody(404, "Resource not found")),
          call,
          { _tag: "NotFound", resource: "SpotifyPlaylist" },
          /Spotify makes itself.*November 2024/
        ] as const
    ),
    [
      "a playlist of Spotify's own, refused",
      status(403, errorBody(403, "Forbidden")),
      (spotify) => spotify.playlists.get(playlistId),
      { _tag: "Forbidden", reason: "PlaylistNotOwned" },
      /owner of a playlist/
    ],
    [
      "a playlist of somebody's",
      status(404, errorBody(404, "Resource not found")),
      (spotify) => spotify.playlists.get(SpotifyId.PlaylistId.make("3cEYpjA9oz9GiPac4AsH4n")),
      { _tag: "NotFound", resource: undefined },
      /check the id and the market$/
    ],
    ...["Device not found", "Not found."].map(
      (message) =>
        [
          `a device: ${message}`,
          status(404, errorBody(404, message)),
          play,
          { _tag: "NotFound", resource: "Device" },
          /device is offline or has a new id.*player\.devices/
        ] as const
    ),
    [
      "a device, without a word",
      status(404),
      (spotify) => spotify.player.transfer("gone"),
      { _tag: "NotFound", resource: "Device" },
      /player\.devices/
    ],
    [
      "no active device",
      status(404, errorBody(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE")),
      play,
      { _tag: "NotFound", resource: "Device" },
      /no device is active.*player\.devices/
    ],
    [
      "a track that is not there",
      status(404, errorBody(404, "Player command failed: No such track", "NO_SPECIFIC_TRACK")),
      play,
      { _tag: "NotFound", resource: undefined },
      /check the id/
    ],
    ...(
      [
        [403, "You cannot create a playlist for another user."],
        [403, "You do not own this playlist"],
        [403, "Users don't own playlists of others"],
        [403, "Forbidden"],
        [404, "Invalid username"]
      ] as const
    ).map(
      ([code, message]) =>
        [
          `a playlist for another user: ${code} ${message}`,
          status(code, errorBody(code, message)),
          create,
          { replacement: "playlists.create" },
          /use playlists\.create/
        ] as const
    ),
    [
      "no active device, without the word for it",
      status(404, errorBody(404, "Player command failed: No active device found")),
      play,
      { _tag: "NotFound", reason: "NO_ACTIVE_DEVICE" },
      /no device is active.*player\.devices/
    ],
    ...[
      ["VOLUME_CONTROL_DISALLOW", /volume of this device cannot be set.*supports_volume/] as const,
      ["DEVICE_NOT_CONTROLLABLE", /accepts no commands.*player\.devices/] as const,
      ["CONTEXT_DISALLOW", /read its state/] as const
    ].map(
      ([reason, says]) =>
        [
          `the player: ${reason}`,
          status(403, errorBody(403, "Player command failed: Restricted", reason)),
          play,
          { _tag: "Forbidden", reason: "Restricted", playerReason: reason },
          says
        ] as const
    ),
    ...["Permissions missing", "Insufficient permissions"].map(
      (message) =>
        [
          `a scope: ${message}`,
          status(403, errorBody(403, message)),
          play,
          { _tag: "Forbidden", reason: "InsufficientScope" },
          /asks for the scopes user-modify-playback-state/
        ] as const
    ),
    [
      "a playlist of Spotify's own to the library",
      status(404, errorBody(404, "Not found.")),
      (spotify) => spotify.library.save([SpotifyUri.make("playlist", playlistId)]),
      { _tag: "NotFound", resource: "SpotifyPlaylist" },
      /Spotify makes itself/
    ],
    [
      "an operation that may be closed",
      status(404, errorBody(404, "Not found.")),
      (spotify) => spotify.artists.relatedArtists(artistId),
      {},
      /November 2024/
    ],
    ...[
      [
        status(400, errorBody(400, "Only valid bearer authentication supported")),
        /token was changed.*proxy/
      ] as const,
      [status(407), /proxy.*login/] as const,
      [status(410), /closed or moved.*newer version/] as const
    ].map(
      ([response, says]) =>
        [
          `a ${response().status} from in between`,
          response,
          getArtist,
          { _tag: "RequestRejected" },
          says
        ] as const
    ),
    [
      "a network's sign-in page",
      status(511, html),
      (spotify) => CallOptions.withOptions(getArtist(spotify), { retry: false }),
      { _tag: "ServiceUnavailable", status: 511 },
      /network requires a sign-in/
    ],
    ["too many URIs to play", status(413, html), play, { status: 413 }, /fewer URIs.*context_uri/],
    ["a cover that is too large", status(413, html), cover, { status: 413 }, /smaller image.*192 KiB/],
    [
      "too long a body",
      status(413),
      (spotify) => spotify.playlists.changeDetails(playlistId, { name: "x" }),
      { status: 413 },
      /fewer entries/
    ],
    ["too long an address", status(414, html), getArtist, { status: 414 }, /address is too long/],
    ...[
      (spotify: SpotifyClient.Service) => spotify.me.profile,
      (spotify: SpotifyClient.Service) => Stream.runDrain(spotify.playlists.mine()),
      (spotify: SpotifyClient.Service) => spotify.player.state(),
      (spotify: SpotifyClient.Service) => spotify.player.pause()
    ].map(
      (call) =>
        [
          "not modified, though nobody asked",
          () => new Response(null, { status: 304, headers: { etag: '"v1"' } }),
          call,
          { _tag: "RequestRejected", status: 304 },
          /not conditional.*proxy or cache/
        ] as const
    ),
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
      getArtist,
      { status: 302 },
      /redirect.*apiUrl/
    ]
  ]
  for (const [title, response, call, detail, says] of cases) {
    it.effect(title, () =>
      withClient(() => Effect.sync(response))((spotify) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(call(spotify))
          assert.deepInclude({ ...error }, detail)
          assert.match(error.message, says)
          assert.notInclude(error.message, playlistId)
        })
      )
    )
  }
})
