/**
 * A client for tests that needs no network: it answers what the test says, and nothing else.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Service, SpotifyClient } from "../client/SpotifyClient.js"

/**
 * The members that a test gives; every group and every method is optional. What the user granted is not
 * known, unless `grantedScopes` is given.
 *
 * @since 0.1.0
 * @category models
 */
export type Answers = {
  readonly [Group in keyof Service]?: Service[Group] extends
    ((...args: never) => unknown) | Effect.Effect<unknown, unknown>
    ? Service[Group]
    : Partial<Service[Group]>
}

const strict = <A extends object>(name: string, given: A): A =>
  new Proxy(given, {
    get: (target, member, receiver): unknown => {
      if (typeof member === "symbol" || member in target) {
        return Reflect.get(target, member, receiver)
      }
      // A defect on purpose: the test lacks something, and no handler of the program's may hide it
      throw new Error(`${name}.${member} was used and the test gave no answer for it`)
    }
  })

/**
 * A client with the given answers. Using any other member is a defect that names it.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyUri } from "effect-spotify"
 * import { SpotifyClientStub } from "effect-spotify/testing"
 * import * as Effect from "effect/Effect"
 *
 * const TestLayer = SpotifyClientStub.layer({
 *   artists: {
 *     get: (id) =>
 *       Effect.succeed({
 *         id,
 *         name: "Test Artist",
 *         type: "artist",
 *         uri: SpotifyUri.make("artist", id),
 *         external_urls: {},
 *         images: []
 *       })
 *   }
 * })
 * ```
 */
export const layer = (answers: Answers): Layer.Layer<SpotifyClient> => {
  const groups = Object.entries({ grantedScopes: Effect.succeedNone, ...answers }).map(([name, group]) => [
    name,
    typeof group === "function" || Effect.isEffect(group) ? group : strict(`SpotifyClient.${name}`, group)
  ])
  // The proxies stand for the missing members, as their type cannot tell
  return Layer.succeed(SpotifyClient, strict("SpotifyClient", Object.fromEntries(groups) as Service))
}
