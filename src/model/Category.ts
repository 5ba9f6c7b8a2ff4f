/**
 * Categories of Spotify's "Browse" tab.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, patchy } from "./lenient.js"
import type { Model } from "./Model.js"
import { Image } from "./Common.js"
import type { Page } from "./Page.js"
import type { SimplifiedPlaylist } from "./Playlist.js"

const Category_ = object({
  href: nullish(Schema.String),
  /** Empty if there are none. */
  icons: Schema.Array(Image),
  /** Any text: a word, or letters and digits. */
  id: Schema.String,
  /** In the requested language. */
  name: patchy(Schema.String)
})

/**
 * A category of playlists.
 *
 * @since 0.1.0
 * @category models
 */
export interface Category extends Schema.Schema.Type<typeof Category_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Category: Model<Category> = model(Category_, { lists: ["icons"] })

/**
 * A page of playlists with a heading.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlaylistSelection {
  /** The heading; absent in some answers. */
  readonly message?: string | null
  readonly playlists: Page<SimplifiedPlaylist>
}
