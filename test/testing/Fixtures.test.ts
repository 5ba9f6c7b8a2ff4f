import { assert, describe, it } from "@effect/vitest"
import {
  Album,
  Artist,
  Audiobook,
  Category,
  Chapter,
  Common,
  Episode,
  Playback,
  Playlist,
  Saved,
  Show,
  SimplifiedAlbum,
  SimplifiedArtist,
  SimplifiedChapter,
  SimplifiedEpisode,
  SimplifiedTrack,
  SpotifyId,
  SpotifyUri,
  Track,
  User
} from "effect-spotify"
import { Fixtures } from "effect-spotify/testing"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Drift from "../../src/client/decode/drift.js"
import { RawCursorPage, RawPage } from "../../src/model/Page.js"

/** Each fixture by its name, as it is without overrides, and the schema of the answers that have it. */
const made: {
  readonly [K in Exclude<keyof typeof Fixtures, "Overrides">]: readonly [object, Schema.Schema.AnyNoContext]
} = {
  album: [Fixtures.album(), Album.Album],
  artist: [Fixtures.artist(), Artist.Artist],
  audiobook: [Fixtures.audiobook(), Audiobook.Audiobook],
  category: [Fixtures.category(), Category.Category],
  chapter: [Fixtures.chapter(), Chapter.Chapter],
  currentlyPlaying: [Fixtures.currentlyPlaying(), Playback.CurrentlyPlaying],
  cursorPage: [Fixtures.cursorPage([Fixtures.artist()]), RawCursorPage(Artist.Artist)],
  device: [Fixtures.device(), Playback.Device],
  episode: [Fixtures.episode(), Episode.Episode],
  image: [Fixtures.image(), Common.Image],
  page: [Fixtures.page([Fixtures.track()]), RawPage(Track.Track)],
  playHistory: [Fixtures.playHistory(), Playback.PlayHistory],
  playbackState: [Fixtures.playbackState(), Playback.PlaybackState],
  playlist: [Fixtures.playlist(), Playlist.Playlist],
  playlistItem: [Fixtures.playlistItem(), Playlist.PlaylistItem],
  publicUser: [Fixtures.publicUser(), User.PublicUser],
  queue: [Fixtures.queue(), Playback.Queue],
  savedAlbum: [Fixtures.savedAlbum(), Saved.SavedAlbum],
  savedEpisode: [Fixtures.savedEpisode(), Saved.SavedEpisode],
  savedShow: [Fixtures.savedShow(), Saved.SavedShow],
  savedTrack: [Fixtures.savedTrack(), Saved.SavedTrack],
  show: [Fixtures.show(), Show.Show],
  simplifiedAlbum: [Fixtures.simplifiedAlbum(), SimplifiedAlbum.SimplifiedAlbum],
  simplifiedArtist: [Fixtures.simplifiedArtist(), SimplifiedArtist.SimplifiedArtist],
  simplifiedAudiobook: [Fixtures.simplifiedAudiobook(), Audiobook.SimplifiedAudiobook],
  simplifiedChapter: [Fixtures.simplifiedChapter(), SimplifiedChapter.SimplifiedChapter],
  simplifiedEpisode: [Fixtures.simplifiedEpisode(), SimplifiedEpisode.SimplifiedEpisode],
  simplifiedPlaylist: [Fixtures.simplifiedPlaylist(), Playlist.SimplifiedPlaylist],
  simplifiedShow: [Fixtures.simplifiedShow(), Show.SimplifiedShow],
  simplifiedTrack: [Fixtures.simplifiedTrack(), SimplifiedTrack.SimplifiedTrack],
  track: [Fixtures.track(), Track.Track],
  user: [Fixtures.user(), User.PrivateUser],
  userReference: [Fixtures.userReference(), User.UserReference]
}

/** What tells of something unusual, or is nowhere where this object is. */
const unusual = ["album_group", "linked_from", "omitted", "restrictions"]
const left: Readonly<Record<string, ReadonlyArray<string>>> = { userReference: ["followers"] }

/** The members of the object that the schema is of, wherever it stands. */
const membersOf = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isTypeLiteral(ast)
    ? ast.propertySignatures.map(({ name }) => String(name))
    : AST.isDeclaration(ast)
      ? ast.typeParameters.flatMap(membersOf)
      : []

/** Every object within a value, itself included. */
const objectsIn = (value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  Array.isArray(value)
    ? value.flatMap(objectsIn)
    : typeof value === "object" && value !== null
      ? [value as Readonly<Record<string, unknown>>, ...Object.values(value).flatMap(objectsIn)]
      : []

describe("Fixtures", () => {
  it("are answers in which even the strict client finds nothing odd", () => {
    for (const [name, [value, schema]] of Object.entries(made)) {
      assert.deepStrictEqual(Drift.read(schema)(value).findings, [], name)
      assert.deepStrictEqual(Either.getOrThrow(Schema.decodeUnknownEither(schema)(value)), value, name)
    }
  })

  it("have every member but those that tell of something unusual", () => {
    for (const [name, [value, schema]] of Object.entries(made)) {
      const members = membersOf(schema.ast)
      assert.isNotEmpty(members, name)
      assert.deepStrictEqual(
        members.filter((member) => !unusual.includes(member) && !(member in value)),
        left[name] ?? [],
        name
      )
    }
  })

  it("have ids that are valid, and are those of their URIs and links", () => {
    for (const [name, [value]] of Object.entries(made)) {
      const things = objectsIn(value).filter(({ id, uri }) => id !== undefined && uri !== undefined)
      for (const { external_urls, href, id, type, uri } of things) {
        const parsed = Either.getOrThrow(SpotifyUri.parse(String(uri)))
        assert.strictEqual(parsed.id, id, name)
        assert.deepStrictEqual(
          external_urls,
          { spotify: `https://open.spotify.com/${parsed.kind}/${id}` },
          name
        )
        assert.strictEqual(href, `https://api.spotify.com/v1/${type}s/${id}`, name)
        if (type !== "user") {
          assert.match(String(id), /^[0-9A-Za-z]{22}$/, name)
        }
      }
    }
  })

  it("are the same for the same overrides, and differ by their names", () => {
    assert.deepStrictEqual(Fixtures.track({ name: "A" }), Fixtures.track({ name: "A" }))
    assert.notStrictEqual(Fixtures.track({ name: "A" }).id, Fixtures.track({ name: "B" }).id)
    assert.strictEqual(Fixtures.album({ name: "A" }).id, Fixtures.track({ album: { name: "A" } }).album?.id)
    assert.strictEqual(Fixtures.artist().id, Fixtures.simplifiedArtist().id)
  })

  it("follow the id or the URI that the test gives", () => {
    const id = SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb")
    const uri = SpotifyUri.make("artist", id)
    assert.strictEqual(Fixtures.artist({ id }).uri, uri)
    assert.strictEqual(Fixtures.artist({ uri }).id, id)
    assert.strictEqual(Fixtures.user({ id: "ada 1" }).uri, "spotify:user:ada%201")
    assert.strictEqual(Fixtures.user({ id: "ada" }).display_name, "ada")
  })

  it("merge what stands within, and complete the entries of lists", () => {
    const track = Fixtures.track({
      artists: [{ name: "ABBA" }, { name: "Somebody" }],
      album: { name: "Arrival", images: [{ width: 64 }] },
      external_ids: { ean: "1" },
      duration_ms: undefined
    })
    assert.deepStrictEqual(
      track.artists.map(({ name, type }) => [name, type]),
      [
        ["ABBA", "artist"],
        ["Somebody", "artist"]
      ]
    )
    assert.deepStrictEqual(track.album?.artists, track.artists)
    assert.strictEqual(track.album?.images[0]?.width, 64)
    assert.match(track.album?.images[0]?.url ?? "", /^https:/)
    assert.deepStrictEqual(track.external_ids, { ean: "1", isrc: "ZZTST2600001" })
    assert.strictEqual(track.duration_ms, 180_000)
    assert.isNull(Fixtures.track({ album: null }).album)
    assert.deepStrictEqual(Drift.read(Track.Track)(track).findings, [])

    const playlist = Fixtures.playlist({
      owner: { id: "ada" },
      items: { items: [{ item: { name: "A" } }, { item: { type: "episode", name: "B" } }, { item: null }] }
    })
    assert.deepStrictEqual(
      playlist.items?.items.map(({ added_by, item }) => [added_by?.id, item?.type, item?.name]),
      [
        ["ada", "track", "A"],
        ["ada", "episode", "B"],
        ["ada", undefined, undefined]
      ]
    )
    assert.deepStrictEqual(Drift.read(Playlist.Playlist)(playlist).findings, [])
    assert.isNull(Fixtures.playlist({ items: null }).items)
  })

  it("count what they hold", () => {
    const album = Fixtures.album({ name: "A", total_tracks: 60, artists: [{ name: "ABBA" }] })
    assert.strictEqual(album.tracks?.items.length, 50)
    assert.strictEqual(album.tracks?.total, 60)
    assert.strictEqual(album.tracks?.next, `${album.href}/tracks?offset=50&limit=50`)
    assert.strictEqual(album.tracks?.items[9]?.track_number, 10)
    assert.deepStrictEqual(album.tracks?.items[0]?.artists, album.artists)
    assert.strictEqual(Fixtures.album({ tracks: { items: [{}] } }).total_tracks, 1)
    assert.strictEqual(Fixtures.show({ total_episodes: 0 }).episodes?.items.length, 0)
    assert.strictEqual(Fixtures.audiobook({ chapters: { total: 3 } }).total_chapters, 3)
    assert.deepStrictEqual(Fixtures.page([1, 2], { offset: 2, limit: 2, total: 6 }), {
      href: "https://api.spotify.com/v1/test",
      items: [1, 2],
      limit: 2,
      next: "https://api.spotify.com/v1/test?offset=4&limit=2",
      offset: 2,
      previous: "https://api.spotify.com/v1/test?offset=0&limit=2",
      total: 6
    })
  })

  it("refuse what the models do not have", () => {
    // @ts-expect-error -- Object literal may only specify known properties
    Fixtures.track({ title: "Dancing Queen" })
    // @ts-expect-error -- Type 'number' is not assignable to type 'string'
    Fixtures.track({ album: { name: 1 } })
    // @ts-expect-error -- Property '[BrandTypeId]' is missing: an album's id is none of a track's
    Fixtures.track({ id: SpotifyId.AlbumId.make("4aawyAB9vmqN3uQ7FjRGTy") })
    assert.isNotEmpty(Fixtures.track({ album: { artists: [{ name: "ABBA" }] } }).uri)
  })

  it("leave alone what is neither a track nor an episode", () => {
    const unknown: Playlist.UnknownItem = { type: "unknown", original_type: "chapter" }
    const local: Track.LocalTrack = { artists: [], id: null, is_local: true, type: "track" }
    assert.deepStrictEqual(Fixtures.queue({ queue: [unknown, local], currently_playing: null }), {
      queue: [unknown, local],
      currently_playing: null
    })
    const gone: Episode.UnavailableEpisode = { images: [], name: null }
    assert.deepStrictEqual(Fixtures.savedEpisode({ episode: gone }).episode, gone)
  })

  it("say what is played from what", () => {
    const state = Fixtures.playbackState({ item: { name: "A" }, device: { name: "Kitchen" } })
    assert.strictEqual(state.device?.name, "Kitchen")
    assert.strictEqual(state.device?.type, "Computer")
    assert.strictEqual(state.context?.uri, Fixtures.album().uri)
    assert.strictEqual(
      Fixtures.currentlyPlaying({ item: { type: "episode" } }).currently_playing_type,
      "episode"
    )
    assert.strictEqual(Fixtures.currentlyPlaying({ item: null }).currently_playing_type, "unknown")
  })
})
