import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SpotifyEmulator } from "effect-spotify/emulator"
import type { Page } from "playwright-core"
import { describe } from "vitest"
import * as Chromium from "./chromium.js"

const { assertFits, historyOf, picture, step } = Chromium

/** The example app, in React's development build and StrictMode, over the emulator. */
const start = (options: SpotifyEmulator.Options = {}) =>
  Effect.gen(function* () {
    const emulator = yield* Chromium.emulator(options)
    const site = yield* Chromium.serve(yield* Chromium.bundle("examples/browser-app/src/main.tsx"), {
      VITE_SPOTIFY_CLIENT_ID: emulator.apps.public.clientId,
      VITE_SPOTIFY_ACCOUNTS_URL: emulator.accountsUrl,
      VITE_SPOTIFY_API_URL: emulator.apiUrl
    })
    const context = yield* Chromium.profile
    // What a page complains about is a mistake of the app
    const complaints: Array<string> = []
    context.on("weberror", (error) => complaints.push(String(error.error())))
    const page = yield* step(() => context.newPage())
    yield* step(() => page.goto(site.origin))
    const exchanges = Effect.map(emulator.controls.tokenRequests, (count) => count.authorization_code)
    return { complaints, context, emulator, exchanges, page, site }
  })

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" })

const logIn = (page: Page) => step(() => button(page, "Log in with Spotify").click())

const signedIn = (page: Page) => step(() => button(page, "Sign out").waitFor())

const signedOut = (page: Page) => step(() => button(page, "Log in with Spotify").waitFor())

if (!Chromium.isThere && process.env["CI"] === "true") {
  it("needs Chromium", () => {
    assert.fail(Chromium.missing)
  })
}

describe.skipIf(!Chromium.isThere)(
  `the app in Chromium${Chromium.isThere ? "" : ` (${Chromium.missing})`}`,
  () => {
    layer(Chromium.ChromiumLayer, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
      it.scoped(
        "a login by redirect through the consent page: one exchange in StrictMode, a clean address, music",
        () =>
          Effect.gen(function* () {
            const { complaints, context, emulator, exchanges, page, site } = yield* start({ consent: "form" })
            yield* signedOut(page)
            yield* picture(page, "app-signed-out")
            yield* step(() => page.setViewportSize({ width: 360, height: 740 }))
            yield* picture(page, "app-signed-out-phone")
            yield* assertFits(page)
            yield* step(() => page.setViewportSize({ width: 1200, height: 900 }))
            yield* logIn(page)
            yield* step(() => button(page, "Allow").click())
            yield* signedIn(page)
            assert.strictEqual(page.url(), `${site.origin}/`)
            assert.strictEqual(yield* exchanges, 1)
            const history = yield* historyOf(context, page)
            assert.isFalse(history.some((url) => url.startsWith(site.origin) && /code|state/.test(url)))

            const listed = emulator.catalogue.playlists.length
            assert.isAbove(listed, 0)
            yield* step(() => page.locator(".playlists h3").first().waitFor())
            yield* step(() =>
              page.getByRole("region", { name: "Now playing" }).getByRole("heading").waitFor()
            )
            yield* picture(page, "app")
            yield* assertFits(page)

            const now = page.getByRole("region", { name: "Now playing" })
            yield* step(() => button(page, /^Play Harbor Walks/).click())
            yield* step(() => now.getByText(/^Playing on /).waitFor())
            yield* picture(page, "app-playing")
            yield* assertFits(page)
            const title = step(() => now.getByRole("heading").innerText())
            const before = yield* title
            yield* step(() => button(page, "Next").click())
            yield* step(() =>
              page.waitForFunction((old) => document.querySelector(".now h1")?.textContent !== old, before)
            )
            yield* step(() => button(page, "Pause").click())
            yield* step(() => now.getByText(/^Paused on /).waitFor())
            yield* step(() => page.setViewportSize({ width: 360, height: 740 }))
            yield* picture(page, "app-phone")
            assert.isAtLeast((yield* step(() => button(page, "Play").boundingBox()))?.height ?? 0, 44)
            yield* assertFits(page)

            // A reload, and a new tab, go on with the same session
            yield* step(() => page.reload())
            yield* signedIn(page)
            const other = yield* step(() => context.newPage())
            yield* step(() => other.goto(site.origin))
            yield* signedIn(other)
            assert.strictEqual(yield* exchanges, 1)

            yield* step(() => button(page, "Sign out").click())
            yield* signedOut(page)
            yield* step(() => page.reload())
            yield* signedOut(page)
            assert.deepStrictEqual(complaints, [])
          })
      )

      it.scoped("refused consent says so, and the address is clean", () =>
        Effect.gen(function* () {
          const { exchanges, page, site } = yield* start({ consent: "form" })
          yield* logIn(page)
          yield* step(() => button(page, "Cancel").click())
          yield* signedOut(page)
          const alert = yield* step(() => page.getByRole("alert").innerText())
          assert.include(alert, "Nothing was shared")
          yield* picture(page, "app-refused")
          assert.strictEqual(page.url(), `${site.origin}/callback`)
          assert.strictEqual(yield* exchanges, 0)
        })
      )

      it.scoped("the back button into the login and forward again: still signed in, still one exchange", () =>
        Effect.gen(function* () {
          const { exchanges, page, site } = yield* start()
          yield* logIn(page)
          yield* signedIn(page)
          // To before the login
          yield* step(() => page.goBack())
          yield* signedIn(page)
          yield* step(() => page.goForward())
          yield* signedIn(page)
          assert.strictEqual(page.url(), `${site.origin}/`)
          assert.strictEqual(yield* exchanges, 1)
        })
      )

      it.scoped("the callback in two tabs at once: one exchange, both signed in", () =>
        Effect.gen(function* () {
          const { context, emulator, exchanges, page, site } = yield* start()
          yield* emulator.controls.faults.plan([
            {
              fault: { kind: "latency", delay: "2 seconds" },
              target: "accounts",
              path: "/api/token",
              times: 1
            }
          ])
          const callback = new Promise<string>((resolve) => {
            page.on("request", (request) => {
              if (request.isNavigationRequest() && request.url().startsWith(`${site.origin}/callback?`)) {
                resolve(request.url())
              }
            })
          })
          yield* logIn(page)
          const url = yield* step(() => callback)
          const other = yield* step(() => context.newPage())
          yield* step(() => other.goto(url))
          yield* signedIn(page)
          yield* signedIn(other)
          assert.strictEqual(yield* exchanges, 1)
          assert.deepStrictEqual([page.url(), other.url()], [`${site.origin}/`, `${site.origin}/`])
          // Later, from a bookmark
          yield* step(() => other.goto(url))
          yield* signedIn(other)
          assert.strictEqual(yield* exchanges, 1)
        })
      )

      it.scoped(
        "a reload on Spotify's page goes on with the login; an answer that nobody asked for changes nothing",
        () =>
          Effect.gen(function* () {
            const { exchanges, page, site } = yield* start({ consent: "form" })
            yield* logIn(page)
            yield* step(() => button(page, "Allow").waitFor())
            yield* step(() => page.reload())
            yield* step(() => button(page, "Allow").click())
            yield* signedIn(page)
            assert.strictEqual(yield* exchanges, 1)

            yield* step(() => page.goto(`${site.origin}/callback?code=foreign&state=forged`))
            yield* signedIn(page)
            assert.include(yield* step(() => page.getByRole("alert").innerText()), "belongs to no login")
            assert.strictEqual(page.url(), `${site.origin}/callback`)
            assert.strictEqual(yield* exchanges, 1)
          })
      )

      for (const [reloads, ending] of [
        [1, signedIn],
        [2, signedOut]
      ] as const) {
        it.scoped(
          reloads === 1
            ? "a reload while the code is exchanged: signed in all the same, without another click"
            : "two reloads while codes are exchanged: told so, and not sent to Spotify for ever",
          () =>
            Effect.gen(function* () {
              const { complaints, context, emulator, exchanges, page, site } = yield* start()
              const asked: Array<string> = []
              page.on("request", (request) => {
                if (request.url().includes("/authorize?")) {
                  asked.push(request.url())
                }
              })
              yield* emulator.controls.faults.plan([
                {
                  fault: { kind: "latency", delay: "3 seconds" },
                  target: "accounts",
                  path: "/api/token",
                  times: reloads
                }
              ])
              const exchanging = () => page.waitForRequest((request) => request.url().endsWith("/api/token"))
              let begun = exchanging()
              yield* logIn(page)
              for (let n = 0; n < reloads; n++) {
                yield* step(() => begun)
                begun = exchanging()
                begun.catch(() => {})
                yield* step(() => page.reload({ waitUntil: "commit" }))
              }
              yield* ending(page)
              assert.strictEqual(asked.length, 2)
              assert.strictEqual(yield* exchanges, reloads === 1 ? 1 : 0)
              if (reloads === 2) {
                assert.include(yield* step(() => page.getByRole("alert").innerText()), "loaded again")
              }
              const history = yield* historyOf(context, page)
              assert.isFalse(history.some((url) => url.startsWith(site.origin) && url.includes("code=")))
              assert.deepStrictEqual(complaints, [])
            })
        )
      }

      it.scoped("a popup: the page stays, the window closes, one exchange; a closed one is told", () =>
        Effect.gen(function* () {
          const { context, exchanges, page, site } = yield* start({ consent: "form" })
          const openPopup = step(async () => {
            const [popup] = await Promise.all([
              context.waitForEvent("page"),
              button(page, "Log in in another window").click()
            ])
            await button(popup, "Allow").waitFor()
            // Or whatever is shown there could lead the app's own tab to another place
            assert.isTrue(await popup.evaluate(() => window.opener === null))
            return popup
          })
          const before = yield* historyOf(context, page)
          const closed = yield* openPopup
          yield* step(() => closed.close())
          yield* step(() => page.getByRole("alert").waitFor())
          assert.include(yield* step(() => page.getByRole("alert").innerText()), "closed")

          const popup = yield* openPopup
          yield* picture(popup, "app-popup")
          yield* step(() => Promise.all([popup.waitForEvent("close"), button(popup, "Allow").click()]))
          yield* signedIn(page)
          assert.strictEqual(page.url(), `${site.origin}/`)
          assert.deepStrictEqual(yield* historyOf(context, page), before)
          assert.strictEqual(yield* exchanges, 1)
        })
      )

      it.scoped("P12, P13: the name localhost and plain http are refused with what to do instead", () =>
        Effect.gen(function* () {
          const { page, site } = yield* start()
          for (const [origin, expected] of [
            [`http://localhost:${site.port}`, `http://127.0.0.1:${site.port}`],
            [`http://${Chromium.insecureHost}:${site.port}`, "https"]
          ] as const) {
            yield* step(() => page.goto(origin))
            yield* step(() =>
              page.getByRole("alert").or(button(page, "Log in with Spotify")).first().waitFor()
            )
            if ((yield* step(() => page.getByRole("alert").count())) === 0) {
              yield* logIn(page)
            }
            assert.include(yield* step(() => page.getByRole("alert").innerText()), expected)
            assert.strictEqual(new URL(page.url()).origin, origin)
          }
        })
      )
    })
  }
)
