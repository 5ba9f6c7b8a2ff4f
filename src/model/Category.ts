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
  /** A word, or letters and digits: any text. */
  id: Schema.String,
  /** In the language that was asked for. */
  name: patchy(Schema.String)
})

/**
 * A category that playlists are filed under.
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
 * A page of playlists under a heading.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlaylistSelection {
  /** The heading; absent in some answers. */
  readonly message?: string | null
  readonly playlists: Page<SimplifiedPlaylist>
}
