import type * as Redacted from "effect/Redacted"
import type { Catalogue } from "./Catalogue.js"
import type * as Model from "./catalogue/model.js"

export type QuotaMode = "development" | "extended"

export interface App {
  readonly clientId: string
  /** Absent for an app that keeps no secret and so must use PKCE. */
  readonly clientSecret: Redacted.Redacted<string> | undefined
  readonly redirectUris: ReadonlyArray<string>
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
  readonly expiresAt: number
  /** Whether the client proved itself by its secret to get the token; it must do so to use it, too. */
  readonly withSecret: boolean
  replaced: boolean
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
 * Which of the two services a request was for.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = "accounts" | "api"

/**
 * What a token is asked for with.
 *
 * @since 0.1.0
 * @category models
 */
export type GrantType = "authorization_code" | "refresh_token" | "client_credentials"

export interface Fault {
  readonly target: Target
  readonly status: number
  readonly body: string
  readonly contentType: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What the log keeps of a request: never a header, a body, or the query of an accounts address.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestRecord {
  readonly at: number
  readonly target: Target
  readonly method: string
  readonly path: string
  /** The query of a Web API call; always empty for the accounts service, where queries hold secrets. */
  readonly query: string
  readonly status: number
}

export interface Behaviour {
  consent: "automatic" | "form"
  decision: "allow" | "deny"
  rotation: "never" | "always"
  userId: string
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
  readonly quotaMode: QuotaMode
  readonly accessTokenSeconds: number
  readonly catalogue: Catalogue
  readonly index: Index
  readonly apps: ReadonlyMap<string, App>
  readonly codes: Map<string, Code>
  readonly accessTokens: Map<string, AccessToken>
  readonly refreshTokens: Map<string, RefreshToken>
  readonly playlists: Map<string, Playlist>
  readonly libraries: Map<string, Library>
  readonly behaviour: Behaviour
  readonly tokenRequests: Record<GrantType, number>
  faults: ReadonlyArray<Fault>
  requests: ReadonlyArray<RequestRecord>
}

export interface Options {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly quotaMode: QuotaMode
  readonly accessTokenSeconds: number
  readonly catalogue: Catalogue
  readonly apps: ReadonlyArray<App>
  readonly consent: "automatic" | "form"
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

const librariesOf = (catalogue: Catalogue): Map<string, Library> => {
  const known = new Map(catalogue.libraries.map(({ userId, ...library }) => [userId, library]))
  return new Map(catalogue.users.map((user) => [user.id, { ...emptyLibrary(), ...known.get(user.id) }]))
}

export const make = (options: Options): State => ({
  accountsUrl: options.accountsUrl,
  apiUrl: options.apiUrl,
  quotaMode: options.quotaMode,
  accessTokenSeconds: options.accessTokenSeconds,
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
  behaviour: {
    consent: options.consent,
    decision: "allow",
    rotation: "never",
    userId: options.catalogue.users[0]?.id ?? ""
  },
  tokenRequests: { authorization_code: 0, refresh_token: 0, client_credentials: 0 },
  faults: [],
  requests: []
})

const logged = 1000

export const record = (state: State, request: RequestRecord): void => {
  state.requests = [...state.requests.slice(1 - logged), request]
}

/** Takes the next fault planned for the target, if there is one. */
export const takeFault = (state: State, target: Target): Fault | undefined => {
  const position = state.faults.findIndex((fault) => fault.target === target)
  const fault = state.faults[position]
  state.faults = state.faults.filter((_, index) => index !== position)
  return fault
}
