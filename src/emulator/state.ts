import type * as Redacted from "effect/Redacted"
import type { Catalogue } from "./Catalogue.js"
import type * as Model from "./catalogue/model.js"
import * as Faults from "./faults.js"
import * as Habits from "./web/habits.js"
import type { Player } from "./web/playback.js"

export type { Target } from "./faults.js"

export type QuotaMode = "development" | "extended"

export interface App {
  readonly clientId: string
  /** What the consent page calls the app. */
  readonly name: string
  /** Absent for an app that keeps no secret and so must use PKCE. */
  readonly clientSecret: Redacted.Redacted<string> | undefined
  readonly redirectUris: ReadonlyArray<string>
  /** Whether every `http` address of this machine counts as registered, too. */
  readonly anyLoopback: boolean
  readonly quotaMode: QuotaMode
  /** The users that the Web API serves through this app; absent where it serves everybody. */
  allowedUsers: ReadonlyArray<string> | undefined
  /** Without it the Web API serves nobody through this app. */
  ownerPremium: boolean
}

/** One user's consent to one app. Everything issued on it dies with it. */
export interface Grant {
  readonly userId: string
  readonly clientId: string
  readonly scopes: ReadonlyArray<string>
  readonly authorizedAt: number
  revoked: boolean
}

export interface Code {
  readonly grant: Grant
  readonly redirectUri: string
  readonly challenge: string | undefined
  readonly expiresAt: number
}

export interface AccessToken {
  readonly clientId: string
  /** Absent for a token of the app itself, from client credentials. */
  readonly grant: Grant | undefined
  expiresAt: number
}

export interface RefreshToken {
  readonly grant: Grant
  expiresAt: number
  /** Whether the client proved itself by its secret to get the token; it must do so to use it, too. */
  readonly withSecret: boolean
  /** When a rotation ends it, which may be some time after the rotation itself. */
  replacedAt: number | undefined
}

export interface Image {
  readonly url: string
  readonly height: number | null
  readonly width: number | null
}

export interface PlaylistEntry extends Model.Added {
  readonly addedBy: string
}

export interface Playlist {
  readonly id: string
  readonly ownerId: string
  name: string
  description: string
  public: boolean
  collaborative: boolean
  items: ReadonlyArray<PlaylistEntry>
  images: ReadonlyArray<Image>
  revision: number
}

export interface Library {
  saved: ReadonlyArray<Model.Added>
  readonly topArtistIds: ReadonlyArray<string>
  readonly topTrackIds: ReadonlyArray<string>
}

/**
 * What a token is asked for with.
 *
 * @since 0.1.0
 * @category models
 */
export type GrantType = "authorization_code" | "refresh_token" | "client_credentials"

/**
 * What the log keeps of a request: never a header, a body, or the query of an accounts address.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestRecord {
  readonly at: number
  readonly target: Faults.Target
  readonly method: string
  readonly path: string
  /**
   * The query of a Web API call, with the values of its own parameters alone and without what looks like a
   * token; always empty for the accounts service, where queries hold secrets.
   */
  readonly query: string
  /** 0 where the client got no answer. */
  readonly status: number
  /** The kinds of the faults injected into it. */
  readonly faults: ReadonlyArray<Faults.Fault["kind"]>
}

export interface Behaviour {
  consent: "automatic" | "form"
  decision: "allow" | "deny"
  rotation: "never" | "always"
  /** How long a replaced refresh token works on. */
  rotationGraceMillis: number
  userId: string
  /** How many refreshes to come are refused although the token is good. */
  falseInvalidGrants: number
  /** What a user reads whom the app's allow-list does not name. */
  notAllowedText: string
  /** What Spotify does that its documentation does not say. */
  habits: Habits.Habits
  /** Whether the apps keep what Spotify closed in November 2024 to all but those who used it then. */
  closedOperations: boolean
}

export interface Index {
  readonly artists: ReadonlyMap<string, Model.Artist>
  readonly albums: ReadonlyMap<string, Model.Album>
  readonly tracks: ReadonlyMap<string, Model.Track>
  readonly shows: ReadonlyMap<string, Model.Show>
  readonly episodes: ReadonlyMap<string, Model.Episode>
  readonly audiobooks: ReadonlyMap<string, Model.Audiobook>
  readonly chapters: ReadonlyMap<string, Model.Chapter>
  readonly users: ReadonlyMap<string, Model.User>
}

/** The whole of an emulator. Changed only by the fiber that serves a request or runs a control. */
export interface State {
  readonly accountsUrl: string
  readonly apiUrl: string
  /** The names and addresses, as in a URL, that it has in addition to those of every machine. */
  readonly hosts: ReadonlyArray<string>
  /** Whether other machines may reach it. */
  readonly isExposed: boolean
  readonly quotaMode: QuotaMode
  readonly accessTokenSeconds: number
  readonly codeSeconds: number
  readonly catalogue: Catalogue
  readonly index: Index
  readonly apps: ReadonlyMap<string, App>
  readonly codes: Map<string, Code>
  readonly accessTokens: Map<string, AccessToken>
  readonly refreshTokens: Map<string, RefreshToken>
  readonly playlists: Map<string, Playlist>
  readonly libraries: Map<string, Library>
  /** By user, from the first time that the user's player is looked at. */
  readonly players: Map<string, Player>
  readonly behaviour: Behaviour
  /** The scopes that a user once allowed an app, by {@link approvalKey}. */
  readonly approvals: Map<string, ReadonlyArray<string>>
  readonly tokenRequests: Record<GrantType, number>
  readonly faults: Faults.Faults
  /** By habit, how many answers there were that every nth of has it. */
  readonly turns: Map<string, number>
  requests: Array<RequestRecord>
}

export interface Options {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly hosts?: ReadonlyArray<string> | undefined
  /** @default false */
  readonly isExposed?: boolean | undefined
  readonly quotaMode: QuotaMode
  readonly accessTokenSeconds: number
  readonly codeSeconds: number
  readonly catalogue: Catalogue
  readonly apps: ReadonlyArray<App>
  readonly consent: "automatic" | "form"
  /** Habits to have otherwise than by default. */
  readonly habits?: Partial<Habits.Habits> | undefined
  /** @default false */
  readonly closedOperations?: boolean | undefined
}

const byId = <A extends { readonly id: string }>(items: ReadonlyArray<A>): ReadonlyMap<string, A> =>
  new Map(items.map((item) => [item.id, item]))

export const coverOf = (id: string): ReadonlyArray<Image> =>
  [640, 300, 64].map((size) => ({
    url: `https://images.spotify.emulator/${id}-${size}.jpg`,
    height: size,
    width: size
  }))

const playlistOf = ({ items, ...rest }: Model.Playlist): Playlist => ({
  ...rest,
  items: items.map((item) => ({ ...item, addedBy: rest.ownerId })),
  images: coverOf(rest.id),
  revision: 1
})

const emptyLibrary = (): Library => ({ saved: [], topArtistIds: [], topTrackIds: [] })

/** What users have at the start; their own playlists are in their libraries, whether these name them or not. */
export const librariesOf = (catalogue: Catalogue): Map<string, Library> => {
  const known = new Map(catalogue.libraries.map(({ userId, ...library }) => [userId, library]))
  return new Map(
    catalogue.users.map((user) => {
      const library = known.get(user.id) ?? emptyLibrary()
      const saved = new Set(library.saved.map(({ uri }) => uri))
      const owned = catalogue.playlists
        .filter(({ id, ownerId }) => ownerId === user.id && !saved.has(`spotify:playlist:${id}`))
        .map(({ id }) => ({ uri: `spotify:playlist:${id}`, addedAt: "2026-01-01T00:00:00Z" }))
      return [user.id, { ...library, saved: [...library.saved, ...owned] }]
    })
  )
}

/** The wording of May 2026 (Lioncat6/OSC-Chat-Tools #32); there were at least three others before. */
const notAllowed =
  "The user is not registered for this application. Please check your settings on https://developer.spotify.com/dashboard."

export const make = (options: Options): State => ({
  accountsUrl: options.accountsUrl,
  apiUrl: options.apiUrl,
  hosts: [
    ...[options.accountsUrl, options.apiUrl].map((url) => new URL(url).hostname),
    ...(options.hosts ?? []).map((host) => host.toLowerCase())
  ],
  isExposed: options.isExposed ?? false,
  quotaMode: options.quotaMode,
  accessTokenSeconds: options.accessTokenSeconds,
  codeSeconds: options.codeSeconds,
  catalogue: options.catalogue,
  index: {
    artists: byId(options.catalogue.artists),
    albums: byId(options.catalogue.albums),
    tracks: byId(options.catalogue.tracks),
    shows: byId(options.catalogue.shows),
    episodes: byId(options.catalogue.episodes),
    audiobooks: byId(options.catalogue.audiobooks),
    chapters: byId(options.catalogue.chapters),
    users: byId(options.catalogue.users)
  },
  apps: new Map(options.apps.map((app) => [app.clientId, app])),
  codes: new Map(),
  accessTokens: new Map(),
  refreshTokens: new Map(),
  playlists: new Map(options.catalogue.playlists.map((playlist) => [playlist.id, playlistOf(playlist)])),
  libraries: librariesOf(options.catalogue),
  players: new Map(),
  behaviour: {
    consent: options.consent,
    decision: "allow",
    rotation: "never",
    rotationGraceMillis: 0,
    userId: options.catalogue.users[0]?.id ?? "",
    falseInvalidGrants: 0,
    notAllowedText: notAllowed,
    habits: { ...Habits.defaults, ...options.habits },
    closedOperations: options.closedOperations ?? false
  },
  approvals: new Map(),
  tokenRequests: { authorization_code: 0, refresh_token: 0, client_credentials: 0 },
  faults: Faults.make(),
  turns: new Map(),
  requests: []
})

const logged = 1000

export const record = (state: State, request: RequestRecord): void => {
  state.requests.push(request)
  // Cutting the list at every request would copy it at every request
  if (state.requests.length >= 2 * logged) {
    state.requests = state.requests.slice(-logged)
  }
}

export const recorded = (state: State): ReadonlyArray<RequestRecord> => state.requests.slice(-logged)

export const approvalKey = (userId: string, clientId: string): string => `${clientId} ${userId}`
