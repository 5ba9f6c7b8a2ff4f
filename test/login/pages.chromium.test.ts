// A real browser at the web server's routes and at the command line's listener. What it does by itself, such
// as cookies that are Lax, fetch metadata and policies for content, nothing here imitates.
import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, it, layer } from "@effect/vitest"
import { LoginRoutes, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback } from "effect-spotify/node"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"
import type { Page } from "playwright-core"
import { describe } from "vitest"
import * as Chromium from "../browser/chromium.js"
import * as Sockets from "./support/sockets.js"

const { assertFits, historyOf, picture, step } = Chromium

/** A server whose connections do not outlive it: a browser keeps its own open. */
const listening = Layer.suspend(() => {
  const server = createServer()
  return NodeHttpServer.layer(() => server, { host: "127.0.0.1", port: 0 }).pipe(
    Layer.provideMerge(
      Layer.scopedDiscard(Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections())))
    )
  )
})

const originOf = Effect.map(HttpServer.HttpServer, ({ address }) => {
  assert(address._tag === "TcpAddress")
  return `http://127.0.0.1:${address.port}`
})

const me = Effect.gen(function* () {
  const { id } = yield* (yield* SpotifyClient.SpotifyClient).me.profile
  return yield* HttpServerResponse.html`<!doctype html><h1>${id}</h1>
<form method="post" action="/auth/logout"><button>Sign out</button></form>`
}).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)

/** An app with a login, over the emulator with its consent page. */
const webServer = Effect.gen(function* () {
  const http = yield* Layer.build(listening)
  const origin = yield* Effect.provide(originOf, http)
  const emulator = yield* Layer.build(
    SpotifyEmulator.layerServer({
      consent: "form",
      config: { redirectUri: `${origin}/auth/callback` }
    }).pipe(Layer.provide(listening))
  )
  yield* HttpRouter.empty.pipe(
    HttpRouter.get("/", HttpServerResponse.html("<!doctype html><h1>Welcome</h1>")),
    HttpRouter.get("/me", me),
    LoginRoutes.withRoutes,
    HttpServer.serve(),
    Layer.provide(
      LoginRoutes.layer({ secrets: Redacted.make("qX7-fmT2vLr9bKcH4wZdYs6NpGe3JaUo"), afterLogin: "/me" })
    ),
    Layer.provide(SpotifyClient.layer()),
    Layer.provide(SessionService.layerAuthorizationCode({ sessions: "many" })),
    Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer]),
    Layer.provide(Layer.succeedContext(Context.merge(http, emulator))),
    Layer.build
  )
  return { origin, emulator: Context.get(emulator, SpotifyEmulator.SpotifyEmulator) }
})

const button = (page: Page, name: string) => page.getByRole("button", { name })

const heading = (page: Page) => step(() => page.getByRole("heading", { level: 1 }).innerText())

/** Our own style is applied: the policy would have taken any other away. */
const assertStyled = (page: Page) =>
  step(async () => {
    const radius = await page.evaluate(() => {
      const main = document.querySelector("main")
      return main === null ? "" : getComputedStyle(main).borderTopLeftRadius
    })
    assert.strictEqual(radius, "16px")
  })

const onPhone = (page: Page, name: string) =>
  step(() => page.setViewportSize({ width: 360, height: 640 })).pipe(
    Effect.zipRight(picture(page, `${name}-phone`)),
    Effect.zipRight(assertFits(page)),
    Effect.zipRight(step(() => page.setViewportSize({ width: 1200, height: 900 })))
  )

if (!Chromium.isThere && process.env["CI"] === "true") {
  it("needs Chromium", () => {
    assert.fail(Chromium.missing)
  })
}

describe.skipIf(!Chromium.isThere)(
  `logins in Chromium${Chromium.isThere ? "" : ` (${Chromium.missing})`}`,
  () => {
    layer(Chromium.ChromiumLayer, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
      it.scoped(
        "a web server: through the consent page and back, a reload, a callback opened again, and out",
        () =>
          Effect.gen(function* () {
            const { emulator, origin } = yield* webServer
            const context = yield* Chromium.profile
            const page = yield* step(() => context.newPage())
            yield* step(() => page.goto(`${origin}/me`))
            const callback = page.waitForRequest((request) => request.url().includes("/auth/callback?"))
            yield* step(() => button(page, "Allow").click())
            const url = (yield* step(() => callback)).url()
            yield* step(() => page.waitForURL(`${origin}/me`))
            assert.strictEqual(yield* heading(page), "premium-listener")
            assert.strictEqual(yield* step(() => page.evaluate(() => document.cookie)), "")
            const cookies = yield* step(() => context.cookies(origin))
            assert.isAbove(cookies.length, 0)
            for (const { httpOnly, sameSite } of cookies) {
              assert.deepStrictEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: "Lax" })
            }
            const history = yield* historyOf(context, page)
            assert.isFalse(history.some((entry) => entry.includes("code=")))

            yield* step(() => page.reload())
            assert.strictEqual(yield* heading(page), "premium-listener")
            const tab = yield* step(() => context.newPage())
            yield* step(() => tab.goto(url))
            assert.strictEqual(tab.url(), `${origin}/me`)
            assert.strictEqual((yield* emulator.controls.tokenRequests).authorization_code, 1)

            yield* step(() => button(page, "Sign out").click())
            yield* step(() => page.getByText("Welcome").waitFor())
            yield* step(() => page.goto(`${origin}/auth/status`))
            assert.include(yield* step(() => page.locator("body").innerText()), '"signedIn":false')
          })
      )

      it.scoped(
        "a web server: refused consent, another browser's callback and a forged one end at pages of its own",
        () =>
          Effect.gen(function* () {
            const { emulator, origin } = yield* webServer
            const context = yield* Chromium.profile
            const page = yield* step(() => context.newPage())
            yield* step(() => page.goto(`${origin}/me`))
            const authorizeUrl = page.url()
            const foreign = yield* Effect.orDie(emulator.visit(authorizeUrl))
            yield* step(() => button(page, "Cancel").click())
            assert.strictEqual(yield* heading(page), "Nothing was shared")
            yield* assertStyled(page)
            yield* picture(page, "routes-denied")
            yield* onPhone(page, "routes-denied")
            yield* step(() => page.emulateMedia({ colorScheme: "dark" }))
            yield* picture(page, "routes-denied-dark")
            yield* step(() => page.emulateMedia({ colorScheme: "light" }))

            const other = yield* Chromium.profile
            const elsewhere = yield* step(() => other.newPage())
            for (const [target, title] of [
              [foreign, "This sign-in is over"],
              [
                `${origin}/auth/callback?code=a&state=${"b".repeat(43)}`,
                "This is not an answer to a sign-in"
              ],
              [`${origin}/auth/logout`, "This does not work here"]
            ] as const) {
              yield* step(() => elsewhere.goto(target))
              assert.strictEqual(yield* heading(elsewhere), title)
              yield* assertStyled(elsewhere)
              yield* assertFits(elsewhere)
            }
            yield* picture(elsewhere, "routes-no-link")

            const began = yield* step(() => other.newPage())
            yield* step(() => began.goto(`${origin}/me`))
            const stolen = yield* Effect.orDie(emulator.visit(began.url()))
            yield* step(() => page.goto(stolen))
            assert.strictEqual(yield* heading(page), "This sign-in began in another browser")
            yield* picture(page, "routes-other-browser")

            yield* step(() => page.getByRole("link", { name: "Sign in again" }).click())
            yield* step(() => button(page, "Allow").click())
            assert.strictEqual(yield* heading(page), "premium-listener")
            assert.strictEqual((yield* emulator.controls.tokenRequests).authorization_code, 1)
          })
      )

      it.scoped("F9: a page of another site can neither sign the user out nor begin or read anything", () =>
        Effect.gen(function* () {
          const { emulator, origin } = yield* webServer
          const context = yield* Chromium.profile
          const page = yield* step(() => context.newPage())
          yield* step(() => page.goto(`${origin}/me`))
          yield* step(() => button(page, "Allow").click())
          assert.strictEqual(yield* heading(page), "premium-listener")

          const evil = yield* Chromium.serve({ script: "", style: "" })
          const attacker = yield* step(() => context.newPage())
          yield* step(() => attacker.goto(`http://${Chromium.insecureHost}:${evil.port}/`))
          const seen = yield* step(() =>
            attacker.evaluate(async (target) => {
              const tries: Array<[string, RequestInit]> = [
                ["logout", { method: "POST", mode: "no-cors", credentials: "include" }],
                ["status", { credentials: "include" }],
                ["login", { mode: "no-cors", credentials: "include" }],
                ["callback?code=a&state=b", { mode: "no-cors", credentials: "include" }]
              ]
              const answers = []
              for (const [path, init] of tries) {
                answers.push(
                  await fetch(`${target}/auth/${path}`, init).then(
                    (response) => `${response.type} ${response.status}`,
                    () => "refused"
                  )
                )
              }
              return answers
            }, origin)
          )
          assert.deepStrictEqual(seen, ["opaque 0", "refused", "opaque 0", "opaque 0"])
          yield* step(() =>
            attacker.setContent(
              `<form method="post" action="${origin}/auth/logout"><button>Win</button></form>`
            )
          )
          yield* step(() => button(attacker, "Win").click())
          assert.strictEqual(yield* heading(attacker), "This request came from another website")
          yield* step(() => attacker.goto(`http://${Chromium.insecureHost}:${evil.port}/`))
          yield* step(() => attacker.setContent(`<iframe src="${origin}/auth/callback"></iframe>`))

          yield* step(() => page.reload())
          assert.strictEqual(yield* heading(page), "premium-listener")
          assert.strictEqual((yield* emulator.controls.tokenRequests).authorization_code, 1)
        })
      )

      for (const decision of ["Allow", "Cancel"] as const) {
        it.scoped(
          `a command line: ${decision} ends at a page of its own, with a clean address, and the port is closed`,
          () =>
            Effect.gen(function* () {
              const context = yield* Chromium.profile
              const page = yield* step(() => context.newPage())
              const opened = yield* Deferred.make<string>()
              const login = yield* Effect.forkScoped(
                Loopback.login({ openBrowser: (url) => Deferred.succeed(opened, url) })
              )
              const url = yield* Deferred.await(opened)
              yield* step(() => page.goto(url))
              yield* step(() => button(page, decision).click())
              yield* step(() => page.waitForURL(/\/signed-in\//))
              const [title, tag] =
                decision === "Allow"
                  ? (["You are signed in", "Success"] as const)
                  : (["Nothing was shared", "Failure"] as const)
              assert.strictEqual(yield* heading(page), title)
              yield* assertStyled(page)
              yield* picture(page, `loopback-${decision.toLowerCase()}`)
              yield* onPhone(page, `loopback-${decision.toLowerCase()}`)
              assert.strictEqual((yield* Fiber.await(login))._tag, tag)
              const { hostname, port } = new URL(page.url())
              assert.isTrue(yield* Sockets.isClosed({ host: hostname, port: Number(port) }))
              const history = yield* historyOf(context, page)
              assert.isFalse(history.some((entry) => /[?&](code|error)=|\/sign-in\//.test(entry)))
            }).pipe(
              Effect.provide(
                SessionService.layerPkce().pipe(
                  Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer]),
                  Layer.provideMerge(
                    SpotifyEmulator.layerServer({
                      app: "public",
                      consent: "form",
                      config: { redirectUri: "http://127.0.0.1/callback" }
                    })
                  ),
                  Layer.provide(listening)
                )
              )
            )
        )
      }
    })
  }
)
