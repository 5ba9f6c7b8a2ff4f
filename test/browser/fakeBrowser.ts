import { type LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import { BrowserLogin } from "effect-spotify/browser"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { createHash, randomBytes } from "node:crypto"
import type { Announcements } from "../../src/browser/announcements.js"
import { WebCrypto } from "../../src/accounts/webCrypto.js"
import { CurrentPage, type Page } from "../../src/browser/page.js"
import * as FakeAccounts from "../support/fakeAccounts.js"

/** At once, so that no test waits for another thread. */
const crypto: WebCrypto["Type"] = {
  randomBytes: (length) => Effect.sync(() => new Uint8Array(randomBytes(length))),
  sha256: (bytes) => Effect.sync(() => new Uint8Array(createHash("sha256").update(bytes).digest()))
}

export const redirectUri = "http://127.0.0.1:5173/callback"

/** One tab, and what its user sees and does. */
export interface Tab {
  href: string
  /** Every address that the history holds. */
  readonly history: Array<string>
  isSecure: boolean
  isClosed: boolean
  /** Whether the browser lets the page close its own window. */
  isClosable: boolean
  blocksPopups: boolean
  readonly popups: Array<Tab>
  readonly notes: Map<string, string>
  /** The user comes back to this page, which the browser had kept. */
  readonly back: Deferred.Deferred<void>
}

/** A browser's tabs on one origin. Its network is the tests' own, so leaving for Spotify loads nothing. */
export interface FakeBrowser {
  readonly server: FakeAccounts.FakeAccounts
  readonly store: TokenStore.Service
  readonly tab: (href?: string) => Tab
  /** The locks of pages that went away in the middle of something, which a browser frees. */
  readonly freeLocks: Effect.Effect<void>
  /** A program of a page in this tab; ends with it. */
  readonly load: <A, E>(
    tab: Tab,
    program: Effect.Effect<
      A,
      E,
      BrowserLogin.BrowserLogin | SessionService.SessionService | LoginService.LoginService
    >,
    options?: Partial<BrowserLogin.Options>
  ) => Effect.Effect<A, E>
}

export const make: Effect.Effect<FakeBrowser> = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const store = yield* TokenStore.makeMemory
  const locks = new Map<string, Effect.Semaphore>()
  const listeners = new Map<string, Set<Queue.Queue<unknown>>>()

  const channel = (name: string): Announcements => ({
    send: (message) => {
      for (const queue of listeners.get(name) ?? []) {
        queue.unsafeOffer(structuredClone(message))
      }
    },
    listen: Effect.acquireRelease(
      Effect.tap(Queue.unbounded<unknown>(), (queue) =>
        Effect.sync(() => {
          listeners.set(name, (listeners.get(name) ?? new Set()).add(queue))
        })
      ),
      (queue) => Effect.sync(() => listeners.get(name)?.delete(queue))
    )
  })

  const tab = (href = "http://127.0.0.1:5173/"): Tab => ({
    href,
    history: [href],
    isSecure: true,
    isClosed: false,
    isClosable: true,
    blocksPopups: false,
    popups: [],
    notes: new Map(),
    back: Effect.runSync(Deferred.make<void>())
  })

  const pageOf = (tab: Tab): Page => ({
    get address() {
      return new URL(tab.href)
    },
    isSecure: tab.isSecure,
    leave: (url) =>
      Effect.sync(() => {
        tab.history.push(url)
        tab.href = url
      }),
    isBack: Deferred.await(tab.back),
    rename: (url) =>
      Effect.sync(() => {
        tab.history.splice(-1, 1, url)
        tab.href = url
      }),
    openPopup: () =>
      Effect.sync(() => {
        if (tab.blocksPopups) {
          return Option.none()
        }
        const popup = newTab("about:blank")
        tab.popups.push(popup)
        return Option.some({
          go: (url) =>
            Effect.sync(() => {
              popup.href = url
            }),
          isClosed: Effect.sync(() => popup.isClosed),
          close: Effect.sync(() => {
            popup.isClosed = true
          })
        })
      }),
    close: Effect.suspend(() => {
      if (tab.isClosable) {
        tab.isClosed = true
        return Effect.never
      }
      return Effect.void
    }),
    notes: {
      read: (key) => Effect.sync(() => Option.fromNullable(tab.notes.get(key))),
      write: (key, value) => Effect.sync(() => tab.notes.set(key, value)),
      remove: (key) => Effect.sync(() => tab.notes.delete(key))
    },
    lock: (name) =>
      Effect.suspend(() => {
        const lock = locks.get(name) ?? Effect.unsafeMakeSemaphore(1)
        locks.set(name, lock)
        return Effect.acquireRelease(lock.take(1), () => lock.release(1))
      }),
    channel: (name) => Effect.succeedSome(channel(name))
  })
  const newTab = tab

  return {
    server,
    store,
    tab,
    freeLocks: Effect.sync(() => locks.clear()),
    load: (tab, program, options) =>
      Effect.provide(
        program,
        // A configuration that fails is a mistake of the test
        Layer.orDie(
          BrowserLogin.layer({ redirectUri, ...options }).pipe(
            Layer.provideMerge(SessionService.layerPkce()),
            Layer.provide([
              server.layer,
              SpotifyConfig.layer({ clientId: "client", scopes: ["user-top-read"] }),
              Layer.succeed(TokenStore.TokenStore, store),
              Layer.succeedContext(
                Context.make(CurrentPage, () => Option.some(pageOf(tab))).pipe(Context.add(WebCrypto, crypto))
              )
            ])
          )
        )
      )
  }
})
