/**
 * Makes complete Spotify objects for tests. A test gives only the members that it is about. The same
 * overrides give the same object, and things with the same name have the same id, so give different things
 * different names.
 *
 * Every member is present, except those for unusual cases (`restrictions`, `linked_from`, `omitted`,
 * `album_group`). Ids are valid, and `id`, `uri`, `href` and `external_urls` agree: give `id` or `uri`, and
 * the others follow. An override that is `undefined` is ignored; give null for a member that Spotify leaves
 * out. Nested objects are merged, and entries of lists are completed too.
 *
 * @since 0.1.0
 */
import * as Catalogue from "../emulator/Catalogue.js"
import type { Album } from "../model/Album.js"
import type { Artist } from "../model/Artist.js"
import type { Audiobook, SimplifiedAudiobook } from "../model/Audiobook.js"
import type { Category } from "../model/Category.js"
import type { Chapter } from "../model/Chapter.js"
import type { Image } from "../model/Common.js"
import type { Episode, UnavailableEpisode } from "../model/Episode.js"
import type { CursorPage, Page } from "../model/Page.js"
import type {
  Context,
  CurrentlyPlaying,
  Device,
  PlaybackState,
  PlayHistory,
  Queue
} from "../model/Playback.js"
import type { Playable, Playlist, PlaylistItem, SimplifiedPlaylist } from "../model/Playlist.js"
import type { SavedAlbum, SavedEpisode, SavedShow, SavedTrack } from "../model/Saved.js"
import type { Show, SimplifiedShow } from "../model/Show.js"
import type { SimplifiedAlbum } from "../model/SimplifiedAlbum.js"
import type { SimplifiedArtist } from "../model/SimplifiedArtist.js"
import type { SimplifiedChapter } from "../model/SimplifiedChapter.js"
import type { SimplifiedEpisode } from "../model/SimplifiedEpisode.js"
import type { SimplifiedTrack } from "../model/SimplifiedTrack.js"
import * as SpotifyUri from "../model/SpotifyUri.js"
import type { Track } from "../model/Track.js"
import type { PrivateUser, PublicUser, UserReference } from "../model/User.js"
import { api, identity, illustrate, imagesOf, inner, merge, type Overrides } from "./overrides.js"

/** @since 0.1.0 */
export type { Overrides } from "./overrides.js"

const numbered = <A>(count: number, make: (number: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index + 1))

const added_at = "2026-01-31T12:00:00Z"

const available_markets = ["DE", "SE", "US"]

const release = { release_date: "2026-01-31", release_date_precision: "day" }

const copyrights = [{ text: "2026 Test Records", type: "C" }]

type Around = Overrides<Omit<Page<unknown>, "items">>

/**
 * A page with these entries. It is the whole list unless `offset` and `total` say otherwise. `next` and
 * `previous` follow from them.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Fixtures } from "effect-spotify/testing"
 *
 * const first = Fixtures.page([Fixtures.track()], { total: 30 })
 * ```
 */
export const page = <A>(items: ReadonlyArray<A>, given: Around = {}): Page<A> => {
  const { href = `${api}/test`, limit = Math.max(items.length, 20), offset = 0 } = given
  const end = offset + items.length
  const total = given.total === undefined ? end : given.total
  const at = (offset: number) => `${href}?offset=${offset}&limit=${limit}`
  const base = {
    href,
    items,
    limit,
    next: total !== null && end < total ? at(end) : null,
    offset,
    previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
    total
  }
  return { ...merge<Omit<Page<A>, "items">>(base, given), items }
}

/**
 * A page of a list with cursors: the play history, or the artists that a user follows. It is the last page
 * unless `next` and `cursors` say otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cursorPage = <A>(
  items: ReadonlyArray<A>,
  given: Overrides<Omit<CursorPage<unknown>, "items">> = {}
): CursorPage<A> => {
  const base: CursorPage<A> = {
    cursors: { after: null, before: null },
    href: `${api}/test`,
    items,
    limit: Math.max(items.length, 20),
    next: null,
    total: items.length
  }
  return merge<CursorPage<A>>(base, given as Overrides<CursorPage<A>>)
}

/** The first page of a nested list. Makes the entries that the test does not give. */
const firstPage = <A, B>(
  given: (Around & { readonly items?: ReadonlyArray<B> | undefined }) | null | undefined,
  otherwise: { readonly href: string; readonly limit: number; readonly count: number },
  complete: (given: B) => A,
  make: (number: number) => B
): Page<A> | null => {
  if (given === null) {
    return null
  }
  const { count, href, limit } = otherwise
  const { items, ...around } = { items: undefined, ...given }
  const total = given?.total ?? items?.length ?? count
  const whole = (items ?? numbered(Math.min(total, limit), make)).map((item) => complete(item))
  return page(whole, merge<Around>({ href, limit, total }, around))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const image = (given: Overrides<Image> = {}): Image =>
  merge<Image>({ url: "https://i.scdn.co/image/test", height: 640, width: 640 }, given)

/**
 * An artist as it appears in albums and tracks.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedArtist = (given: Overrides<SimplifiedArtist> = {}): SimplifiedArtist =>
  merge<SimplifiedArtist>(identity("artist", given), given)

const artistsOf = (given: ReadonlyArray<Overrides<SimplifiedArtist>> = [{}]) =>
  given.map((artist) => simplifiedArtist(artist))

/**
 * @since 0.1.0
 * @category constructors
 */
export const artist = (given: Overrides<Artist> = {}): Artist =>
  illustrate<Artist>(
    { ...identity("artist", given), followers: { href: null, total: 1000 }, genres: [], popularity: 50 },
    given
  )

/**
 * An album without its tracks. It has two.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedAlbum = (given: Overrides<SimplifiedAlbum> = {}): SimplifiedAlbum =>
  illustrate<SimplifiedAlbum>(
    {
      ...identity("album", given),
      ...release,
      album_type: "album",
      artists: [],
      available_markets,
      is_playable: true,
      total_tracks: 2
    },
    { ...given, artists: artistsOf(given.artists) }
  )

/**
 * An album with the first page of its tracks. It has two, unless `total_tracks` or `tracks` say otherwise.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Fixtures } from "effect-spotify/testing"
 *
 * const album = Fixtures.album({ name: "Arrival", artists: [{ name: "ABBA" }], total_tracks: 10 })
 * ```
 */
export const album = (given: Overrides<Album> = {}): Album => {
  const { tracks: _, ...rest } = given
  const simplified = simplifiedAlbum(rest)
  const { artists, href, images, name } = simplified
  const tracks = firstPage(
    given.tracks,
    { href: `${href}/tracks`, limit: 50, count: simplified.total_tracks ?? 0 },
    (track) => simplifiedTrack({ artists, ...track }),
    (track_number): Overrides<SimplifiedTrack> => ({ name: `${name} ${track_number}`, track_number })
  )
  return merge<Album>(
    {
      ...simplified,
      copyrights,
      external_ids: { upc: "000000000000" },
      genres: [],
      label: "Test Records",
      popularity: 50,
      total_tracks: tracks?.total ?? null,
      tracks
    },
    { ...given, artists, images, tracks }
  )
}

/**
 * A track without its album.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedTrack = (given: Overrides<SimplifiedTrack> = {}): SimplifiedTrack =>
  merge<SimplifiedTrack>(
    {
      ...identity("track", given),
      artists: [],
      available_markets,
      disc_number: 1,
      duration_ms: 180_000,
      explicit: false,
      is_local: false,
      is_playable: true,
      preview_url: null,
      track_number: 1
    },
    { ...given, artists: artistsOf(given.artists) }
  )

/**
 * A track with its album, which is by the same artists.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Fixtures } from "effect-spotify/testing"
 *
 * const track = Fixtures.track({ name: "Dancing Queen", artists: [{ name: "ABBA" }], album: { name: "Arrival" } })
 * ```
 */
export const track = (given: Overrides<Track> = {}): Track => {
  const { album: _, ...rest } = given
  const simplified = simplifiedTrack(rest)
  const { artists } = simplified
  const album = inner((album) => simplifiedAlbum({ artists, ...album }), given.album, {})
  return merge<Track>(
    { ...simplified, album, external_ids: { isrc: "ZZTST2600001" }, popularity: 50 },
    { ...given, artists, album }
  )
}

/**
 * A user as it appears in playlists.
 *
 * @since 0.1.0
 * @category constructors
 */
export const userReference = (given: Overrides<UserReference> = {}): UserReference => {
  const id = given.id ?? "test-user"
  const path = encodeURIComponent(id)
  return merge<UserReference>(
    {
      display_name: given.id ?? "Test User",
      external_urls: { spotify: `https://open.spotify.com/user/${path}` },
      href: `${api}/users/${path}`,
      id,
      type: "user",
      uri: SpotifyUri.format({ kind: "user", id })
    },
    given
  )
}

/**
 * The public profile of a user.
 *
 * @since 0.1.0
 * @category constructors
 */
export const publicUser = (given: Overrides<PublicUser> = {}): PublicUser =>
  illustrate<PublicUser>({ ...userReference(given), followers: { href: null, total: 0 } }, given)

/**
 * The profile that users get of themselves.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Fixtures } from "effect-spotify/testing"
 *
 * const ada = Fixtures.user({ id: "ada", display_name: "Ada" })
 * ```
 */
export const user = (given: Overrides<PrivateUser> = {}): PrivateUser => {
  const seen = publicUser(given)
  return illustrate<PrivateUser>(
    {
      ...seen,
      account_id: Catalogue.idOf(`account:${seen.id}`),
      country: "SE",
      email: `${encodeURIComponent(seen.id)}@example.com`,
      explicit_content: { filter_enabled: false, filter_locked: false },
      product: "premium"
    },
    given
  )
}

/** A track unless `type` says otherwise. Local files and unknown types stay as the test gives them. */
const playable = (given: Overrides<Playable>): Playable =>
  given.type === "episode"
    ? episode(given)
    : given.type === "unknown" || given.id === null
      ? (given as Playable)
      : track(given as Overrides<Track>)

/**
 * An entry of a playlist: a track, unless the `type` of `item` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const playlistItem = (given: Overrides<PlaylistItem> = {}): PlaylistItem =>
  merge<PlaylistItem>(
    { added_at, added_by: null, is_local: false, item: null },
    {
      ...given,
      added_by: inner(userReference, given.added_by, {}),
      item: inner(playable, given.item, {})
    }
  )

/**
 * A playlist without its entries. It has two.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedPlaylist = (given: Overrides<SimplifiedPlaylist> = {}): SimplifiedPlaylist => {
  const identified = identity("playlist", given)
  return illustrate<SimplifiedPlaylist>(
    {
      ...identified,
      collaborative: false,
      description: "",
      followers: { href: null, total: 0 },
      items: { href: `${identified.href}/items`, total: 2 },
      owner: null,
      public: true,
      snapshot_id: "AAAAAQ=="
    },
    { ...given, owner: inner(userReference, given.owner, {}) }
  )
}

/**
 * A playlist with the first page of its entries. It has two, unless `items` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Fixtures } from "effect-spotify/testing"
 *
 * const playlist = Fixtures.playlist({
 *   name: "Mine",
 *   owner: { id: "ada" },
 *   items: { items: [{ item: { name: "Dancing Queen" } }] }
 * })
 * ```
 */
export const playlist = (given: Overrides<Playlist> = {}): Playlist => {
  const { items: _, ...rest } = given
  const { items: __, ...simplified } = simplifiedPlaylist(rest)
  const { href, images, name, owner } = simplified
  const items = firstPage(
    given.items,
    { href: `${href}/items`, limit: 100, count: 2 },
    (item) => playlistItem({ added_by: owner, ...item }),
    (number): Overrides<PlaylistItem> => ({ item: { name: `${name} ${number}` } })
  )
  return merge<Playlist>({ ...simplified, items }, { ...given, images, owner, items })
}

const listening = { fully_played: false, resume_position_ms: 0 }

const spoken = {
  description: "A description",
  explicit: false,
  html_description: "<p>A description</p>",
  languages: ["en"]
}

/**
 * An episode without its podcast.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedEpisode = (given: Overrides<SimplifiedEpisode> = {}): SimplifiedEpisode =>
  illustrate<SimplifiedEpisode>(
    {
      ...identity("episode", given),
      ...release,
      ...spoken,
      audio_preview_url: null,
      duration_ms: 1_800_000,
      is_externally_hosted: false,
      is_playable: true,
      language: "en",
      resume_point: listening
    },
    given
  )

/**
 * A podcast without its episodes. It has two.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedShow = (given: Overrides<SimplifiedShow> = {}): SimplifiedShow =>
  illustrate<SimplifiedShow>(
    {
      ...identity("show", given),
      ...spoken,
      available_markets,
      copyrights,
      is_externally_hosted: false,
      media_type: "audio",
      publisher: "Test Publisher",
      total_episodes: 2
    },
    given
  )

/**
 * A podcast with the first page of its episodes. It has two, unless `total_episodes` or `episodes` say otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const show = (given: Overrides<Show> = {}): Show => {
  const { episodes: _, ...rest } = given
  const simplified = simplifiedShow(rest)
  const { href, images, name } = simplified
  const episodes = firstPage(
    given.episodes,
    { href: `${href}/episodes`, limit: 50, count: simplified.total_episodes ?? 0 },
    simplifiedEpisode,
    (number): Overrides<SimplifiedEpisode> => ({ name: `${name} ${number}` })
  )
  return merge<Show>(
    { ...simplified, episodes, total_episodes: episodes?.total ?? null },
    { ...given, images, episodes }
  )
}

/**
 * An episode with its podcast.
 *
 * @since 0.1.0
 * @category constructors
 */
export const episode = (given: Overrides<Episode> = {}): Episode => {
  const { show: _, ...rest } = given
  const simplified = simplifiedEpisode(rest)
  const show = inner(simplifiedShow, given.show, {})
  return merge<Episode>({ ...simplified, show }, { ...given, images: simplified.images, show })
}

/**
 * A chapter without its audiobook.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedChapter = (given: Overrides<SimplifiedChapter> = {}): SimplifiedChapter =>
  illustrate<SimplifiedChapter>(
    {
      ...identity("chapter", given, "episode"),
      ...release,
      ...spoken,
      audio_preview_url: null,
      available_markets,
      chapter_number: 0,
      duration_ms: 1_800_000,
      is_playable: true,
      resume_point: listening
    },
    given
  )

/**
 * An audiobook without its chapters. It has two.
 *
 * @since 0.1.0
 * @category constructors
 */
export const simplifiedAudiobook = (given: Overrides<SimplifiedAudiobook> = {}): SimplifiedAudiobook =>
  illustrate<SimplifiedAudiobook>(
    {
      ...identity("audiobook", given, "show"),
      ...spoken,
      authors: [{ name: "Test Author" }],
      available_markets,
      copyrights,
      edition: "Unabridged",
      is_externally_hosted: false,
      media_type: "audio",
      narrators: [{ name: "Test Narrator" }],
      publisher: "Test Publisher",
      total_chapters: 2
    },
    given
  )

/**
 * An audiobook with the first page of its chapters. It has two, unless `total_chapters` or `chapters` say otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const audiobook = (given: Overrides<Audiobook> = {}): Audiobook => {
  const { chapters: _, ...rest } = given
  const simplified = simplifiedAudiobook(rest)
  const { href, images, name } = simplified
  const chapters = firstPage(
    given.chapters,
    { href: `${href}/chapters`, limit: 50, count: simplified.total_chapters ?? 0 },
    simplifiedChapter,
    (number): Overrides<SimplifiedChapter> => ({ name: `${name} ${number}`, chapter_number: number - 1 })
  )
  return merge<Audiobook>(
    { ...simplified, chapters, total_chapters: chapters?.total ?? null },
    { ...given, images, chapters }
  )
}

/**
 * A chapter with its audiobook.
 *
 * @since 0.1.0
 * @category constructors
 */
export const chapter = (given: Overrides<Chapter> = {}): Chapter => {
  const { audiobook: _, ...rest } = given
  const simplified = simplifiedChapter(rest)
  const audiobook = inner(simplifiedAudiobook, given.audiobook, {})
  return merge<Chapter>({ ...simplified, audiobook }, { ...given, images: simplified.images, audiobook })
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const savedAlbum = (given: Overrides<SavedAlbum> = {}): SavedAlbum =>
  merge<SavedAlbum>({ added_at, album: album(given.album) }, { added_at: given.added_at })

/**
 * @since 0.1.0
 * @category constructors
 */
export const savedTrack = (given: Overrides<SavedTrack> = {}): SavedTrack =>
  merge<SavedTrack>({ added_at, track: track(given.track) }, { added_at: given.added_at })

/**
 * @since 0.1.0
 * @category constructors
 */
export const savedShow = (given: Overrides<SavedShow> = {}): SavedShow =>
  merge<SavedShow>({ added_at, show: simplifiedShow(given.show) }, { added_at: given.added_at })

/**
 * An episode in the library. One that is gone, with null as its `name`, stays as the test gives it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const savedEpisode = (given: Overrides<SavedEpisode> = {}): SavedEpisode =>
  merge<SavedEpisode>(
    {
      added_at,
      episode:
        given.episode?.name === null
          ? (given.episode as UnavailableEpisode)
          : episode(given.episode as Overrides<Episode>)
    },
    { added_at: given.added_at }
  )

/**
 * @since 0.1.0
 * @category constructors
 */
export const device = (given: Overrides<Device> = {}): Device =>
  merge<Device>(
    {
      id: "test-device",
      is_active: true,
      is_private_session: false,
      is_restricted: false,
      name: "Test Device",
      supports_volume: true,
      type: "Computer",
      volume_percent: 50
    },
    given
  )

/** The default context of an item: its album or its podcast. */
const contextOf = (item: Playable | null): Context | null => {
  const from =
    item?.type === "track" && item.id !== null ? item.album : item?.type === "episode" ? item.show : null
  return from?.external_urls == null || from.uri == null
    ? null
    : { external_urls: from.external_urls, href: from.href ?? null, type: from.type, uri: from.uri }
}

/**
 * What is playing now: a track of an album, unless the `type` of `item` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const currentlyPlaying = (given: Overrides<CurrentlyPlaying> = {}): CurrentlyPlaying => {
  const item = inner(playable, given.item, {})
  return merge<CurrentlyPlaying>(
    {
      actions: { disallows: { resuming: true } },
      context: contextOf(item),
      currently_playing_type: item?.type ?? "unknown",
      is_playing: true,
      item,
      progress_ms: 10_000,
      timestamp: Date.parse(added_at)
    },
    { ...given, item }
  )
}

/**
 * What is playing now, where, and how.
 *
 * @since 0.1.0
 * @category constructors
 */
export const playbackState = (given: Overrides<PlaybackState> = {}): PlaybackState => {
  const playing = currentlyPlaying(given)
  return merge<PlaybackState>(
    {
      ...playing,
      device: inner(device, given.device, {}),
      repeat_state: "off",
      shuffle_state: false,
      smart_shuffle: false
    },
    { ...given, item: playing.item }
  )
}

/**
 * What is playing now and what comes next.
 *
 * @since 0.1.0
 * @category constructors
 */
export const queue = (given: Overrides<Queue> = {}): Queue => ({
  currently_playing: inner(playable, given.currently_playing, {}),
  queue: (given.queue ?? [{ name: "Test Track 2" }]).map((item) => playable(item))
})

/**
 * A track that was played, from its album.
 *
 * @since 0.1.0
 * @category constructors
 */
export const playHistory = (given: Overrides<PlayHistory> = {}): PlayHistory => {
  const whole = track(given.track)
  return merge<PlayHistory>(
    { context: contextOf(whole), played_at: added_at, track: whole },
    { ...given, track: whole }
  )
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const category = (given: Overrides<Category> = {}): Category => {
  const id = given.id ?? Catalogue.idOf(`category:${given.name ?? ""}`)
  return merge<Category>(
    { href: `${api}/browse/categories/${encodeURIComponent(id)}`, icons: [], id, name: "Test Category" },
    { ...given, icons: imagesOf(id, given.icons) }
  )
}
