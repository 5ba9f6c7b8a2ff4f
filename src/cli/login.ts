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

/** Registered as it is, it works with every app and both ways to log in. */
const defaultRedirectUri = "http://127.0.0.1:8888/callback"

/** All that reads, and nothing that changes anything. */
const readingScopes = Scope.all.filter((scope) => scope.includes("-read"))

const register = (redirectUri: string) =>
  `Create an app at https://developer.spotify.com/dashboard (for the Web API) with the redirect URI ${redirectUri}`

/** The client id, asked for where somebody can answer. */
const askedFor = Effect.fnUntraced(function* (redirectUri: string) {
  const { asks } = yield* Streams
  const { login } = yield* Place
  if (!asks) {
    return yield* new CommandFailed({
      kind: "configuration",
      message: `No client id is known. ${register(redirectUri)},\nthen run: ${login} --client-id ID`
    })
  }
  yield* note(`${register(redirectUri)}, and copy its client id.`)
  return yield* Prompt.run(
    Prompt.text({
      message: "Client ID",
      validate: (text) =>
        /^[0-9A-Za-z]{8,64}$/.test(text.trim())
          ? Effect.succeed(text.trim())
          : Effect.fail("A client id is letters and digits, 32 of them")
    })
  )
})

/** Over SSH a browser would open on the wrong machine, if at all. */
const isRemote = Effect.gen(function* () {
  const ssh = yield* variable("SSH_CONNECTION")
  const screens = yield* Effect.forEach(["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"], variable)
  return Option.isSome(ssh) && screens.every(Option.isNone)
})

const scopesOf = (text: string): string =>
  text === "all" ? Scope.format(Scope.all) : text === "read" ? Scope.format(readingScopes) : text

/**
 * Whether the accounts service knows the app: it answers a code of nobody's with another refusal than an unknown
 * client id. A browser would show such an id on a page of Spotify's, and the command would wait for nothing.
 */
const known = Accounts.make({ timeout: "10 seconds" }).pipe(
  Effect.flatMap((accounts) =>
    accounts.exchangeCode({ code: Redacted.make("none"), codeVerifier: Redacted.make("0".repeat(43)) })
  ),
  Effect.catchIf(
    (error) =>
      !(error._tag === "ClientMisconfigured" && error.code === "invalid_client") &&
      // Where this cannot be sent, the code of the login could not be exchanged
      !(error._tag === "TokenEndpointUnavailable" && error.sent === "no"),
    // Whatever else is the matter shows in the login itself
    () => Effect.void
  )
)

/** Where the input ends nobody can paste any more; what was pasted last is given the time to be exchanged. */
const inputEnded = Effect.flatMap(Streams, ({ inputEnds }) => inputEnds).pipe(
  Effect.zipRight(Effect.sleep("15 seconds")),
  Effect.zipRight(Place),
  Effect.flatMap(
    ({ login }) =>
      new CommandFailed({
        kind: "login",
        message: `The input ended before the address was pasted.\nIn a terminal run: ${login} --no-browser`
      })
  )
)

/** Logs the profile in, and remembers with which app. */
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
      // A wish for more scopes loses none that were granted before
      const login = { keepScopes: true }
      if (!headless) {
        yield* note(
          `If Spotify's page says INVALID_CLIENT: Invalid redirect URI, add ${redirectUri} to the app at https://developer.spotify.com/dashboard`
        )
      }
      yield* headless
        ? restore(Effect.raceFirst(Headless.login(login), inputEnded))
        : restore(Loopback.login(login))
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
