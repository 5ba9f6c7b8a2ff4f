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

/** What spotipy and rspotify keep of a login; whatever else is there means nothing here. */
const Kept = Schema.parseJson(
  Schema.Struct({
    refresh_token: Schema.Redacted(Schema.NonEmptyString),
    scope: Schema.optional(Schema.Union(Schema.String, Schema.Array(Schema.String))),
    scopes: Schema.optional(Schema.Union(Schema.String, Schema.Array(Schema.String)))
  })
)

const decode = Schema.decode(Kept)

const scopesOf = (
  given: string | ReadonlyArray<string> | undefined
): ReadonlyArray<Scope.Scope> | undefined =>
  given === undefined ? undefined : Scope.parse(typeof given === "string" ? given : given.join(" "))

/** Where the tool keeps its login, if nobody says so. */
const usualFile = Effect.fnUntraced(function* (from: "spotipy" | "spotify-player") {
  const path = yield* Path.Path
  if (from === "spotipy") {
    return path.resolve(".cache")
  }
  const home = Option.getOrElse(yield* variable("HOME"), () => "/")
  const cache = Option.getOrElse(yield* variable("XDG_CACHE_HOME"), () => path.join(home, ".cache"))
  return path.join(cache, "spotify-player", "user_client_token.json")
})

const fromFile = Effect.fnUntraced(function* (
  from: "spotipy" | "spotify-player",
  given: Option.Option<string>
) {
  const fs = yield* FileSystem.FileSystem
  const file = Option.isSome(given) ? given.value : yield* usualFile(from)
  const failed = (what: string) => () =>
    new CommandFailed({ kind: "usage", message: `${file} ${what}.\nName the file of ${from} with --file.` })
  const text = yield* Effect.mapError(fs.readFileString(file), failed("cannot be read"))
  const kept = yield* Effect.mapError(decode(text), failed("holds no refresh token"))
  return { refreshToken: kept.refresh_token, scopes: scopesOf(kept.scope ?? kept.scopes) }
})

const fromEnvironment = Effect.flatMap(
  variable("SPOTIFY_REFRESH_TOKEN"),
  Option.match({
    onNone: () => new CommandFailed({ kind: "usage", message: "SPOTIFY_REFRESH_TOKEN is not set" }),
    onSome: (token) => Effect.succeed({ refreshToken: Redacted.make(token), scopes: undefined })
  })
)

/** Nothing that works is replaced. */
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
      message: "This profile is logged in already.\nChoose another with --profile, or log out first."
    })
  }
})

/** Takes over a login that another tool has. */
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
      message: `A refresh token works with the app that it is from alone.\nGive the client id that ${options.from === "env" ? "it" : options.from} is set up with: --client-id ID`
    })
  }
  const secret = Option.firstSomeOf([
    yield* variable("SPOTIFY_CLIENT_SECRET"),
    spotipy ? yield* variable("SPOTIPY_CLIENT_SECRET") : Option.none()
  ])
  // spotify-player logs in as an app without a secret
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
      ? "Commands need SPOTIFY_CLIENT_SECRET to refresh this session's token."
      : `Spotify may change the token at each refresh: from now on the other tool's copy may be refused.\nEach has its own after: ${login}`
  )
})
