/**
 * Why the player refused a command.
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
 * Spotify's reason for refusing a player command. `UNKNOWN` is by far the most frequent, even if another one
 * would fit, and Spotify may send text that is not listed here.
 *
 * - `NO_PREV_TRACK`, `NO_NEXT_TRACK`: there is no previous or next track
 * - `NO_SPECIFIC_TRACK`: the requested track does not exist
 * - `ALREADY_PAUSED`, `NOT_PAUSED`, `ALREADY_PLAYING`: the player is already in the requested state
 * - `NOT_PLAYING_LOCALLY`: playback is not on this device
 * - `NOT_PLAYING_TRACK`, `NOT_PLAYING_CONTEXT`: nothing is playing that the command could apply to
 * - `ENDLESS_CONTEXT`: a context without an end cannot be shuffled
 * - `CONTEXT_DISALLOW`: the current item does not allow it, for instance an advertisement
 * - `RATE_LIMITED`: the user changes tracks too often
 * - `REMOTE_CONTROL_DISALLOW`, `DEVICE_NOT_CONTROLLABLE`: the device accepts no commands
 * - `VOLUME_CONTROL_DISALLOW`: the device's volume cannot be set
 * - `NO_ACTIVE_DEVICE`: no device is active; pass a device id
 * - `PREMIUM_REQUIRED`: the user has no Premium subscription
 * - `UNKNOWN`: Spotify gives no reason
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
