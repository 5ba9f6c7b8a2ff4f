/**
 * Reads a catalogue of your own from JSON.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { invented } from "./Catalogue.js"
import type { Catalogue } from "./catalogue/model.js"
import { parseJson } from "./parseJson.js"
import * as Recorded from "./recordedCatalogue.js"

/**
 * The text is not a valid catalogue. The message names every invalid place in readable form.
 *
 * @since 0.1.0
 * @category errors
 */
export class CatalogueInvalid extends Schema.TaggedError<CatalogueInvalid>("effect-spotify/CatalogueInvalid")(
  "CatalogueInvalid",
  { problem: Schema.String }
) {
  override get message(): string {
    return `This is not a catalogue for the emulator:\n${this.problem}`
  }
}

const Text = Schema.NonEmptyString

const Texts = Schema.Array(Schema.String)

const Id = Schema.String.pipe(
  Schema.pattern(/^[0-9A-Za-z]{22}$/, { message: () => "an id has 22 letters and digits" })
)

const Ids = Schema.Array(Id)

const Whole = Schema.NonNegativeInt

const Share = Schema.Int.pipe(Schema.between(0, 100))

const Day = Schema.String.pipe(
  Schema.pattern(/^\d{4}(-\d\d(-\d\d)?)?$/, {
    message: () => "a release date has a form such as 1999, 1999-12 or 1999-12-31"
  })
)

/** Drops fractions of seconds, which programs write and Spotify does not send. */
const Instant = Schema.transform(
  Schema.String.pipe(
    Schema.pattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, {
      message: () => "a time has a form such as 2026-10-28T08:30:00Z"
    })
  ),
  Schema.String,
  { strict: true, decode: (time) => time.replace(/\.\d+Z$/, "Z"), encode: (time) => time }
)

const Uri = Schema.String.pipe(
  Schema.pattern(/^spotify:[a-z]+:.+$/, { message: () => "a URI has a form such as spotify:track:ID" })
)

const orElse = <A, I>(schema: Schema.Schema<A, I>, value: A) =>
  Schema.optionalWith(schema, { default: () => value })

const markets = Schema.optional(Texts)

const Artist = Schema.Struct({
  id: Id,
  name: Text,
  genres: orElse(Texts, []),
  popularity: orElse(Share, 50),
  followers: orElse(Whole, 0)
})

const Album = Schema.Struct({
  id: Id,
  name: Text,
  albumType: orElse(Schema.Literal("album", "single", "compilation"), "album"),
  artistIds: Ids,
  trackIds: Ids,
  releaseDate: orElse(Day, "2020-01-01"),
  releaseDatePrecision: Schema.optional(Schema.Literal("year", "month", "day")),
  label: orElse(Schema.String, ""),
  popularity: orElse(Share, 50),
  upc: orElse(Schema.String, ""),
  markets
})

const Track = Schema.Struct({
  id: Id,
  name: Text,
  albumId: Id,
  artistIds: Ids,
  discNumber: orElse(Schema.Int, 1),
  trackNumber: orElse(Schema.Int, 1),
  durationMs: orElse(Whole, 180_000),
  explicit: orElse(Schema.Boolean, false),
  popularity: orElse(Share, 50),
  isrc: orElse(Schema.String, ""),
  markets,
  relinkedTo: Schema.optional(Id)
})

const Show = Schema.Struct({
  id: Id,
  name: Text,
  publisher: orElse(Schema.String, ""),
  description: orElse(Schema.String, ""),
  languages: orElse(Texts, ["en"]),
  episodeIds: Ids,
  markets
})

const Episode = Schema.Struct({
  id: Id,
  name: Text,
  showId: Id,
  description: orElse(Schema.String, ""),
  releaseDate: orElse(Day, "2020-01-01"),
  durationMs: orElse(Whole, 1_800_000),
  markets
})

const Audiobook = Schema.Struct({
  id: Id,
  name: Text,
  authors: orElse(Texts, []),
  narrators: orElse(Texts, []),
  publisher: orElse(Schema.String, ""),
  description: orElse(Schema.String, ""),
  edition: orElse(Schema.String, "Unabridged"),
  languages: orElse(Texts, ["en"]),
  chapterIds: Ids,
  markets
})

const Chapter = Schema.Struct({
  id: Id,
  name: Text,
  audiobookId: Id,
  chapterNumber: orElse(Whole, 0),
  releaseDate: orElse(Day, "2020-01-01"),
  durationMs: orElse(Whole, 1_800_000)
})

const User = Schema.Struct({
  id: Text,
  displayName: Schema.optional(Schema.String),
  email: Schema.optional(Schema.String),
  country: orElse(Schema.String.pipe(Schema.pattern(/^[A-Z]{2}$/)), "SE"),
  product: orElse(Schema.Literal("premium", "free"), "premium"),
  accountId: Schema.optional(Schema.String),
  followers: orElse(Whole, 0)
})

const Added = Schema.Struct({ uri: Uri, addedAt: orElse(Instant, "2026-01-01T00:00:00Z") })

const Playlist = Schema.Struct({
  id: Id,
  ownerId: Text,
  name: Text,
  description: orElse(Schema.String, ""),
  public: orElse(Schema.Boolean, true),
  collaborative: orElse(Schema.Boolean, false),
  items: orElse(Schema.Array(Added), [])
})

const Library = Schema.Struct({
  userId: Text,
  saved: orElse(Schema.Array(Added), []),
  topArtistIds: orElse(Ids, []),
  topTrackIds: orElse(Ids, [])
})

const Device = Schema.Struct({
  userId: Text,
  id: Schema.NullOr(Text),
  name: Text,
  type: orElse(Schema.String, "Computer"),
  volume: orElse(Schema.NullOr(Share), 50),
  restricted: orElse(Schema.Boolean, false)
})

const Category = Schema.Struct({ id: Text, name: Text, playlistIds: orElse(Ids, []) })

const list = <A, I>(schema: Schema.Schema<A, I>) => orElse(Schema.Array(schema), [])

/** @internal */
export const File = Schema.Struct({
  /** The catalogue to add the lists to. An entry replaces an existing one with the same id. */
  extends: orElse(Schema.Literal("invented", "nothing"), "nothing"),
  artists: list(Artist),
  albums: list(Album),
  tracks: list(Track),
  shows: list(Show),
  episodes: list(Episode),
  audiobooks: list(Audiobook),
  chapters: list(Chapter),
  users: list(User),
  playlists: list(Playlist),
  libraries: list(Library),
  devices: list(Device),
  categories: list(Category),
  featuredIds: orElse(Ids, []),
  /** Unchanged Spotify answers: artists, albums, tracks, and pages or lists of them. */
  recorded: orElse(Schema.Array(Schema.Unknown), [])
})

const precisionOf = (date: string): "year" | "month" | "day" =>
  date.length === 4 ? "year" : date.length === 7 ? "month" : "day"

const nothing: Catalogue = {
  artists: [],
  albums: [],
  tracks: [],
  shows: [],
  episodes: [],
  audiobooks: [],
  chapters: [],
  users: [],
  playlists: [],
  libraries: []
}

/** Later entries replace earlier ones with the same id. */
const merge = <A>(
  keyOf: (item: A) => string,
  ...lists: ReadonlyArray<ReadonlyArray<A>>
): ReadonlyArray<A> => [...new Map(lists.flat().map((item) => [keyOf(item), item])).values()]

const idOf = (item: { readonly id: string }): string => item.id

const build = (file: typeof File.Type): Catalogue => {
  const base = file.extends === "invented" ? invented : nothing
  const recorded = Recorded.read(file.recorded)
  const users = file.users.map((user) => ({
    ...user,
    displayName: user.displayName ?? user.id,
    email: user.email ?? `${encodeURIComponent(user.id)}@example.com`,
    accountId: user.accountId ?? user.id
  }))
  const albums = file.albums.map((album) => ({
    ...album,
    releaseDatePrecision: album.releaseDatePrecision ?? precisionOf(album.releaseDate)
  }))
  const known = merge(idOf, base.users, users)
  return {
    artists: merge(idOf, base.artists, recorded.artists, file.artists),
    albums: merge(idOf, base.albums, recorded.albums, albums),
    tracks: merge(idOf, base.tracks, recorded.tracks, file.tracks),
    shows: merge(idOf, base.shows, file.shows),
    episodes: merge(idOf, base.episodes, file.episodes),
    audiobooks: merge(idOf, base.audiobooks, file.audiobooks),
    chapters: merge(idOf, base.chapters, file.chapters),
    // A catalogue without users would allow no login
    users: known.length === 0 ? invented.users : known,
    playlists: merge(idOf, base.playlists, file.playlists),
    libraries: merge(({ userId }) => userId, base.libraries, file.libraries),
    devices: merge(
      (device) => `${device.userId} ${device.id ?? device.name}`,
      base.devices ?? [],
      file.devices
    ),
    categories: merge(idOf, base.categories ?? [], file.categories),
    featuredIds: [...new Set([...(base.featuredIds ?? []), ...file.featuredIds])]
  }
}

/** The catalogue's references to things it does not contain, one sentence each. */
const missing = (catalogue: Catalogue): ReadonlyArray<string> => {
  const ids = {
    artist: new Set(catalogue.artists.map(idOf)),
    album: new Set(catalogue.albums.map(idOf)),
    track: new Set(catalogue.tracks.map(idOf)),
    show: new Set(catalogue.shows.map(idOf)),
    episode: new Set(catalogue.episodes.map(idOf)),
    audiobook: new Set(catalogue.audiobooks.map(idOf)),
    chapter: new Set(catalogue.chapters.map(idOf)),
    user: new Set(catalogue.users.map(idOf)),
    playlist: new Set(catalogue.playlists.map(idOf))
  }
  const check = (who: string, kind: keyof typeof ids, wanted: ReadonlyArray<string>) =>
    wanted
      .filter((id) => !ids[kind].has(id))
      .map((id) => `${who} names the ${kind} ${id}, which is not there`)
  return [
    ...catalogue.albums.flatMap((album) => [
      ...check(`album ${album.id}`, "artist", album.artistIds),
      ...check(`album ${album.id}`, "track", album.trackIds)
    ]),
    ...catalogue.tracks.flatMap((track) => [
      ...check(`track ${track.id}`, "album", [track.albumId]),
      ...check(`track ${track.id}`, "artist", track.artistIds)
    ]),
    ...catalogue.shows.flatMap((show) => check(`show ${show.id}`, "episode", show.episodeIds)),
    ...catalogue.episodes.flatMap((episode) => check(`episode ${episode.id}`, "show", [episode.showId])),
    ...catalogue.audiobooks.flatMap((book) => check(`audiobook ${book.id}`, "chapter", book.chapterIds)),
    ...catalogue.chapters.flatMap((chapter) =>
      check(`chapter ${chapter.id}`, "audiobook", [chapter.audiobookId])
    ),
    ...catalogue.playlists.flatMap((playlist) =>
      check(`playlist ${playlist.id}`, "user", [playlist.ownerId])
    ),
    ...catalogue.libraries.flatMap((library) => [
      ...check(`the library of ${library.userId}`, "user", [library.userId]),
      ...check(`the library of ${library.userId}`, "artist", library.topArtistIds),
      ...check(`the library of ${library.userId}`, "track", library.topTrackIds)
    ]),
    ...(catalogue.devices ?? []).flatMap((device) =>
      check(`the device ${device.name}`, "user", [device.userId])
    ),
    ...(catalogue.categories ?? []).flatMap((category) =>
      check(`the category ${category.id}`, "playlist", category.playlistIds)
    ),
    ...check("featuredIds", "playlist", catalogue.featuredIds ?? [])
  ]
}

const shown = 20

const decode = Schema.decodeUnknownEither(parseJson(File), {
  errors: "all",
  onExcessProperty: "error"
})

/**
 * Reads a catalogue from JSON. All lists are optional. `"extends": "invented"` adds them to the default
 * catalogue, and `recorded` holds artists, albums and tracks as Spotify sent them.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { CatalogueFile } from "effect-spotify/emulator"
 *
 * const catalogue = CatalogueFile.fromJson('{"extends":"invented","users":[{"id":"ada","product":"free"}]}')
 * ```
 */
export const fromJson = (text: string): Either.Either<Catalogue, CatalogueInvalid> =>
  decode(text).pipe(
    Either.mapLeft(
      (error) =>
        new CatalogueInvalid({
          problem: ParseResult.ArrayFormatter.formatErrorSync(error)
            .slice(0, shown)
            .map(({ message, path }) => `${path.join(".") || "the file"}: ${message}`)
            .join("\n")
        })
    ),
    Either.map(build),
    Either.flatMap((catalogue) => {
      // The invented catalogue has deliberate gaps, as Spotify has
      const known = new Set(missing(invented))
      const problems = missing(catalogue).filter((problem) => !known.has(problem))
      return problems.length === 0
        ? Either.right(catalogue)
        : Either.left(new CatalogueInvalid({ problem: problems.slice(0, shown).join("\n") }))
    })
  )
