import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "../accounts/Scope.js"
import { LoginService } from "../session/LoginService.js"
import { SessionService } from "../session/SessionService.js"
import { CommandFailed } from "./failure.js"
import { note, result } from "./output.js"
import { type Common, Place, Profile, remember, remembered, variable } from "./place.js"
import { configOf, configuration, layerOf, selected } from "./session.js"
import { whoami } from "./whoami.js"

export interface Options extends Common {
  readonly from: "spotipy" | "spotify-player" | "env"
  readonly file: Option.Option<string>
  readonly clientId: Option.Option<string>
}

/**
 * The part of the tools' files that matters here. spotipy writes the answer of the token endpoint, with a null
 * scope if none was asked for, and rspotify, the library of spotify-player, the same members.
 */
const Stored = Schema.parseJson(
  Schema.Struct({
    refresh_token: Schema.Redacted(Schema.NonEmptyString),
    scope: Schema.optional(Schema.NullOr(Schema.String))
  })
)

const decode = Schema.decode(Stored)

/** Where the tool stores its login by default. spotify-player does not look at XDG_CACHE_HOME. */
const usualFile = Effect.fnUntraced(function* (from: "spotipy" | "spotify-player") {
  const path = yield* Path.Path
  if (from === "spotipy") {
    const user = Option.match(yield* variable("SPOTIPY_CLIENT_USERNAME"), {
      onNone: () => "",
      onSome: (name) => `-${name}`
    })
    return path.resolve(`.cache${user}`)
  }
  const home = Option.getOrElse(yield* variable("HOME"), () => "/")
  return path.join(home, ".cache", "spotify-player", "user_client_token.json")
})

const fromFile = Effect.fnUntraced(function* (
  from: "spotipy" | "spotify-player",
  given: Option.Option<string>
) {
  const fs = yield* FileSystem.FileSystem
  const file = Option.isSome(given) ? given.value : yield* usualFile(from)
  const failed = (what: string) => () =>
    new CommandFailed({
      kind: "usage",
      message: `${file} ${what}.\nIf ${from} has another file, name it with --file.`
    })
  const text = yield* Effect.mapError(fs.readFileString(file), failed("cannot be read"))
  const { refresh_token, scope } = yield* Effect.mapError(decode(text), failed("has no refresh token"))
  return { refreshToken: refresh_token, scopes: scope ? Scope.parse(scope) : undefined }
})

const fromEnvironment = Effect.flatMap(
  variable("SPOTIFY_REFRESH_TOKEN"),
  Option.match({
    onNone: () => new CommandFailed({ kind: "usage", message: "SPOTIFY_REFRESH_TOKEN is not set" }),
    onSome: (token) => Effect.succeed({ refreshToken: Redacted.make(token), scopes: undefined })
  })
)

/** A working session is not replaced. */
const isFree = Effect.gen(function* () {
  const found = yield* remembered
  if (Option.isNone(found)) {
    return
  }
  const config = yield* configOf(found.value)
  const session = yield* selected(Effect.flatMap(SessionService, ({ session }) => session)).pipe(
    Effect.provide(layerOf(config, found.value.confidential))
  )
  if (session._tag === "Active" || session._tag === "ExpiresSoon") {
    return yield* new CommandFailed({
      kind: "usage",
      message: "This profile is already logged in.\nChoose another with --profile, or log out first."
    })
  }
})

/** Takes over another tool's login. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const { login, profile } = yield* Place
  yield* isFree
  const found = yield* options.from === "env" ? fromEnvironment : fromFile(options.from, options.file)
  const spotipy = options.from === "spotipy"
  const clientId = Option.firstSomeOf([
    options.clientId,
    spotipy ? yield* variable("SPOTIPY_CLIENT_ID") : Option.none(),
    options.from === "spotify-player" ? Option.none() : yield* variable("SPOTIFY_CLIENT_ID")
  ])
  if (Option.isNone(clientId)) {
    return yield* new CommandFailed({
      kind: "configuration",
      message: `A refresh token works only with the app that it was issued to.\nGive its client id${options.from === "env" ? "" : `, as ${options.from} has it`}: --client-id ID`
    })
  }
  const secret = Option.firstSomeOf([
    yield* variable("SPOTIFY_CLIENT_SECRET"),
    spotipy ? yield* variable("SPOTIPY_CLIENT_SECRET") : Option.none()
  ])
  // spotify-player uses PKCE
  const confidential = options.from !== "spotify-player" && Option.isSome(secret)
  const config = yield* configuration({ clientId: clientId.value })
  const user = yield* Effect.uninterruptibleMask(
    Effect.fnUntraced(function* (restore) {
      const service = yield* LoginService
      yield* restore(service.importRefreshToken(found))
      const imported = { clientId: config.clientId, accountsUrl: config.accountsUrl, confidential }
      yield* remember(new Profile(imported))
      const user = yield* restore(whoami)
      yield* remember(new Profile({ ...imported, user }))
      return user
    })
  ).pipe(
    selected,
    Effect.provide(layerOf({ ...config, clientSecret: Option.map(secret, Redacted.make) }, confidential))
  )
  yield* result(
    options.json,
    { profile, session: "Active", user: user ?? null },
    user === undefined ? "Imported." : `Imported the login of ${user.name ?? user.id}.`
  )
  yield* note(
    confidential
      ? "To refresh this session's token, commands need SPOTIFY_CLIENT_SECRET."
      : `Spotify may replace the refresh token, and then the other tool has to log in again.\nTo have separate logins, run: ${login}`
  )
})
