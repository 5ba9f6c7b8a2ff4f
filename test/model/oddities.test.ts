import { describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { assert } from "vitest"
import { Album } from "../../src/model/Album.js"
import { Artist } from "../../src/model/Artist.js"
import { Audiobook, SimplifiedAudiobook } from "../../src/model/Audiobook.js"
import { Chapter } from "../../src/model/Chapter.js"
import { Image, Restrictions } from "../../src/model/Common.js"
import { Episode } from "../../src/model/Episode.js"
import { fromRaw, RawCursorPage, RawPage } from "../../src/model/Page.js"
import { Playlist, PlaylistItem, SimplifiedPlaylist } from "../../src/model/Playlist.js"
import { SavedAlbum, SavedEpisode } from "../../src/model/Saved.js"
import { RawSearchResult } from "../../src/model/SearchResult.js"
import { Show, SimplifiedShow } from "../../src/model/Show.js"
import { SimplifiedAlbum } from "../../src/model/SimplifiedAlbum.js"
import { Track } from "../../src/model/Track.js"
import { PrivateUser } from "../../src/model/User.js"
import * as Fixture from "./fixtures.js"

const decode =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (json: unknown): A =>
    Schema.decodeUnknownSync(schema)(JSON.parse(typeof json === "string" ? json : JSON.stringify(json)))

describe("nulls that no document has", () => {
  it("playlists found by a search", () => {
    const result = decode(RawSearchResult)({
      playlists: Fixture.page([null, Fixture.simplifiedPlaylist(1), null])
    })
    assert.strictEqual(result.playlists?.items?.length, 3)
    assert.deepStrictEqual(result.playlists && fromRaw(result.playlists, {}).items.map(({ name }) => name), [
      "Playlist 1"
    ])
  })

  it("the list itself, of a search", () => {
    const result = decode(RawSearchResult)({ tracks: { ...Fixture.page([]), items: null } })
    assert.deepStrictEqual(result.tracks && fromRaw(result.tracks, {}).items, [])
  })

  it("episodes of a show, saved albums", () => {
    assert.deepStrictEqual(
      decode(Show)({
        ...Fixture.show,
        episodes: Fixture.page([null, Fixture.simplifiedEpisode(1)])
      }).episodes?.items.map(({ name }) => name),
      ["Episode 1"]
    )
    assert.deepStrictEqual(fromRaw(decode(RawPage(SavedAlbum))(Fixture.page([null])), {}).items, [])
  })

  it("a playlist's entry, and who added it when", () => {
    const nothing = decode(PlaylistItem)({ added_at: null, added_by: null, is_local: false, item: null })
    assert.isNull(nothing.item)
    const gone = decode(PlaylistItem)({
      ...Fixture.entry(null),
      added_by: { ...Fixture.user, id: "", uri: "spotify:user:" }
    })
    assert.strictEqual(gone.added_by?.id, "")
    assert.isNull(decode(PlaylistItem)({ added_at: "1970-01-01T00:00:00Z" }).item)
  })

  it("a playlist's images, sizes and totals", () => {
    const playlist = decode(SimplifiedPlaylist)({
      ...Fixture.simplifiedPlaylist(1),
      images: null,
      items: { href: "", total: null },
      public: null
    })
    assert.deepStrictEqual(playlist.images, [])
    assert.isNull(playlist.items?.total)
    assert.deepStrictEqual(decode(Image)({ url: "u", height: null, width: null }), {
      url: "u",
      height: null,
      width: null
    })
    assert.deepStrictEqual(decode(Image)({ url: "u" }), { url: "u" })
  })

  it("the show within an episode", () => {
    const episode = decode(Episode)({
      ...Fixture.episode(1),
      show: {
        ...Fixture.show,
        total_episodes: null,
        is_externally_hosted: null,
        publisher: null,
        description: null,
        copyrights: null
      }
    })
    assert.isNull(episode.show?.total_episodes)
    assert.deepStrictEqual(episode.show?.copyrights, [])
  })

  it("a saved episode that is gone", () => {
    const gone = Object.fromEntries(
      Object.keys(Fixture.episode(1)).map((name) => [
        name,
        name === "languages" ? [null] : name === "images" ? [] : null
      ])
    )
    const saved = decode(SavedEpisode)({
      added_at: "2024-01-01T00:00:00Z",
      episode: { ...gone, id: "x", type: "episode" }
    })
    assert.isNull(saved.episode.name)
    const there = decode(SavedEpisode)({ added_at: "2024-01-01T00:00:00Z", episode: Fixture.episode(1) })
    assert.strictEqual(there.episode.name !== null && there.episode.show?.name, "A podcast")
    assert.isNull(decode(SavedEpisode)({ added_at: null, episode: {} }).episode.name)
  })

  it("relinked tracks", () => {
    const nulls = { external_urls: null, href: null, id: null, type: null, uri: null }
    assert.deepStrictEqual(decode(Track)({ ...Fixture.track(1), linked_from: {} }).linked_from, {})
    assert.deepStrictEqual(decode(Track)({ ...Fixture.track(1), linked_from: nulls }).linked_from, nulls)
  })

  it("followers of an artist, cursors of an empty page", () => {
    assert.isNull(
      decode(Artist)({ ...Fixture.artist(1), images: [], followers: { href: null, total: null } }).followers
        ?.total
    )
    assert.isNull(decode(RawCursorPage(Artist))({ items: [], limit: 20, next: null, cursors: null }).cursors)
  })
})

describe("local tracks", () => {
  it("decode with their nulls and are told apart by their id", () => {
    const { item } = decode(PlaylistItem)(Fixture.entry(Fixture.localTrack))
    assert.strictEqual(item?.type === "track" && item.id === null && item.album?.name, "Demos")
  })

  it("with a length that is negative or no number", () => {
    for (const [duration_ms, expected] of [
      [-2000, -2000],
      [{}, null],
      [{ milliseconds: 1 }, null]
    ] as const) {
      const { item } = decode(PlaylistItem)(Fixture.entry({ ...Fixture.localTrack, duration_ms }))
      assert.strictEqual(item?.type === "track" ? item.duration_ms : undefined, expected)
    }
  })
})

describe("members that are missing", () => {
  it("for apps in development mode", () => {
    const artist = decode(Artist)({ ...Fixture.artist(1), images: [Fixture.image] })
    assert.notProperty(artist, "popularity")
    assert.notProperty(artist, "genres")
    const album = decode(Album)({
      ...Fixture.album(1),
      copyrights: [],
      tracks: Fixture.page([Fixture.simplifiedTrack(1)])
    })
    assert.notProperty(album, "label")
    assert.notProperty(album, "available_markets")
    assert.notProperty(decode(SimplifiedShow)(Fixture.show), "publisher")
    assert.notProperty(decode(SimplifiedAudiobook)(Fixture.audiobook), "publisher")
    assert.notProperty(decode(Track)(Fixture.track(1)), "popularity")
    const me = decode(PrivateUser)(Fixture.user)
    assert.notProperty(me, "product")
    assert.deepStrictEqual(me.images, [])
  })

  it("a playlist that shows its entries to its owner only", () => {
    assert.isUndefined(decode(Playlist)(Fixture.without(Fixture.simplifiedPlaylist(1), "items")).items)
  })

  it("an owner, artists of an album, a version", () => {
    const playlist = decode(SimplifiedPlaylist)(
      Fixture.without(Fixture.simplifiedPlaylist(1), "owner", "snapshot_id")
    )
    assert.isUndefined(playlist.owner)
    assert.deepStrictEqual(decode(SimplifiedAlbum)(Fixture.without(Fixture.album(1), "artists")).artists, [])
  })
})

describe("members with another name, form or value", () => {
  const old = (item: unknown) => {
    const { item: track, ...rest } = Fixture.entry(item)
    return { ...rest, track }
  }

  it("track for item, tracks for items", () => {
    const names = (json: unknown) => decode(Playlist)(json).items?.items.map(({ item }) => item?.name)
    const base = Fixture.without(Fixture.playlist([]), "items")
    assert.deepStrictEqual(names({ ...base, tracks: Fixture.page([old(Fixture.track(1))]) }), ["Track 1"])
    assert.deepStrictEqual(names({ ...base, items: Fixture.page([Fixture.entry(Fixture.track(1))]) }), [
      "Track 1"
    ])
    assert.strictEqual(
      decode(SimplifiedPlaylist)({
        ...Fixture.without(Fixture.simplifiedPlaylist(1), "items"),
        tracks: { href: "", total: 9 }
      }).items?.total,
      9
    )
  })

  it("both names: the new one counts, and the old one is gone", () => {
    const both = decode(PlaylistItem)({ ...Fixture.entry(Fixture.track(2)), track: Fixture.track(1) })
    assert.strictEqual(both.item?.name, "Track 2")
    assert.notProperty(both, "track")
    const playlist = decode(Playlist)({
      ...Fixture.playlist([Fixture.entry(Fixture.track(2))]),
      tracks: Fixture.page([])
    })
    assert.strictEqual(playlist.items?.items.length, 1)
    assert.notProperty(playlist, "tracks")
  })

  it("a new name that is null gives way to the old one", () => {
    assert.strictEqual(
      decode(PlaylistItem)({ ...Fixture.entry(null), track: Fixture.track(1) }).item?.name,
      "Track 1"
    )
  })

  it("entries by their type, with a fallback", () => {
    const itemOf = (item: unknown) => decode(PlaylistItem)(Fixture.entry(item)).item
    const episode = itemOf(Fixture.episode(1))
    assert.strictEqual(episode?.type === "episode" && episode.show?.name, "A podcast")
    const chapter = itemOf(Fixture.chapter(3))
    assert.deepStrictEqual<unknown>(chapter, {
      id: Fixture.id(3),
      name: "Chapter 3",
      original_type: "chapter",
      type: "unknown",
      uri: chapter?.uri
    })
    assert.strictEqual(itemOf({ ...Fixture.track(1), id: null, uri: null, href: null })?.type, "unknown")
    assert.strictEqual(itemOf({ ...Fixture.track(1), type: "AD", uri: null })?.type, "unknown")
    assert.strictEqual(itemOf({})?.type, "unknown")
  })

  it("unknown values of open enumerations stay as they are", () => {
    for (const album_type of ["ALBUM", "ep", "mixtape"]) {
      assert.strictEqual(decode(SimplifiedAlbum)({ ...Fixture.album(1), album_type }).album_type, album_type)
    }
    assert.strictEqual(decode(Restrictions)({ reason: "weather" }).reason, "weather")
    assert.strictEqual(
      decode(SimplifiedAlbum)({ ...Fixture.album(1), release_date_precision: "minute" })
        .release_date_precision,
      "minute"
    )
  })

  it("chapters call themselves chapters or episodes", () => {
    for (const type of ["chapter", "episode"]) {
      assert.strictEqual(
        decode(Chapter)({ ...Fixture.chapter(1), type, audiobook: Fixture.audiobook }).type,
        type
      )
    }
  })

  it("a publisher or a date that is an object", () => {
    assert.isNull(decode(SimplifiedShow)({ ...Fixture.show, publisher: { name: "x" } }).publisher)
    assert.isNull(decode(SimplifiedAlbum)({ ...Fixture.album(1), release_date: { year: 1983 } }).release_date)
  })

  it("members of which nothing is known are left out", () => {
    const track = decode(Track)({ ...Fixture.track(1), episode: false, track: true, primary_color: null })
    assert.notProperty(track, "episode")
    assert.notProperty(decode(Audiobook)({ ...Fixture.audiobook, chapters: Fixture.page([null]), x: 1 }), "x")
  })
})

describe("numbers", () => {
  it("whole numbers in other notations, and negative ones", () => {
    const json = JSON.stringify({
      ...Fixture.artist(1),
      images: [],
      popularity: 0,
      followers: { href: null, total: 0 }
    })
      .replace('"popularity":0', '"popularity":85.0')
      .replace('"total":0', '"total":4.9022656E7')
    const artist = decode(Artist)(json)
    assert.strictEqual(artist.popularity, 85)
    assert.strictEqual(artist.followers?.total, 49_022_656)
    const episode = decode(Episode)({
      ...Fixture.episode(1),
      resume_point: { fully_played: false, resume_position_ms: -1000 }
    })
    assert.strictEqual(episode.resume_point?.resume_position_ms, -1000)
  })
})
