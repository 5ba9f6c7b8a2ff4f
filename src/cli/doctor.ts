import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import { SessionService } from "../session/SessionService.js"
import * as Call from "./call.js"
import { CommandFailed, fromError } from "./failure.js"
import { jsonLine } from "./output.js"
import { type Common, Place, type Profile, remembered, variable } from "./place.js"
import * as SealingKey from "./sealingKey.js"
import { configOf, layerOf, patiently, selected } from "./session.js"

export interface Options extends Common {
  readonly live: boolean
}

interface Line {
  readonly check: string
  readonly state: "ok" | "warning" | "fault"
  readonly detail: string
  /** What to do. */
  readonly remedy?: string
}

const ok = (check: string, detail: string): Line => ({ check, state: "ok", detail })

const warning = (check: string, detail: string, remedy: string): Line => ({
  check,
  state: "warning",
  detail,
  remedy
})

const fault = (check: string, detail: string, remedy: string): Line => ({
  check,
  state: "fault",
  detail,
  remedy
})

/** A fault from a failure. The first line of its message says what is wrong, the others what to do. */
const failed = (check: string) => (error: unknown) =>
  Effect.map(Place, (place): Line => {
    const [detail = "", ...remedy] = fromError(error, place).message.split("\n")
    return fault(check, detail, remedy.join(" "))
  })

const directory = Effect.gen(function* () {
  const place = yield* Place
  const fs = yield* FileSystem.FileSystem
  const found = yield* Effect.option(fs.stat(place.directory))
  if (Option.isNone(found)) {
    return warning("directory", `${place.directory} does not exist yet`, `Run: ${place.login}`)
  }
  if ((found.value.mode & 0o077) !== 0) {
    return warning(
      "directory",
      `other users can look into ${place.directory}`,
      `Run: chmod 700 ${place.directory}`
    )
  }
  return yield* fs.access(place.directory, { readable: true, writable: true }).pipe(
    Effect.as(ok("directory", place.directory)),
    Effect.orElseSucceed(() =>
      fault(
        "directory",
        `${place.directory} cannot be written`,
        "Check its owner and permissions, or use --state-dir"
      )
    )
  )
})

const key = Effect.flatMap(SealingKey.kept, (found) =>
  Option.match(found, {
    onNone: () => Effect.succeed(warning("key", "there is none yet", "The first login creates it")),
    onSome: (kept) =>
      Effect.as(
        SealingKey.load,
        ok("key", kept === "keychain" ? "in the system's keychain" : "in a file that only you can read")
      )
  })
).pipe(Effect.catchAll(failed("key")))

const profile = (found: Profile) =>
  Effect.map(variable("SPOTIFY_CLIENT_ID"), (given) =>
    Option.exists(given, (id) => id.trim() !== found.clientId)
      ? warning(
          "app",
          `SPOTIFY_CLIENT_ID is not the client id of this profile, ${found.clientId}`,
          "The session keeps its own app. Log in again to change it"
        )
      : ok("app", `client id ${found.clientId}`)
  )

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$)/

const redirectUri = ({ redirectUri }: SpotifyConfig["Type"]): Line =>
  Option.match(redirectUri, {
    onNone: () => ok("redirect URI", "the default"),
    onSome: (uri) =>
      loopback.test(uri)
        ? ok("redirect URI", uri)
        : warning(
            "redirect URI",
            `${uri} is not on this machine`,
            "Use http://127.0.0.1, or log in with --no-browser"
          )
  })

const session = Effect.gen(function* () {
  const { login } = yield* Place
  const { session } = yield* SessionService
  const found = yield* session
  const run = `Run: ${login}`
  switch (found._tag) {
    case "SignedOut":
      return [fault("session", "nobody is logged in", run)]
    case "Rejected":
      return [fault("session", `Spotify no longer accepts it (${found.reason})`, run)]
    case "ExpiresSoon":
    case "Active": {
      const until = Option.match(found.reauthorizeBy, { onNone: () => "", onSome: DateTime.formatIsoDate })
      const over = Option.exists(found.reauthorizeBy, DateTime.lessThanOrEqualTo(yield* DateTime.now))
      return [
        found._tag === "ExpiresSoon"
          ? over
            ? fault("session", `Spotify ended it on ${until}`, run)
            : warning("session", `Spotify ends it on ${until}`, run)
          : ok("session", until === "" ? "logged in" : `logged in until ${until}`),
        found.scopes.length === 0
          ? warning("scopes", "none", `${run} --scopes read`)
          : ok("scopes", found.scopes.join(", "))
      ]
    }
  }
}).pipe(Effect.catchAll((error) => Effect.map(failed("session")(error), (line) => [line])))

/** Whether the accounts service answers, and whether the clocks agree. */
const reach = Effect.gen(function* () {
  const { accountsUrl } = yield* SpotifyConfig
  const client = yield* HttpClient.HttpClient
  const answer = yield* Effect.either(
    client
      .get(`${accountsUrl}/.well-known/openid-configuration`)
      .pipe(Effect.timeout("10 seconds"), Effect.scoped)
  )
  if (answer._tag === "Left") {
    return [fault("accounts service", `${accountsUrl} does not answer`, "Check the network and its proxy")]
  }
  const there = Date.parse(answer.right.headers["date"] ?? "")
  const seconds = Math.round(((yield* Clock.currentTimeMillis) - there) / 1000)
  return [
    ok("accounts service", accountsUrl),
    Number.isNaN(seconds)
      ? warning("clock", "the service did not say the time", "Compare your clock with another one")
      : Math.abs(seconds) > 60
        ? fault(
            "clock",
            `it is ${Math.abs(seconds)} seconds ${seconds > 0 ? "fast" : "slow"}`,
            "Set the clock of this machine"
          )
        : ok("clock", "correct to the minute")
  ]
})

/** What answers of the Web API say about the app and the user. */
const webApi = Effect.gen(function* () {
  const { executeParts } = yield* Call.interpreter({ strict: false, onDrift: undefined })
  const get = (path: `/${string}`) =>
    Effect.map(
      executeParts(Call.typed("GET", path).endpoint, { path: {}, query: {}, body: undefined }),
      (answer) => (Option.isOption(answer) ? Option.getOrUndefined(answer) : answer)
    )
  const me = yield* Effect.either(get("/me"))
  if (me._tag === "Left") {
    const error = me.left
    if (error._tag === "RateLimited") {
      return [
        fault(
          "rate limit",
          `in force until ${DateTime.formatIso(error.retryAt)}`,
          "Wait until then. Earlier calls may prolong it"
        )
      ]
    }
    return [
      error._tag === "Forbidden" && error.reason === "UserNotRegistered"
        ? fault(
            "allow-list",
            "the app is in development mode, and the user is not on its list",
            "Add the user under User Management at https://developer.spotify.com/dashboard"
          )
        : yield* failed("Web API")(error)
    ]
  }
  const product = Predicate.hasProperty(me.right, "product") ? me.right.product : undefined
  const markets = yield* Effect.either(get("/markets"))
  return [
    ok("Web API", "it answers, and the user may use the app"),
    product === "premium"
      ? ok("Premium", "yes")
      : typeof product === "string"
        ? warning("Premium", `no, the user's product is ${product}`, "Commands to the player need Premium")
        : warning(
            "Premium",
            "unknown, because Spotify did not say",
            "The scope user-read-private may be missing"
          ),
    markets._tag === "Right"
      ? ok("quota mode", "extended")
      : markets.left._tag === "Forbidden" || markets.left._tag === "NotFound"
        ? ok("quota mode", "development: 5 users and a part of the Web API")
        : yield* failed("quota mode")(markets.left)
  ]
}).pipe(Effect.scoped)

const checks = Effect.fnUntraced(function* (live: boolean) {
  const { login } = yield* Place
  const here = [yield* directory, yield* key]
  const found = yield* Effect.either(remembered)
  if (found._tag === "Left") {
    return [...here, yield* failed("profile")(found.left)]
  }
  if (Option.isNone(found.right)) {
    return [...here, fault("session", "nobody is logged in", `Run: ${login}`)]
  }
  const app = found.right.value
  const config = yield* Effect.either(configOf(app))
  if (config._tag === "Left") {
    return [...here, yield* failed("configuration")(config.left)]
  }
  const sessions = yield* Effect.all([
    session,
    live ? reach : Effect.succeed([]),
    live ? webApi : Effect.succeed([])
  ]).pipe(
    patiently,
    selected,
    Effect.provide(layerOf(config.right, app.confidential)),
    Effect.map((lines) => lines.flat()),
    Effect.catchAll((error) => Effect.map(failed("session")(error), (line) => [line]))
  )
  return [...here, yield* profile(app), redirectUri(config.right), ...sessions]
})

const colours = { ok: "", warning: "\u001b[33m", fault: "\u001b[31m" }

/** Checks everything that a login needs, and says how to fix what is wrong. */
export const run = Effect.fnUntraced(function* ({ json, live }: Options) {
  const lines: ReadonlyArray<Line> = yield* checks(live)
  yield* json
    ? Console.log(jsonLine(lines))
    : Effect.forEach(lines, ({ check, detail, remedy, state }) =>
        Console.log(
          `${colours[state]}${state.padEnd(7)}${colours[state] && "\u001b[0m"}  ${check}: ${detail}${remedy === undefined ? "" : `\n         ${remedy}`}`
        )
      )
  const faults = lines.filter(({ state }) => state === "fault").length
  if (faults > 0) {
    return yield* new CommandFailed({
      kind: "negative",
      message: faults === 1 ? "1 fault" : `${faults} faults`
    })
  }
})
