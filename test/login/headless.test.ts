/** The login of a program whose user has the browser elsewhere: what is pasted, and what is shown. */
import * as PlatformError from "@effect/platform/Error"
import * as Terminal from "@effect/platform/Terminal"
import { assert, describe, it } from "@effect/vitest"
import { Headless, SessionService } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { expectNoLeak, shown } from "../support/canaries.js"
import * as ScriptedTerminal from "./support/scriptedTerminal.js"
import * as WaitingLogin from "./support/waitingLogin.js"

const layer = WaitingLogin.layer("https://example.com/callback")

const urlOn = (screen: string) => /https:\/\/\S+\/authorize\?\S+/.exec(screen)?.[0] ?? ""

/** Agrees in a browser far away, and copies from its address bar. */
const copy =
  (
    edit: (callback: URL, authorizeUrl: string) => string = ({ href }) => href,
    decision: "allow" | "deny" = "allow"
  ) =>
  (screen: string) =>
    Effect.flatMap(SpotifyEmulator.SpotifyEmulator, (emulator) =>
      Effect.map(Effect.orDie(emulator.visit(urlOn(screen), { decision })), (callback) =>
        edit(new URL(callback), urlOn(screen))
      )
    )

const type = (text: string) => () => Effect.succeed(text)

type Step = (screen: string) => Effect.Effect<string, never, SpotifyEmulator.SpotifyEmulator>

/** Runs the login with somebody who types these, with Enter at the end of each. */
const run = (script: ReadonlyArray<Step>, options?: Headless.Options) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const typed: Array<string> = []
    const { shown: screen, terminal } = ScriptedTerminal.make(
      script.map(
        (step) => (seen: string) =>
          step(seen).pipe(
            Effect.provideService(SpotifyEmulator.SpotifyEmulator, emulator),
            Effect.tap((text) => Effect.sync(() => typed.push(text))),
            Effect.map((text) =>
              ["\r", "\u0003", "\u0004"].includes(text.at(-1) ?? "") ? text : `${text}\r`
            )
          )
      )
    )
    const exit = yield* Effect.exit(
      Effect.provideService(Headless.login(options), Terminal.Terminal, terminal)
    )
    return { exit, screen: screen(), typed }
  })

const succeeds = (paste: Step) =>
  Effect.gen(function* () {
    const { exit, screen } = yield* run([paste])
    assert.isTrue(Exit.isSuccess(exit) && exit.value._tag === "Active", screen)
  }).pipe(Effect.provide(layer))

describe("Headless.login", () => {
  const pastes: ReadonlyArray<readonly [string, Step]> = [
    ["the whole address", copy()],
    ["its path and query", copy(({ pathname, search }) => `${pathname}${search}`)],
    ["its query", copy(({ search }) => search)],
    ["its query without the question mark", copy(({ search }) => search.slice(1))],
    ["an address with spaces, quotes and a fragment", copy(({ href }) => `  "${href}#_=_"  `)],
    ["a paste with a line end and more lines after it", copy(({ href }) => `${href}\r\nand so on\r`)],
    ["a text mended with backspace, Ctrl+U and a cursor key", copy(({ href }) => `x\u0015${href}y↑\b`)]
  ]
  for (const [what, paste] of pastes) {
    it.effect(`takes ${what}`, () => succeeds(paste))
  }

  const wrong: ReadonlyArray<readonly [string, Step, RegExp]> = [
    ["nothing", type(""), /Nothing was pasted/],
    ["spaces alone", type("  "), /Nothing was pasted/],
    ["Spotify's page before the consent", copy((_, authorizeUrl) => authorizeUrl), /Agree there first/],
    ["a bare code", copy(({ searchParams }) => searchParams.get("code") ?? ""), /only the code/],
    ["a code in an address without state", type("https://example.com/callback?code=a"), /only the code/],
    ["the answer to another login", type("https://example.com/callback?code=a&state=b"), /another login/],
    ["a denial of another login", type("?error=access_denied&state=b"), /another login/],
    ["a part of the address", copy(({ origin }) => `${origin}/callback?`), /Copy all of the address bar/],
    ["a code twice", copy(({ href }) => `${href}&code=again`), /Copy all of the address bar/],
    ["20,000 characters", type(`?code=${"a".repeat(20_000)}&state=b`), /Copy all of the address bar/]
  ]
  for (const [what, paste, hint] of wrong) {
    it.effect(`explains ${what}, and goes on`, () =>
      Effect.gen(function* () {
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const { exit, screen } = yield* run([paste, copy()])
        assert.match(screen, hint)
        assert.isTrue(Exit.isSuccess(exit), screen)
        assert.strictEqual((yield* controls.tokenRequests).authorization_code, 1)
      }).pipe(Effect.provide(layer))
    )
  }

  const error = (exit: Exit.Exit<unknown, unknown>) => Effect.flip(exit)

  it.effect("ends after as many wrong texts as it may, and asks nobody for a token", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const { exit, screen } = yield* run([type("a"), type("b"), type("c"), copy()], { tries: 3 })
      assert.deepInclude(yield* error(exit), { _tag: "HeadlessLoginError", reason: "TooManyTries" })
      assert.strictEqual(screen.split("Address (").length - 1, 3)
      assert.strictEqual((yield* controls.tokenRequests).authorization_code, 0)
    }).pipe(Effect.provide(layer))
  )

  it.effect("ends with Ctrl+C and Ctrl+D", () =>
    Effect.gen(function* () {
      for (const key of ["half a line\u0003", "\u0004"]) {
        const { exit } = yield* run([type(key)])
        assert.deepInclude(yield* error(exit), { _tag: "HeadlessLoginError", reason: "Quit" })
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("ends with the user's refusal", () =>
    Effect.gen(function* () {
      const { exit } = yield* run([copy(({ href }) => href, "deny"), copy()])
      assert.deepInclude(yield* error(exit), { _tag: "AuthorizationDenied", code: "access_denied" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("ends when the input does, after what was typed before", () =>
    Effect.gen(function* () {
      for (const [step, expected] of [
        [type("a"), { _tag: "HeadlessLoginError", reason: "InputEnded" }],
        [copy(), { _tag: "Active" }]
      ] as const) {
        const ends = yield* Deferred.make<void>()
        const last: Step = (screen) => Effect.zipLeft(step(screen), Deferred.succeed(ends, undefined))
        const { exit, screen } = yield* run([last], { inputEnds: Deferred.await(ends) })
        const end = yield* Effect.merge(exit)
        assert.deepInclude({ reason: undefined, ...end }, expected, screen)
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("F12: ends with the login's ten minutes when nobody types", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const nobody = () => Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
      const fiber = yield* Effect.fork(run([nobody]))
      // The ten minutes begin with the login, which takes a moment of real time to make its secrets
      yield* Deferred.await(asked)
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 second")
      const { exit } = yield* Fiber.join(fiber)
      assert.deepInclude(yield* error(exit), { _tag: "HeadlessLoginError", reason: "Timeout" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("a terminal that is gone is a typed error", () =>
    Effect.gen(function* () {
      const { terminal } = ScriptedTerminal.make([])
      const broken = new PlatformError.BadArgument({ module: "Terminal", method: "display" })
      const failed = yield* Effect.flip(
        Effect.provideService(Headless.login(), Terminal.Terminal, {
          ...terminal,
          display: () => Effect.fail(broken)
        })
      )
      assert.deepInclude(failed, { _tag: "HeadlessLoginError", reason: "TerminalFailed" })
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "a paste shows as stars: some for each key, a few for an address, and none of what was deleted",
    () =>
      Effect.gen(function* () {
        const { screen } = yield* run([
          type("abc"),
          type("abc\b\bd"),
          type("abc\u0015"),
          type("a".repeat(300)),
          copy()
        ])
        const lines = screen
          .split("\n")
          .flatMap((line) => line.split("Address (hidden as you paste): ").slice(1))
        assert.deepStrictEqual(lines, [
          "***",
          "***\b \b\b \b*",
          "***\b \b\b \b\b \b",
          "*".repeat(24),
          "*".repeat(24)
        ])
      }).pipe(Effect.provide(layer))
  )

  it.effect("F24: what is pasted is on no screen and in no log, and nor is the token", () => {
    const secrets: Array<string> = []
    return expectNoLeak(
      () => secrets,
      Effect.gen(function* () {
        const first = yield* run([
          copy(({ searchParams }) => searchParams.get("code") ?? ""),
          type("?code=canary-code&state=canary-state"),
          copy()
        ])
        for (const text of first.typed) {
          const code = new URL(text, "http://x").searchParams.get("code") ?? text
          secrets.push(code)
          assert.notInclude(first.screen, code)
        }
        assert.notInclude(first.screen, "canary")
        const sessions = yield* SessionService.SessionService
        secrets.push(Redacted.value(yield* sessions.accessToken))
        yield* Effect.log(shown(first.exit))
      }).pipe(Effect.provide(Layer.fresh(layer)))
    )
  })
})
