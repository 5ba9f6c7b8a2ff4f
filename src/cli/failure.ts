import * as PlatformError from "@effect/platform/Error"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * The exit codes. 1 is a result: `doctor` found a fault, or `drift` found drift. With 2 nothing was done.
 */
export const exitCodes = {
  negative: 1,
  usage: 2,
  configuration: 3,
  login: 4,
  storage: 5,
  unavailable: 6,
  rateLimited: 7,
  forbidden: 8,
  notFound: 9,
  rejected: 10,
  unexpected: 11
} as const

/** The kinds of failure that scripts can tell apart. */
export type Kind = keyof typeof exitCodes

/** The failure of a command: what the user reads, with what to do next, and the exit code. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>("effect-spotify/CommandFailed")(
  "CommandFailed",
  {
    kind: Schema.Literal(
      "negative",
      "usage",
      "configuration",
      "login",
      "storage",
      "unavailable",
      "rateLimited",
      "forbidden",
      "notFound",
      "rejected",
      "unexpected"
    ),
    message: Schema.String
  }
) {}

/** What the texts of failures mention. */
export interface Where {
  /** The command that logs in to this profile, such as `effect-spotify login --profile work`. */
  readonly login: string
  readonly directory: string
}

const kinds: Readonly<Record<string, Kind>> = {
  NotAuthenticated: "login",
  ReauthorizationRequired: "login",
  AuthorizationDenied: "login",
  AuthorizationResponseInvalid: "login",
  InvalidGrant: "login",
  HeadlessLoginError: "login",
  LoopbackServerError: "login",
  QuitException: "login",
  TooManyLogins: "login",
  Unauthorized: "login",
  ClientMisconfigured: "configuration",
  KeyRingError: "storage",
  TokenStoreUnavailable: "storage",
  TokenStoreCorrupt: "storage",
  TokenEndpointUnavailable: "unavailable",
  TokenResponseInvalid: "unavailable",
  ServiceUnavailable: "unavailable",
  RateLimited: "rateLimited",
  Forbidden: "forbidden",
  NotFound: "notFound",
  RequestRejected: "rejected",
  InvalidParameter: "usage",
  DecodeError: "unexpected"
}

/** The system's code, such as ENOSPC, which users can look up. */
const codeOf = (error: unknown): string => {
  const cause = Predicate.hasProperty(error, "cause") ? error.cause : undefined
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  return typeof code === "string" ? ` (${code})` : ""
}

/** What to do about a file that cannot be used. */
export const fix = (code: string): string =>
  /ENOSPC|EDQUOT|EFBIG/.test(code)
    ? "The disk is full: free some space, or choose another directory with --state-dir."
    : "Check its owner and permissions, or choose another directory with --state-dir."

/** The library's messages are for programmers. These are for the user of the command. */
const reworded = (tag: string, error: unknown, { directory, login }: Where): string | undefined => {
  const reason = Predicate.hasProperty(error, "reason") ? error.reason : undefined
  switch (tag) {
    case "NotAuthenticated":
      return `Nobody is logged in.\nRun: ${login}`
    case "ReauthorizationRequired":
      return reason === "Malformed"
        ? "This is not a refresh token, so nothing was stored. Copy it again."
        : `Spotify no longer accepts this session (${String(reason)}).\nRun: ${login}`
    case "HeadlessLoginError":
      return reason === "InputEnded"
        ? `The input ended before the address was pasted.\nIn a terminal, run: ${login} --no-browser`
        : undefined
    case "QuitException":
      return "Cancelled. Nothing was changed."
    case "TokenStoreUnavailable":
      return `The sessions in ${directory} cannot be read or written${codeOf(error)}. No token was lost.\n${fix(codeOf(error))}`
    case "TokenStoreCorrupt":
      return reason === "Permissions"
        ? `Other users can read or replace the files in ${directory}.\nRun: chmod -R go-rwx ${directory}`
        : `The stored session is damaged (${String(reason)}).\nRun: ${login}`
    case "Unauthorized":
      return `Spotify refused the token.\nRun: ${login}`
    case "Forbidden": {
      const scopes = Predicate.hasProperty(error, "scopes") ? error.scopes : undefined
      return reason === "InsufficientScope" && Array.isArray(scopes) && scopes.length > 0
        ? `The session lacks scopes that this needs.\nRun: ${login} --scopes ${scopes.flat().join(",")}`
        : undefined
    }
    case "ClientMisconfigured":
      return Predicate.hasProperty(error, "code") && error.code === "invalid_client"
        ? `Spotify does not know this client id, or its app needs SPOTIFY_CLIENT_SECRET.\nCopy the client id from https://developer.spotify.com/dashboard, then run: ${login} --client-id ID`
        : Predicate.hasProperty(error, "code") && error.code === "client_secret_missing"
          ? `This session belongs to an app with a secret.\nSet SPOTIFY_CLIENT_SECRET, or run: ${login}`
          : undefined
    default:
      return undefined
  }
}

/** At most three lines, which are not too long for a terminal. */
const short = (text: string): string =>
  text
    .split("\n")
    .slice(0, 3)
    .map((line) => (line.length > 400 ? `${line.slice(0, 399)}…` : line))
    .join("\n")

const configText = (error: ConfigError.ConfigError): string => {
  switch (error._op) {
    case "And":
    case "Or":
      return configText(error.left)
    default:
      return `${error.path.join(".")}: ${error.message}`
  }
}

/** The failure to report for any error. */
export const fromError = (error: unknown, where: Where): CommandFailed => {
  if (error instanceof CommandFailed) {
    return error
  }
  if (ConfigError.isConfigError(error)) {
    return new CommandFailed({ kind: "configuration", message: short(configText(error)) })
  }
  if (PlatformError.isPlatformError(error)) {
    const path = error._tag === "SystemError" ? error.pathOrDescriptor : "A file"
    return new CommandFailed({
      kind: "storage",
      message: `${path} cannot be read or written${codeOf(error)}.\n${fix(codeOf(error))}`
    })
  }
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : ""
  const text = error instanceof Error ? error.message : String(error)
  return new CommandFailed({
    kind: kinds[tag] ?? "unexpected",
    message: short(reworded(tag, error, where) ?? text)
  })
}

/** The same for a cause. Of a defect only the name is shown, because its message may contain anything. */
export const fromCause = (cause: Cause.Cause<unknown>, where: Where): CommandFailed => {
  const failure = Cause.failureOption(cause)
  if (failure._tag === "Some") {
    return fromError(failure.value, where)
  }
  const defect = Cause.squash(cause)
  return new CommandFailed({
    kind: "unexpected",
    message: `This is a bug (${defect instanceof Error ? defect.name : typeof defect}). Please report it with the command that you ran.`
  })
}
