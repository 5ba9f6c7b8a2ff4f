/**
 * Logs a user in from a web page that has no server of its own, by redirect or in a popup. It always uses
 * PKCE and never a client secret, which a page cannot keep.
 *
 * The login runs over `LoginService` of `SessionService.layerPkce` with a `BrowserTokenStore`. The page at
 * the redirect URI runs {@link Service.handleRedirect} when it loads.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as EffectScope from "effect/Scope"
import { type AuthorizationResponseInvalid, ClientMisconfigured } from "../accounts/AuthError.js"
import * as RedirectUri from "../accounts/RedirectUri.js"
import type * as Scope from "../accounts/Scope.js"
import * as CallbackAddress from "./callbackAddress.js"
import { CurrentPage, type Page } from "./page.js"
import * as PopupMessages from "./popupMessages.js"
import { flightFailures } from "../session/liveTokens.js"
import * as SingleFlight from "../concurrency/singleFlight.js"
import {
  type BeginError,
  type CompletedLogin,
  type LoginError,
  LoginService
} from "../session/LoginService.js"
import { SessionService } from "../session/SessionService.js"

/**
 * No user can log in on this page. The message says what to change.
 *
 * - `NoPage`: the program runs on a server or in a worker
 * - `InsecureOrigin`: the page came over plain http from another machine, such as `http://192.168.0.7:5173`.
 *   Browsers withhold Web Crypto there, and Spotify refuses such redirect URIs
 * - `Localhost`: the page was opened under the name `localhost`, which Spotify refuses in redirect URIs
 * - `OtherOrigin`: the redirect URI has another origin, whose storage this page cannot read
 *
 * @since 0.1.0
 * @category errors
 */
export class BrowserLoginUnavailable extends Schema.TaggedError<BrowserLoginUnavailable>(
  "effect-spotify/BrowserLoginUnavailable"
)("BrowserLoginUnavailable", {
  reason: Schema.Literal("NoPage", "InsecureOrigin", "Localhost", "OtherOrigin"),
  /** The origin of the page. */
  origin: Schema.optional(Schema.String),
  /** The redirect URI of the login. */
  redirectUri: Schema.String
}) {
  override get message(): string {
    const there = new URL(this.redirectUri).origin
    const here = this.origin ?? "this place"
    const remedy: Record<typeof this.reason, string> = {
      NoPage: "There is no page here: run the login in a browser page, not on a server or in a worker",
      InsecureOrigin: `The browser does not trust ${here}, and Spotify refuses redirects to it: serve the page over https, or on this machine from http://127.0.0.1`,
      Localhost: `Spotify refuses the name localhost: open this page at ${here.replace("localhost", "127.0.0.1")} instead, and register the redirect URI with 127.0.0.1`,
      OtherOrigin: `A login that begins at ${here} cannot end at ${there}, because the two origins have separate storage: open the page at ${there}, or register and configure a redirect URI at ${here}`
    }
    return remedy[this.reason]
  }
}

/**
 * The login ended without an answer from Spotify. Let the user try again.
 *
 * - `PopupBlocked`: the browser opened no window. Call `signIn` directly in a click handler, or use
 *   `redirect`
 * - `PopupClosed`: the user closed the window
 * - `TimedOut`: the window stayed open too long
 * - `CameBack`: the user went back to this page, which the browser had kept in its back/forward cache
 * - `Reloaded`: the page at the redirect URI was reloaded twice before Spotify answered
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginNotFinished extends Schema.TaggedError<LoginNotFinished>("effect-spotify/LoginNotFinished")(
  "LoginNotFinished",
  { reason: Schema.Literal("PopupBlocked", "PopupClosed", "TimedOut", "CameBack", "Reloaded") }
) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      PopupBlocked:
        'The browser blocked the login window: begin the login directly in a click handler, allow popups for this site, or use mode "redirect"',
      PopupClosed: "The login window was closed before the login finished: begin the login again",
      TimedOut: "The login window stayed open too long: begin the login again",
      CameBack: "The user came back without logging in: offer the login again",
      Reloaded: "The page was reloaded before the login finished: begin the login again"
    }
    return remedy[this.reason]
  }
}

/**
 * What `signIn` can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type SignInError = LoginError | BeginError | BrowserLoginUnavailable | LoginNotFinished

/**
 * What `handleRedirect` can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type RedirectError = LoginError | BrowserLoginUnavailable | LoginNotFinished

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The address of this app that Spotify redirects to after consent, and where the app runs `handleRedirect`.
   * It must match the one registered in Spotify's dashboard exactly.
   */
  readonly redirectUri: string
  /** The size of the popup, in CSS pixels. @default { width: 480, height: 760 } */
  readonly popup?: { readonly width: number; readonly height: number } | undefined
  /** How long a popup may stay open. Every login expires after ten minutes. @default 10 minutes */
  readonly popupTimeout?: Duration.DurationInput | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SignInOptions {
  /** @default the configured scopes */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** Ask the user again even if the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /**
   * `redirect` leaves the page and finishes the login at the redirect URI. `popup` keeps the page and opens a
   * window. @default "redirect"
   */
  readonly mode?: "redirect" | "popup" | undefined
  /** Also ask for the scopes that the session already has. @default false */
  readonly keepScopes?: boolean | undefined
  /**
   * The path of this app to show in the address bar after the login, such as `/playlists?sort=name`. A value
   * that leads to another site becomes `/`. A popup does not change the address. @default "/"
   */
  readonly returnTo?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Begins a login. A popup returns the session. A redirect leaves the page, so it returns nothing. It fails
   * with `LoginNotFinished` if the user comes back with the back button.
   *
   * Call it for a popup directly in a click handler, with no asynchronous step before it. Otherwise the
   * browser blocks the popup.
   *
   * The window at Spotify has no `opener`, so it cannot navigate this page. For the same reason this page
   * cannot close it. After a timeout or an interruption the window stays open until the user closes it. A
   * login finished there belongs to that window.
   */
  readonly signIn: (options?: SignInOptions) => Effect.Effect<CompletedLogin, SignInError>
  /**
   * Run this every time the app starts. If the browser has just come back from Spotify, it completes the
   * login and returns the session; `returnTo` is then in the address bar and in the result. On any other
   * visit, and on a server, it returns none at once.
   *
   * The code is exchanged once, however often this runs: twice under React's StrictMode, after a reload,
   * after the back button, or in two tabs. Every run gets the session. Afterwards, even after an error, the
   * code and the state are gone from the address bar and the history.
   *
   * A reload can interrupt the exchange, and a code cannot be sent twice. The login then begins once more
   * with the same options. Spotify usually answers at once, since the user has just agreed.
   *
   * In a popup it passes the answer to the page that opened it, and the window closes.
   */
  readonly handleRedirect: Effect.Effect<Option.Option<CompletedLogin>, RedirectError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class BrowserLogin extends Context.Tag("effect-spotify/BrowserLogin")<BrowserLogin, Service>() {}

/** How often to check that a popup is still open. Browsers have no event for it. */
const closedCheck = Schedule.spaced("250 millis")

/** A popup may close right after it sends its answer, which takes a moment to arrive. */
const closedGrace = Duration.seconds(1)

/** A window that the browser allows to close has closed within this time. */
const closeGrace = Duration.seconds(1)

/** Marks a tab that left for Spotify and will come back. A popup has no such mark. */
const noteOf = (state: string): string => `effect-spotify/redirect/${state}`

/** What the tab remembers about its login, in case the login has to begin once more. */
const Departure = Schema.parseJson(
  Schema.Struct({
    scopes: Schema.optional(Schema.Array(Schema.String)),
    showDialog: Schema.optional(Schema.Boolean),
    keepScopes: Schema.optional(Schema.Boolean),
    returnTo: Schema.optional(Schema.String),
    /** A page has started to exchange the code. */
    isExchanging: Schema.Boolean,
    isSecond: Schema.Boolean
  })
)

type Departure = typeof Departure.Type

const encodeDeparture = Schema.encodeSync(Departure)
const decodeDeparture = Schema.decodeOption(Departure)

/** Long enough to learn that the login was completed before: this takes one read of the browser's store. */
const settleTime = Duration.seconds(1)

const lockOf = (state: string): string => `effect-spotify/login/${state}`

const checkPage = (
  found: Option.Option<Page>,
  redirectUri: URL
): Either.Either<Page, BrowserLoginUnavailable> => {
  const refuse = (reason: BrowserLoginUnavailable["reason"], origin?: string) =>
    Either.left(new BrowserLoginUnavailable({ reason, origin, redirectUri: redirectUri.href }))
  if (Option.isNone(found)) {
    return refuse("NoPage")
  }
  const { hostname, origin } = found.value.address
  if (hostname === "localhost") {
    return refuse("Localhost", origin)
  }
  if (!found.value.isSecure) {
    return refuse("InsecureOrigin", origin)
  }
  return origin === redirectUri.origin ? Either.right(found.value) : refuse("OtherOrigin", origin)
}

const checkRedirectUri = (redirectUri: string): Either.Either<URL, ClientMisconfigured> =>
  Either.mapBoth(RedirectUri.validate(redirectUri), {
    onLeft: (detail) => new ClientMisconfigured({ code: "redirect_uri_invalid", detail }),
    onRight: (valid) => new URL(valid)
  })

/**
 * Fails with `ClientMisconfigured` for a redirect URI that Spotify would refuse.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<Service, ClientMisconfigured, LoginService | EffectScope.Scope> =>
  Effect.gen(function* () {
    const redirectUri = yield* checkRedirectUri(options.redirectUri)
    const login = yield* LoginService
    // The layer that provides LoginService also provides SessionService
    const sessions = yield* Effect.serviceOption(SessionService)
    const currentPage = yield* CurrentPage
    const size = options.popup ?? { width: 480, height: 760 }
    const popupTimeout = Duration.decode(options.popupTimeout ?? "10 minutes")

    const usablePage = Effect.suspend(() => checkPage(currentPage(), redirectUri))

    /** The login was completed before, so the session it created is the answer. */
    const existing = (
      error: AuthorizationResponseInvalid
    ): Effect.Effect<CompletedLogin, AuthorizationResponseInvalid> =>
      Option.match(sessions, {
        onNone: () => Effect.fail(error),
        onSome: ({ session }) =>
          Effect.matchEffect(session, {
            onFailure: () => Effect.fail(error),
            onSuccess: (found) =>
              found._tag === "Active" || found._tag === "ExpiresSoon"
                ? Effect.succeed({ ...found, returnTo: "/" })
                : Effect.fail(error)
          })
      })

    /**
     * Other tabs with the same answer wait for the lock until this one has its session, and then find that
     * session.
     */
    const alone = <A>(
      page: Page,
      state: string,
      self: Effect.Effect<A, LoginError>
    ): Effect.Effect<A | CompletedLogin, LoginError> =>
      Effect.scoped(Effect.zipRight(page.lock(lockOf(state)), self)).pipe(
        Effect.catchTag(
          "AuthorizationResponseInvalid",
          (error): Effect.Effect<CompletedLogin, AuthorizationResponseInvalid> =>
            error.reason === "AlreadyUsed" ? existing(error) : Effect.fail(error)
        )
      )

    const complete = (page: Page, url: string, state: string): Effect.Effect<CompletedLogin, LoginError> =>
      alone(page, state, login.complete(url, { state }))

    /**
     * Completes a login that this tab may have completed before a reload. While this tab holds the lock, no
     * other tab exchanges the code. If the exchange has still not settled, the reload interrupted the earlier
     * one; the result is then undefined.
     */
    const completeOnce = (page: Page, url: string, state: string) =>
      alone(
        page,
        state,
        SingleFlight.detached(
          Effect.gen(function* () {
            const fiber = yield* Effect.fork(login.complete(url, { state }))
            const settled = yield* Effect.timeoutOption(Fiber.await(fiber), settleTime)
            // An exchange that has already started is uninterruptible and still finishes
            const exit = Option.isSome(settled) ? settled.value : yield* Fiber.interrupt(fiber)
            return Exit.isInterrupted(exit) ? undefined : yield* exit
          })
        )
      )

    const begin = (wanted: SignInOptions) =>
      login.begin({
        scopes: wanted.scopes,
        showDialog: wanted.showDialog,
        keepScopes: wanted.keepScopes,
        returnTo: wanted.returnTo,
        redirectUri: options.redirectUri
      })

    const depart = (page: Page, state: string, departure: Departure) =>
      page.notes.write(noteOf(state), encodeDeparture(departure))

    const byRedirect = Effect.fnUntraced(function* (page: Page, wanted: SignInOptions, isSecond = false) {
      const { state, url } = yield* begin(wanted)
      const { keepScopes, returnTo, scopes, showDialog } = wanted
      yield* depart(page, state, { scopes, showDialog, keepScopes, returnTo, isExchanging: false, isSecond })
      yield* page.leave(url)
      // Only the user, or the end of the program, ends this wait
      yield* Effect.interruptible(page.isBack)
      return yield* new LoginNotFinished({ reason: "CameBack" })
    })

    const inPopup = Effect.fnUntraced(function* (page: Page, wanted: SignInOptions) {
      // Before any asynchronous step: the browser allows a popup only within the click
      const opened = yield* page.openPopup(size)
      if (Option.isNone(opened)) {
        return yield* new LoginNotFinished({ reason: "PopupBlocked" })
      }
      const popup = opened.value
      yield* Effect.addFinalizer(() => popup.close)
      const { state, url } = yield* begin(wanted)
      const answer = yield* PopupMessages.receive(page, state)
      yield* popup.go(url)
      const closed = popup.isClosed.pipe(
        Effect.repeat({ until: (isClosed) => isClosed, schedule: closedCheck }),
        Effect.zipRight(Effect.sleep(closedGrace)),
        Effect.zipRight(new LoginNotFinished({ reason: "PopupClosed" }))
      )
      const callback = yield* Effect.raceFirst(answer, closed).pipe(
        Effect.timeoutFail({
          duration: popupTimeout,
          onTimeout: () => new LoginNotFinished({ reason: "TimedOut" })
        })
      )
      return yield* complete(page, callback, state)
    }, Effect.scoped)

    const signIn: Service["signIn"] = Effect.fn("BrowserLogin.signIn")(function* (wanted = {}) {
      const page = yield* usablePage
      return yield* wanted.mode === "popup" ? inPopup(page, wanted) : byRedirect(page, wanted)
    })

    /** Completes the answer in the address bar of a tab that left for Spotify. */
    const cameBack = Effect.fnUntraced(function* (
      page: Page,
      { clean, state, url }: CallbackAddress.CallbackAddress,
      departure: Departure
    ) {
      if (!departure.isExchanging) {
        yield* depart(page, state, { ...departure, isExchanging: true })
        return yield* complete(page, url, state)
      }
      const completed = yield* completeOnce(page, url, state)
      if (completed !== undefined) {
        return completed
      }
      if (departure.isSecond) {
        return yield* new LoginNotFinished({ reason: "Reloaded" })
      }
      // The code must not stay in the history when the page leaves again
      yield* page.rename(clean)
      yield* page.notes.remove(noteOf(state))
      return yield* byRedirect(page, departure, true)
    })

    /** Completes the answer in the address bar, or passes it to the opener and closes the window. */
    const answered = Effect.fnUntraced(function* (
      page: Page,
      callback: CallbackAddress.CallbackAddress,
      note: Option.Option<string>
    ) {
      const { state, url } = callback
      const departure = Option.flatMap(note, (text) => decodeDeparture(text))
      if (Option.isSome(departure)) {
        return yield* cameBack(page, callback, departure.value)
      }
      if (yield* SingleFlight.detached(PopupMessages.handOver(page, state, url))) {
        yield* page.close
        // Still running: the browser did not let the page close itself, so it becomes an ordinary tab
        yield* Effect.sleep(closeGrace)
      }
      return yield* complete(page, url, state)
    })

    const redirected = Effect.gen(function* () {
      const found = Option.flatMap(currentPage(), (page) => CallbackAddress.read(page.address, redirectUri))
      if (Option.isNone(found)) {
        return Option.none<CompletedLogin>()
      }
      const { clean, state } = found.value
      const page = yield* usablePage
      const note = noteOf(state)
      return yield* Effect.flatMap(page.notes.read(note), (text) => answered(page, found.value, text)).pipe(
        Effect.tapBoth({
          onFailure: () => page.rename(clean),
          onSuccess: ({ returnTo }) => page.rename(new URL(returnTo, redirectUri).href)
        }),
        Effect.ensuring(page.notes.remove(note)),
        Effect.asSome
      )
    }).pipe(Effect.withSpan("BrowserLogin.handleRedirect"))

    // The service owns the flight: unmounting the component that called it must not interrupt the login
    const flight = yield* SingleFlight.make((_: "redirect") => redirected, flightFailures)

    return { signIn, handleRedirect: flight.join("redirect") }
  })

/**
 * Provides the login of this page.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchTransport, SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
 * import { BrowserLogin, BrowserTokenStore } from "effect-spotify/browser"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = Layer.mergeAll(
 *   SpotifyClient.layer(),
 *   BrowserLogin.layer({ redirectUri: "http://127.0.0.1:5173/callback" })
 * ).pipe(
 *   Layer.provideMerge(SessionService.layerPkce()),
 *   Layer.provide([
 *     BrowserTokenStore.layer(),
 *     FetchTransport.layer,
 *     SpotifyConfig.layer({
 *       clientId: "0123456789abcdef0123456789abcdef",
 *       scopes: ["user-read-playback-state"]
 *     })
 *   ])
 * )
 *
 * // When the app starts
 * const start = Effect.flatMap(BrowserLogin.BrowserLogin, (login) => login.handleRedirect)
 *
 * // When the user presses the button
 * const signIn = Effect.flatMap(BrowserLogin.BrowserLogin, (login) =>
 *   login.signIn({ mode: "redirect", returnTo: "/playlists" })
 * )
 *
 * export const program = Effect.provide(Effect.zip(start, signIn), MainLayer)
 * ```
 */
export const layer = (options: Options): Layer.Layer<BrowserLogin, ClientMisconfigured, LoginService> =>
  Layer.scoped(BrowserLogin, make(options))
