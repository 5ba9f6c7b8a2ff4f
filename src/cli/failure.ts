import * as PlatformError from "@effect/platform/Error"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * What a command ends with, by kind of failure. 1 is an answer: `doctor` found a fault, `drift` found drift.
 * 2 is a wrong use of the command, before anything was done.
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

/** The kinds of failure that scripts tell apart. */
export type Kind = keyof typeof exitCodes

/** How a command fails: what the user reads, with what to do next, and what a script reads. */
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

/** What the text of a failure names: how to log in to the profile that the command was about, and where it lies. */
export interface Where {
  /** Such as `effect-spotify login --profile work`. */
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

/** The system's own word, such as ENOSPC, which says more than any of ours. */
const codeOf = (error: unknown): string => {
  const cause = Predicate.hasProperty(error, "cause") ? error.cause : undefined
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  return typeof code === "string" ? ` (${code})` : ""
}

/** Where the library's words speak to a program, these speak to whoever typed the command. */
const reworded = (tag: string, error: unknown, { directory, login }: Where): string | undefined => {
  const reason = Predicate.hasProperty(error, "reason") ? error.reason : undefined
  switch (tag) {
    case "NotAuthenticated":
      return `Nobody is logged in here.\nRun: ${login}`
    case "ReauthorizationRequired":
      return reason === "Malformed"
        ? "This is no refresh token: copy it again. Nothing was stored."
        : `Spotify does not take this session any more (${String(reason)}).\nRun: ${login}`
    case "QuitException":
      return "Left; nothing was changed."
    case "TokenStoreUnavailable":
      return `The sessions in ${directory} cannot be read or written${codeOf(error)}; no token was lost.\nMend that directory, or choose another with --state-dir.`
    case "TokenStoreCorrupt":
      return reason === "Permissions"
        ? `Others may read or replace what is in ${directory}.\nRun: chmod -R go-rwx ${directory}`
        : `The stored session cannot be used (${String(reason)}).\nRun: ${login}`
    case "Unauthorized":
      return `Spotify refused the token.\nRun: ${login}`
    case "Forbidden": {
      const scopes = Predicate.hasProperty(error, "scopes") ? error.scopes : undefined
      return reason === "InsufficientScope" && Array.isArray(scopes) && scopes.length > 0
        ? `The session lacks the scopes that this needs.\nRun: ${login} --scopes ${scopes.flat().join(",")}`
        : undefined
    }
    case "ClientMisconfigured":
      return Predicate.hasProperty(error, "code") && error.code === "invalid_client"
        ? `Spotify does not know this client id, or the app needs its secret in SPOTIFY_CLIENT_SECRET.\nCompare it with the app's page at https://developer.spotify.com/dashboard, then run: ${login} --client-id ID`
        : Predicate.hasProperty(error, "code") && error.code === "client_secret_missing"
          ? `This session is of an app with a secret.\nSet SPOTIFY_CLIENT_SECRET, or run: ${login}`
          : undefined
    default:
      return undefined
  }
}

/** At most three lines, each of a length that a terminal shows. */
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

/** What a command fails with, of whatever it failed with. */
export const fromError = (error: unknown, where: Where): CommandFailed => {
  if (error instanceof CommandFailed) {
    return error
  }
  if (ConfigError.isConfigError(error)) {
    return new CommandFailed({ kind: "configuration", message: short(configText(error)) })
  }
  if (PlatformError.isPlatformError(error)) {
    const what = error._tag === "SystemError" ? error.reason : error.description
    const path = error._tag === "SystemError" ? error.pathOrDescriptor : ""
    return new CommandFailed({
      kind: "storage",
      message: `${path}: ${what ?? "cannot be used"}${codeOf(error)}.\nMend that, or choose another directory with --state-dir.`
    })
  }
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : ""
  const text = error instanceof Error ? error.message : String(error)
  return new CommandFailed({
    kind: kinds[tag] ?? "unexpected",
    message: short(reworded(tag, error, where) ?? text)
  })
}

/** The same of a whole cause: a defect is told by its name alone, since its words may hold anything. */
export const fromCause = (cause: Cause.Cause<unknown>, where: Where): CommandFailed => {
  const failure = Cause.failureOption(cause)
  if (failure._tag === "Some") {
    return fromError(failure.value, where)
  }
  const defect = Cause.squash(cause)
  return new CommandFailed({
    kind: "unexpected",
    message: `This should not happen (${defect instanceof Error ? defect.name : typeof defect}): please report it with the command that you ran.`
  })
}
