/** What other people, other sites and broken browsers send to the routes of a web server's login. */
import { HttpMiddleware } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { LoginRoutes, Session, SessionService } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

import * as TestClock from "effect/TestClock"
import { expectNoLeak, shown } from "../support/canaries.js"
import { Browser, codesExchanged, environment, instance, type Reply, secret } from "./support/routesServer.js"
import { assertStatic } from "./support/staticPage.js"

const sessionName = "__Host-spotify-session"
const loginName = "__Host-spotify-login"

const stateOf = (target: string) => new URL(target, "https://x").searchParams.get("state") ?? ""

const codeOf = (target: string) => new URL(target, "https://x").searchParams.get("code") ?? ""

const callback = (query: Record<string, string>) => `/auth/callback?${new URLSearchParams(query)}`

/** A page of ours, for people, that no page can frame, cache or learn anything from. */
const isStatic = ({ body, headers, status }: Reply, expected: number, says: string) => {
  assert.strictEqual(status, expected)
  assert.include(body, says)
  assert.strictEqual(headers.get("content-type"), "text/html; charset=utf-8")
  assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none';.*frame-ancestors 'none'/)
  assertStatic(body, headers.get("content-security-policy"))
  assert.strictEqual(headers.get("cache-control"), "no-store")
  assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
  assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
  assert.isNull(headers.get("access-control-allow-origin"))
  assert.isNull(headers.get("set-cookie"))
}

describe("hostile callbacks", () => {
  it.scoped("F1: a state that is wrong, missing, empty, cut, off by one or too long; the login goes on", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      const [state, code] = [stateOf(target), codeOf(target)]
      const last = state.endsWith("A") ? "B" : "A"
      for (const wrong of [
        "x",
        "",
        state.slice(1),
        `${state.slice(0, -1)}${last}`,
        `${state}A`,
        state.repeat(9)
      ]) {
        isStatic(yield* browser.send(server, callback({ code, state: wrong })), 400, "not an answer")
      }
      isStatic(yield* browser.send(server, callback({ code })), 400, "not an answer")
      isStatic(yield* browser.send(server, callback({ state })), 400, "not an answer")
      assert.strictEqual(yield* codesExchanged, 0)
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F2: a callback replayed later: over, and one exchange; who is signed in just goes on", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({ afterLogin: "/me" })
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      yield* browser.send(server, target)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* browser.send(server, target)).location, "/me")
      const stranger = yield* new Browser().send(server, target)
      assert.notStrictEqual(stranger.status, 303)
      browser.jar.delete(sessionName)
      const replayed = yield* browser.send(server, target)
      isStatic(replayed, 410, "This sign-in is over")
      const other = `${target}0`.replace(codeOf(target), "another-code")
      assert.notStrictEqual((yield* browser.send(server, other)).status, 303)
      assert.strictEqual(yield* codesExchanged, 1)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F2: a callback replayed after the logout does not bring the session back", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      yield* browser.send(server, target)
      yield* browser.post(server, "/auth/logout")
      isStatic(yield* browser.send(server, target), 410, "This sign-in is over")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F3: an attacker's callback in the victim's browser, and the victim's in the attacker's", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const [attacker, victim, fresh] = [new Browser(), new Browser(), new Browser()]
      const planted = yield* attacker.authorize(server, { user: "premium-listener" })
      const own = yield* victim.authorize(server)
      for (const [browser, target] of [
        [victim, planted],
        [fresh, planted],
        [attacker, own],
        [fresh, own]
      ] as const) {
        isStatic(yield* browser.send(server, target), 403, "began in another browser")
        assert.isFalse(browser.jar.has(sessionName))
      }
      assert.strictEqual(yield* codesExchanged, 0)
      // Neither login was spoilt
      assert.strictEqual((yield* victim.send(server, own)).status, 303)
      assert.strictEqual((yield* victim.send(server, "/me")).body, "free-listener")
      assert.strictEqual((yield* attacker.send(server, planted)).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped(
    "F4 F5 F6: parameters twice, a code and an error, another issuer: refused, no token request",
    () =>
      Effect.gen(function* () {
        const { server } = yield* instance()
        const browser = new Browser()
        const target = yield* browser.authorize(server)
        for (const more of [
          "&code=b",
          `&state=${stateOf(target)}`,
          "&state=b",
          "&error=a&error=b",
          "&iss=a&iss=b",
          "&error=access_denied",
          "&iss=https%3A%2F%2Fevil.example"
        ]) {
          isStatic(yield* browser.send(server, `${target}${more}`), 400, "not an answer")
        }
        assert.strictEqual(yield* codesExchanged, 0)
        assert.strictEqual((yield* browser.send(server, target)).status, 303)
      }).pipe(Effect.provide(environment()))
  )

  it.scoped("F7: an error with markup, escapes, CRLF or 12 KB is shown as its kind only", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      for (const text of [
        "<script>canary()</script>",
        "\u001b]0;canary\u0007",
        "a\r\nSet-Cookie: canary=1",
        "canary".repeat(1000)
      ]) {
        const browser = new Browser()
        const state = stateOf(yield* browser.authorize(server))
        const reply = yield* browser.send(
          server,
          callback({ error: text, error_description: text.slice(0, 100), error_uri: "https://canary", state })
        )
        isStatic(reply, 403, "Nothing was shared")
        assert.notMatch(reply.text, /canary/)
      }
      const refused = yield* new Browser().login(server, { decision: "deny" })
      isStatic(refused, 403, "You did not give consent")
      assert.include(refused.body, '<a href="/auth/login">')
      const browser = new Browser()
      const state = stateOf(yield* browser.authorize(server))
      const down = yield* browser.send(server, callback({ error: "temporarily_unavailable", state }))
      isStatic(down, 503, "try again")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F15: an attacker's code with the victim's state fails on PKCE, and changes nothing", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const [attacker, victim] = [new Browser(), new Browser()]
      yield* victim.login(server)
      const stolen = codeOf(yield* attacker.authorize(server, { user: "premium-listener" }))
      const state = stateOf(yield* victim.authorize(server))
      isStatic(yield* victim.send(server, callback({ code: stolen, state })), 400, "did not accept")
      assert.strictEqual((yield* victim.send(server, "/me")).body, "free-listener")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F17: returnTo leads nowhere but into the app, and not into the login again", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({ afterLogin: "/home" })
      const hostile = [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "/%2f/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/..//evil.example",
        " //evil.example",
        "\u0000/",
        "/auth/login",
        "/auth/login?returnTo=/auth/login",
        "/auth/callback?code=1",
        `/${"a".repeat(3000)}`
      ]
      for (const wanted of hostile) {
        const login = `/auth/login?${new URLSearchParams({ returnTo: wanted })}`
        const { location } = yield* new Browser().login(server, { login })
        assert.strictEqual(location, "/home", JSON.stringify(wanted))
      }
      const { location } = yield* new Browser().login(server, {
        login: "/auth/login?returnTo=/a%3Fb%3Dc%23d"
      })
      assert.strictEqual(location, "/a?b=c#d")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F17: whatever returnTo is, the browser stays at the app", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const wanted = FastCheck.array(
        FastCheck.oneof(
          FastCheck.constantFrom(
            "/",
            "\\",
            "%2f",
            "%5c",
            ".",
            "..",
            "@",
            ":",
            "?",
            "#",
            "evil.example",
            "\t"
          ),
          FastCheck.string({ unit: "binary", maxLength: 4 })
        ),
        { maxLength: 8 }
      ).map((parts) => `/${parts.join("")}`)
      for (const path of FastCheck.sample(wanted, { numRuns: 40, seed: 20261124 })) {
        const login = `/auth/login?${new URLSearchParams({ returnTo: path })}`
        const { location } = yield* new Browser().login(server, { login })
        assert.strictEqual(new URL(location ?? "", "https://app.example").origin, "https://app.example")
        assert.match(location ?? "", /^\/(?![/\\])[\x21-\x7e]*$/)
      }
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("H4: a login that took over ten minutes is told so", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      yield* TestClock.adjust("10 minutes")
      const reply = yield* browser.send(server, target)
      assert.include([400, 410], reply.status)
      assert.strictEqual(yield* codesExchanged, 0)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("an address that is too long is refused on every route", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      const long = "a".repeat(17_000)
      isStatic(yield* browser.send(server, `${target}&x=${long}`), 414, "too long")
      isStatic(yield* browser.send(server, `/auth/login?returnTo=/${long}`), 414, "too long")
      isStatic(yield* browser.send(server, `/auth/status?${long}`), 414, "too long")
      isStatic(yield* browser.post(server, `/auth/logout?${long}`), 414, "too long")
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
    }).pipe(Effect.provide(environment()))
  )
})

describe("hostile requests", () => {
  it.scoped("other methods get 405 and do nothing", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      yield* browser.login(server)
      const target = yield* browser.authorize(server)
      for (const [path, allow] of [
        ["/auth/login", "GET, POST"],
        [target, "GET"],
        ["/auth/logout", "POST"],
        ["/auth/status", "GET"]
      ] as const) {
        for (const method of ["HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
          if (!allow.split(", ").includes(method)) {
            const reply = yield* browser.send(server, path, {
              method,
              headers: { origin: "https://app.example" }
            })
            assert.strictEqual(reply.status, 405, `${method} ${path}`)
            assert.strictEqual(reply.headers.get("allow"), allow)
            assert.isNull(reply.headers.get("set-cookie"))
          }
        }
      }
      assert.strictEqual((yield* browser.send(server, "/me")).status, 200)
      assert.strictEqual(yield* codesExchanged, 1)
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("F9: other spellings of a path are other paths", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const query = (yield* browser.authorize(server)).split("?")[1] ?? ""
      for (const path of [
        "/auth/callback/",
        "/auth//callback",
        "/auth/callback%2f",
        "/AUTH/callback",
        "/auth/callback;a"
      ]) {
        assert.strictEqual((yield* browser.send(server, `${path}?${query}`)).status, 404)
      }
      assert.strictEqual(yield* codesExchanged, 0)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("CSRF: another site can neither sign a user out nor begin a login unseen", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      yield* browser.login(server)
      const foreign: ReadonlyArray<Record<string, string>> = [
        {},
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: "https://app.example.evil.example" },
        { origin: "http://app.example" },
        { origin: "https://app.example:8443" },
        { "sec-fetch-site": "cross-site", origin: "https://app.example" },
        { "sec-fetch-site": "same-site", origin: "https://app.example" },
        { "sec-fetch-site": "none" },
        { "sec-fetch-site": "" }
      ]
      for (const headers of foreign) {
        for (const path of ["/auth/logout", "/auth/login"]) {
          isStatic(yield* browser.send(server, path, { method: "POST", headers }), 403, "another website")
        }
      }
      for (const path of ["/auth/login", "/auth/callback?code=a&state=b", "/auth/status"]) {
        const headers = {
          "sec-fetch-site": "cross-site",
          "sec-fetch-mode": "no-cors",
          "sec-fetch-dest": "image"
        }
        isStatic(yield* browser.send(server, path, { headers }), 403, "another website")
        for (const frame of ["iframe", "embed", "object"]) {
          const framed = { ...headers, "sec-fetch-mode": "navigate", "sec-fetch-dest": frame }
          isStatic(yield* browser.send(server, path, { headers: framed }), 403, "another website")
        }
      }
      assert.strictEqual((yield* browser.send(server, "/me")).status, 200)
      // Pages without a referrer send no origin worth the name, and are the app's own all the same
      const own = { "sec-fetch-site": "same-origin", origin: "null" }
      assert.strictEqual(
        (yield* browser.send(server, "/auth/logout", { method: "POST", headers: own })).status,
        303
      )
      assert.strictEqual((yield* browser.post(server, "/auth/login")).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("CSRF: a link of another site does not replace a session; a click on our own page does", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({ afterLogin: "/me" })
      const browser = new Browser()
      const login = "/auth/login?returnTo=%2Fa%3Fb%3D%22%3E%3Cc%26d"
      const from = (site: string) => ({
        headers: { "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }
      })
      // Nobody is signed in: links elsewhere lead to the login
      assert.strictEqual((yield* browser.send(server, login, from("cross-site"))).status, 303)
      yield* browser.login(server)
      const kept = browser.jar.get(sessionName)
      for (const site of ["cross-site", "same-site", "", "Cross-Site", "none, cross-site", "x"]) {
        const reply = yield* browser.send(server, login, from(site))
        isStatic(reply, 200, "You are signed in already")
        const [, link = ""] = /<a href="([^"]+)">/.exec(reply.body) ?? []
        const path = link.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
        assert.strictEqual(new URL(path, "https://app.example").pathname, "/auth/login")
        assert.strictEqual(
          new URL(path, "https://app.example").searchParams.get("returnTo"),
          "/a?b=%22%3E%3Cc&d"
        )
      }
      assert.strictEqual(browser.jar.get(sessionName), kept)
      const hostile = "/auth/login?returnTo=//evil.example"
      const reply = yield* browser.send(server, hostile, from("cross-site"))
      isStatic(reply, 200, "You are signed in already")
      assert.notInclude(reply.body, "evil")
      assert.strictEqual((yield* browser.send(server, "/me", from("cross-site"))).status, 200)
      for (const init of [{}, from("none"), from("same-origin")]) {
        assert.match((yield* browser.send(server, login, init)).location ?? "", /authorize\?/)
      }
      // A session that is over is nothing to lose
      yield* browser.post(server, "/auth/logout")
      browser.jar.set(sessionName, kept ?? "")
      assert.strictEqual((yield* browser.send(server, login, from("cross-site"))).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("a prefetch, a prerender or a preview uses nothing up, and is not kept", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      const jar = new Map(browser.jar)
      const guesses = [
        { "sec-purpose": "prefetch" },
        { "sec-purpose": "prefetch;prerender" },
        { "sec-purpose": "prefetch;anonymous-client-ip" },
        { "sec-purpose": "Prerender" },
        { purpose: "prefetch" },
        { purpose: "PREVIEW" },
        { "x-moz": "prefetch" },
        { "x-purpose": "preview" },
        { "x-purpose": ": preview" },
        { purpose: "x, prefetch", "sec-fetch-site": "none" },
        { "x-sec-purpose": "prefetch" },
        { "next-router-prefetch": "1", rsc: "1" },
        { "x-middleware-prefetch": "1" }
      ] as const
      const refused = (path: string, method = "GET") =>
        Effect.forEach(guesses, (headers) =>
          Effect.map(
            browser.send(server, path, { method, headers: { origin: "https://app.example", ...headers } }),
            (reply) => {
              assert.deepStrictEqual([reply.status, reply.body, reply.location], [503, "", null])
              assert.strictEqual(reply.headers.get("cache-control"), "no-store")
              assert.isNull(reply.headers.get("set-cookie"))
            }
          )
        )
      yield* refused(target)
      yield* refused("/auth/login")
      yield* refused("/auth/login", "POST")
      assert.deepStrictEqual(browser.jar, jar)
      assert.strictEqual(yield* codesExchanged, 0)
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
      yield* refused("/auth/logout", "POST")
      yield* refused("/auth/logout")
      // What is asked for and what reads are as before
      const headers = { "sec-purpose": "prefetch" }
      assert.strictEqual((yield* browser.send(server, "/me", { headers })).status, 200)
      assert.strictEqual((yield* browser.send(server, "/auth/status", { headers })).status, 200)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("fixation: a session that somebody planted is never the one that a login fills", () =>
    Effect.gen(function* () {
      const { runtime, server } = yield* instance()
      const [attacker, victim] = [new Browser(), new Browser()]
      yield* attacker.login(server, { user: "premium-listener" })
      const planted = attacker.jar.get(sessionName) ?? ""
      victim.jar.set(sessionName, planted)
      const target = yield* victim.authorize(server)
      assert.strictEqual(victim.jar.get(sessionName), planted)
      yield* victim.send(server, target)
      const own = victim.jar.get(sessionName) ?? ""
      assert.notStrictEqual(own, planted)
      assert.strictEqual((yield* victim.send(server, "/me")).body, "free-listener")
      assert.notStrictEqual((yield* attacker.send(server, "/me")).body, "free-listener")
      yield* victim.login(server)
      assert.notStrictEqual(victim.jar.get(sessionName), own)
      const sessions = Context.get(runtime.context, SessionService.SessionService)
      const key = Session.SessionKey(own.split(".")[0] ?? "")
      assert.strictEqual((yield* SessionService.withSession(sessions.session, key))._tag, "SignedOut")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("tampering: a cookie changed anywhere, cut, doubled, moved or unsigned is no cookie", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      const binding = browser.jar.get(loginName) ?? ""
      yield* browser.send(server, target)
      const good = browser.jar.get(sessionName) ?? ""
      const status = (cookie: string) =>
        Effect.map(new Browser().send(server, "/me", { headers: { cookie } }), (reply) => reply.status)
      assert.strictEqual(yield* status(`${sessionName}=${good}`), 200)
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      for (let at = 0; at < good.length; at++) {
        // The last of 43 characters holds two bits that no byte needs, so each of its neighbours is tried
        const others = at === 42 || at === good.length - 1 ? [...alphabet] : ["A", "_"]
        for (const other of others.filter((character) => character !== good[at])) {
          const bad = `${good.slice(0, at)}${other}${good.slice(at + 1)}`
          assert.strictEqual(yield* status(`${sessionName}=${bad}`), 401, bad)
        }
      }
      const [id = "", mac = ""] = good.split(".")
      const [, loginMac = ""] = binding.split(".")
      for (const bad of [
        "",
        ".",
        id,
        mac,
        `${id}.`,
        `.${mac}`,
        `${mac}.${id}`,
        `${id}.${loginMac}`,
        binding,
        `${good}=`,
        `${good}.`,
        `${good}.${mac}`,
        `"${good}`,
        `${good}%00`,
        good.slice(0, -1),
        `${good}A`,
        good.repeat(40),
        "a".repeat(4000)
      ]) {
        assert.strictEqual(yield* status(`${sessionName}=${bad}`), 401, bad)
      }
      assert.strictEqual(yield* status(`spotify-session=${good}; x=${good}; ${sessionName}`), 401)
      // The good one is found among rubbish of the same name
      assert.strictEqual(yield* status(`${sessionName}=rubbish; ${sessionName}=${good}; a=b`), 200)
      // Two that are both good: one of them was planted
      const second = new Browser()
      yield* second.login(server, { user: "premium-listener" })
      const pair = `${sessionName}=${good}; ${sessionName}=${second.jar.get(sessionName)}`
      assert.strictEqual(yield* status(pair), 401)
      // More than any browser sends
      assert.strictEqual(yield* status(`${sessionName}=${good}; x=${"a".repeat(20_000)}`), 401)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("planting: a name or value with any blank of Unicode about it is another cookie", () =>
    Effect.gen(function* () {
      const { runtime } = yield* instance()
      const { sessionOf } = Context.get(runtime.context, LoginRoutes.LoginRoutes)
      const { server } = yield* instance()
      const [victim, attacker] = [new Browser(), new Browser()]
      yield* victim.login(server)
      yield* attacker.login(server, { user: "premium-listener" })
      const good = victim.jar.get(sessionName) ?? ""
      const planted = attacker.jar.get(sessionName) ?? ""
      const idOf = (signed: string) => Option.some(signed.split(".")[0])
      // As Node hands bytes over, and as workerd does with whole characters
      const blanks = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
        (character) =>
          /[\s\p{Z}\p{C}\u00b7\u2800]/u.test(character) && character !== "\t" && character !== " "
      )
      assert.includeMembers(blanks, ["\u00a0", "\u2000", "\u3000", "\ufeff", "\u0085", "\u180e", "\u200b"])
      for (const blank of blanks.filter((_, at) => at < 400 || at % 97 === 0)) {
        for (const [before, after] of [
          [blank, ""],
          ["", blank],
          [blank, blank],
          [` ${blank}`, ""],
          ["", `${blank} `]
        ] as const) {
          const name = `${before}${sessionName}${after}`
          const value = `${before}${planted}${after}`
          const shown = JSON.stringify(blank)
          assert.deepStrictEqual(yield* sessionOf(`${name}=${planted}`), Option.none(), shown)
          assert.deepStrictEqual(yield* sessionOf(`${sessionName}=${value}`), Option.none(), shown)
          for (const header of [
            `${name}=${planted}; ${sessionName}=${good}`,
            `${sessionName}=${good}; ${name}=${planted}`,
            `${sessionName}=${value}; ${sessionName}=${good}`
          ]) {
            assert.deepStrictEqual(yield* sessionOf(header), idOf(good), shown)
          }
        }
      }
      // What RFC 6265 strips, and nothing else
      for (const blank of ["", " ", "\t", " \t \t"]) {
        const header = `a=b;${blank}${sessionName}${blank}=${blank}${good}${blank};c=d`
        assert.deepStrictEqual(yield* sessionOf(header), idOf(good))
        assert.deepStrictEqual(yield* sessionOf(`${header};${blank}${sessionName}=${planted}`), Option.none())
      }
      for (const name of [
        "=",
        `=${sessionName}`,
        `${sessionName}\0`,
        `"${sessionName}"`,
        sessionName.toLowerCase()
      ]) {
        assert.deepStrictEqual(yield* sessionOf(`${name}=${planted}`), Option.none())
      }
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("tampering: a login cookie that is changed or another's does not complete the login", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      const good = browser.jar.get(loginName) ?? ""
      const flipped = `${good.startsWith("A") ? "B" : "A"}${good.slice(1)}`
      for (const bad of [flipped, good.slice(0, 43), "", "a".repeat(5000)]) {
        browser.jar.set(loginName, bad)
        isStatic(yield* browser.send(server, target), 403, "began in another browser")
      }
      browser.jar.set(loginName, good)
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
    }).pipe(Effect.provide(environment()))
  )
})

describe("canaries", () => {
  it.effect("F24: no code, state, token, cookie or secret in a log, span, error or page", () => {
    const secrets: Array<string> = [secret, "5ec3e7000000411e8f2b9d6c4a1b7f03"]
    const lines: Array<string> = []
    // What a log shows; the fiber's own context, in which the request is, is for no log
    const logger = Logger.map(Logger.structuredLogger, (line) => void lines.push(shown(line)))
    return expectNoLeak(
      () => secrets,
      Effect.gen(function* () {
        // With the platform's access log and spans, which would hold addresses and headers
        const { runtime, server } = yield* instance({}, (app) => HttpMiddleware.logger(app))
        const browser = new Browser()
        const pages: Array<string> = []
        const target = yield* browser.authorize(server)
        secrets.push(stateOf(target), codeOf(target))
        for (const [name, value] of browser.jar) {
          secrets.push(value, `${name}=${value}`)
        }
        pages.push((yield* new Browser().send(server, target)).text)
        pages.push((yield* browser.send(server, `${target}&iss=x`)).text)
        pages.push((yield* browser.send(server, target.replace("code=", "code=canary"))).text)
        const again = yield* browser.authorize(server)
        secrets.push(stateOf(again), codeOf(again))
        yield* browser.send(server, again)
        const cookie = browser.jar.get(sessionName) ?? ""
        secrets.push(cookie, cookie.split(".")[1] ?? "-")
        const sessions = Context.get(runtime.context, SessionService.SessionService)
        const key = Session.SessionKey(cookie.split(".")[0] ?? "")
        secrets.push(Redacted.value(yield* SessionService.withSession(sessions.accessToken, key)))
        pages.push((yield* browser.send(server, "/auth/status")).text)
        pages.push((yield* browser.send(server, "/me")).text)
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        yield* controls.faults.plan([
          {
            fault: { kind: "error", status: 503, format: "html" },
            target: "accounts",
            method: "POST",
            times: 1
          }
        ])
        const third = yield* browser.authorize(server)
        secrets.push(stateOf(third), codeOf(third))
        const outage = yield* browser.send(server, third)
        isStatic(outage, 503, "try again")
        pages.push(outage.text)
        pages.push((yield* browser.post(server, "/auth/logout")).text)
        for (const page of pages) {
          for (const text of secrets) {
            assert.notInclude(page, text)
          }
          assert.notInclude(page, "canary")
        }
        // One access line for each request but the callbacks, and the outage
        assert.strictEqual(lines.filter((line) => line.includes("Sent HTTP response")).length, 6)
        assert.isTrue(lines.some((line) => line.includes("A login request failed")))
        for (const text of secrets) {
          assert.notInclude(lines.join("\n"), text)
        }
      }).pipe(
        Effect.locally(FiberRef.currentLoggers, HashSet.make(logger)),
        Effect.scoped,
        Effect.provide(environment())
      )
    )
  })
})

describe("logins that nobody finishes", () => {
  it.scoped("a flood is turned away for a while with a page that says so, and told once in the log", () =>
    Effect.suspend(() => {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      return Effect.gen(function* () {
        const { server } = yield* instance({}, undefined, { maxPendingLogins: 20 })
        const early = new Browser()
        const target = yield* early.authorize(server)
        for (let count = 1; count < 20; count++) {
          assert.strictEqual((yield* new Browser().send(server, "/auth/login")).status, 303)
        }
        yield* TestClock.adjust("1 minute")
        for (let count = 0; count < 100; count++) {
          const reply = yield* new Browser().send(server, "/auth/login")
          isStatic(reply, 503, "Please try again in a few minutes")
          assert.strictEqual(reply.headers.get("retry-after"), "540")
        }
        assert.strictEqual(lines.filter((line) => line.includes("maxPendingLogins")).length, 1)
        // Who came before is not the one to suffer, and makes room for another
        assert.strictEqual((yield* early.send(server, target)).status, 303)
        assert.strictEqual((yield* new Browser().send(server, "/auth/login")).status, 303)
        assert.strictEqual((yield* new Browser().send(server, "/auth/login")).status, 503)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual((yield* new Browser().send(server, "/auth/login")).status, 303)
      }).pipe(Effect.provide([environment(), Logger.replace(Logger.defaultLogger, logger)]))
    })
  )

  it.scoped("a browser that loads the login again and again has four that wait, the latest", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({}, undefined, { maxPendingLogins: 10 })
      const browser = new Browser()
      const targets: Array<string> = []
      for (let count = 0; count < 50; count++) {
        targets.push(yield* browser.authorize(server))
      }
      isStatic(yield* browser.send(server, targets[45] ?? ""), 400, "not an answer")
      assert.strictEqual((yield* browser.send(server, targets[46] ?? "")).status, 303)
      // The others had room all the while
      assert.strictEqual((yield* new Browser().send(server, "/auth/login")).status, 303)
    }).pipe(Effect.provide(environment()))
  )
})
