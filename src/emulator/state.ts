import type * as Redacted from "effect/Redacted"
import type { Catalogue } from "./Catalogue.js"
import type * as Model from "./catalogue/model.js"
import * as Faults from "./faults.js"
import * as Habits from "./web/habits.js"
import type { Player } from "./web/playback.js"
import * as Quotas from "./web/quotas.js"

export type { Target } from "./faults.js"

export type QuotaMode = "development" | "extended"

export interface App {
  readonly clientId: string
  /** The app's name on the consent page. */
  readonly name: string
  /** Absent for an app without a secret, which must use PKCE. */
  readonly clientSecret: Redacted.Redacted<string> | undefined
  readonly redirectUris: ReadonlyArray<string>
  /** Whether every `http` address of this machine also counts as registered. */
  readonly anyLoopback: boolean
  readonly quotaMode: QuotaMode
  /** The developer account that the app belongs to. */
  readonly account: string
  /** The users that the Web API serves through this app; absent if it serves all users. */
  allowedUsers: ReadonlyArray<string> | undefined
  /** Without Premium the Web API serves no user through this app. */
  ownerPremium: boolean
}

/** One user's consent to one app. Revoking it ends all codes and tokens issued for it. */
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
  /** Absent for a client credentials token. */
  readonly grant: Grant | undefined
  expiresAt: number
}

export interface RefreshToken {
  readonly grant: Grant
  expiresAt: number
  /** Whether the client authenticated with its secret to get the token. It must then do so to use it. */
  readonly withSecret: boolean
  /** When a rotated token stops working, which may be some time after the rotation. */
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
 * The grant types of token requests.
 *
 * @since 0.1.0
 * @category models
 */
export type GrantType = "authorization_code" | "refresh_token" | "client_credentials"

/**
 * The log entry of a request. It never contains a header, a body, or the query of an accounts address.
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
   * The query of a Web API call, with only the values of its own parameters and without anything like a
   * token. It is always empty for the accounts service, where queries hold secrets.
   */
  readonly query: string
  /** 0 if the client got no answer. */
  readonly status: number
  /** The kinds of the injected faults. */
  readonly faults: ReadonlyArray<Faults.Fault["kind"]>
}

export interface Behaviour {
  consent: "automatic" | "form"
  decision: "allow" | "deny"
  rotation: "never" | "always"
  /** How long a replaced refresh token stays valid. */
  rotationGraceMillis: number
  userId: string
  /** How many coming refreshes are refused although the token is valid. */
  falseInvalidGrants: number
  /** The text of the 403 for a user who is not on the app's allow-list. */
  notAllowedText: string
  /** Behaviour of Spotify that its documentation does not mention. */
  habits: Habits.Habits
  /** Whether the apps may use the endpoints that Spotify closed to new apps in November 2024. */
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

/** The whole state of an emulator. Only the fiber that serves a request or runs a control changes it. */
export interface State {
  readonly accountsUrl: string
  readonly apiUrl: string
  /** Its host names and addresses, in URL form, in addition to those of every machine. */
  readonly hosts: ReadonlyArray<string>
  /** Whether other machines can reach it. */
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
  /** By user. A player is created on its first use. */
  readonly players: Map<string, Player>
  readonly behaviour: Behaviour
  /** The scopes that a user has allowed an app, by {@link approvalKey}. */
  readonly approvals: Map<string, ReadonlyArray<string>>
  readonly tokenRequests: Record<GrantType, number>
  readonly faults: Faults.Faults
  /** By habit: the number of answers so far, for habits of every nth answer. */
  readonly turns: Map<string, number>
  quotas: ReadonlyArray<Quotas.Counted>
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
  /** Habits that differ from the default. */
  readonly habits?: Partial<Habits.Habits> | undefined
  /** @default false */
  readonly closedOperations?: boolean | undefined
  readonly quotas?: ReadonlyArray<Quotas.Quota> | undefined
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

/** The libraries of the users at the start. A user's own playlists are always in the user's library. */
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

/** The wording of May 2026 (Lioncat6/OSC-Chat-Tools #32). There were at least three others before. */
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
  quotas: Quotas.make(options.quotas ?? []),
  requests: []
})

const logged = 1000

export const record = (state: State, request: RequestRecord): void => {
  state.requests.push(request)
  // Trimming the list on every request would copy it every time
  if (state.requests.length >= 2 * logged) {
    state.requests = state.requests.slice(-logged)
  }
}

export const recorded = (state: State): ReadonlyArray<RequestRecord> => state.requests.slice(-logged)

export const approvalKey = (userId: string, clientId: string): string => `${clientId} ${userId}`
