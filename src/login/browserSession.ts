import * as Cookies from "@effect/platform/Cookies"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Authorized, SessionKey } from "../session/Session.js"
import { type Service as SessionService, withSession } from "../session/SessionService.js"
import type { BrowserCookie, Times } from "./browserCookie.js"
import { LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** What a request's cookie stands for. */
export interface Present {
  /** None also when the session is past one of its ends. Whatever else became of it is not looked at. */
  readonly key: Option.Option<SessionKey>
  /** Past its end and still in the store, which could not be reached. */
  readonly left: Option.Option<SessionKey>
  /** For the answer: the cookie with its new time, or without its value; none if it may stay as it is. */
  readonly cookie: Option.Option<Cookies.Cookie>
}

/** The session of a browser, from its login to its ends. */
export interface BrowserSession {
  readonly present: (header: string | undefined) => Effect.Effect<Present>
  /** What {@link Present} says of the cookie. */
  readonly dueCookie: (header: string | undefined) => Effect.Effect<Option.Option<Cookies.Cookie>>
  /** Gives the browser the session of this login, unless it has it: a callback sent again moves no end. */
  readonly signedIn: (
    response: HttpServerResponse.HttpServerResponse,
    login: Authorized,
    before: Option.Option<SessionKey>
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  readonly clear: BrowserCookie["clear"]
}

/** More than the clocks of two instances differ: one that is further behind was set back. */
const skew = Duration.toMillis("5 minutes")

const longestPause = Duration.toMillis("1 minute")

const nobody: Present = { key: Option.none(), left: Option.none(), cookie: Option.none() }

const millisOf = (option: string, timeout: Duration.DurationInput | undefined) => {
  const millis = Option.map(Duration.decodeUnknown(timeout ?? Duration.infinity), Duration.toMillis)
  return Option.isSome(millis) && millis.value > 0
    ? Either.right(millis.value)
    : Either.left(new LoginRoutesMisconfigured({ reason: "Timeout", option }))
}

/** A cookie of one browser goes into no answer that a cache could hand to another. */
const isShared = (control: string | undefined): boolean =>
  control !== undefined && !/\b(?:private|no-store)\b/i.test(control)

/** The response with the cookie that is due, unless it sets that cookie itself, as a login and a logout do. */
export const withCookie = (
  response: HttpServerResponse.HttpServerResponse,
  due: Option.Option<Cookies.Cookie>
): HttpServerResponse.HttpServerResponse => {
  if (
    Option.isNone(due) ||
    isShared(response.headers["cache-control"]) ||
    Option.isSome(Cookies.get(response.cookies, due.value.name))
  ) {
    return response
  }
  const kept = HttpServerResponse.mergeCookies(response, Cookies.fromIterable([due.value]))
  return "cache-control" in response.headers
    ? kept
    : HttpServerResponse.setHeader(kept, "cache-control", "private")
}

/** The same for a `Response`, whose headers may be read only. */
export const withSetCookie = (response: Response, due: string | undefined): Response => {
  const control = response.headers.get("cache-control") ?? undefined
  const name = due?.slice(0, due.indexOf("=") + 1)
  if (
    due === undefined ||
    name === undefined ||
    isShared(control) ||
    response.headers.getSetCookie().some((cookie) => cookie.startsWith(name))
  ) {
    return response
  }
  const headers = new Headers(response.headers)
  headers.append("set-cookie", due)
  if (control === undefined) {
    headers.set("cache-control", "private")
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

export const make = (options: {
  readonly cookie: BrowserCookie
  readonly sessions: SessionService
  readonly onLogout: (key: SessionKey) => Effect.Effect<void>
  readonly idleTimeout: Duration.DurationInput | undefined
  readonly absoluteTimeout: Duration.DurationInput | undefined
}): Effect.Effect<BrowserSession, LoginRoutesMisconfigured> =>
  Effect.gen(function* () {
    const { cookie, onLogout, sessions } = options
    const hasEnds = options.idleTimeout !== undefined || options.absoluteTimeout !== undefined
    const idle = yield* millisOf("idleTimeout", options.idleTimeout)
    const absolute = yield* millisOf("absoluteTimeout", options.absoluteTimeout)
    const pause = Math.min(longestPause, idle / 10)
    const cookieOf = (response: HttpServerResponse.HttpServerResponse) =>
      Cookies.get(response.cookies, cookie.name)
    const cleared = cookieOf(cookie.clear(HttpServerResponse.empty()))

    /** Whether the record is gone. If it is not, the cookie stays, so that the next request tries again. */
    const end = Effect.fnUntraced(
      function* (key: SessionKey) {
        const isThere = yield* sessions.session.pipe(
          Effect.map(({ _tag }) => _tag !== "SignedOut"),
          // A sign-out replaces such a record
          Effect.catchTag("TokenStoreCorrupt", () => Effect.succeed(true))
        )
        if (isThere) {
          yield* sessions.signOut
          yield* onLogout(key)
        }
        return true
      },
      (ended, key) => withSession(ended, key),
      // A browser that goes away in between must not cost the program the news
      Effect.uninterruptible,
      Effect.catchAll((error) =>
        Effect.as(Effect.logWarning(`A session past its end is still in the store: ${error.message}`), false)
      )
    )

    /** A clock set back takes the times along: what had passed by the last request has passed. */
    const placed = (times: Times, now: number): Times => {
      const back = times.seen - now
      return back > skew ? { loggedIn: times.loggedIn - back, seen: now } : times
    }

    const present = Effect.fnUntraced(function* (header: string | undefined) {
      const found = yield* cookie.read(header)
      if (Option.isNone(found)) {
        return nobody
      }
      const { id, times } = found.value
      const key = SessionKey(id)
      if (!hasEnds) {
        return { ...nobody, key: Option.some(key) }
      }
      const now = yield* Clock.currentTimeMillis
      const known = times && placed(times, now)
      if (known === undefined || now - known.seen >= idle || now - known.loggedIn >= absolute) {
        return (yield* end(key)) ? { ...nobody, cookie: cleared } : { ...nobody, left: Option.some(key) }
      }
      const isDue = known !== times || now - known.seen >= pause
      const renewed = isDue
        ? cookieOf(yield* cookie.set(HttpServerResponse.empty(), id, { ...known, seen: now }))
        : Option.none()
      return { ...nobody, key: Option.some(key), cookie: renewed }
    })

    return {
      present,
      dueCookie: (header) =>
        hasEnds ? Effect.map(present(header), ({ cookie }) => cookie) : Effect.succeed(Option.none()),
      signedIn: Effect.fnUntraced(function* (response, login, before) {
        if (!hasEnds) {
          return yield* cookie.set(response, login.key)
        }
        if (Option.contains(before, login.key)) {
          return response
        }
        const now = yield* Clock.currentTimeMillis
        const at = Option.match(login.authorizedAt, { onNone: () => now, onSome: DateTime.toEpochMillis })
        return yield* cookie.set(response, login.key, { loggedIn: at, seen: at })
      }),
      clear: cookie.clear
    }
  })
