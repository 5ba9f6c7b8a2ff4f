/**
 * Options for single calls, for parts of a program that have less or more time than the rest.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { With } from "../session/SessionService.js"
import type { ServiceUnavailable } from "./SpotifyError.js"

/**
 * When a call is retried after a transient failure. The schedule's input is the failure, so a schedule can end
 * early with `Schedule.whileInput`.
 *
 * @since 0.1.0
 * @category models
 */
export type Retry = Schedule.Schedule<unknown, ServiceUnavailable>

/**
 * Overrides of the client's options. Omitted members keep the client's value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Override {
  /**
   * For all kinds of calls; `false` means never. A command is still never repeated once it may have reached
   * Spotify.
   */
  readonly retry?: Retry | false | undefined
  /** The time limit of one attempt. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The time limit of the whole call, including all waits: `waitedFor` of `ServiceUnavailable` names the wait.
   * A method that makes many requests, such as `getMany` or a long write, has this time for all of them. A
   * stream has it for each page, and `player.changes` for each reading.
   */
  readonly totalTimeout?: Duration.DurationInput | undefined
  /** The total time that the call may wait for Spotify's rate limit. */
  readonly maxRateLimitWait?: Duration.DurationInput | undefined
  /**
   * Whether a user waits for the call. Background work leaves the reserve of each `RateGate` budget to others.
   * @default "foreground"
   */
  readonly priority?: "foreground" | "background" | undefined
}

/**
 * The overrides of the running fiber.
 *
 * @since 0.1.0
 * @category references
 */
export class CallOptions extends Context.Reference<CallOptions>()("effect-spotify/CallOptions", {
  defaultValue: (): Override => ({})
}) {}

/**
 * Overrides the client's options for the calls in the effect or stream.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { CallOptions, SpotifyClient } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * // For a page that cannot wait
 * const nowPlaying = Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.player.state()).pipe(
 *   CallOptions.withOptions({ retry: false, totalTimeout: "2 seconds" })
 * )
 * ```
 */
export const withOptions: With<Override> = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R> | Stream.Stream<A, E, R>, options: Override) =>
    Effect.isEffect(self)
      ? Effect.flatMap(CallOptions, (outer) =>
          Effect.provideService(self, CallOptions, { ...outer, ...options })
        )
      : Stream.flatMap(CallOptions, (outer) =>
          Stream.provideService(self, CallOptions, { ...outer, ...options })
        )
)
