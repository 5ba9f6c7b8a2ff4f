/**
 * Helpers for the streams that the client returns for lists.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"

/**
 * The first entries of a list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Collected<out A> {
  readonly items: ReadonlyArray<A>
  /** Whether the list has more. */
  readonly truncated: boolean
}

/**
 * Collects a list into memory, at most `max` entries, and tells whether there are more. For this it reads one
 * entry beyond `max`, which can take one more request. A `max` that is not a non-negative integer is a defect.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { Paging, SpotifyClient } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const spotify = yield* SpotifyClient.SpotifyClient
 *   const { items, truncated } = yield* spotify.library.savedTracks().pipe(Paging.collect({ max: 1000 }))
 *   yield* Effect.log(`${items.length} tracks${truncated ? ", and more" : ""}`)
 * })
 * ```
 */
export const collect: {
  (options: {
    readonly max: number
  }): <A, E, R>(self: Stream.Stream<A, E, R>) => Effect.Effect<Collected<A>, E, R>
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    options: { readonly max: number }
  ): Effect.Effect<Collected<A>, E, R>
} = dual(
  2,
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    { max }: { readonly max: number }
  ): Effect.Effect<Collected<A>, E, R> =>
    Number.isInteger(max) && max >= 0
      ? Effect.map(Stream.runCollect(Stream.take(self, max + 1)), (found) => ({
          items: Chunk.toReadonlyArray(Chunk.take(found, max)),
          truncated: found.length > max
        }))
      : Effect.dieMessage(`Paging.collect: max is ${max}, not a whole number of at least 0`)
)
