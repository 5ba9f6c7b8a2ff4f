/**
 * Why the player refuses a command.
 *
 * @since 0.1.0
 */

const documented = [
  "NO_PREV_TRACK",
  "NO_NEXT_TRACK",
  "NO_SPECIFIC_TRACK",
  "ALREADY_PAUSED",
  "NOT_PAUSED",
  "NOT_PLAYING_LOCALLY",
  "NOT_PLAYING_TRACK",
  "NOT_PLAYING_CONTEXT",
  "ENDLESS_CONTEXT",
  "CONTEXT_DISALLOW",
  "ALREADY_PLAYING",
  "RATE_LIMITED",
  "REMOTE_CONTROL_DISALLOW",
  "DEVICE_NOT_CONTROLLABLE",
  "VOLUME_CONTROL_DISALLOW",
  "NO_ACTIVE_DEVICE",
  "PREMIUM_REQUIRED",
  "UNKNOWN"
] as const

/**
 * A reason that Spotify gave for refusing a command of the player. `UNKNOWN` is by far the most frequent, also
 * where another one would fit, and Spotify may send text that is not among these.
 *
 * - `NO_PREV_TRACK`, `NO_NEXT_TRACK`: nothing comes before or after
 * - `NO_SPECIFIC_TRACK`: what was asked for does not exist
 * - `ALREADY_PAUSED`, `NOT_PAUSED`, `ALREADY_PLAYING`: it is as it should become
 * - `NOT_PLAYING_LOCALLY`: it does not play on this device
 * - `NOT_PLAYING_TRACK`, `NOT_PLAYING_CONTEXT`: nothing plays that the command could act on
 * - `ENDLESS_CONTEXT`: no shuffling of a context without an end
 * - `CONTEXT_DISALLOW`: what plays does not allow it, an advertisement for instance
 * - `RATE_LIMITED`: the user changes tracks too often
 * - `REMOTE_CONTROL_DISALLOW`, `DEVICE_NOT_CONTROLLABLE`: the device takes no commands
 * - `VOLUME_CONTROL_DISALLOW`: the device's volume cannot be set
 * - `NO_ACTIVE_DEVICE`: no device plays; name one
 * - `PREMIUM_REQUIRED`: the user has no Premium subscription
 * - `UNKNOWN`: Spotify does not say
 *
 * @since 0.1.0
 * @category models
 */
export type PlayerErrorReason = (typeof documented)[number] | (string & {})

/**
 * Every documented reason.
 *
 * @since 0.1.0
 * @category constants
 */
export const all: ReadonlyArray<PlayerErrorReason> = documented
