import * as Prompt from "@effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Accounts from "../accounts/Accounts.js"
import * as Scope from "../accounts/Scope.js"
import * as Headless from "../login/Headless.js"
import * as Loopback from "../node/Loopback.js"
import { CommandFailed } from "./failure.js"
import { note, result, Streams } from "./output.js"
import { type Common, Place, Profile, remember, remembered, variable } from "./place.js"
import { configuration, layerOf, selected } from "./session.js"
import { whoami } from "./whoami.js"

export interface Options extends Common {
  readonly scopes: Option.Option<string>
  readonly clientId: Option.Option<string>
  readonly redirectUri: Option.Option<string>
  readonly noBrowser: boolean
}

/** With this one registered, both ways to log in work. */
const defaultRedirectUri = "http://127.0.0.1:8888/callback"

/** All read-only scopes. */
const readingScopes = Scope.all.filter((scope) => scope.includes("-read"))

const register = (redirectUri: string) =>
  `Create an app for the Web API at https://developer.spotify.com/dashboard with the redirect URI ${redirectUri}`

/** Asks for the client id if somebody can answer. */
const askedFor = Effect.fnUntraced(function* (redirectUri: string) {
  const { asks } = yield* Streams
  const { login } = yield* Place
  if (!asks) {
    return yield* new CommandFailed({
      kind: "configuration",
      message: `There is no client id yet. ${register(redirectUri)}.\nThen run: ${login} --client-id ID`
    })
  }
  yield* note(`${register(redirectUri)}, and copy its client id here.`)
  return yield* Prompt.run(
    Prompt.text({
      message: "Client ID",
      validate: (text) =>
        /^[0-9A-Za-z]{8,64}$/.test(text.trim())
          ? Effect.succeed(text.trim())
          : Effect.fail("A client id has 32 letters and digits")
    })
  )
})

/** Over SSH a browser would open on the wrong machine, or not at all. */
const isRemote = Effect.gen(function* () {
  const ssh = yield* variable("SSH_CONNECTION")
  const screens = yield* Effect.forEach(["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"], variable)
  return Option.isSome(ssh) && screens.every(Option.isNone)
})

const scopesOf = (text: string): string =>
  text === "all" ? Scope.format(Scope.all) : text === "read" ? Scope.format(readingScopes) : text

/**
 * Checks that the accounts service knows the client id, by exchanging an invalid code. Otherwise the error would
 * be only on Spotify's page, and the command would wait for a callback that never comes.
 */
const known = Accounts.make({ timeout: "10 seconds" }).pipe(
  Effect.flatMap((accounts) =>
    accounts.exchangeCode({ code: Redacted.make("none"), codeVerifier: Redacted.make("0".repeat(43)) })
  ),
  Effect.catchIf(
    (error) =>
      !(error._tag === "ClientMisconfigured" && error.code === "invalid_client") &&
      // If this cannot be sent, neither can the exchange of the login's code
      !(error._tag === "TokenEndpointUnavailable" && error.sent === "no"),
    // The login itself reports any other error
    () => Effect.void
  )
)

/** Spotify shows this mistake only on its page. */
const help = (redirectUri: string) =>
  note(
    `If Spotify's page says "INVALID_CLIENT: Invalid redirect URI", add ${redirectUri} to your app at https://developer.spotify.com/dashboard`
  ).pipe(Effect.delay("10 seconds"), Effect.zipRight(Effect.never))

/** Logs the profile in, and stores its settings. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const place = yield* Place
  const before = yield* remembered
  const redirectUri = Option.getOrElse(
    Option.firstSomeOf([
      options.redirectUri,
      yield* variable("SPOTIFY_REDIRECT_URI"),
      Option.flatMapNullable(before, (profile) => profile.redirectUri)
    ]),
    () => defaultRedirectUri
  )
  const given = Option.firstSomeOf([
    options.clientId,
    yield* variable("SPOTIFY_CLIENT_ID"),
    Option.map(before, (profile) => profile.clientId)
  ])
  const clientId = Option.isSome(given) ? given.value : yield* askedFor(redirectUri)
  const scopes = Option.getOrElse(
    Option.firstSomeOf([options.scopes, yield* variable("SPOTIFY_SCOPES")]),
    () => "read"
  )
  const config = yield* configuration({ clientId, redirectUri, scopes: scopesOf(scopes) })
  const sessions = layerOf({ ...config, clientSecret: Option.none() }, false)
  const headless = options.noBrowser || (yield* isRemote)
  const logIn = Effect.uninterruptibleMask(
    Effect.fnUntraced(function* (restore) {
      // A login for other scopes keeps those that were granted before
      const login = { keepScopes: true }
      const { inputEnds } = yield* Streams
      yield* headless
        ? restore(Headless.login({ ...login, inputEnds }))
        : restore(Effect.raceFirst(Loopback.login(login), help(redirectUri)))
      const profile = { clientId: config.clientId, accountsUrl: config.accountsUrl, redirectUri }
      yield* remember(new Profile(profile))
      const user = yield* restore(whoami)
      yield* remember(new Profile({ ...profile, user }))
      return user
    })
  )
  const user = yield* selected(Effect.zipRight(known, logIn)).pipe(Effect.provide(sessions))
  yield* result(
    options.json,
    { profile: place.profile, session: "Active", user: user ?? null },
    user === undefined ? "Logged in." : `Logged in as ${user.name ?? user.id}.`
  )
})
