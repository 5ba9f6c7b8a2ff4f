import * as Endpoint from "../call/endpoint.js"
import type { InvalidParameter } from "../SpotifyError.js"

/** Collections, which Spotify does not accept in place of their items. */
const containers = /^spotify:(album|artist|playlist|show|user|collection)(?::|$)/

/**
 * The reason why Spotify is known to refuse single items in an add or play command; undefined for anything
 * else. @internal
 */
export const invalidPlayable = (
  endpoint: Endpoint.Endpoint<never, unknown>,
  parameter: string,
  uris: ReadonlyArray<string>
): InvalidParameter | undefined => {
  for (const uri of uris) {
    const [, container] = containers.exec(uri) ?? []
    const problem =
      uri === ""
        ? "holds an empty URI"
        : uri.startsWith("spotify:local:")
          ? "holds a local file, which no operation accepts"
          : uri.startsWith("http")
            ? "holds a link: convert it with SpotifyUri.parse and format"
            : container !== undefined
              ? `holds a URI of the kind ${container}: give the URIs of its tracks or episodes${endpoint.name === "play" ? ", or play it as context_uri" : ""}`
              : undefined
    if (problem !== undefined) {
      return Endpoint.invalid(endpoint, parameter, problem)
    }
  }
  return undefined
}
