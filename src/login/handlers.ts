import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import * as ReturnTo from "../accounts/returnTo.js"
import type { Scope } from "../accounts/Scope.js"
import { type Authorized, Session, type SessionError, SessionKey } from "../session/Session.js"
import type { Service as Crypto } from "../accounts/webCrypto.js"
import type { LoginRefused } from "./LoginRoutesError.js"
import type { LoginError, Service as LoginService, Timeouts } from "../session/LoginService.js"
import { type Service as SessionService, withSession } from "../session/SessionService.js"
import type { BrowserCookie } from "./browserCookie.js"
import * as Origin from "./origin.js"
import * as Page from "./page.js"
import * as Problem from "./problem.js"

type Request = HttpServerRequest.HttpServerRequest
type Before = Option.Option<SessionKey>
type Answer = Effect.Effect<HttpServerResponse.HttpServerResponse>
type Failure = LoginError | SessionError | LoginRefused

/**
 * The paths of the routes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Paths {
  /**
   * GET, for links, or POST from a page of the app: begins a login. `?returnTo=/a/path` is the page after it.
   */
  readonly login: string
  /** GET: Spotify sends the browser here. The path of the redirect URI. */
  readonly callback: string
  /** POST from a page of the app: forgets the session. */
  readonly logout: string
  /** GET: a {@link Status} as JSON. */
  readonly status: string
}

/**
 * A login that just succeeded.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompletedLogin extends Authorized {
  /** The browser's previous session, which ends now. */
  readonly previous: Option.Option<SessionKey>
}

export interface Dependencies {
  readonly sessions: SessionService
  readonly login: LoginService
  readonly crypto: Crypto
  readonly paths: Paths
  /** Its origin is the origin of the app's pages. */
  readonly redirectUri: URL
  /** The cookie with the session's id. */
  readonly session: BrowserCookie
  /** Records that the session's user is active. */
  readonly touch: (key: SessionKey) => Effect.Effect<unknown>
  readonly binding: BrowserCookie
  readonly timeouts: Timeouts
  readonly scopes: ReadonlyArray<Scope>
  readonly keepScopes: boolean
  readonly showDialog: boolean | undefined
  readonly afterLogin: string
  readonly afterLogout: string
  readonly onLogin: (login: CompletedLogin) => Effect.Effect<void, LoginRefused>
  readonly onLogout: (key: SessionKey) => Effect.Effect<void>
}

/** Far above what Spotify sends, which is a few hundred characters. */
const longestTarget = 16 * 1024

const isSignedIn = Predicate.or(Session.$is("Active"), Session.$is("ExpiresSoon"))

const scopesOf = (session: Session): ReadonlyArray<Scope> => (isSignedIn(session) ? session.scopes : [])

/** Logs a failure as far as it concerns the operators. A user's refusal does not. */
const report = (error: Failure): Effect.Effect<void> => {
  switch (error._tag) {
    case "AuthorizationDenied":
    case "AuthorizationResponseInvalid":
    case "LoginRefused":
    // The login service logs these
    case "TooManyLogins":
      return Effect.void
    case "InvalidGrant":
      // Caused by a forged code, but also by a wrong redirect URI
      return Effect.logWarning(`A login did not finish: ${error.message}`)
    default:
      return Effect.logError(`A login request failed: ${error.message}`)
  }
}

const secondsTo = (later: DateTime.Utc, now: DateTime.Utc): string =>
  String(Math.max(1, Math.ceil(DateTime.distance(now, later) / 1000)))

const isUsed = (outcome: Either.Either<unknown, LoginError>): boolean =>
  Either.isLeft(outcome) &&
  outcome.left._tag === "AuthorizationResponseInvalid" &&
  outcome.left.reason === "AlreadyUsed"

/**
 * Marks a browser that was already sent to the redirect URI's host, so that a proxy that hides the host
 * causes no loop.
 */
const sentOn = "sentOn"

const queryOf = (request: Request) => new URL(request.url, "http://127.0.0.1").searchParams

/** The path as sent, without normalization: each spelling is a different path. */
export const pathOf = (request: Request): string => request.url.split("?", 1)[0] ?? ""

export const make = (
  dependencies: Dependencies
): ((request: Request) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined) => {
  const { binding, crypto, login, paths, redirectUri, session, sessions } = dependencies

  const randomId: Effect.Effect<string, ClientMisconfigured> = Effect.map(
    crypto.randomBytes(32),
    Encoding.encodeBase64Url
  )
  const problem = (kind: Problem.Problem) => Page.problem(kind, paths.login)

  const explain = (error: Failure): Answer =>
    error._tag === "TooManyLogins"
      ? Effect.map(DateTime.now, (now) =>
          HttpServerResponse.setHeader(problem("Busy"), "retry-after", secondsTo(error.retryAt, now))
        )
      : Effect.succeed(problem(Problem.of(error)))

  const explained = <R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, Failure, R>) =>
    Effect.catchAll(answer, (error) => Effect.zipRight(report(error), explain(error)))

  /** Calls the answer with the session that the cookie names, in whatever state it is. */
  const named = (request: Request, answer: (key: Before) => Answer): Answer =>
    Effect.flatMap(session.read(request.headers["cookie"]), (id) => answer(Option.map(id, SessionKey)))

  /** Never returns to the login or its callback, which would loop. */
  const returnTo = (wanted: string | null): string => {
    const path = ReturnTo.path(wanted, dependencies.afterLogin)
    const [name] = path.split(/[?#]/, 1)
    return name === paths.login || name === paths.callback ? dependencies.afterLogin : path
  }

  /** Whether the browser has a session that a login would replace. */
  const isPresent = Effect.fnUntraced(function* (key: Before) {
    return (
      Option.isSome(key) &&
      (yield* withSession(sessions.session, key.value).pipe(
        Effect.map(isSignedIn),
        // Only a new login can replace a corrupt record
        Effect.catchTag("TokenStoreCorrupt", () => Effect.succeed(false))
      ))
    )
  })

  const wantedScopes = Effect.fnUntraced(function* (key: Before) {
    if (!dependencies.keepScopes || Option.isNone(key)) {
      return dependencies.scopes
    }
    const granted = yield* withSession(sessions.session, key.value).pipe(
      Effect.map(scopesOf),
      // Only a new login can replace a corrupt record
      Effect.catchTag("TokenStoreCorrupt", () => Effect.succeed([]))
    )
    return [...new Set([...granted, ...dependencies.scopes])]
  })

  const begin = Effect.fn("LoginRoutes.login")(function* (request: Request, before: Before) {
    const query = queryOf(request)
    // Spotify sends the browser to that host, and the browser sends the new cookie only there
    if (!query.has(sentOn) && Origin.isOtherHost(request, redirectUri)) {
      query.append(sentOn, "1")
      return Page.redirect(`${redirectUri.origin}${paths.login}?${query}`)
    }
    const path = returnTo(query.get("returnTo"))
    // Spotify asks for consent only once, so a link on another site would be enough to replace the session
    if (Origin.isForeignLink(request.headers) && (yield* isPresent(before))) {
      return Page.problem("SignedIn", `${paths.login}?${new URLSearchParams({ returnTo: path })}`)
    }
    const known = yield* binding.read(request.headers["cookie"])
    // One secret per browser, not per login, so that two tabs can log in at the same time
    const secret = Option.isSome(known) ? known.value : yield* randomId
    // A new session id for each login, so that a planted id is never used (session fixation)
    const key = SessionKey(yield* randomId)
    const { url } = yield* login
      .begin({
        scopes: yield* wantedScopes(before),
        showDialog: dependencies.showDialog,
        returnTo: path,
        binding: Redacted.make(secret)
      })
      .pipe(withSession(key))
    return yield* binding.set(Page.redirect(url), secret)
  })

  /** Ends the browser's previous session. If the store is down, the new session is kept all the same. */
  const endPrevious = (key: SessionKey) =>
    sessions.signOut.pipe(
      withSession(key),
      Effect.zipRight(dependencies.onLogout(key)),
      Effect.catchAll((error) =>
        Effect.logWarning(`A session that a login replaced was left behind: ${error.message}`)
      )
    )

  const complete = Effect.fn("LoginRoutes.callback")(function* (request: Request, before: Before) {
    const cookie = request.headers["cookie"]
    const secret = Option.getOrUndefined(Option.map(yield* binding.read(cookie), (id) => Redacted.make(id)))
    const outcome = yield* Effect.either(
      login.complete(request.url, { ...dependencies.timeouts, binding: secret })
    )
    if (isUsed(outcome)) {
      return yield* usedUp(before)
    }
    const completed = yield* outcome
    if (!isSignedIn(completed)) {
      return yield* usedUp(before)
    }
    const previous = Option.filter(before, (key) => key !== completed.key)
    yield* dependencies
      .onLogin({ ...completed, previous })
      .pipe(Effect.onError(() => Effect.ignore(withSession(sessions.signOut, completed.key))))
    if (Option.isSome(previous)) {
      yield* endPrevious(previous.value)
    }
    return yield* session.set(Page.redirect(completed.returnTo), completed.key)
  })

  /** A callback long after its login. A signed-in user pressed the back button and needs no new login. */
  const usedUp = Effect.fnUntraced(function* (before: Before) {
    const state = Option.isSome(before) ? yield* withSession(sessions.session, before.value) : undefined
    return state !== undefined && isSignedIn(state)
      ? Page.redirect(dependencies.afterLogin)
      : problem("AlreadyUsed")
  })

  const logout = Effect.fn("LoginRoutes.logout")(function* (key: Before) {
    if (Option.isSome(key)) {
      yield* withSession(sessions.signOut, key.value)
      yield* dependencies.onLogout(key.value)
    }
    // The cookie is deleted last, so that the user can try again while the session exists
    return session.clear(Page.redirect(dependencies.afterLogout))
  })

  const status = Effect.fn("LoginRoutes.status")(function* (key: Before) {
    const state = Option.isSome(key)
      ? yield* Effect.zipRight(dependencies.touch(key.value), withSession(sessions.session, key.value))
      : undefined
    return Page.secured(
      HttpServerResponse.unsafeJson({
        signedIn: state !== undefined && isSignedIn(state),
        scopes: state === undefined ? [] : scopesOf(state),
        expiresSoon: state?._tag === "ExpiresSoon",
        reauthorizeBy: state?._tag === "ExpiresSoon" ? DateTime.formatIso(state.reauthorizeBy.value) : null
      })
    )
  })

  const statusFailed = (error: Failure) =>
    Effect.as(
      report(error),
      Page.secured(
        HttpServerResponse.unsafeJson(
          { error: Problem.of(error) === "Unavailable" ? "unavailable" : "misconfigured" },
          { status: Problem.texts[Problem.of(error)].status }
        )
      )
    )

  const allowed = (request: Request, allow: ReadonlyArray<string>, answer: () => Answer): Answer => {
    if (request.url.length > longestTarget) {
      return Effect.succeed(problem("TooLong"))
    }
    if (!allow.includes(request.method)) {
      return Effect.succeed(HttpServerResponse.setHeader(problem("WrongMethod"), "allow", allow.join(", ")))
    }
    const isForeign =
      request.method === "POST"
        ? !Origin.isOwnPage(request.headers, redirectUri.origin)
        : Origin.isForeignResource(request.headers)
    return isForeign ? Effect.succeed(problem("CrossSite")) : answer()
  }

  /** For routes that change state. */
  const acting = (request: Request, allow: ReadonlyArray<string>, answer: () => Answer): Answer =>
    Origin.isSpeculative(request.headers) ? Effect.succeed(Page.notNow) : allowed(request, allow, answer)

  return (request) => {
    switch (pathOf(request)) {
      case paths.login:
        return acting(request, ["GET", "POST"], () =>
          named(request, (before) => explained(begin(request, before)))
        )
      case paths.callback:
        // An access log would store the code in the URL
        return HttpMiddleware.withLoggerDisabled(
          acting(request, ["GET"], () => named(request, (before) => explained(complete(request, before))))
        )
      case paths.logout:
        return acting(request, ["POST"], () => named(request, (key) => explained(logout(key))))
      case paths.status:
        return allowed(request, ["GET"], () =>
          named(request, (key) => Effect.catchAll(status(key), statusFailed))
        )
      default:
        return undefined
    }
  }
}
