/**
 * The ids of things in Spotify's catalogue, one type for each kind, so that an album's id cannot be passed
 * for a track's.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * The kinds of things that have a base62 id.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "album" | "artist" | "audiobook" | "chapter" | "episode" | "playlist" | "show" | "track"

/**
 * What was given is not an id, URI or URL of the wanted kind. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class SpotifyIdInvalid extends Schema.TaggedError<SpotifyIdInvalid>("effect-spotify/SpotifyIdInvalid")(
  "SpotifyIdInvalid",
  {
    expected: Schema.Literal(
      "album",
      "artist",
      "audiobook",
      "chapter",
      "episode",
      "playlist",
      "show",
      "track"
    ),
    problem: Schema.String
  }
) {
  override get message(): string {
    return `Not ${/^[ae]/.test(this.expected) ? "an" : "a"} ${this.expected}: ${this.problem}`
  }
}

const base62 = /^[0-9A-Za-z]{22}$/

const id = <const Brand extends string>(brand: Brand) =>
  Schema.String.pipe(
    Schema.pattern(base62, {
      message: () => "a Spotify id is 22 letters and digits; use parse for a URI or a link"
    }),
    Schema.brand(brand)
  )

/**
 * The id of an album: 22 letters and digits. `AlbumId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const AlbumId: Schema.brand<Schema.filter<typeof Schema.String>, "AlbumId"> = id("AlbumId")

/**
 * @since 0.1.0
 * @category models
 */
export type AlbumId = typeof AlbumId.Type

/**
 * The id of an artist: 22 letters and digits. `ArtistId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const ArtistId: Schema.brand<Schema.filter<typeof Schema.String>, "ArtistId"> = id("ArtistId")

/**
 * @since 0.1.0
 * @category models
 */
export type ArtistId = typeof ArtistId.Type

/**
 * The id of an audiobook: 22 letters and digits. `AudiobookId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const AudiobookId: Schema.brand<Schema.filter<typeof Schema.String>, "AudiobookId"> = id("AudiobookId")

/**
 * @since 0.1.0
 * @category models
 */
export type AudiobookId = typeof AudiobookId.Type

/**
 * The id of a chapter: 22 letters and digits. `ChapterId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const ChapterId: Schema.brand<Schema.filter<typeof Schema.String>, "ChapterId"> = id("ChapterId")

/**
 * @since 0.1.0
 * @category models
 */
export type ChapterId = typeof ChapterId.Type

/**
 * The id of an episode: 22 letters and digits. `EpisodeId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const EpisodeId: Schema.brand<Schema.filter<typeof Schema.String>, "EpisodeId"> = id("EpisodeId")

/**
 * @since 0.1.0
 * @category models
 */
export type EpisodeId = typeof EpisodeId.Type

/**
 * The id of a playlist: 22 letters and digits. `PlaylistId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const PlaylistId: Schema.brand<Schema.filter<typeof Schema.String>, "PlaylistId"> = id("PlaylistId")

/**
 * @since 0.1.0
 * @category models
 */
export type PlaylistId = typeof PlaylistId.Type

/**
 * The id of a show: 22 letters and digits. `ShowId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const ShowId: Schema.brand<Schema.filter<typeof Schema.String>, "ShowId"> = id("ShowId")

/**
 * @since 0.1.0
 * @category models
 */
export type ShowId = typeof ShowId.Type

/**
 * The id of a track: 22 letters and digits. `TrackId.make` throws for any other text; use
 * {@link parse} for text from outside.
 *
 * @since 0.1.0
 * @category models
 */
export const TrackId: Schema.brand<Schema.filter<typeof Schema.String>, "TrackId"> = id("TrackId")

/**
 * @since 0.1.0
 * @category models
 */
export type TrackId = typeof TrackId.Type

/**
 * The id type of each kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface IdOf {
  readonly album: AlbumId
  readonly artist: ArtistId
  readonly audiobook: AudiobookId
  readonly chapter: ChapterId
  readonly episode: EpisodeId
  readonly playlist: PlaylistId
  readonly show: ShowId
  readonly track: TrackId
}

const article = (word: string) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`)

const kinds: ReadonlyArray<string> = [
  "album",
  "artist",
  "audiobook",
  "chapter",
  "episode",
  "playlist",
  "show",
  "track"
] satisfies ReadonlyArray<Kind>

/** @internal */
export const isKind = (text: string): text is Kind => kinds.includes(text)

/** @internal */
export const isId = (text: string): boolean => base62.test(text)

/** Long or odd input is not repeated in an error. @internal */
export const excerpt = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** What a text is, as far as its outside tells. @internal */
export type Segments =
  | { readonly _tag: "Parts"; readonly parts: ReadonlyArray<string>; readonly link: boolean }
  | { readonly _tag: "ShortLink" }
  | { readonly _tag: "Neither" }

const parts = (parts: ReadonlyArray<string>, link: boolean): Segments => ({ _tag: "Parts", parts, link })

const neither: Segments = { _tag: "Neither" }

const ofLink = (url: URL): Segments => {
  switch (url.hostname) {
    case "open.spotify.com":
    case "play.spotify.com":
      return parts(
        url.pathname
          .split("/")
          .filter((part) => part !== "")
          // A language and the embedded player stand before the kind
          .filter((part, index) => index > 1 || !/^(intl-[a-z-]+|embed|embed-podcast)$/i.test(part)),
        true
      )
    case "embed.spotify.com":
      return segments(url.searchParams.get("uri") ?? "")
    case "spotify.link":
    case "spotify.app.link":
    case "spoti.fi":
      return { _tag: "ShortLink" }
    default:
      return neither
  }
}

/** @internal */
export const segments = (input: string): Segments => {
  if (/^spotify:/i.test(input)) {
    return parts(input.slice("spotify:".length).split(":"), false)
  }
  // People copy links without their scheme, too
  const address = /^[a-z0-9-]+(\.[a-z0-9-]+)+\//i.test(input) ? `https://${input}` : input
  return /^https?:/i.test(address) && URL.canParse(address) ? ofLink(new URL(address)) : neither
}

/**
 * Reads an id from text: the bare id, a URI (`spotify:album:…`) or a link (`https://open.spotify.com/album/…`,
 * also with a language, of an embedded player, or with a share parameter). Something of another kind is
 * refused by its name.
 *
 * An audiobook's URI and link say `show`, as Spotify writes them.
 *
 * @since 0.1.0
 * @category parsing
 * @example
 * ```ts
 * import { SpotifyId } from "effect-spotify"
 *
 * const id = SpotifyId.parse("artist", "https://open.spotify.com/artist/4Z8W4fKeB5YxbusRsdQVPb?si=1")
 * ```
 */
export const parse = <K extends Kind>(kind: K, input: string): Either.Either<IdOf[K], SpotifyIdInvalid> => {
  const refuse = (problem: string) => Either.left(new SpotifyIdInvalid({ expected: kind, problem }))
  const accept = (text: string) =>
    isId(text)
      ? // The brand is a type only; the pattern is what it stands for
        Either.right(text as IdOf[K])
      : refuse(`${excerpt(text)} is not 22 letters and digits`)
  const text = input.trim()
  const outside = segments(text)
  switch (outside._tag) {
    case "ShortLink":
      return refuse("a short link must be opened first: use the address it leads to")
    case "Neither":
      return accept(text)
    case "Parts": {
      // The old form of a playlist's address: user:<name>:playlist:<id>
      const inner =
        outside.parts[0] === "user" && outside.parts[2] === "playlist"
          ? outside.parts.slice(2)
          : outside.parts
      const [found = "", value = ""] = inner
      if (found === kind || (found === "show" && kind === "audiobook")) {
        return inner.length > 2 && !outside.link ? refuse("there is something behind the id") : accept(value)
      }
      return refuse(
        isKind(found) || found === "user"
          ? `this is ${article(found)}, ${article(kind)} was expected`
          : found === "local"
            ? "a local file has no id"
            : `${excerpt(text)} names nothing that is known`
      )
    }
  }
}
