/**
 * @since 0.1.0
 * @category models
 */
export interface Artist {
  readonly id: string
  readonly name: string
  readonly genres: ReadonlyArray<string>
  readonly popularity: number
  readonly followers: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Album {
  readonly id: string
  readonly name: string
  readonly albumType: "album" | "single" | "compilation"
  readonly artistIds: ReadonlyArray<string>
  readonly trackIds: ReadonlyArray<string>
  readonly releaseDate: string
  readonly releaseDatePrecision: "year" | "month" | "day"
  readonly label: string
  readonly popularity: number
  readonly upc: string
  /** The countries where it is available; all if absent. */
  readonly markets?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Track {
  readonly id: string
  readonly name: string
  readonly albumId: string
  readonly artistIds: ReadonlyArray<string>
  readonly discNumber: number
  readonly trackNumber: number
  readonly durationMs: number
  readonly explicit: boolean
  readonly popularity: number
  readonly isrc: string
  /** The countries where it is available; all if absent. */
  readonly markets?: ReadonlyArray<string> | undefined
  /** The id of the same recording on another album, which plays where this one is not available. */
  readonly relinkedTo?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Show {
  readonly id: string
  readonly name: string
  readonly publisher: string
  readonly description: string
  readonly languages: ReadonlyArray<string>
  readonly episodeIds: ReadonlyArray<string>
  /** The countries where it is available; all if absent. */
  readonly markets?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Episode {
  readonly id: string
  readonly name: string
  readonly showId: string
  readonly description: string
  readonly releaseDate: string
  readonly durationMs: number
  /** The countries where it is available; all if absent. */
  readonly markets?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Audiobook {
  readonly id: string
  readonly name: string
  readonly authors: ReadonlyArray<string>
  readonly narrators: ReadonlyArray<string>
  readonly publisher: string
  readonly description: string
  readonly edition: string
  readonly languages: ReadonlyArray<string>
  readonly chapterIds: ReadonlyArray<string>
  /** The countries where it is available; all if absent. */
  readonly markets?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Chapter {
  readonly id: string
  readonly name: string
  readonly audiobookId: string
  readonly chapterNumber: number
  readonly releaseDate: string
  readonly durationMs: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface User {
  readonly id: string
  readonly displayName: string
  readonly email: string
  readonly country: string
  readonly product: "premium" | "free"
  readonly accountId: string
  readonly followers: number
}

/**
 * A URI and when it was added, in ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface Added {
  readonly uri: string
  readonly addedAt: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Playlist {
  readonly id: string
  readonly ownerId: string
  readonly name: string
  readonly description: string
  readonly public: boolean
  readonly collaborative: boolean
  readonly items: ReadonlyArray<Added>
}

/**
 * A user's initial library: everything saved or followed by its URI, newest first, and the user's favourites.
 *
 * @since 0.1.0
 * @category models
 */
export interface Library {
  readonly userId: string
  readonly saved: ReadonlyArray<Added>
  readonly topArtistIds: ReadonlyArray<string>
  readonly topTrackIds: ReadonlyArray<string>
}

/**
 * A playback device. A user without devices in the catalogue still has one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Device {
  readonly userId: string
  /** Null for a device that Spotify shows but no app can use. */
  readonly id: string | null
  readonly name: string
  readonly type: string
  /** Null if an app cannot set the volume. */
  readonly volume: number | null
  readonly restricted: boolean
}

/**
 * A browse category with its playlists.
 *
 * @since 0.1.0
 * @category models
 */
export interface Category {
  readonly id: string
  readonly name: string
  readonly playlistIds: ReadonlyArray<string>
}

/**
 * Everything the emulator knows when it starts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Catalogue {
  readonly artists: ReadonlyArray<Artist>
  readonly albums: ReadonlyArray<Album>
  readonly tracks: ReadonlyArray<Track>
  readonly shows: ReadonlyArray<Show>
  readonly episodes: ReadonlyArray<Episode>
  readonly audiobooks: ReadonlyArray<Audiobook>
  readonly chapters: ReadonlyArray<Chapter>
  readonly users: ReadonlyArray<User>
  readonly playlists: ReadonlyArray<Playlist>
  readonly libraries: ReadonlyArray<Library>
  readonly devices?: ReadonlyArray<Device> | undefined
  readonly categories?: ReadonlyArray<Category> | undefined
  /** The ids of the featured playlists. */
  readonly featuredIds?: ReadonlyArray<string> | undefined
}
