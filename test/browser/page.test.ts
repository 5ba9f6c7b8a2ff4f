import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { vi } from "vitest"
import { CurrentPage } from "../../src/browser/page.js"

/** As much of a browser as the page touches. */
const stubbed = Effect.acquireRelease(
  Effect.sync(() => {
    const target = new EventTarget()
    const stored = new Map<string, string>()
    const location = { href: "http://127.0.0.1:5173/callback?code=1", assign: vi.fn() }
    const history = {
      state: { key: "router" },
      replaceState: vi.fn((_state: unknown, _title: string, url: string) => {
        location.href = url
      })
    }
    const held = new Map<string, Promise<unknown>>()
    const stubs = {
      location,
      history,
      isSecureContext: true,
      outerWidth: 1000,
      outerHeight: 900,
      screenX: 10,
      screenY: 0,
      open: vi.fn(() => null as unknown),
      close: vi.fn(),
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
      sessionStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => stored.set(key, value),
        removeItem: (key: string) => stored.delete(key)
      },
      navigator: {
        locks: {
          request: (name: string, callback: () => Promise<void>) => {
            const next = (async () => {
              await held.get(name)
              await callback()
            })()
            held.set(name, next)
            return next
          }
        }
      }
    }
    for (const [name, value] of Object.entries(stubs)) {
      vi.stubGlobal(name, value)
    }
    return { ...stubs, target }
  }),
  () => Effect.sync(() => vi.unstubAllGlobals())
)

const page = Effect.map(CurrentPage, (current) => Option.getOrThrow(current()))

describe("the page", () => {
  it.effect("there is none on a server", () =>
    Effect.gen(function* () {
      const current = yield* CurrentPage
      assert.isTrue(Option.isNone(current()))
    })
  )

  it.scoped("the address is read anew, and renamed without losing the history's state", () =>
    Effect.gen(function* () {
      const { history, location } = yield* stubbed
      const found = yield* page
      assert.strictEqual(found.address.pathname, "/callback")
      yield* found.rename("http://127.0.0.1:5173/")
      assert.deepStrictEqual(history.replaceState.mock.calls, [
        [{ key: "router" }, "", "http://127.0.0.1:5173/"]
      ])
      assert.strictEqual(found.address.href, "http://127.0.0.1:5173/")
      yield* found.leave("https://accounts.spotify.com/authorize")
      assert.deepStrictEqual(location.assign.mock.calls, [["https://accounts.spotify.com/authorize"]])
    })
  )

  it.scoped("notes: kept, and none where storage is forbidden", () =>
    Effect.gen(function* () {
      yield* stubbed
      const { notes } = yield* page
      yield* notes.write("a", "1")
      assert.deepStrictEqual(yield* notes.read("a"), Option.some("1"))
      yield* notes.remove("a")
      assert.isTrue(Option.isNone(yield* notes.read("a")))
      const denied = new Proxy(
        {},
        {
          get: () => {
            throw new DOMException("no", "SecurityError")
          }
        }
      )
      vi.stubGlobal("sessionStorage", denied)
      yield* notes.write("a", "1")
      assert.isTrue(Option.isNone(yield* notes.read("a")))
    })
  )

  it.scoped(
    "a popup: none when blocked, else a window in the middle that can be sent, asked and closed",
    () =>
      Effect.gen(function* () {
        const { open } = yield* stubbed
        const { openPopup } = yield* page
        assert.isTrue(Option.isNone(yield* openPopup({ width: 400, height: 600 })))
        assert.deepStrictEqual(open.mock.calls.at(-1) as unknown, [
          "about:blank",
          "_blank",
          "popup,width=400,height=600,left=310,top=100"
        ])
        const opened = {
          closed: false,
          opener: "this page" as string | null,
          location: { replace: vi.fn(() => assert.isNull(opened.opener)) },
          close: vi.fn()
        }
        open.mockReturnValue(opened)
        const popup = Option.getOrThrow(yield* openPopup({ width: 400, height: 600 }))
        yield* popup.go("https://accounts.spotify.com/authorize")
        assert.deepStrictEqual(opened.location.replace.mock.calls, [
          ["https://accounts.spotify.com/authorize"]
        ])
        assert.isFalse(yield* popup.isClosed)
        opened.closed = true
        assert.isTrue(yield* popup.isClosed)
        yield* popup.close
        assert.strictEqual(opened.close.mock.calls.length, 1)
      })
  )

  it.scoped("isBack: only when the browser shows the kept page again", () =>
    Effect.gen(function* () {
      const { target } = yield* stubbed
      const { isBack } = yield* page
      const waiting = yield* Effect.fork(isBack)
      yield* Effect.yieldNow()
      target.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }))
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      target.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))
      yield* Fiber.join(waiting)
    })
  )

  it.scoped("a lock is held until its scope closes, and freed after a failure", () =>
    Effect.gen(function* () {
      yield* stubbed
      const { lock } = yield* page
      const gate = yield* Deferred.make<void>()
      const inside = yield* Deferred.make<void>()
      const order: Array<string> = []
      const first = yield* Effect.fork(
        Effect.scoped(
          lock("login").pipe(
            Effect.zipRight(Deferred.succeed(inside, undefined)),
            Effect.zipRight(Deferred.await(gate)),
            Effect.tap(() => Effect.sync(() => order.push("first"))),
            Effect.zipRight(Effect.fail("broken"))
          )
        )
      )
      yield* Deferred.await(inside)
      const second = yield* Effect.fork(
        Effect.scoped(
          Effect.zipRight(
            lock("login"),
            Effect.sync(() => order.push("second"))
          )
        )
      )
      yield* Effect.scoped(
        Effect.zipRight(
          lock("other"),
          Effect.sync(() => order.push("other"))
        )
      )
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Effect.flip(Fiber.join(first)), "broken")
      yield* Fiber.join(second)
      assert.deepStrictEqual(order, ["other", "first", "second"])
    })
  )

  it.scoped("without locks, as in old browsers, nobody waits", () =>
    Effect.gen(function* () {
      yield* stubbed
      vi.stubGlobal("navigator", {})
      const { lock } = yield* page
      yield* Effect.scoped(lock("login"))
    })
  )
})
