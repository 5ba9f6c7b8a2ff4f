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
  /** Null where the user has set none. */
  display_name: nullish(Schema.String),
  external_urls: patchy(ExternalUrls),
  /**
   * Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  followers: patchy(Followers),
  href: nullish(Schema.String),
  /** Any text; old accounts have spaces and signs in it. Empty for a user who is gone. */
  id: Schema.String,
  type: patchy(OpenLiteral("user")),
  uri: text<SpotifyUri>()
}

const UserReference_ = object(fields)

/**
 * A user as playlists name them. `display_name` is there for owners only.
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
 * What everybody may see of a user.
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
  /** Public and never changing: link accounts by this one, since `id` can change. Sent since May 2026. */
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
      /** Explicit content is not to be played. */
      filter_enabled: patchy(Schema.Boolean),
      /** The user cannot change the filter. */
      filter_locked: patchy(Schema.Boolean)
    })
  ),
  images: Schema.Array(Image),
  /**
   * The subscription; `open` is the same as `free`. Needs `user-read-private`; absent for apps in
   * development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  product: patchy(OpenLiteral("premium", "free", "open"))
})

/**
 * What the current user sees of themselves.
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
