/** One odd value costs itself, or the entry that is of no use without it: never the rest of the answer. */
import { assert, describe, it } from "@effect/vitest"
import { Metrics, type SpotifyClient, type SpotifyError, SpotifyId, SpotifyUri } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Fake from "../support/fakeSpotify.js"
import { always, withClient } from "../support/numberedClient.js"
import * as Fixture from "./fixtures.js"

/** A client whose every answer is this one, and the deviations that it reports. */
const answering =
  (body: unknown, options: SpotifyClient.Options = {}) =>
  <A, E>(
    program: (spotify: SpotifyClient.Service, told: ReadonlyArray<string>) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> => {
    const told: Array<string> = []
    const onDrift = ({ kind, path }: SpotifyClient.Drift) => Effect.sync(() => told.push(`${kind} ${path}`))
    return withClient(
      always(() => Fake.json(body)),
      { onDrift, ...options }
    )((spotify) => program(spotify, told))
  }

const playlistId = SpotifyId.PlaylistId.make(Fixture.id(1))

const nulls = (value: object) => Object.fromEntries(Object.keys(value).map((name) => [name, null]))

const playlists = (...odd: ReadonlyArray<unknown>) =>
  Fixture.page([Fixture.simplifiedPlaylist(1), ...odd, Fixture.simplifiedPlaylist(9)])

describe("an entry of which nothing can be made", () => {
  const starred = { ...Fixture.simplifiedPlaylist(2), id: null, uri: "spotify:user:somebody:starred" }

  it.effect("is left out, counted and reported", () =>
    answering(playlists(starred, null))((spotify, told) =>
      Effect.gen(function* () {
        const counted = Metrics.drift.pipe(
          Metric.tagged("operation", "playlists.mine"),
          Metric.tagged("kind", "OmittedEntry")
        )
        const { count: before } = yield* Metric.value(counted)
        const page = yield* spotify.playlists.minePage()
        assert.deepStrictEqual(
          page.items.map(({ name }) => name),
          ["Playlist 1", "Playlist 9"]
        )
        assert.strictEqual(page.omitted, 2)
        assert.deepStrictEqual(told, [
          "UndocumentedNull items[1].id",
          "OmittedEntry items[1]",
          "UndocumentedNull items[2]"
        ])
        const { count: after } = yield* Metric.value(counted)
        assert.strictEqual(after - before, 1)
      })
    )
  )

  it.effect("is counted as received, so that a stream goes on behind it", () => {
    const lists = [playlists(starred), Fixture.page([Fixture.simplifiedPlaylist(10)])].map(
      ({ items, ...page }, index) => ({
        ...page,
        items,
        offset: index * 3,
        limit: 3,
        total: 4,
        next: index === 0 ? "https://api.spotify.com/v1/me/playlists?offset=3&limit=3" : null
      })
    )
    return withClient(({ url }) =>
      Effect.succeed(Fake.json(lists[url.searchParams.get("offset") === "3" ? 1 : 0]))
    )((spotify) =>
      Effect.gen(function* () {
        const all = yield* Stream.runCollect(spotify.playlists.mine({ limit: 3 }))
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(all).map(({ name }) => name),
          ["Playlist 1", "Playlist 9", "Playlist 10"]
        )
      })
    )
  })

  it.effect("is told without a hook, too, and fails in strict mode", () =>
    Effect.gen(function* () {
      const whole = answering(playlists(starred), { onDrift: undefined })
      assert.strictEqual((yield* whole((spotify) => spotify.playlists.minePage())).omitted, 1)
      const strict = answering(playlists(starred), { decoding: "strict" })
      const error = yield* Effect.flip(strict((spotify) => spotify.playlists.minePage()))
      assert.strictEqual(error._tag, "DecodeError")
    })
  )

  it.effect("is no count on a page that has all of its entries", () =>
    answering(playlists())((spotify) =>
      Effect.map(spotify.playlists.minePage(), (page) => assert.notProperty(page, "omitted"))
    )
  )

  it.effect("of the library or the history: the sound ones come", () =>
    Effect.gen(function* () {
      const sound = { added_at: "2026-01-01T00:00:00Z", track: Fixture.track(1) }
      const saved = Fixture.page([{ ...sound, track: null }, sound, { added_at: null, track: 5 }])
      const tracks = yield* answering(saved)((spotify) => spotify.library.savedTracksPage())
      assert.strictEqual(tracks.items[0]?.track.name, "Track 1")
      assert.strictEqual(tracks.omitted, 2)
      const played = { context: null, played_at: "2026-01-01T00:00:00.000Z", track: Fixture.track(1) }
      const history = { ...Fixture.page([played, { ...played, track: null }]), cursors: null }
      const plays = yield* answering(history)((spotify) => spotify.player.recentlyPlayedPage())
      assert.strictEqual(plays.items.length, 1)
      assert.strictEqual(plays.omitted, 1)
    })
  )
})

describe("a member that is odd", () => {
  it.effect("an owner of nulls, an image without its address, an artist of nulls", () =>
    Effect.gen(function* () {
      const odd = {
        ...Fixture.simplifiedPlaylist(2),
        owner: nulls(Fixture.user),
        images: [{}, Fixture.image]
      }
      const page = yield* answering(playlists(odd))((spotify) => spotify.playlists.minePage())
      assert.strictEqual(page.items.length, 3)
      assert.notProperty(page.items[1], "owner")
      assert.deepStrictEqual(page.items[1]?.images, [Fixture.image])
      const track = { ...Fixture.track(1), artists: [nulls(Fixture.artist(1)), Fixture.artist(2)] }
      const tracks = yield* answering(Fixture.page([track]))((spotify) => spotify.me.topTracksPage())
      assert.deepStrictEqual(
        tracks.items.map(({ artists }) => artists.map(({ name }) => name)),
        [["Artist 2"]]
      )
    })
  )

  it.effect("a yes or no that is written as text", () =>
    answering({ ...Fixture.track(1), explicit: "true", is_local: "false", is_playable: "yes" })(
      (spotify, told) =>
        Effect.gen(function* () {
          const track = yield* spotify.tracks.get(SpotifyId.TrackId.make(Fixture.id(1)))
          assert.deepStrictEqual([track.explicit, track.is_local], [true, false])
          assert.notProperty(track, "is_playable")
          assert.lengthOf(told, 3)
        })
    )
  )

  it.effect("who added an entry: nobody who is known", () =>
    answering(Fixture.page([{ ...Fixture.entry(Fixture.track(1)), added_by: {} }]))((spotify, told) =>
      Effect.gen(function* () {
        const { items } = yield* spotify.playlists.itemsPage(playlistId)
        assert.notProperty(items[0], "added_by")
        assert.strictEqual(items[0]?.item?.name, "Track 1")
        assert.include(told, "MissingMember items[0].added_by.id")
      })
    )
  )

  it.effect("an entry stays a track and keeps its artists", () =>
    Effect.forEach(
      [{ explicit: "no" }, { artists: [Fixture.artist(1), 5] }, { is_playable: {} }, { type: "TRACK" }],
      (odd) =>
        answering(Fixture.page([Fixture.entry({ ...Fixture.track(1), ...odd })]))((spotify) =>
          Effect.gen(function* () {
            const [entry] = (yield* spotify.playlists.itemsPage(playlistId)).items
            assert.strictEqual(entry?.item?.type, "track")
            assert.deepInclude(entry?.item, { artists: [Fixture.artist(1)] })
          })
        )
    )
  )
})

describe("a thing without what it can do without", () => {
  const bare = (kind: string) => ({ id: Fixture.id(7), type: kind })

  it.effect("has an empty name, no links, and its address from its id", () =>
    answering(Fixture.page([bare("playlist")]))((spotify, told) =>
      Effect.gen(function* () {
        const [playlist] = (yield* spotify.playlists.minePage()).items
        assert.deepStrictEqual<unknown>(playlist, {
          external_urls: {},
          id: Fixture.id(7),
          images: [],
          name: "",
          type: "playlist",
          uri: `spotify:playlist:${Fixture.id(7)}`
        })
        assert.includeMembers([...told], ["MissingMember items[0].name", "MissingMember items[0].uri"])
      })
    )
  )

  it.effect("has its id from its address", () =>
    Effect.forEach(["playlist", "user:x:playlist"], (kind) =>
      answering(Fixture.page([{ uri: `spotify:${kind}:${Fixture.id(7)}` }]))((spotify) =>
        Effect.map(spotify.playlists.minePage(), ({ items }) =>
          assert.strictEqual(items[0]?.id, Fixture.id(7))
        )
      )
    )
  )

  it.effect("has both from its address in the Web API, if that is all there is", () =>
    Effect.forEach(["playlists", "users/some%20body/playlists"], (path) =>
      answering({ href: `https://api.spotify.com/v1/${path}/${Fixture.id(7)}`, id: null, uri: null })(
        (spotify) =>
          Effect.gen(function* () {
            const { id, uri } = yield* spotify.playlists.create({ name: "Mine" })
            assert.deepStrictEqual<unknown>([id, uri], [Fixture.id(7), `spotify:playlist:${Fixture.id(7)}`])
          })
      )
    )
  )

  it.effect("a user whose id has signs in it", () =>
    Effect.forEach([{ id: null }, { uri: null }, { id: null, uri: null }], (odd) =>
      answering({ ...Fixture.user, ...odd })((spotify) =>
        Effect.map(spotify.me.profile, ({ id, uri }) =>
          assert.deepStrictEqual<unknown>([id, uri], [Fixture.user.id, Fixture.user.uri])
        )
      )
    )
  )

  it.effect("an address of another kind is none", () =>
    Effect.forEach(["albums/x", "tracks/x/y", "playlists/", "playlists/%E0%A4%A"], (path) =>
      Effect.gen(function* () {
        const odd = { href: `https://api.spotify.com/v1/${path}` }
        const page = yield* answering(Fixture.page([odd]))((spotify) => spotify.playlists.minePage())
        assert.deepStrictEqual([page.items, page.omitted], [[], 1])
      })
    )
  )

  it.effect("album, show, audiobook, and their chapters without pages and wholes", () =>
    Effect.gen(function* () {
      const id = Fixture.id(7)
      const album = yield* answering(Fixture.album(7))((spotify) =>
        spotify.albums.get(SpotifyId.AlbumId.make(id))
      )
      assert.strictEqual(album.name, "Album 7")
      assert.notProperty(album, "tracks")
      const show = yield* answering(bare("show"))((spotify) => spotify.shows.get(SpotifyId.ShowId.make(id)))
      assert.notProperty(show, "episodes")
      const episode = yield* answering(Fixture.simplifiedEpisode(7))((spotify) =>
        spotify.episodes.get(SpotifyId.EpisodeId.make(id))
      )
      assert.strictEqual(episode.name, "Episode 7")
      const book = yield* answering(Fixture.without(Fixture.audiobook, "uri"))((spotify) =>
        spotify.audiobooks.get(SpotifyId.AudiobookId.make(id))
      )
      assert.strictEqual(book.uri, `spotify:show:${Fixture.id(1)}`)
      const chapter = yield* answering({ id })((spotify) =>
        spotify.chapters.get(SpotifyId.ChapterId.make(id))
      )
      assert.strictEqual(chapter.type, "chapter")
    })
  )

  it.effect("an entry of a playlist: by its type, or by its address", () =>
    Effect.gen(function* () {
      const track = Fixture.without(Fixture.track(1), "album", "explicit", "type")
      const local = Fixture.without(Fixture.localTrack, "is_local", "id", "type")
      const unknown = { ...bare("track"), id: null, name: "?" }
      const entries = [track, local, unknown].map(Fixture.entry)
      const page = yield* answering(Fixture.page(entries))((spotify) =>
        spotify.playlists.itemsPage(playlistId)
      )
      const [first, second, third] = page.items.map(({ item }) => item)
      assert.deepInclude(first, { type: "track", artists: [Fixture.artist(1)] })
      assert.deepInclude(second, {
        type: "track",
        id: null,
        is_local: true,
        artists: Fixture.localTrack.artists
      })
      assert.deepInclude(third, { type: "unknown", original_type: "track", name: "?" })
    })
  )

  it.effect("a saved episode without a name is there, unless it is null", () =>
    Effect.gen(function* () {
      const saved = [Fixture.without(Fixture.episode(1), "name"), { ...Fixture.episode(2), name: null }, {}]
      const { items } = yield* answering(Fixture.page(saved.map((episode) => ({ added_at: null, episode }))))(
        (spotify) => spotify.library.savedEpisodesPage()
      )
      assert.deepStrictEqual(
        items.map(({ episode }) => [episode.name, "show" in episode]),
        [
          ["", true],
          [null, false],
          [null, false]
        ]
      )
    })
  )

  it.effect("is told in strict mode", () =>
    Effect.forEach(
      ["name", "external_urls", "artists", "explicit", "duration_ms", "album"] as const,
      (name) =>
        answering(Fixture.without(Fixture.track(1), name), { decoding: "strict" })((spotify) =>
          Effect.map(Effect.flip(spotify.tracks.get(SpotifyId.TrackId.make(Fixture.id(1)))), (error) =>
            assert.strictEqual(error.message.includes(name), true, error.message)
          )
        )
    )
  )
})

describe("a page that does not say which it is", () => {
  it.effect("is the one that was asked for", () =>
    Effect.gen(function* () {
      const odd = { items: [Fixture.artist(1)], limit: null, next: 5, total: "3" }
      const top = yield* answering(odd)((spotify) => spotify.me.topArtistsPage({ limit: 7, offset: 2 }))
      assert.deepStrictEqual([top.limit, top.offset, top.total, top.next], [7, 2, 3, undefined])
      const found = yield* answering({ artists: { ...odd, limit: "20", offset: "40" } })((spotify) =>
        spotify.search("x", { types: ["artist"] })
      )
      assert.deepStrictEqual([found.artists.limit, found.artists.offset], [20, 40])
    })
  )

  it.effect("goes on in a stream", () =>
    withClient(({ url }) => {
      const offset = Number(url.searchParams.get("offset"))
      return Effect.succeed(Fake.json({ items: [Fixture.artist(offset)], limit: null, total: 3 }))
    })((spotify) =>
      Effect.map(Stream.runCollect(spotify.me.topArtists({ limit: 1 })), (artists) =>
        assert.strictEqual(artists.length, 3)
      )
    )
  )

  it.effect("within a playlist that shows its total alone", () =>
    Effect.forEach(["items", "tracks"], (name) => {
      const playlist = { ...Fixture.without(Fixture.simplifiedPlaylist(1), "items") }
      return answering({ ...playlist, [name]: { href: "https://api.spotify.com/v1/x", total: 42 } })(
        (spotify) =>
          Effect.gen(function* () {
            const { items } = yield* spotify.playlists.get(playlistId)
            assert.deepStrictEqual([items?.total, items?.items], [42, []])
          })
      )
    })
  )
})

describe("answers that are nearly nothing", () => {
  it.effect("devices: null is none, and an odd one costs no other", () =>
    Effect.gen(function* () {
      const none = yield* answering({ devices: null })((spotify) => spotify.player.devices)
      assert.deepStrictEqual(none, [])
      const some = yield* answering({ devices: [null, Fixture.device, 5] })(
        (spotify) => spotify.player.devices
      )
      assert.deepStrictEqual(some, [Fixture.device])
    })
  )

  it.effect("the player: null and {} are nothing, and a state may not say whether it plays", () =>
    Effect.gen(function* () {
      for (const body of [null, {}]) {
        assert.isTrue(Option.isNone(yield* answering(body)((spotify) => spotify.player.state())))
        const strict = answering(body, { decoding: "strict" })((spotify) => spotify.player.state())
        assert.strictEqual((yield* Effect.flip(strict))._tag, "DecodeError")
      }
      const quiet = Fixture.without(Fixture.playbackState(Fixture.track(1)), "is_playing")
      const state = Option.getOrThrow(yield* answering(quiet)((spotify) => spotify.player.state()))
      assert.strictEqual(state.item?.name, "Track 1")
    })
  )

  const trackIds = [1, 2].map((index) => SpotifyId.TrackId.make(Fixture.id(index)))
  const ids: ReadonlyArray<never> = trackIds as never
  const lists: Record<
    string,
    (spotify: SpotifyClient.Service) => Effect.Effect<ReadonlyArray<unknown>, SpotifyError.SpotifyError>
  > = {
    albums: (_) => _.albums.getSeveral(ids),
    artists: (_) => _.artists.getSeveral(ids),
    audiobooks: (_) => _.audiobooks.getSeveral(ids),
    chapters: (_) => _.chapters.getSeveral(ids),
    episodes: (_) => _.episodes.getSeveral(ids),
    shows: (_) => _.shows.getSeveral(ids),
    tracks: (_) => _.tracks.getSeveral(ids),
    audio_features: (_) => _.tracks.severalAudioFeatures(ids)
  }

  it.effect("several at once: without its list the answer has none of them, and that is told", () =>
    Effect.forEach(Object.entries(lists), ([name, call]) =>
      Effect.forEach([{ [name]: null }, {}, { [name]: "none" }], (body) =>
        Effect.gen(function* () {
          const found = yield* answering(body)((spotify, told) =>
            Effect.tap(call(spotify), () => assert.lengthOf(told, 1))
          )
          assert.deepStrictEqual(found, [Option.none(), Option.none()])
          const strict = answering(body, { decoding: "strict" })(call)
          assert.strictEqual((yield* Effect.flip(strict))._tag, "DecodeError")
        })
      )
    )
  )

  it.effect("several at once: an odd one costs no other, and too few fail", () =>
    Effect.gen(function* () {
      const odd = { tracks: [{ ...Fixture.track(1), id: null, uri: null }, Fixture.track(2)] }
      for (const method of ["getSeveral", "getMany"] as const) {
        const found = yield* withClient(
          always(() => Fake.json(odd)),
          {},
          { quotaMode: "extended" }
        )((spotify) => spotify.tracks[method](trackIds))
        assert.deepStrictEqual(
          found.map((track) => Option.map(track, ({ name }) => name)),
          [Option.none(), Option.some("Track 2")]
        )
      }
      const few = answering({ tracks: [Fixture.track(1)] })((spotify) => spotify.tracks.getSeveral(trackIds))
      assert.strictEqual((yield* Effect.flip(few))._tag, "DecodeError")
    })
  )

  it.effect("a cover: null and what is no list are none", () =>
    Effect.forEach([null, {}, [{ url: null }, null]], (body) =>
      Effect.map(
        answering(body)((spotify) => spotify.playlists.cover(playlistId)),
        (images) => assert.deepStrictEqual(images, [])
      )
    )
  )

  it.effect("whether a playlist is followed: null is no, and no answer fails", () =>
    Effect.gen(function* () {
      const follows = (body: unknown) => answering(body)((spotify) => spotify.playlists.follows(playlistId))
      assert.isFalse(yield* follows([null]))
      assert.strictEqual((yield* Effect.flip(follows([])))._tag, "DecodeError")
    })
  )

  it.effect("contains: null is no for that one, and too few answers fail", () =>
    Effect.gen(function* () {
      const uris = [1, 2, 3].map((index) =>
        SpotifyUri.make("track", SpotifyId.TrackId.make(Fixture.id(index)))
      )
      const saved = yield* answering([true, null, true])((spotify) => spotify.library.contains(uris))
      assert.deepStrictEqual([...saved.values()], [true, false, true])
      const error = yield* Effect.flip(answering([true])((spotify) => spotify.library.contains(uris)))
      assert.strictEqual(error._tag, "DecodeError")
    })
  )
})
