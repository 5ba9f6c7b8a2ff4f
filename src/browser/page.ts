import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Announcements from "./announcements.js"

/** A window that this page opened. */
export interface Popup {
  readonly go: (url: string) => Effect.Effect<void>
  readonly isClosed: Effect.Effect<boolean>
  /** Works only while the window is at this page's origin. Elsewhere the browser leaves it open. */
  readonly close: Effect.Effect<void>
}

/** What a login needs from the page it runs on. */
export interface Page {
  /** The address in the address bar. */
  readonly address: URL
  /** Whether this is a secure context, in which the browser offers Web Crypto and locks. */
  readonly isSecure: boolean
  /** Navigates to another address. The page may come back from the browser's back/forward cache. */
  readonly leave: (url: string) => Effect.Effect<void>
  /** Succeeds when the page is shown again after it was left. */
  readonly isBack: Effect.Effect<void>
  /** Replaces the address in the address bar and in the history, without loading anything. */
  readonly rename: (url: string) => Effect.Effect<void>
  /**
   * Must run within the user's click. Otherwise the browser blocks it, and the result is none. The window
   * gets no reference to this page.
   */
  readonly openPopup: (size: {
    readonly width: number
    readonly height: number
  }) => Effect.Effect<Option.Option<Popup>>
  /** Closes this window, if the browser lets a page close it. */
  readonly close: Effect.Effect<void>
  /** Notes that live as long as this tab. In a browser without session storage, writes have no effect. */
  readonly notes: {
    readonly read: (key: string) => Effect.Effect<Option.Option<string>>
    readonly write: (key: string, value: string) => Effect.Effect<void>
    readonly remove: (key: string) => Effect.Effect<void>
  }
  /** A lock across all tabs of this origin, held until the scope closes. */
  readonly lock: (name: string) => Effect.Effect<void, never, Scope.Scope>
  /** Messages between all tabs of this origin. */
  readonly channel: (
    name: string
  ) => Effect.Effect<Option.Option<Announcements.Announcements>, never, Scope.Scope>
}

/** Reading `sessionStorage` throws where storage is switched off. */
const note = <A>(use: (storage: Storage) => A, otherwise: A): Effect.Effect<A> =>
  Effect.sync(() => {
    try {
      return use(globalThis.sessionStorage)
    } catch {
      return otherwise
    }
  })

/**
 * Held until the scope closes. The browser also releases it when the tab closes. Old browsers without locks
 * go without one; a login record can still be used only once.
 */
const lock = (name: string): Effect.Effect<void, never, Scope.Scope> => {
  const { locks } = globalThis.navigator
  if (locks === undefined) {
    return Effect.void
  }
  const acquire = Effect.async<() => void>((resume) => {
    void locks.request(
      name,
      () =>
        // @effect-diagnostics-next-line newPromise:off -- the lock is held for the life of this promise
        new Promise<void>((release) => {
          resume(Effect.succeed(release))
        })
    )
  })
  return Effect.asVoid(Effect.acquireRelease(acquire, (release) => Effect.sync(release)))
}

const openPopup: Page["openPopup"] = ({ height, width }) =>
  Effect.sync(() => {
    const { outerHeight, outerWidth, screenX, screenY } = globalThis
    const left = Math.round(screenX + Math.max(0, (outerWidth - width) / 2))
    const top = Math.round(screenY + Math.max(0, (outerHeight - height) / 3))
    const features = `popup,width=${width},height=${height},left=${left},top=${top}`
    return Option.map(
      Option.fromNullable(globalThis.open("about:blank", "_blank", features)),
      (opened): Popup => {
        // A page can navigate its opener, even across origins
        opened.opener = null
        return {
          go: (url) =>
            Effect.sync(() => {
              opened.location.replace(url)
            }),
          isClosed: Effect.sync(() => opened.closed),
          close: Effect.sync(() => opened.close())
        }
      }
    )
  })

const isBack = Effect.async<void>((resume) => {
  const listener = (event: PageTransitionEvent) => {
    if (event.persisted) {
      resume(Effect.void)
    }
  }
  globalThis.addEventListener("pageshow", listener)
  return Effect.sync(() => globalThis.removeEventListener("pageshow", listener))
})

const browser = (): Option.Option<Page> => {
  const { history, location } = globalThis
  // Workers have no history, and servers have neither
  if (history === undefined || location === undefined) {
    return Option.none()
  }
  return Option.some({
    get address() {
      return new URL(location.href)
    },
    isSecure: globalThis.isSecureContext,
    leave: (url) => Effect.sync(() => location.assign(url)),
    isBack,
    rename: (url) => Effect.sync(() => history.replaceState(history.state, "", url)),
    openPopup,
    close: Effect.sync(() => globalThis.close()),
    notes: {
      read: (key) => note((storage) => Option.fromNullable(storage.getItem(key)), Option.none()),
      write: (key, value) => note((storage) => storage.setItem(key, value), undefined),
      remove: (key) => note((storage) => storage.removeItem(key), undefined)
    },
    lock,
    channel: Announcements.make
  })
}

/** The page that the program runs on; none on a server or in a worker. Evaluated on each use. */
export class CurrentPage extends Context.Reference<CurrentPage>()("effect-spotify/browser/CurrentPage", {
  defaultValue: (): (() => Option.Option<Page>) => browser
}) {}
