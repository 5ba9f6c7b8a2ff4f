/**
 * Users.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, OpenLiteral, optional, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, Followers, Image } from "./Common.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const fields = {
  /** Null if the user has set none. */
  display_name: nullish(Schema.String),
  external_urls: patchy(ExternalUrls),
  /**
   * Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  followers: patchy(Followers),
  href: nullish(Schema.String),
  /** Any text; the ids of old accounts contain spaces and symbols. Empty for a deleted user. */
  id: Schema.String,
  type: patchy(OpenLiteral("user")),
  uri: text<SpotifyUri>()
}

const UserReference_ = object(fields)

/**
 * A user as playlists name them. Only owners have `display_name`.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserReference extends Schema.Schema.Type<typeof UserReference_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UserReference: Model<UserReference> = model(UserReference_, {
  kind: "user"
})

const repairs = { lists: ["images"], kind: "user" }

const PublicUser_ = object({ ...fields, images: Schema.Array(Image) })

/**
 * The public profile of a user.
 *
 * @since 0.1.0
 * @category models
 */
export interface PublicUser extends Schema.Schema.Type<typeof PublicUser_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PublicUser: Model<PublicUser> = model(PublicUser_, repairs)

const PrivateUser_ = object({
  ...fields,
  /** Public and permanent. Link accounts by this id, since `id` can change. Sent since May 2026. */
  account_id: optional(Schema.String),
  /**
   * ISO 3166-1 alpha-2. Needs `user-read-private`; absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  country: patchy(Schema.String),
  /**
   * Not verified. Needs `user-read-email`; absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  email: patchy(Schema.String),
  /**
   * Needs `user-read-private`; absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  explicit_content: patchy(
    object({
      /** Whether explicit content must not be played. */
      filter_enabled: patchy(Schema.Boolean),
      /** Whether the user cannot change the filter. */
      filter_locked: patchy(Schema.Boolean)
    })
  ),
  images: Schema.Array(Image),
  /**
   * The subscription; `open` means the same as `free`. Needs `user-read-private`; absent for apps in
   * development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  product: patchy(OpenLiteral("premium", "free", "open"))
})

/**
 * The current user's own profile.
 *
 * @since 0.1.0
 * @category models
 */
export interface PrivateUser extends Schema.Schema.Type<typeof PrivateUser_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PrivateUser: Model<PrivateUser> = model(PrivateUser_, repairs)
