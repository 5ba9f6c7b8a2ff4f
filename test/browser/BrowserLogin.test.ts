import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService } from "effect-spotify"
import { BrowserLogin } from "effect-spotify/browser"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { expectNoLeak } from "../support/canaries.js"
import * as FakeBrowser from "./fakeBrowser.js"

const login = BrowserLogin.BrowserLogin
const handleRedirect = Effect.flatMap(login, (service) => service.handleRedirect)
const signIn = (options?: BrowserLogin.SignInOptions) =>
  Effect.flatMap(login, (service) => service.signIn(options))

/** Lets the other fibers come to where they wait. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

const stateOf = (url: string): string => new URL(url).searchParams.get("state") ?? ""

const answer = (tab: FakeBrowser.Tab, query: string): void => {
  const state = stateOf(tab.href)
  tab.href = `${FakeBrowser.redirectUri}?${query}&state=${state}`
  tab.history.push(tab.href)
}

/** A tab that has been to Spotify and is back at the redirect URI. */
const returned = (
  browser: FakeBrowser.FakeBrowser,
  options: BrowserLogin.SignInOptions = {},
  query = "code=code-1"
) =>
  Effect.gen(function* () {
    const tab = browser.tab()
    const leaving = yield* Effect.fork(browser.load(tab, signIn(options)))
    yield* settle
    assert.include(tab.href, "https://accounts.spotify.com/authorize?")
    // The page is gone, and its program with it
    yield* Fiber.interrupt(leaving)
    answer(tab, query)
    return tab
  })

const exchanges = ({ server }: FakeBrowser.FakeBrowser) =>
  server.requests.filter(({ form }) => form.get("grant_type") === "authorization_code").length

describe("BrowserLogin.handleRedirect", () => {
  it.effect("completes the login, and shows returnTo in place of code and state", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser, { returnTo: "/playlists?sort=name#top" })
      const session = Option.getOrThrow(yield* browser.load(tab, handleRedirect))
      assert.deepInclude(session, { _tag: "Active", returnTo: "/playlists?sort=name#top" })
      assert.strictEqual(tab.href, "http://127.0.0.1:5173/playlists?sort=name#top")
      assert.notInclude(tab.history.at(-1) ?? "", "code")
      assert.strictEqual(tab.notes.size, 0)
      const [request] = browser.server.requests
      assert.strictEqual(request?.form.get("redirect_uri"), FakeBrowser.redirectUri)
      assert.isNull(request?.form.get("client_secret") ?? null)
      assert.isTrue(Option.isNone(yield* browser.load(tab, handleRedirect)))
    })
  )

  it.effect("F17: returnTo leads nowhere else", () =>
    Effect.gen(function* () {
      for (const returnTo of ["//evil.example", "/\\evil.example", "https:evil", "/%2f/evil", "/\t/evil"]) {
        const browser = yield* FakeBrowser.make
        const tab = yield* returned(browser, { returnTo })
        yield* browser.load(tab, handleRedirect)
        assert.strictEqual(tab.href, "http://127.0.0.1:5173/", returnTo)
      }
    })
  )

  it.effect("a plain visit gives none and leaves the address alone", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      for (const href of [
        "http://127.0.0.1:5173/",
        "http://127.0.0.1:5173/callback",
        "http://127.0.0.1:5173/callback?code=1",
        "http://127.0.0.1:5173/callback?state=1",
        "http://127.0.0.1:5173/other?code=1&state=2",
        "http://127.0.0.1:9999/callback?code=1&state=2"
      ]) {
        const tab = browser.tab(href)
        assert.isTrue(Option.isNone(yield* browser.load(tab, handleRedirect)), href)
        assert.strictEqual(tab.href, href)
      }
      assert.strictEqual(browser.server.requests.length, 0)
    })
  )

  it.effect("F2: twice at once, as in StrictMode: one exchange, both get the session", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser)
      const both = yield* browser.load(tab, Effect.all([handleRedirect, handleRedirect], { concurrency: 2 }))
      assert.isTrue(both.every(Option.isSome))
      assert.strictEqual(exchanges(browser), 1)
    })
  )

  it.effect("a component that goes away does not take the login with it", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const gate = yield* Deferred.make<void>()
      browser.server.before = Deferred.await(gate)
      const tab = yield* returned(browser)
      const session = yield* browser.load(
        tab,
        Effect.gen(function* () {
          const first = yield* Effect.fork(handleRedirect)
          yield* settle
          yield* Fiber.interrupt(first)
          const second = yield* Effect.fork(handleRedirect)
          yield* settle
          yield* Deferred.succeed(gate, undefined)
          return yield* Fiber.join(second)
        })
      )
      assert.isTrue(Option.isSome(session))
      assert.strictEqual(exchanges(browser), 1)
    })
  )

  it.effect("F2: in two tabs: one exchange, both get the session and clean their address", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const one = yield* returned(browser)
      const two = browser.tab(one.href)
      const running = yield* Effect.fork(
        Effect.all([browser.load(one, handleRedirect), browser.load(two, handleRedirect)], { concurrency: 2 })
      )
      // The second tab asks whether it is a popup, for a second
      yield* settle
      yield* TestClock.adjust("2 seconds")
      const both = yield* Fiber.join(running)
      assert.isTrue(both.every(Option.isSome))
      assert.strictEqual(exchanges(browser), 1)
      assert.deepStrictEqual([one.href, two.href], ["http://127.0.0.1:5173/", "http://127.0.0.1:5173/"])
    })
  )

  /** A page that is loaded, and goes away while Spotify still thinks about the code. */
  const cutOff = (browser: FakeBrowser.FakeBrowser, tab: FakeBrowser.Tab) =>
    Effect.gen(function* () {
      browser.server.before = Effect.never
      // Nothing of a page that is gone runs on, and no finalizer did
      yield* Effect.forkDaemon(browser.load(tab, handleRedirect))
      yield* settle
      browser.server.before = Effect.void
      yield* browser.freeLocks
    })

  it.effect("a reload that cuts the exchange off begins the login once more, as it was", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser, { returnTo: "/playlists", scopes: ["user-library-read"] })
      const first = stateOf(tab.href)
      yield* cutOff(browser, tab)
      const again = yield* Effect.fork(browser.load(tab, handleRedirect))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      const authorize = new URL(tab.href)
      assert.strictEqual(authorize.origin, "https://accounts.spotify.com")
      assert.strictEqual(authorize.searchParams.get("scope"), "user-library-read")
      assert.notStrictEqual(stateOf(tab.href), first)
      assert.isFalse(tab.history.some((entry) => entry.includes("code=")))
      yield* Fiber.interrupt(again)
      answer(tab, "code=code-2")
      const session = Option.getOrThrow(yield* browser.load(tab, handleRedirect))
      assert.deepInclude(session, { _tag: "Active", returnTo: "/playlists" })
      assert.strictEqual(tab.href, "http://127.0.0.1:5173/playlists")
      assert.strictEqual(tab.notes.size, 0)
    })
  )

  it.effect("a second reload of that kind ends the login, so that no page goes round for ever", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser)
      yield* cutOff(browser, tab)
      const again = yield* Effect.fork(browser.load(tab, handleRedirect))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* Fiber.interrupt(again)
      answer(tab, "code=code-2")
      yield* cutOff(browser, tab)
      const ending = yield* Effect.fork(Effect.flip(browser.load(tab, handleRedirect)))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(ending), { _tag: "LoginNotFinished", reason: "Reloaded" })
      assert.strictEqual(tab.href, FakeBrowser.redirectUri)
      assert.strictEqual(tab.notes.size, 0)
    })
  )

  it.effect("a reload after the exchange finds the session, and begins nothing", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser, { returnTo: "/playlists" })
      const { href } = tab
      const notes = new Map(tab.notes)
      yield* browser.load(tab, handleRedirect)
      // The page went away before it could clean up
      tab.href = href
      for (const [key, value] of notes) {
        tab.notes.set(key, value.replace('"isExchanging":false', '"isExchanging":true'))
      }
      assert.notDeepEqual(new Map(tab.notes), notes)
      const session = Option.getOrThrow(yield* browser.load(tab, handleRedirect))
      assert.deepInclude(session, { _tag: "Active", returnTo: "/playlists" })
      assert.strictEqual(exchanges(browser), 1)
    })
  )

  it.effect("the back button: Spotify answers again with another code, which is not exchanged", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser)
      const state = stateOf(tab.href)
      yield* browser.load(tab, handleRedirect)
      tab.href = `${FakeBrowser.redirectUri}?code=code-2&state=${state}`
      const running = yield* Effect.fork(browser.load(tab, handleRedirect))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(running))._tag, "Active")
      assert.strictEqual(exchanges(browser), 1)
      assert.strictEqual(tab.href, "http://127.0.0.1:5173/")
    })
  )

  it.effect("F24: neither code nor state can be seen anywhere, whether it works or not", () =>
    Effect.gen(function* () {
      for (const query of ["code=canary-code", "error=access_denied"]) {
        const browser = yield* FakeBrowser.make
        const tab = yield* returned(browser, {}, query)
        const state = stateOf(tab.href)
        yield* expectNoLeak(() => ["canary-code", state], Effect.exit(browser.load(tab, handleRedirect)))
        assert.isFalse(tab.history.some((url) => url.includes("canary-code")))
      }
    })
  )

  it.effect("refused consent is AuthorizationDenied, once, and the address is clean", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = yield* returned(browser, {}, "error=access_denied")
      const error = yield* Effect.flip(browser.load(tab, handleRedirect))
      assert.deepInclude(error, { _tag: "AuthorizationDenied", code: "access_denied" })
      assert.strictEqual(tab.href, FakeBrowser.redirectUri)
      assert.isTrue(Option.isNone(yield* browser.load(tab, handleRedirect)))
    })
  )

  it.effect("F1: an answer to no login of this browser is refused and asks nobody", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = browser.tab(`${FakeBrowser.redirectUri}?code=attack&state=forged`)
      const running = yield* Effect.fork(Effect.flip(browser.load(tab, handleRedirect)))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(yield* Fiber.join(running), {
        _tag: "AuthorizationResponseInvalid",
        reason: "State"
      })
      assert.strictEqual(browser.server.requests.length, 0)
      assert.strictEqual(tab.href, FakeBrowser.redirectUri)
    })
  )
})

describe("BrowserLogin.signIn by redirect", () => {
  it.effect("ends only when the user comes back to the page that the browser had kept", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = browser.tab()
      const running = yield* Effect.fork(
        Effect.flip(browser.load(tab, signIn({ scopes: ["user-read-email"] })))
      )
      yield* settle
      const { searchParams } = new URL(tab.href)
      assert.strictEqual(searchParams.get("scope"), "user-read-email")
      assert.strictEqual(searchParams.get("redirect_uri"), FakeBrowser.redirectUri)
      assert.strictEqual(searchParams.get("code_challenge_method"), "S256")
      assert.isTrue(Option.isNone(yield* Fiber.poll(running)))
      yield* Deferred.succeed(tab.back, undefined)
      assert.deepInclude(yield* Fiber.join(running), { _tag: "LoginNotFinished", reason: "CameBack" })
    })
  )

  const places: ReadonlyArray<
    readonly [
      href: string,
      isSecure: boolean,
      reason: BrowserLogin.BrowserLoginUnavailable["reason"],
      says: string
    ]
  > = [
    ["http://192.168.0.7:5173/", false, "InsecureOrigin", "https"],
    ["http://localhost:5173/", true, "Localhost", "http://127.0.0.1:5173"],
    ["http://127.0.0.1:9999/", true, "OtherOrigin", "http://127.0.0.1:5173"]
  ]
  for (const [href, isSecure, reason, says] of places) {
    it.effect(`at ${href} it fails with ${reason} before anything is sent`, () =>
      Effect.gen(function* () {
        const browser = yield* FakeBrowser.make
        const tab = browser.tab(href)
        tab.isSecure = isSecure
        for (const mode of ["redirect", "popup"] as const) {
          const error = yield* Effect.flip(browser.load(tab, signIn({ mode })))
          assert.deepInclude(error, { _tag: "BrowserLoginUnavailable", reason })
          assert.include(error.message, says)
        }
        assert.strictEqual(tab.href, href)
        assert.strictEqual(tab.popups.length, 0)
      })
    )
  }

  it.effect("without a page: handleRedirect gives none, signIn says so", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* handleRedirect))
      assert.deepInclude(yield* Effect.flip(signIn()), { _tag: "BrowserLoginUnavailable", reason: "NoPage" })
    }).pipe(
      Effect.provide(
        Layer.provide(
          BrowserLogin.layer({ redirectUri: FakeBrowser.redirectUri }),
          Layer.succeed(LoginService.LoginService, {} as LoginService.Service)
        )
      )
    )
  )

  it.effect("a redirect URI that Spotify refuses fails the layer", () =>
    Effect.gen(function* () {
      const built = yield* Layer.build(
        Layer.provide(
          BrowserLogin.layer({ redirectUri: "http://localhost:5173/callback" }),
          Layer.succeed(LoginService.LoginService, {} as LoginService.Service)
        )
      ).pipe(Effect.scoped, Effect.either)
      assert.isTrue(Either.isLeft(built))
      if (Either.isLeft(built)) {
        assert.deepInclude(built.left, { _tag: "ClientMisconfigured", code: "redirect_uri_invalid" })
        assert.include(built.left.message, "http://127.0.0.1:5173/callback")
      }
    })
  )
})

describe("BrowserLogin.signIn in a popup", () => {
  const opened = (browser: FakeBrowser.FakeBrowser, options?: Partial<BrowserLogin.Options>) =>
    Effect.gen(function* () {
      const tab = browser.tab()
      const running = yield* Effect.fork(
        Effect.exit(browser.load(tab, signIn({ mode: "popup", returnTo: "/x" }), options))
      )
      yield* settle
      const [popup] = tab.popups
      if (popup === undefined) {
        return assert.fail("no window was opened")
      }
      assert.include(popup.href, "https://accounts.spotify.com/authorize?")
      return { tab, popup, running }
    })

  const failure = (exit: Exit.Exit<unknown, unknown>) =>
    Exit.match(exit, {
      onSuccess: () => assert.fail("it succeeded"),
      onFailure: (cause) => (cause._tag === "Fail" ? cause.error : assert.fail(String(cause)))
    })

  it.effect("the popup hands the answer over and closes, and the page stays where it is", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const { popup, running, tab } = yield* opened(browser)
      answer(popup, "code=code-1")
      // A daemon, because a closed window never goes on
      yield* Effect.forkDaemon(browser.load(popup, handleRedirect))
      const exit = yield* Fiber.join(running)
      assert.isTrue(Exit.isSuccess(exit))
      yield* settle
      assert.isTrue(popup.isClosed)
      assert.strictEqual(tab.href, "http://127.0.0.1:5173/")
      assert.strictEqual(exchanges(browser), 1)
    })
  )

  it.effect("a popup that cannot close itself becomes one more signed-in tab", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const { popup, running } = yield* opened(browser)
      popup.isClosable = false
      answer(popup, "code=code-1")
      const inside = yield* Effect.fork(browser.load(popup, handleRedirect))
      yield* Fiber.join(running)
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(inside))._tag, "Active")
      assert.strictEqual(popup.href, "http://127.0.0.1:5173/x")
      assert.strictEqual(exchanges(browser), 1)
    })
  )

  it.effect("a popup whose opener is gone completes the login itself", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const { popup, running, tab } = yield* opened(browser)
      yield* Fiber.interrupt(running)
      assert.isTrue(popup.isClosed)
      answer(popup, "code=code-1")
      const inside = yield* Effect.fork(browser.load(popup, handleRedirect))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(Option.isSome(yield* Fiber.join(inside)))
      const session = yield* browser.load(
        tab,
        Effect.flatMap(SessionService.SessionService, (service) => service.session)
      )
      assert.strictEqual(session._tag, "Active")
    })
  )

  it.effect("refused consent fails in the opener", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const { popup, running } = yield* opened(browser)
      answer(popup, "error=access_denied")
      yield* Effect.forkDaemon(browser.load(popup, handleRedirect))
      assert.deepInclude(failure(yield* Fiber.join(running)), { _tag: "AuthorizationDenied" })
    })
  )

  it.effect("an answer to another login does not end this one", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const other = yield* returned(browser)
      const { popup, running } = yield* opened(browser)
      const state = stateOf(popup.href)
      answer(popup, "code=code-1")
      popup.href = popup.href.replace(state, stateOf(other.href))
      const inside = yield* Effect.fork(browser.load(popup, handleRedirect))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(inside)
      // The popup completed the other login for itself; this one still waits
      assert.isTrue(Option.isNone(yield* Fiber.poll(running)))
      yield* Fiber.interrupt(running)
    })
  )

  it.effect("blocked, closed and forgotten popups are told apart", () =>
    Effect.gen(function* () {
      const browser = yield* FakeBrowser.make
      const tab = browser.tab()
      tab.blocksPopups = true
      const blocked = yield* Effect.flip(browser.load(tab, signIn({ mode: "popup" })))
      assert.deepInclude(blocked, { _tag: "LoginNotFinished", reason: "PopupBlocked" })

      const closed = yield* opened(browser)
      closed.popup.isClosed = true
      yield* TestClock.adjust("1500 millis")
      assert.deepInclude(failure(yield* Fiber.join(closed.running)), { reason: "PopupClosed" })

      const forgotten = yield* opened(browser, { popupTimeout: "10 seconds" })
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(failure(yield* Fiber.join(forgotten.running)), { reason: "TimedOut" })
      assert.isTrue(forgotten.popup.isClosed)
      assert.strictEqual(browser.server.requests.length, 0)
    })
  )
})
