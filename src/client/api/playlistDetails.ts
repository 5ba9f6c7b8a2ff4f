import * as Endpoint from "../call/endpoint.js"
import type { InvalidParameter } from "../SpotifyError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Details {
  readonly name?: string | undefined
  /** Whether it is shown on the user's profile. @default true for a new playlist */
  readonly public?: boolean | undefined
  /** Whether other users may change it, which needs `public: false`. @default false for a new playlist */
  readonly collaborative?: boolean | undefined
  /** One line of at most 300 characters. */
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

/** Which one is needed depends on the playlist, which is not known here. @internal */
export const modify = ["playlist-modify-public", "playlist-modify-private"]

/** Spotify answers both with 500, which would be retried. */
const invalidDescription = (description: string): string | undefined =>
  /[\n\v\f\r\u0085\u2028\u2029]/.test(description)
    ? "has a line break, which Spotify does not take: write it on one line"
    : description.length > maxDescription && Array.from(description).length > maxDescription
      ? `is longer than the ${maxDescription} characters that Spotify takes`
      : undefined

const maxDescription = 300

/** @internal */
export const invalid = (
  endpoint: Endpoint.Endpoint<never, unknown>,
  details: Details
): InvalidParameter | undefined => {
  if (details.name?.trim() === "") {
    return Endpoint.invalid(endpoint, "name", "is empty")
  }
  // A new playlist is public by default
  if (details.collaborative === true && (details.public ?? endpoint.method === "POST")) {
    return Endpoint.invalid(
      endpoint,
      "collaborative",
      "needs a playlist that is not public: set public to false"
    )
  }
  const problem = details.description === undefined ? undefined : invalidDescription(details.description)
  return problem === undefined ? undefined : Endpoint.invalid(endpoint, "description", problem)
}

/** Spotify counts the Base64 text, which has four characters for every three bytes. */
const maxCover = 256 * 1024

/** How the Base64 text of a JPEG begins: `/9j/`. */
const asText = [0x2f, 0x39, 0x6a, 0x2f]

/** @internal */
export const invalidCover = (
  endpoint: Endpoint.Endpoint<never, unknown>,
  image: Uint8Array
): InvalidParameter | undefined =>
  asText.every((byte, index) => image[index] === byte)
    ? Endpoint.invalid(endpoint, "image", "is Base64 text: give the bytes of the JPEG")
    : image[0] !== 0xff || image[1] !== 0xd8 || image[2] !== 0xff
      ? Endpoint.invalid(
          endpoint,
          "image",
          "is not a JPEG, and Spotify accepts no other kind: save it as one"
        )
      : Math.ceil(image.length / 3) * 4 > maxCover
        ? Endpoint.invalid(
            endpoint,
            "image",
            `has ${Math.ceil(image.length / 1024)} KiB, and Spotify takes 192 (256 as Base64): save it smaller`
          )
        : undefined
