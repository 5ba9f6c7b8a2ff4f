/**
 * The content of the emulated Spotify. All of it is invented. Ids are the same in every run.
 *
 * @since 0.1.0
 */
import type { Catalogue } from "./catalogue/model.js"
import * as Music from "./catalogue/music.js"
import * as People from "./catalogue/people.js"
import * as Spoken from "./catalogue/spoken.js"

/**
 * @since 0.1.0
 * @category models
 */
export type * from "./catalogue/model.js"

/**
 * The id that {@link invented} derives from a seed. Use it to add your own things to a catalogue without
 * inventing ids.
 *
 * @since 0.1.0
 * @category constructors
 */
export { idOf } from "./catalogue/base62.js"

/**
 * The default catalogue: seven artists (one with twelve albums), an album of 64 tracks, two shows, an
 * audiobook, and two users with libraries, playlists and devices. An album, a track and an episode are not
 * available in Japan. One more track is replaced there by another release.
 *
 * @since 0.1.0
 * @category constants
 */
export const invented: Catalogue = {
  artists: Music.artists,
  albums: Music.albums,
  tracks: Music.tracks,
  shows: Spoken.shows,
  episodes: Spoken.episodes,
  audiobooks: Spoken.audiobooks,
  chapters: Spoken.chapters,
  users: People.users,
  playlists: People.playlists,
  libraries: People.libraries,
  devices: People.devices,
  categories: People.categories,
  featuredIds: People.featuredIds
}
