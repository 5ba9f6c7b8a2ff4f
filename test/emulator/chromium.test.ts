import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type Page } from "playwright-core"
import { assert, describe } from "vitest"
import { authorizeUrl, codeOf, exchange } from "./support.js"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

const isThere = existsSync(executablePath)

/** Pictures to look at: where SCREENSHOTS names a folder, they are left there. */
const screenshots = process.env["SCREENSHOTS"]

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

const browser = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-spotify-chromium-"))
    const context = await chromium.launchPersistentContext(folder, {
      executablePath,
      args: flags,
      ignoreDefaultArgs: ["--enable-unsafe-swiftshader"],
      // Without script everything must work all the same
      javaScriptEnabled: false,
      viewport: { width: 1200, height: 900 }
    })
    context.setDefaultTimeout(30_000)
    return { context, folder }
  }),
  ({ context, folder }) =>
    Effect.promise(async () => {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    })
)

const ServerLayer = (options: SpotifyEmulator.Options) =>
  Layer.suspend(() => {
    const server = createServer()
    return SpotifyEmulator.layerServer(options).pipe(
      Layer.provideMerge(
        Layer.scopedDiscard(
          Effect.addFinalizer(() =>
            Effect.sync(() => {
              server.closeAllConnections()
            })
          )
        )
      ),
      Layer.provide(NodeHttpServer.layerServer(() => server, { host: "127.0.0.1", port: 0 }))
    )
  })

const step = <A>(what: () => Promise<A>) => Effect.promise(what)

const picture = (page: Page, name: string) =>
  step(async () => {
    if (screenshots !== undefined) {
      mkdirSync(screenshots, { recursive: true })
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
    }
  })

/** Whether anything is wider than the window, which makes a phone scroll sideways. */
const assertFits = (page: Page) =>
  step(async () => {
    const [width, window] = [
      (await page.locator("main").boundingBox())?.width ?? 0,
      page.viewportSize()?.width ?? 0
    ]
    assert.isAtMost(width, window)
  })

if (!isThere && process.env["CI"] === "true") {
  it("needs Chromium", () => {
    assert.fail(`there is no ${executablePath}; install it, or set CHROMIUM to its path`)
  })
}

describe.skipIf(!isThere)(`pages in Chromium${isThere ? "" : ` (there is no ${executablePath})`}`, () => {
  it.scopedLive("the consent page: choose, allow, remember, ask again, cancel", () =>
    Effect.gen(function* () {
      const { context } = yield* browser
      const page = yield* step(() => context.newPage())
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      // The program that the browser comes back to
      const callback = `${emulator.accountsUrl}/nothing`
      const url = yield* authorizeUrl({
        redirect_uri: callback,
        state: "s",
        scope: "user-library-read playlist-modify-private user-read-email"
      })
      const more = yield* authorizeUrl({ redirect_uri: callback, scope: "user-library-read user-top-read" })
      yield* step(() => page.goto(url))
      yield* picture(page, "consent")
      assert.strictEqual(
        yield* step(() => page.getByRole("heading", { level: 1 }).innerText()),
        "Your app asks to use a Spotify account"
      )
      yield* step(() => page.setViewportSize({ width: 360, height: 740 }))
      yield* picture(page, "consent-phone")
      yield* assertFits(page)
      assert.isAtLeast(
        (yield* step(() => page.getByRole("button", { name: "Allow" }).boundingBox()))?.height ?? 0,
        44
      )
      // With the keyboard alone: to the users, one down, on to the first button, press
      yield* step(() => page.keyboard.press("Tab"))
      yield* step(() => page.keyboard.press("ArrowDown"))
      assert.isTrue(yield* step(() => page.getByLabel(/free-listener/).isChecked()))
      yield* step(() => page.keyboard.press("Tab"))
      yield* picture(page, "consent-keyboard")
      yield* step(() => page.keyboard.press("Enter"))
      yield* step(() => page.waitForURL(/\/nothing\?code=/))
      const answer = yield* exchange(codeOf(page.url()), { redirect_uri: callback })
      assert.strictEqual(answer.status, 200)

      // The browser is known now, and has allowed all of it before
      yield* step(() => page.goto(url))
      assert.match(page.url(), /\/nothing\?code=/)
      yield* step(() => page.goto(`${url}&show_dialog=true`))
      assert.isTrue(yield* step(() => page.getByLabel(/free-listener/).isChecked()))
      yield* step(() => page.getByRole("button", { name: "Cancel" }).click())
      assert.strictEqual(page.url(), `${callback}?error=access_denied&state=s`)
      yield* step(() => page.goto(more))
      assert.isTrue(yield* step(() => page.getByText("user-top-read").isVisible()))
      yield* step(() =>
        page.goto(`${emulator.accountsUrl}/authorize?client_id=nobody&response_type=code&redirect_uri=x`)
      )
      yield* picture(page, "error")
      assert.include(yield* step(() => page.locator("main").innerText()), "INVALID_CLIENT: Invalid client")
    }).pipe(
      Effect.provide(
        Layer.merge(ServerLayer({ consent: "form", quotaMode: "development" }), FetchHttpClient.layer)
      )
    )
  )

  it.scopedLive("the status page: shows what is, and its switches switch", () =>
    Effect.gen(function* () {
      const { context } = yield* browser
      const page = yield* step(() => context.newPage())
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const tokens = yield* exchange(
        codeOf(yield* emulator.visit(yield* authorizeUrl({ scope: "user-library-read" })))
      )
      yield* step(() =>
        fetch(`${emulator.apiUrl}/me/tracks?limit=2`, {
          headers: { authorization: `Bearer ${tokens.body.access_token}` }
        })
      )
      yield* emulator.controls.rateLimitNext()
      yield* step(() => page.goto(emulator.accountsUrl))
      yield* picture(page, "status")
      yield* assertFits(page)
      const text = yield* step(() => page.locator("main").innerText())
      for (const expected of [
        "Ines Åkerholm",
        "free-listener",
        "GET /v1/me/tracks?limit=2",
        "rateLimit",
        "Your app (PKCE)"
      ]) {
        assert.include(text, expected)
      }
      const html = yield* step(() => page.content())
      assert.notInclude(html, tokens.body.access_token)
      assert.notInclude(html, tokens.body.refresh_token)

      const set = (label: string, option: string, button = "Set") =>
        step(async () => {
          const form = page.locator("form", { has: page.getByLabel(label, { exact: true }) })
          await form.getByLabel(label, { exact: true }).selectOption({ label: option })
          await form.getByRole("button", { name: button }).click()
        })
      yield* set("Consent", "ask on a page")
      assert.strictEqual(new URL(page.url()).pathname, "/")
      yield* set("The next Web API call meets", "429, quota used up, wait 14 h", "Plan")
      yield* set("Spotify's clock is", "5 minutes ahead")
      yield* step(() =>
        page.getByRole("row", { name: /Jun/ }).getByRole("button", { name: "Use this one" }).click()
      )
      yield* step(() => page.getByRole("button", { name: "Expire all access tokens" }).click())
      const planned = yield* emulator.controls.faults.planned
      assert.deepInclude(planned.at(-1)?.fault, { kind: "rateLimit", reason: "QUOTA_EXCEEDED" })
      assert.strictEqual(
        yield* step(() => page.getByLabel("Consent", { exact: true }).inputValue()),
        '{"mode":"form"}'
      )
      assert.match(yield* step(() => page.getByRole("row", { name: /^access/ }).innerText()), /ended/)
      assert.match(yield* step(() => page.getByRole("row", { name: /Jun/ }).innerText()), /this one/)
      yield* step(() => page.setViewportSize({ width: 360, height: 740 }))
      yield* picture(page, "status-phone")
      yield* assertFits(page)

      // Another site's page cannot press a button here
      const elsewhere = yield* step(() => context.newPage())
      yield* step(() =>
        elsewhere.goto(
          `data:text/html,<form method="post" action="${emulator.accountsUrl}/_control/faults/clear"><button name="json" value="{}">go</button></form>`
        )
      )
      yield* step(() => elsewhere.getByRole("button").click())
      yield* step(() => elsewhere.waitForURL(/_control/))
      assert.include(yield* step(() => elsewhere.content()), "other web pages cannot use the controls")
      assert.isNotEmpty(yield* emulator.controls.faults.planned)
    }).pipe(Effect.provide(Layer.merge(ServerLayer({}), FetchHttpClient.layer)))
  )
})
