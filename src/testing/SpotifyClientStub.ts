/**
 * A client for tests without a network. It gives only the answers that the test defines.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Service, SpotifyClient } from "../client/SpotifyClient.js"
import type { SpotifyError } from "../client/SpotifyError.js"
import type { SearchPages, SearchType } from "../model/SearchResult.js"
import * as Fixtures from "./Fixtures.js"

/**
 * The type of the entries of an answer, such as an album for a list of albums that were or were not found.
 */
type ThingOf<A> =
  A extends Option.Option<infer B> ? ThingOf<B> : A extends ReadonlyArray<infer B> ? ThingOf<B> : A

type Whole<A> = (given: Fixtures.Overrides<A>) => A

type WholeOf<M> = M extends (...args: never) => infer Answer
  ? WholeOf<Answer>
  : M extends Effect.Effect<infer A, unknown> | Stream.Stream<infer A, unknown>
    ? Whole<ThingOf<A>>
    : never

/** The functions that complete the answers of each method. */
const whole = {
  albums: { get: Fixtures.album, getMany: Fixtures.album, tracks: Fixtures.simplifiedTrack },
  artists: {
    get: Fixtures.artist,
    getMany: Fixtures.artist,
    albums: Fixtures.simplifiedAlbum,
    topTracks: Fixtures.track,
    relatedArtists: Fixtures.artist
  },
  audiobooks: {
    get: Fixtures.audiobook,
    getMany: Fixtures.audiobook,
    chapters: Fixtures.simplifiedChapter
  },
  browse: {
    categories: Fixtures.category,
    category: Fixtures.category,
    newReleases: Fixtures.simplifiedAlbum
  },
  chapters: { get: Fixtures.chapter, getMany: Fixtures.chapter },
  episodes: { get: Fixtures.episode, getMany: Fixtures.episode },
  library: {
    savedAlbums: Fixtures.savedAlbum,
    savedTracks: Fixtures.savedTrack,
    savedEpisodes: Fixtures.savedEpisode,
    savedShows: Fixtures.savedShow,
    savedAudiobooks: Fixtures.simplifiedAudiobook
  },
  me: {
    profile: Fixtures.user,
    topArtists: Fixtures.artist,
    topTracks: Fixtures.track,
    followedArtists: Fixtures.artist
  },
  player: {
    state: Fixtures.playbackState,
    currentlyPlaying: Fixtures.currentlyPlaying,
    devices: Fixtures.device,
    queue: Fixtures.queue,
    recentlyPlayed: Fixtures.playHistory
  },
  playlists: {
    get: Fixtures.playlist,
    items: Fixtures.playlistItem,
    mine: Fixtures.simplifiedPlaylist
  },
  search: {
    albums: Fixtures.simplifiedAlbum,
    artists: Fixtures.artist,
    audiobooks: Fixtures.simplifiedAudiobook,
    episodes: Fixtures.simplifiedEpisode,
    playlists: Fixtures.simplifiedPlaylist,
    shows: Fixtures.simplifiedShow,
    tracks: Fixtures.track
  },
  shows: {
    get: Fixtures.show,
    getMany: Fixtures.simplifiedShow,
    episodes: Fixtures.simplifiedEpisode
  },
  tracks: { get: Fixtures.track, getMany: Fixtures.track },
  users: { get: Fixtures.publicUser, playlists: Fixtures.simplifiedPlaylist }
} satisfies {
  readonly [G in keyof Service]?: { readonly [M in keyof Service[G]]?: WholeOf<Service[G][M]> }
}

type Parts<A> =
  A extends Option.Option<infer B>
    ? Option.Option<Parts<B>>
    : A extends ReadonlyArray<infer B>
      ? ReadonlyArray<Parts<B>>
      : Fixtures.Overrides<A>

type Partly<M> = M extends (...args: infer Args) => infer Answer
  ? (...args: Args) => Partly<Answer>
  : M extends Effect.Effect<infer A, infer E>
    ? Effect.Effect<Parts<A>, E>
    : M extends Stream.Stream<infer A, infer E>
      ? Stream.Stream<Parts<A>, E>
      : never

type Methods<G extends keyof Service> = {
  readonly [M in keyof Service[G]]?: G extends keyof typeof whole
    ? M extends keyof (typeof whole)[G]
      ? Partly<Service[G][M]>
      : Service[G][M]
    : Service[G][M]
}

/**
 * The answers that a test defines. Every group and every method is optional. An object, or a list of objects,
 * may have any of its members, and {@link Fixtures} adds the others. Make a page with `Fixtures.page`. The
 * granted scopes are unknown unless `grantedScopes` is given.
 *
 * @since 0.1.0
 * @category models
 */
export type Answers = {
  readonly [G in Exclude<keyof Service, "search">]?: Service[G] extends
    ((...args: never) => unknown) | Effect.Effect<unknown, unknown>
    ? Service[G]
    : Methods<G>
} & {
  /** A function answers `search(…)` itself. An object answers `search.tracks(…)` and the other methods. */
  readonly search?:
    | Methods<"search">
    | ((
        query: string,
        options: { readonly types: ReadonlyArray<SearchType> }
      ) => Effect.Effect<Partial<SearchPages>, SpotifyError>)
    | undefined
}

/** A defect, so that no error handler of the program can hide that the test lacks an answer. */
const unanswered = (name: string): never => {
  throw new Error(`${name} was used and the test gave no answer for it`)
}

const strict = <A extends object>(name: string, given: A): A =>
  new Proxy(given, {
    get: (target, member, receiver): unknown =>
      typeof member === "symbol" || member in target
        ? Reflect.get(target, member, receiver)
        : unanswered(`${name}.${member}`)
  })

type Complete = (part: unknown) => unknown

const completeAll =
  (complete: Complete): Complete =>
  (part) =>
    Option.isOption(part)
      ? Option.map(part, completeAll(complete))
      : Array.isArray(part)
        ? part.map(completeAll(complete))
        : complete(part)

/** The stub's types hold what else an effect can be. */
const isAnswer = (answer: unknown): answer is Effect.Effect<unknown> => Effect.isEffect(answer)

const completeAnswer =
  (complete: Complete): Complete =>
  (answer) =>
    typeof answer === "function"
      ? (...args: ReadonlyArray<unknown>) => completeAnswer(complete)(Reflect.apply(answer, undefined, args))
      : isAnswer(answer)
        ? Effect.map(answer, complete)
        : Stream.map(answer as Stream.Stream<unknown>, complete)

/** The methods of a group. The types of the answers, not this function, say which answers are completed. */
const completeGroup = (given: object, of: Readonly<Record<string, unknown>> = {}): object =>
  Object.fromEntries(
    Object.entries(given).map(([name, answer]) => {
      const complete = of[name] as Complete | undefined
      return [name, complete === undefined ? answer : completeAnswer(completeAll(complete))(answer)]
    })
  )

/** A page of each requested type, empty if the test gives none. */
const searchOf = (answer: NonNullable<Answers["search"]>): object =>
  Object.assign(
    typeof answer === "function"
      ? (query: string, options: { readonly types: ReadonlyArray<SearchType> }) =>
          Effect.map(answer(query, options), (pages) => ({
            ...Object.fromEntries(options.types.map((type) => [`${type}s`, Fixtures.page([])])),
            ...pages
          }))
      : () => unanswered("SpotifyClient.search"),
    completeGroup(answer, whole.search)
  )

/**
 * A client with the given answers. Calling any other member is a defect that names the member.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Fixtures, SpotifyClientStub } from "effect-spotify/testing"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const TestLayer = SpotifyClientStub.layer({
 *   artists: { get: (id) => Effect.succeed({ id, name: "ABBA" }) },
 *   library: { savedTracks: () => Stream.make({ track: { name: "Dancing Queen" } }) },
 *   search: (query) => Effect.succeed({ tracks: Fixtures.page([Fixtures.track({ name: query })]) })
 * })
 * ```
 */
export const layer = (answers: Answers): Layer.Layer<SpotifyClient> => {
  const { search, ...groups } = answers
  const members = Object.entries({ grantedScopes: Effect.succeedNone, ...groups }).map(([name, group]) => [
    name,
    typeof group === "function" || Effect.isEffect(group)
      ? group
      : strict(`SpotifyClient.${name}`, completeGroup(group, whole[name as keyof typeof whole]))
  ])
  const service = {
    ...Object.fromEntries(members),
    ...(search === undefined ? {} : { search: strict("SpotifyClient.search", searchOf(search)) })
  }
  // The proxies provide the missing members, which their type cannot express
  return Layer.succeed(SpotifyClient, strict("SpotifyClient", service as Service))
}
