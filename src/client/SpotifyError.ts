/**
 * The errors of calls to the Web API, divided by what the caller does next. No error contains a token, a full
 * URL, or more than a short excerpt of Spotify's message.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import * as Schema from "effect/Schema"
import {
  ClientMisconfigured,
  NotAuthenticated,
  ReauthorizationRequired,
  TokenEndpointUnavailable,
  TokenResponseInvalid,
  TooManyLogins
} from "../accounts/AuthError.js"
import { TokenStoreCorrupt, TokenStoreUnavailable } from "../store/TokenStore.js"
import { closedTo, refusedOf, remedyOf, restricted, waits } from "./remedies.js"

/** The failed call: the method's name here, and Spotify's route template. */
const call = {
  /** For example `albums.get`. */
  operation: Schema.String,
  /** For example `GET /albums/{id}`: the template, never the address with its values. */
  route: Schema.String
}

/** Members that describe an answer. */
const answered = {
  ...call,
  /** Spotify's id of the request in its logs, if the answer has one. Quote it in a report to Spotify. */
  requestId: Schema.optional(Schema.String)
}

/**
 * Spotify asks for a longer wait than the call may take. Try again at `retryAt`, not before.
 *
 * With `quotaExceeded` it is the daily quota of a developer account in development mode, and the wait takes
 * hours. Other operations may still work. With `budget` the request was not sent, because a budget of the
 * `RateGate` has no calls left for it.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-spotify/RateLimited")(
  "RateLimited",
  {
    ...answered,
    retryAt: Schema.DateTimeUtc,
    quotaExceeded: Schema.Boolean,
    /** The budget of the `RateGate` that is used up. The request was not sent. */
    budget: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    if (this.budget !== undefined) {
      return `${this.operation}: not sent, as the budget "${this.budget}" has no calls left for it: try again at ${DateTime.formatIso(this.retryAt)}, or raise the limit of the budget`
    }
    return `${this.operation}: Spotify's ${this.quotaExceeded ? "quota" : "rate limit"} is used up: try again at ${DateTime.formatIso(this.retryAt)}, not before`
  }
}

/**
 * Spotify refused the token, and also a new one if the session can get one. With the app's own session the call
 * usually needs a user. A token that lacks a scope is `Forbidden` with the reason `InsufficientScope` instead,
 * whatever the status, if the answer says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-spotify/Unauthorized")(
  "Unauthorized",
  {
    ...answered,
    /** The kind of the token, if known: a user's, the app's own, or one that was supplied. */
    session: Schema.optional(Schema.Literal("User", "App", "Token")),
    /** Scopes of the operation that the token may lack, if that could be the cause. */
    scopes: Schema.optional(Schema.Array(Schema.String)),
    description: Schema.String
  }
) {
  override get message(): string {
    const { scopes = [] } = this
    const lacks = scopes.length === 0 ? "" : `; it may lack a required scope (${scopes.join(", ")})`
    return `${this.operation}: Spotify refused the access token (${this.description}): ${refusedOf[this.session ?? "unknown"]}${lacks}`
  }
}

/**
 * Spotify does not allow this for this app or user. The reason is as precise as the answer allows.
 *
 * - `InsufficientScope`: the user did not grant a required scope, see `scopes`. If the session knows the
 *   granted scopes, the request is not even sent
 * - `UserNotRegistered`: the app is in development mode and the user is not on its list
 * - `OwnerNotPremium`: the owner of the app has no active Premium subscription
 * - `PremiumRequired`: the user has no Premium subscription
 * - `PlaylistNotOwned`: the playlist belongs to another user. Only its owner may change it, and in development
 *   mode only its owner and collaborators may read its items
 * - `OperationClosed`: Spotify closed this operation for this app, see `replacement`. In development mode,
 *   and after a refusal not long ago, the request is not even sent
 * - `Restricted`: the player cannot do this now, see `playerReason`
 * - `Other`: Spotify gave no recognizable reason
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("effect-spotify/Forbidden")("Forbidden", {
  ...answered,
  reason: Schema.Literal(
    "InsufficientScope",
    "UserNotRegistered",
    "OwnerNotPremium",
    "PremiumRequired",
    "PlaylistNotOwned",
    "OperationClosed",
    "Restricted",
    "Other"
  ),
  /**
   * For `InsufficientScope`: the scopes that the next login must add, if known; otherwise the scopes of the
   * operation, which the session may lack.
   */
  scopes: Schema.Array(Schema.String),
  /**
   * For `OperationClosed`: which apps can still use it, those with extended quota or those that had it in 2024.
   */
  availability: Schema.optional(Schema.Literal("extended", "closed")),
  /**
   * For `OperationClosed` and `Other`: the equivalent method for every app, such as `albums.getMany`; absent if
   * there is none.
   */
  replacement: Schema.optional(Schema.String),
  /** For `PremiumRequired` and `Restricted`: the player's reason, one of `PlayerErrorReason` or a new one. */
  playerReason: Schema.optional(Schema.String),
  description: Schema.String
}) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      InsufficientScope:
        this.scopes.length === 0
          ? "the scopes known to be needed were granted: begin a new login, or compare them with the operation's page in Spotify's documentation"
          : `begin a login that also asks for the scopes ${this.scopes.join(", ")}`,
      UserNotRegistered: "add the user under User Management of the app in Spotify's dashboard",
      OwnerNotPremium: "the owner of the app needs an active Premium subscription",
      PremiumRequired: "the user needs a Premium subscription",
      PlaylistNotOwned:
        "only the owner of a playlist may write to it, and an app in development mode reads the items only of playlists that the user owns or collaborates on",
      OperationClosed: `${this.replacement === undefined ? "nothing replaces it" : `use ${this.replacement} instead`}, since ${closedTo[this.availability ?? "extended"]}`,
      Restricted: `the player cannot do this now${this.playerReason === undefined ? "" : ` (${this.playerReason})`}: ${restricted[this.playerReason ?? ""] ?? "read its state first"}`,
      Other: `${this.replacement === undefined ? "" : `use ${this.replacement}, which every app may call, or `}check the session's scopes, whether the user is on the app's list, and who owns the resource`
    }
    return `${this.operation}: Spotify does not allow this (${this.description}): ${remedy[this.reason]}`
  }
}

/**
 * The object does not exist, or not in this market, or not for this app. `resource` says what it is, if the
 * answer allows:
 *
 * - `Device`: no device is active, or the given one is no longer there
 * - `SpotifyPlaylist`: a playlist that Spotify makes itself, such as Discover Weekly. Since November 2024 most
 *   apps cannot read those
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>("effect-spotify/NotFound")("NotFound", {
  ...answered,
  /** The player's reason, one of `PlayerErrorReason` or a new one, such as `NO_ACTIVE_DEVICE`. */
  reason: Schema.optional(Schema.String),
  resource: Schema.optional(Schema.Literal("Device", "SpotifyPlaylist")),
  /** The equivalent method for every app, such as `playlists.create`, if this one works only for some. */
  replacement: Schema.optional(Schema.String),
  /** `closed`: the operation is closed to most apps, and Spotify answers them with 404 too. */
  availability: Schema.optional(Schema.Literal("closed")),
  description: Schema.String
}) {
  override get message(): string {
    if (this.reason === "NO_ACTIVE_DEVICE") {
      return `${this.operation}: no device is active: open Spotify on one, or name a device of player.devices`
    }
    const remedy: Record<NonNullable<typeof this.resource> | "other", string> = {
      Device:
        "the device is offline or has a new id: open Spotify on it and take the id from player.devices; if the device is there, check the URIs to play",
      SpotifyPlaylist:
        "the playlist is one that Spotify makes itself, and Spotify closed those in November 2024 to most apps: use a playlist that a user made",
      other: `check the id and the market${this.replacement === undefined ? "" : `, or use ${this.replacement}, which every app may call`}${this.availability === undefined ? "" : `; or ${closedTo.closed}, and nothing replaces it`}`
    }
    return `${this.operation}: not found (${this.description}): ${remedy[this.resource ?? "other"]}`
  }
}

/**
 * Spotify did not accept the request. The same request will fail again.
 *
 * A single page whose `limit` exceeds what the app may request fails with this error, because a smaller page
 * would put the caller's offsets out of step. `maxLimit` is the limit that every app may use. Streams retry
 * with a smaller limit by themselves.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestRejected extends Schema.TaggedError<RequestRejected>("effect-spotify/RequestRejected")(
  "RequestRejected",
  {
    ...answered,
    status: Schema.Number,
    /** If the limit was refused: the most entries that every app may request at once. */
    maxLimit: Schema.optional(Schema.Number),
    description: Schema.String
  }
) {
  override get message(): string {
    return `${this.operation}: Spotify refused the request with ${this.status} (${this.description}): ${this.maxLimit === undefined ? remedyOf(this.status, this.route, this.description) : `set limit to ${this.maxLimit} or less`}`
  }
}

/**
 * Spotify failed or could not be reached. Try again later. If `sent` is `unknown`, a command may have taken
 * effect.
 *
 * `Contradiction`: a page of a list contradicts the earlier ones or itself even after a retry, such as a page
 * of zeros in the middle. The list is incomplete.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServiceUnavailable extends Schema.TaggedError<ServiceUnavailable>(
  "effect-spotify/ServiceUnavailable"
)("ServiceUnavailable", {
  ...answered,
  kind: Schema.Literal("Status", "Dns", "Connect", "Tls", "Timeout", "Reset", "Network", "Contradiction"),
  sent: Schema.Literal("no", "unknown"),
  status: Schema.optional(Schema.Number),
  /**
   * What the call was waiting for when its time ran out.
   *
   * - `Session`: an access token, which this or another process refreshes, or the token store
   * - `RateGate`: the end of a rate limit, or a free slot for a request
   * - `Answer`: Spotify, or an equal read of another fiber that the call shares
   * - `Retry`: the next attempt
   */
  waitedFor: Schema.optional(Schema.Literal("Session", "RateGate", "Answer", "Retry")),
  /** For `Contradiction`: what is wrong with the page. */
  description: Schema.optional(Schema.String),
  /** When Spotify asked to try again, if it did. */
  retryAt: Schema.optional(Schema.DateTimeUtc),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    if (this.kind === "Status") {
      const when = this.retryAt === undefined ? "later" : `at ${DateTime.formatIso(this.retryAt)}`
      return this.status === 511
        ? `${this.operation}: the network requires a sign-in, as in hotels and trains: open any page in a browser, then try again`
        : `${this.operation}: Spotify answered ${this.status ?? "with an error"}: try again ${when}`
    }
    if (this.waitedFor !== undefined) {
      return `${this.operation}: timed out while waiting for ${waits[this.waitedFor]}: try again, or raise totalTimeout`
    }
    if (this.kind === "Contradiction") {
      return `${this.operation}: a page of the list ${this.description ?? "is inconsistent"}, even after a retry, so the list is incomplete: try again later`
    }
    const hint =
      this.kind === "Network"
        ? "; in a browser this may be Spotify's rate limit, which it answers without CORS headers"
        : ""
    return `${this.operation}: Spotify could not be reached (${this.kind}): check the network and try again${hint}`
  }
}

/**
 * Spotify sent an answer that this library does not understand. Report it. Until it is fixed, `execute` with
 * your own schema works.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecodeError extends Schema.TaggedError<DecodeError>("effect-spotify/DecodeError")(
  "DecodeError",
  {
    ...answered,
    /** The path in the body, such as `tracks.items[3].name`; empty for the body as a whole. */
    path: Schema.String,
    problem: Schema.String
  }
) {
  override get message(): string {
    const remedy = this.route.startsWith("GET ")
      ? /^(?:an empty body|a web page|not JSON)$/.test(this.problem)
        ? "it was lost or cut on its way: try again, and if it keeps happening look for a proxy in between, or for the network's sign-in page"
        : "report it; until it is fixed, use client.execute with your own schema"
      : "Spotify has carried it out, so do not send it again; use a schema that accepts the answer"
    return `${this.operation}: the answer is not what was expected${this.path === "" ? "" : ` at ${this.path}`} (${this.problem}): ${remedy}`
  }
}

/**
 * A parameter is invalid. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidParameter extends Schema.TaggedError<InvalidParameter>("effect-spotify/InvalidParameter")(
  "InvalidParameter",
  { ...call, parameter: Schema.String, problem: Schema.String }
) {
  override get message(): string {
    return `${this.operation}: ${this.parameter} ${this.problem}`
  }
}

export type {
  /**
   * @since 0.1.0
   * @category errors
   */
  SessionError
} from "../session/Session.js"

/**
 * The errors of a single request to the Web API.
 *
 * @since 0.1.0
 * @category errors
 */
export type RequestError = typeof RequestError.Type

const RequestError = Schema.Union(
  NotAuthenticated,
  ReauthorizationRequired,
  ClientMisconfigured,
  TokenEndpointUnavailable,
  TokenResponseInvalid,
  TokenStoreUnavailable,
  TokenStoreCorrupt,
  RateLimited,
  Unauthorized,
  Forbidden,
  NotFound,
  RequestRejected,
  ServiceUnavailable,
  DecodeError,
  InvalidParameter
)

/**
 * A write of several requests failed after the first one. The earlier requests took effect. Send `remaining`,
 * not everything, once `cause` allows. If the first request fails, the write fails with its error instead.
 *
 * @since 0.1.0
 * @category errors
 * @example
 * ```ts
 * import { SpotifyClient, type SpotifyId, type SpotifyUri } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * const addAll = (id: SpotifyId.PlaylistId, uris: ReadonlyArray<SpotifyUri.SpotifyUri>) =>
 *   Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.playlists.add(id, uris)).pipe(
 *     Effect.tapErrorTag("PartialWrite", ({ completed, remaining }) =>
 *       Effect.logError(`${completed} entries are in, ${remaining.length} are left`)
 *     )
 *   )
 * ```
 */
export class PartialWrite extends Schema.TaggedError<PartialWrite>("effect-spotify/PartialWrite")(
  "PartialWrite",
  {
    ...call,
    /** The number of written entries, all before `remaining`. Repeats that are not sent are not counted. */
    completed: Schema.Number,
    /** The ids or URIs to send next, in order. */
    remaining: Schema.Array(Schema.String),
    /**
     * How many of the first entries of `remaining` may have been written, since Spotify did not say. Check
     * before you send them again if that would add them twice.
     */
    uncertain: Schema.Number,
    /** The method to send `remaining` with, such as `playlists.add` after `playlists.replace` failed. */
    resumeWith: Schema.String,
    /** The position at which to insert `remaining` in the playlist. */
    position: Schema.optional(Schema.Number),
    /** The playlist's snapshot after the last request that succeeded. */
    snapshot_id: Schema.optional(Schema.String),
    /** Why the rest was not written. */
    cause: RequestError
  }
) {
  override get message(): string {
    const unsure = this.uncertain === 0 ? "" : `, of which the first ${this.uncertain} may be written already`
    return `${this.operation}: ${this.completed} entries are written and ${this.remaining.length} are not${unsure}: send \`remaining\` with ${this.resumeWith}. The cause: ${this.cause.message}`
  }
}

/**
 * The errors of a call to the Web API.
 *
 * @since 0.1.0
 * @category errors
 */
export type SpotifyError = RequestError | PartialWrite

/** Sentences for people who use an app, by the error's tag. */
const sentences: ReadonlyMap<string, string> = new Map(
  Object.entries({
    NotAuthenticated: "You are not logged in to Spotify.",
    ReauthorizationRequired: "Your Spotify login has ended. Please log in again.",
    AuthorizationDenied: "The login was cancelled. Nothing was shared.",
    AuthorizationResponseInvalid: "The login could not be finished. Please log in again.",
    InvalidGrant: "The login could not be finished. Please log in again.",
    Unauthorized: "Spotify did not accept your login. Please log in again.",
    NotFound: "Spotify does not have this, or not in your country.",
    RateLimited: "Spotify is getting too many requests from this app. Please try again later.",
    TooManyLogins: "Too many people are logging in right now. Please try again in a few minutes.",
    ServiceUnavailable: "Spotify cannot be reached right now. Please try again later.",
    TokenEndpointUnavailable: "Spotify cannot be reached right now. Please try again later.",
    TokenStoreUnavailable: "Your login cannot be read right now. Please try again later.",
    PartialWrite: "Only part of the change was saved."
  })
)

const forbidden: Readonly<Record<Forbidden["reason"], string | undefined>> = {
  InsufficientScope: "This app may not do that yet. Please log in again to allow it.",
  UserNotRegistered: "Your Spotify account is not on this app's list of users.",
  OwnerNotPremium: undefined,
  PremiumRequired: "This needs Spotify Premium.",
  PlaylistNotOwned: "Only the owner of this playlist can do that.",
  OperationClosed: undefined,
  Restricted: "The player does not allow that right now.",
  Other: undefined
}

/**
 * A sentence in English for the person who uses an app, without operations, options or identifiers. `message` is
 * for the developer. Any error that a user can do nothing about gives the same general sentence; log its
 * `message` then.
 *
 * @since 0.1.0
 * @category formatting
 * @example
 * ```ts
 * import { SpotifyClient, SpotifyError } from "effect-spotify"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const greet = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
 *   Effect.flatMap((me) => Console.log(`Hello ${me.display_name}`)),
 *   Effect.catchAll((error) => Console.error(SpotifyError.userMessage(error)))
 * )
 * ```
 */
export const userMessage = (error: unknown): string => {
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : ""
  return (
    (error instanceof Forbidden ? forbidden[error.reason] : sentences.get(tag)) ??
    "Something went wrong between this app and Spotify."
  )
}

/**
 * Whether the same call may succeed later without any fix: after a rate limit, or while Spotify, the network or
 * the token store fails. False for everything else, including errors of other libraries. Also false for
 * `PartialWrite`, because only the rest must be sent again: test its `cause`.
 *
 * The client has already retried calls where that is safe. After `sent: "unknown"` a command may have taken
 * effect.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isTransient = (error: unknown): boolean =>
  error instanceof RateLimited ||
  error instanceof ServiceUnavailable ||
  error instanceof TokenStoreUnavailable ||
  (error instanceof TokenEndpointUnavailable &&
    error.kind !== "Redirect" &&
    error.kind !== "Closed" &&
    // Without a time, the refresh waits for itself
    (error.kind !== "Busy" || error.retryAt !== undefined))

const retryAtOf = (error: unknown): Option.Option<DateTime.Utc> =>
  error instanceof RateLimited ||
  error instanceof ServiceUnavailable ||
  error instanceof TokenEndpointUnavailable ||
  error instanceof TooManyLogins
    ? Option.fromNullable(error.retryAt)
    : Option.none()

/**
 * A time that has passed on our clock may not have passed on Spotify's, and must not cause a loop without a
 * wait.
 */
const shortestWait = 1000

/**
 * For `Effect.retry`: waits until an error's `retryAt`, and at least one second. Ends with the error if it
 * names no time, or one later than `upTo` after the first failure. So all waits together take at most `upTo`.
 * The output is the time that it waits for.
 *
 * `PartialWrite` names no time, since only the rest must be sent again. A retry runs the whole effect, so an
 * effect of several commands repeats the first of them.
 *
 * @since 0.1.0
 * @category schedules
 * @example
 * ```ts
 * import { SpotifyClient, SpotifyError } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * const profile = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
 *   Effect.retry(SpotifyError.untilRetryAt({ upTo: "15 minutes" }))
 * )
 * ```
 */
export const untilRetryAt = (options: {
  readonly upTo: Duration.DurationInput
}): Schedule.Schedule<Option.Option<DateTime.Utc>, unknown> => {
  const upTo = Duration.toMillis(options.upTo)
  return Schedule.makeWithState(Option.none<number>(), (now, error, began) => {
    const first = Option.getOrElse(began, () => now)
    const wanted = retryAtOf(error)
    const at = Option.map(wanted, (time) => Math.max(time.epochMillis, now + shortestWait))
    return Effect.succeed([
      Option.some(first),
      wanted,
      Option.isSome(at) && at.value <= first + upTo
        ? ScheduleDecision.continueWith(ScheduleInterval.after(at.value))
        : ScheduleDecision.done
    ])
  })
}
