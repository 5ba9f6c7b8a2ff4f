/**
 * The scopes of every operation that needs one, in the form of the descriptors: every element is required; of a
 * nested list, any one. The types of a scoped client come from this table, because the types of descriptors do
 * not contain the scopes. A test compares the two.
 *
 * Operations that are not listed need no scope. A page has the scopes of its list.
 */
const read = ["user-library-read"] as const
const modify = ["user-library-modify"] as const
const modifyAny = ["user-library-modify", "user-follow-modify", "playlist-modify-public"] as const
const readAny = ["user-library-read", "user-follow-read", "playlist-read-private"] as const
const modifyPlaylist = ["playlist-modify-public", "playlist-modify-private"] as const
const control = ["user-modify-playback-state"] as const

export const scopedOperations = {
  library: {
    savedAlbums: read,
    savedTracks: read,
    savedEpisodes: read,
    savedShows: read,
    savedAudiobooks: read,
    save: [modifyAny],
    remove: [modifyAny],
    contains: [readAny],
    saveAlbums: modify,
    saveTracks: modify,
    saveEpisodes: modify,
    saveShows: modify,
    saveAudiobooks: modify,
    removeAlbums: modify,
    removeTracks: modify,
    removeEpisodes: modify,
    removeShows: modify,
    removeAudiobooks: modify,
    containsAlbums: read,
    containsTracks: read,
    containsEpisodes: read,
    containsShows: read,
    containsAudiobooks: read
  },
  me: {
    topArtists: ["user-top-read"],
    topTracks: ["user-top-read"],
    followedArtists: ["user-follow-read"],
    follow: ["user-follow-modify"],
    unfollow: ["user-follow-modify"],
    follows: ["user-follow-read"]
  },
  player: {
    state: ["user-read-playback-state"],
    changes: ["user-read-playback-state"],
    currentlyPlaying: ["user-read-currently-playing"],
    devices: ["user-read-playback-state"],
    transfer: control,
    play: control,
    pause: control,
    next: control,
    previous: control,
    seek: control,
    setRepeat: control,
    setVolume: control,
    setShuffle: control,
    recentlyPlayed: ["user-read-recently-played"],
    queue: ["user-read-currently-playing", "user-read-playback-state"],
    addToQueue: control
  },
  playlists: {
    items: ["playlist-read-private"],
    mine: ["playlist-read-private"],
    create: [modifyPlaylist],
    changeDetails: [modifyPlaylist],
    add: [modifyPlaylist],
    replace: [modifyPlaylist],
    reorder: [modifyPlaylist],
    remove: [modifyPlaylist],
    uploadCover: ["ugc-image-upload", modifyPlaylist],
    tracks: ["playlist-read-private"],
    addTracks: [modifyPlaylist],
    replaceTracks: [modifyPlaylist],
    reorderTracks: [modifyPlaylist],
    removeTracks: [modifyPlaylist],
    follow: [modifyPlaylist],
    unfollow: [modifyPlaylist]
  },
  users: {
    createPlaylist: [modifyPlaylist]
  }
} as const

/** The groups that have operations with scopes. */
export type ScopedOperations = typeof scopedOperations

/** The operation of a method. A page uses the operation of its list. */
export type OperationOf<Method> = Method extends `${infer List}Page` ? List : Method
