/**
 * URIs (`spotify:track:…`), and links to the same objects.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import {
  excerpt,
  idOf,
  isId,
  isKind,
  type IdOf,
  type Kind,
  noLink,
  openFirst,
  segments,
  withoutId
} from "./SpotifyId.js"

/**
 * A Spotify URI. Every object's `uri` is one; {@link make} builds one from an id, {@link parse} reads one
 * from text.
 *
 * @since 0.1.0
 * @category models
 */
export type SpotifyUri = string & Brand.Brand<"SpotifyUri">

/**
 * The text is not a Spotify URI or link. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class SpotifyUriInvalid extends Schema.TaggedError<SpotifyUriInvalid>(
  "effect-spotify/SpotifyUriInvalid"
)("SpotifyUriInvalid", { problem: Schema.String }) {
  override get message(): string {
    return `Not a Spotify URI or link: ${this.problem}`
  }
}

/**
 * An object with an id, named by a URI or a link.
 *
 * @since 0.1.0
 * @category models
 */
export type Item = { readonly [K in Kind]: { readonly kind: K; readonly id: IdOf[K] } }[Kind]

/**
 * A user.
 *
 * @since 0.1.0
 * @category models
 */
export interface User {
  readonly kind: "user"
  readonly id: string
}

/**
 * A user's saved tracks or saved episodes, as something to play.
 *
 * @since 0.1.0
 * @category models
 */
export interface Collection {
  readonly kind: "collection" | "collectionyourepisodes"
  /** The user's id; undefined means the signed-in user, as in `spotify:collection`. */
  readonly id: string | undefined
}

/**
 * A file on a user's disk. It has no Spotify id.
 *
 * @since 0.1.0
 * @category models
 */
export interface Local {
  readonly kind: "local"
  /** What stands behind `spotify:local:`, as it stands there. */
  readonly id: string
  readonly artist: string
  readonly album: string
  readonly title: string
  /** Its length; undefined where the URI has none. */
  readonly seconds: number | undefined
}

/**
 * What a URI or a link names.
 *
 * @since 0.1.0
 * @category models
 */
export type Parsed = Item | User | Collection | Local

/**
 * Builds the URI of an object with an id.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { SpotifyId, SpotifyUri } from "effect-spotify"
 *
 * console.log(SpotifyUri.make("track", SpotifyId.TrackId.make("11dFghVXANMlKmJXsNCbNl")))
 * // spotify:track:11dFghVXANMlKmJXsNCbNl
 * ```
 */
export const make = <K extends Kind>(kind: K, id: IdOf[K]): SpotifyUri =>
  `spotify:${kind}:${id}` as SpotifyUri

const decodePart = (part: string): Either.Either<string, SpotifyUriInvalid> =>
  Either.try({
    try: () => decodeURIComponent(part),
    catch: () => new SpotifyUriInvalid({ problem: `${excerpt(part)} is not percent-encoded text` })
  })

/** The parts of a local file's URI are encoded as forms are. */
const decodeFormPart = (part: string) => decodePart(part.replaceAll("+", " "))

const refuse = (problem: string) => Either.left(new SpotifyUriInvalid({ problem }))

const local = (given: ReadonlyArray<string>, link: boolean): Either.Either<Local, SpotifyUriInvalid> => {
  const [artist = "", album = "", title = "", seconds = "", ...rest] = given
  // Links sometimes end with a slash
  return given.length === 4 || (link && given.length === 5 && rest[0] === "")
    ? Either.map(
        Either.all({
          artist: decodeFormPart(artist),
          album: decodeFormPart(album),
          title: decodeFormPart(title)
        }),
        (names) => ({
          kind: "local",
          // A link escapes fewer characters than a URI
          id: (link ? [names.artist, names.album, names.title].map(formPart).concat(seconds) : given).join(
            ":"
          ),
          ...names,
          seconds: /^\d+$/.test(seconds) ? Number(seconds) : undefined
        })
      )
    : refuse("a local file has artist, album, title and seconds, of which the album may be empty")
}

const formPart = (text: string) => encodeURIComponent(text).replaceAll("%20", "+")

/** The signed-in user's saved items. */
const collection = (
  what: string | undefined,
  length: number
): Either.Either<Collection, SpotifyUriInvalid> => {
  switch (length > 1 ? "more" : what) {
    case undefined:
    case "":
    case "tracks":
      return Either.right({ kind: "collection", id: undefined })
    case "episodes":
    case "your-episodes":
      return Either.right({ kind: "collectionyourepisodes", id: undefined })
    default:
      return refuse("it is a page of the user's library: read the library with the methods of library")
  }
}

const user = (parts: ReadonlyArray<string>): Either.Either<Parsed, SpotifyUriInvalid> => {
  const [name = "", what, value = ""] = parts
  if (what === "playlist") {
    return item("playlist", value, parts.length - 2)
  }
  if (name === "") {
    return refuse("it names no user")
  }
  const kind =
    what === undefined
      ? "user"
      : what === "collection" && parts.length === 2
        ? "collection"
        : what === "collection" && value === "your-episodes" && parts.length === 3
          ? "collectionyourepisodes"
          : undefined
  return kind === undefined
    ? refuse(`${excerpt(parts.slice(1).join(":"))} of a user is not known`)
    : Either.map(decodePart(name), (id) => ({ kind, id }))
}

const item = (kind: string, text: string, length: number): Either.Either<Item, SpotifyUriInvalid> => {
  if (!isKind(kind)) {
    return refuse(
      withoutId(kind) ?? (kind === "" ? "it names nothing" : `${excerpt(kind)} is not a known kind`)
    )
  }
  const id = idOf(text)
  return length > 2
    ? refuse("there is text after the id")
    : id === undefined
      ? refuse(`${excerpt(text)} is not 22 letters and digits`)
      : // The kind and the id come from the same text, which the types cannot express
        Either.right({ kind, id } as Item)
}

/**
 * Reads a URI (`spotify:album:…`) or a link (`https://open.spotify.com/album/…`) that people paste, and returns
 * what it names. A link may contain a language, belong to an embedded player, have a share menu's suffix, or be
 * in brackets. Links to audiobooks say `show`, as Spotify writes them. A short link (`https://spotify.link/…`)
 * does not contain the id: open it and use the address it leads to.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parse = (input: string): Either.Either<Parsed, SpotifyUriInvalid> => {
  const found = segments(input)
  switch (found._tag) {
    case "ShortLink":
      return refuse(openFirst)
    case "Neither":
      return refuse(
        isId(found.text)
          ? "a bare id does not say of what: use make"
          : (noLink(found.text) ?? excerpt(found.text))
      )
    case "Parts": {
      const [kind = "", ...rest] = found.parts
      switch (kind) {
        case "local":
          return local(rest, found.link)
        case "user":
          return user(rest)
        case "collection":
          return collection(rest[0], rest.length)
        default:
          // Links sometimes continue after the id, for instance to a list's recommendations
          return item(kind, rest[0] ?? "", found.link ? 2 : found.parts.length)
      }
    }
  }
}

/**
 * Writes the URI of a result of {@link parse}. Links become URIs, and the old form of a playlist's URI becomes
 * the new one.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (parsed: Parsed): SpotifyUri => {
  switch (parsed.kind) {
    case "user":
      return `spotify:user:${encodeURIComponent(parsed.id)}` as SpotifyUri
    case "collection":
      return `spotify:${ofUser(parsed)}collection` as SpotifyUri
    case "collectionyourepisodes":
      return `spotify:${ofUser(parsed)}collection:your-episodes` as SpotifyUri
    default:
      return `spotify:${parsed.kind}:${parsed.id}` as SpotifyUri
  }
}

const ofUser = ({ id }: Collection) => (id === undefined ? "" : `user:${encodeURIComponent(id)}:`)

/**
 * A schema for a URI that decodes and encodes like {@link parse} and {@link format}, so links become URIs. For
 * `Schema.Config`, the arguments of a command and the parameters of an `HttpApi`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FromString: Schema.Schema<SpotifyUri, string> = Schema.transformOrFail(
  Schema.String,
  Schema.String.pipe(Schema.brand("SpotifyUri")),
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.mapBoth(parse(text), {
        onLeft: ({ message }) => new ParseResult.Type(ast, text, message),
        onRight: format
      }),
    encode: (uri) => ParseResult.succeed(uri)
  }
)
