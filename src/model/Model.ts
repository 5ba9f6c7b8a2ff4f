/**
 * What the schemas of Spotify's objects have in common: their fields can be read, and they can be extended.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"

/**
 * The schemas of an object's members, as `Schema.Struct` takes them.
 *
 * @since 0.1.0
 * @category models
 */
export type Fields<A> = {
  readonly [K in keyof A]-?: [A] extends [Record<K, unknown>]
    ? Schema.Schema<A[K]>
    : Schema.PropertySignature<"?:", Required<A>[K], never, "?:", Required<A>[K], false, never>
}

/**
 * The schema of one of Spotify's objects. It is lenient about deviations in an answer, and so are the schemas
 * derived from it.
 *
 * @since 0.1.0
 * @category models
 * @example
 * ```ts
 * import { SpotifyClient, Track } from "effect-spotify"
 * import * as Schema from "effect/Schema"
 *
 * // With a member that Spotify added since
 * const WithMood = Track.Track.extend({ mood: Schema.optional(Schema.String) })
 *
 * // Three members, as for a short list
 * const Short = Track.Track.pick("id", "name", "artists")
 *
 * const track = SpotifyClient.SpotifyClient.use((spotify) =>
 *   spotify.execute({
 *     method: "GET",
 *     path: "/tracks/{id}",
 *     params: { id: "11dFghVXANMlKmJXsNCbNl" },
 *     schema: WithMood
 *   })
 * )
 * ```
 */
export interface Model<A> extends Schema.Schema<A> {
  /** The schema of each member, for schemas of your own. */
  readonly fields: Fields<A>
  /** The same schema with these annotations. */
  annotations(annotations: Schema.Annotations.Schema<A>): Model<A>
  /** An object with these members alone. */
  pick<Keys extends ReadonlyArray<keyof A & string>>(...keys: Keys): Model<Pick<A, Keys[number]>>
  /**
   * An object that also has these members, which replace members of the same name. The others stay lenient,
   * unlike in `Schema.Struct({ ...fields })`.
   */
  extend<More extends Schema.Struct.Fields>(
    members: More
  ): Schema.Schema<
    Omit<A, keyof More> & Schema.Struct.Type<More>,
    Omit<A, keyof More> & Schema.Struct.Encoded<More>,
    Schema.Struct.Context<More>
  >
}
