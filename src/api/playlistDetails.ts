import * as Endpoint from "../internal/endpoint.js"
import type { InvalidParameter } from "../SpotifyError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Details {
  readonly name?: string | undefined
  /** On the user's profile. @default true for a new playlist */
  readonly public?: boolean | undefined
  /** Others may change it, which needs `public: false`. @default false for a new playlist */
  readonly collaborative?: boolean | undefined
  readonly description?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions extends Details {
  readonly name: string
}

/** @internal */
export const body: Endpoint.Body = {
  type: "json",
  members: ["name", "public", "collaborative", "description"]
}

/** Which of the two depends on the playlist, which cannot be known here. @internal */
export const modify = ["playlist-modify-public", "playlist-modify-private"]

/** @internal */
export const invalid = (
  endpoint: Endpoint.Endpoint<never, unknown>,
  details: Details
): InvalidParameter | undefined =>
  details.name?.trim() === ""
    ? Endpoint.invalid(endpoint, "name", "is empty")
    : details.collaborative === true && details.public === true
      ? Endpoint.invalid(
          endpoint,
          "collaborative",
          "needs a playlist that is not public: set public to false"
        )
      : undefined
