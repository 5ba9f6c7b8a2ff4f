/**
 * The ids of objects in Spotify's catalogue. Each kind has its own type, so that an album's id cannot be passed
 * for a track's.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/**
 * The kinds of objects that have a base62 id.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "album" | "artist" | "audiobook" | "chapter" | "episode" | "playlist" | "show" | "track"

/**
 * The text is not an id, URI or URL of the expected kind. Nothing was sent.
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
 * The id of an album: 22 letters and digits. `AlbumId.make` throws for any other text; use {@link parse} for
 * untrusted text.
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
 * The id of an artist: 22 letters and digits. `ArtistId.make` throws for any other text; use {@link parse} for
 * untrusted text.
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
 * {@link parse} for untrusted text.
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
 * The id of a chapter: 22 letters and digits. `ChapterId.make` throws for any other text; use {@link parse} for
 * untrusted text.
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
 * The id of an episode: 22 letters and digits. `EpisodeId.make` throws for any other text; use {@link parse}
 * for untrusted text.
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
 * The id of a playlist: 22 letters and digits. `PlaylistId.make` throws for any other text; use {@link parse}
 * for untrusted text.
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
 * The id of a show: 22 letters and digits. `ShowId.make` throws for any other text; use {@link parse} for
 * untrusted text.
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
 * The id of a track: 22 letters and digits. `TrackId.make` throws for any other text; use {@link parse} for
 * untrusted text.
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

const article = (word: string) => (/^[aeio]/.test(word) ? `an ${word}` : `a ${word}`)

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

/** The id at the beginning of a part of a URI or a link, behind which a sentence or a share menu went on. @internal */
export const idOf = (part: string): string | undefined => {
  const id = part.slice(0, 22)
  return isId(id) &&
    /^(?:[?&#].*|[\s.,;!?…'"`’”»›)\]}>*_~|\\、。，；！？」』】]*)$/su.test(decoded(part.slice(22)))
    ? id
    : undefined
}

/** Long or odd input is not repeated in an error. @internal */
export const excerpt = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** What a text is, as far as its outside tells. @internal */
export type Segments =
  | { readonly _tag: "Parts"; readonly parts: ReadonlyArray<string>; readonly link: boolean }
  | { readonly _tag: "ShortLink" }
  /** Neither a URI nor a link; a bare id perhaps. */
  | { readonly _tag: "Neither"; readonly text: string }

const neither = (text: string): Segments => ({ _tag: "Neither", text })

/** Kinds are lower case, which keyboards that begin with a capital do not know. */
const parts = ([kind = "", ...rest]: ReadonlyArray<string>, link: boolean): Segments => ({
  _tag: "Parts",
  parts: [kind.toLowerCase(), ...rest],
  link
})

/** @internal */
export const openFirst = "a short link must be opened first: use the address it leads to"

const invisible = /[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/

const wrappings = new Set(`<> "" '' \`\` () [] {} “” „“ „” ‘’ «» ‹› 「」 『』 【】 ** __ ~~ ||`.split(" "))

const stops = new Set(".,;!?…、。，；！？")

/** The text without white space, invisible marks, and brackets, quotes or emphasis around it. */
const unwrapped = (input: string): string => {
  let start = 0
  let end = input.length
  // A regular expression would scan a run of spaces once for each of them
  for (;;) {
    while (start < end && invisible.test(input.charAt(start))) {
      start += 1
    }
    while (end > start && invisible.test(input.charAt(end - 1))) {
      end -= 1
    }
    // A sentence may end after the bracket
    let last = end - 1
    while (last > start && stops.has(input.charAt(last))) {
      last -= 1
    }
    if (last <= start || !wrappings.has(input.charAt(start) + input.charAt(last))) {
      return input.slice(start, end)
    }
    start += 1
    end = last
  }
}

/** What stands before the first of the characters. */
const before = (text: string, pattern: RegExp): string => {
  const at = text.search(pattern)
  return at < 0 ? text : text.slice(0, at)
}

const shortLinks = new Set([
  "spotify.link",
  "link.spotify.com",
  "link.tospotify.com",
  "tospotify.com",
  "spotify.app.link",
  "spoti.fi"
])

/** Of the path of a link; a local file without an album has an empty segment, which counts. */
const ofPath = (pathname: string): ReadonlyArray<string> => {
  const all = pathname.split("/").slice(1)
  // A language and the embedded player precede the kind
  const start = all.findIndex(
    (part) => part !== "" && !/^([a-z]{2}|intl(-[a-z0-9-]+)?|o?embed|embed-podcast)$/i.test(part)
  )
  const rest = start < 0 ? [] : all.slice(start)
  return rest[0]?.toLowerCase() === "local" ? rest : rest.filter((part) => part !== "")
}

const ofLink = (url: URL, inner: boolean): Segments => {
  const host = url.hostname.replace(/^www\./, "")
  if (shortLinks.has(host)) {
    return { _tag: "ShortLink" }
  }
  switch (host) {
    case "open.spotify.com":
    case "play.spotify.com":
    case "embed.spotify.com": {
      const path = ofPath(url.pathname)
      // The paths of the embedded player and of oEmbed contain the address of the object
      const shown = url.searchParams.get("uri") ?? url.searchParams.get("url")
      return path.length > 0 || shown === null || inner ? parts(path, true) : read(shown, true)
    }
    case "api.spotify.com": {
      // The `href` of an answer
      const [, kinds = "", ...rest] = url.pathname.split("/").filter((part) => part !== "")
      return parts(
        [kinds.replace(/s$/, ""), ...rest.map((part) => (part === "playlists" ? "playlist" : part))],
        true
      )
    }
    default:
      return neither(url.origin + url.pathname)
  }
}

const decoded = (text: string): string =>
  Either.getOrElse(
    Either.try(() => decodeURIComponent(text)),
    () => text
  )

const behindLink = /^https?:\S*[0-9a-z]{22}\S*\s+\S/i

const read = (input: string, inner: boolean): Segments => {
  const text = /^(spotify|https?)%3a/i.test(input) ? decoded(input) : input
  if (/^spotify:\/\/open\.spotify\.com\//i.test(text)) {
    return read(text.slice("spotify://".length), inner)
  }
  if (/^spotify:\/\//i.test(text)) {
    return parts(before(text.slice("spotify://".length), /[?#]/).split("/"), false)
  }
  if (/^spotify:/i.test(text)) {
    const [kind = "", ...rest] = text.slice("spotify:".length).split(":")
    // Text that a share menu appends may contain colons, and a file's title a question mark
    return /^local$/i.test(kind)
      ? parts([kind, ...rest.slice(0, -1), ...rest.slice(-1).map((last) => before(last, /\?/))], false)
      : parts(
          before([kind, ...rest].join(":"), /[?#]/)
            .replace(/^([a-z]+)\//i, "$1:")
            .split(":"),
          false
        )
  }
  // People also copy links without their scheme
  const address = /^[a-z0-9-]+(\.[a-z0-9-]+)+\//i.test(text)
    ? `https://${text}`
    : text.startsWith("//")
      ? `https:${text}`
      : text
  // A URL parser would join them to one address
  return behindLink.test(address)
    ? neither(address)
    : /^https?:/i.test(address) && URL.canParse(address)
      ? ofLink(new URL(address), inner)
      : neither(before(text, /[?#&]/))
}

/** @internal */
export const segments = (input: string): Segments => {
  // Punctuation of a list, a quotation or Markdown
  const text = unwrapped(input).replace(/^(?:[>•*-]\s+)+/, "")
  return read(unwrapped(/^\[[^\]]*\]\(([^)]*)\)$/.exec(text)?.[1] ?? text), false)
}

/** Why what is neither a URI, a link nor an id is none. @internal */
export const noLink = (text: string): string | undefined =>
  /spotify(?:\.com\/|\.link\/|:)/i.test(text) && /\s/.test(text)
    ? "there is text around it: give the URI or the link alone"
    : undefined

/** Why what has a name in Spotify's apps has no id in the Web API. @internal */
export const withoutId = (kind: string): string | undefined => {
  switch (kind) {
    case "collection":
      return "the saved tracks of the signed-in user have no id: read them with library.savedTracks"
    case "local":
      return "a local file has no id"
    case "prerelease":
      return "a pre-release cannot be asked for before it is out: use the link of the album then"
    default:
      return undefined
  }
}

/**
 * Reads an id from text that people paste: the bare id, a URI (`spotify:album:…`) or a link
 * (`https://open.spotify.com/album/…`). A link may contain a language, belong to an embedded player, have a
 * share menu's suffix, or be in brackets. An id of another kind is refused with an error that names the kind. A
 * short link (`https://spotify.link/…`) does not contain the id: open it and use the address it leads to.
 *
 * The URIs and links of audiobooks say `show`, as Spotify writes them.
 *
 * @since 0.1.0
 * @category parsing
 * @example
 * ```ts
 * import { SpotifyId } from "effect-spotify"
 * import * as Either from "effect/Either"
 *
 * const id = SpotifyId.parse("artist", "https://open.spotify.com/artist/4Z8W4fKeB5YxbusRsdQVPb?si=1")
 * console.log(Either.getOrThrow(id)) // 4Z8W4fKeB5YxbusRsdQVPb
 * ```
 */
export const parse = <K extends Kind>(kind: K, input: string): Either.Either<IdOf[K], SpotifyIdInvalid> => {
  const refuse = (problem: string) => Either.left(new SpotifyIdInvalid({ expected: kind, problem }))
  const accept = (id: string | undefined, text: string) =>
    id === undefined
      ? refuse(`${excerpt(text)} is not 22 letters and digits`)
      : // The brand is only a type; the pattern has checked it
        Either.right(id as IdOf[K])
  const outside = segments(input)
  switch (outside._tag) {
    case "ShortLink":
      return refuse(openFirst)
    case "Neither": {
      const problem = noLink(outside.text)
      return problem === undefined
        ? accept(isId(outside.text) ? outside.text : undefined, outside.text)
        : refuse(problem)
    }
    case "Parts": {
      // The old form of a playlist's URI: user:<name>:playlist:<id>
      const inner =
        outside.parts[0] === "user" && outside.parts[2]?.toLowerCase() === "playlist"
          ? ["playlist", ...outside.parts.slice(3)]
          : outside.parts
      const [found = "", value = ""] = inner
      if (found === kind || (found === "show" && kind === "audiobook")) {
        return inner.length > 2 && !outside.link
          ? refuse("there is text after the id")
          : accept(idOf(value), value)
      }
      return refuse(
        isKind(found) || found === "user"
          ? `this is ${article(found)}, ${article(kind)} was expected`
          : (withoutId(found) ?? `${excerpt(input.trim())} names nothing that is known`)
      )
    }
  }
}

/**
 * A schema for an id that decodes like {@link parse}, for `Schema.Config`, the arguments of a command and the
 * parameters of an `HttpApi`.
 *
 * @since 0.1.0
 * @category schemas
 * @example
 * ```ts
 * import { SpotifyId } from "effect-spotify"
 * import * as Schema from "effect/Schema"
 *
 * const playlist = Schema.Config("PLAYLIST", SpotifyId.FromString("playlist"))
 * ```
 */
export const FromString = <K extends Kind>(kind: K): Schema.Schema<IdOf[K], string> => {
  const ids: { readonly [K in Kind]: Schema.Schema<IdOf[K], string> } = {
    album: AlbumId,
    artist: ArtistId,
    audiobook: AudiobookId,
    chapter: ChapterId,
    episode: EpisodeId,
    playlist: PlaylistId,
    show: ShowId,
    track: TrackId
  }
  return Schema.transformOrFail(Schema.String, Schema.typeSchema(ids[kind]), {
    strict: true,
    decode: (text, _, ast) =>
      Either.mapLeft(parse(kind, text), ({ message }) => new ParseResult.Type(ast, text, message)),
    encode: (id) => ParseResult.succeed(id)
  })
}
