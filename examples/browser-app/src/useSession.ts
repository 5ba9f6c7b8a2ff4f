// run: by hand, it is a part of a web page
import { SessionService } from "effect-spotify"
import { BrowserLogin } from "effect-spotify/browser"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { useEffect, useState } from "react"
import { explain } from "./explain.js"
import { runtime } from "./spotify.js"

export interface SessionView {
  readonly state: "starting" | "signedOut" | "signedIn"
  /** Why the last login did not work. */
  readonly problem?: string | undefined
}

const current = Effect.gen(function* () {
  const sessions = yield* SessionService.SessionService
  const session = yield* sessions.session
  const isSignedIn = session._tag === "Active" || session._tag === "ExpiresSoon"
  return { state: isSignedIn ? "signedIn" : "signedOut" } satisfies SessionView
})

/** If the browser comes from Spotify, this is where the login ends. */
const start = Effect.gen(function* () {
  const login = yield* BrowserLogin.BrowserLogin
  yield* login.handleRedirect
  return yield* current
}).pipe(
  Effect.catchAll((error) =>
    Effect.orElseSucceed(
      Effect.map(current, (view): SessionView => ({ ...view, problem: explain(error) })),
      (): SessionView => ({ state: "signedOut", problem: explain(error) })
    )
  )
)

/**
 * A login or a sign-out on this page, and the return to it: from another tab, where the same may have happened,
 * or by the back button, when the browser shows the page as it was left.
 */
const later = Stream.unwrap(Effect.map(SessionService.SessionService, ({ events }) => events)).pipe(
  Stream.merge(Stream.fromEventListener(globalThis.window, "pageshow")),
  Stream.merge(Stream.fromEventListener(globalThis.window, "focus")),
  Stream.mapEffect(() => Effect.orElseSucceed(current, (): SessionView => ({ state: "signedOut" })))
)

/** What the session is now, from the start of the page on. StrictMode runs this twice, which is harmless. */
export const useSession = (): SessionView => {
  const [view, setView] = useState<SessionView>({ state: "starting" })
  useEffect(() => {
    const show = (view: SessionView) =>
      Effect.sync(() =>
        // What went wrong stays to be read until something else happens
        setView((old) => (old.state === view.state && view.problem === undefined ? old : view))
      )
    const cancel = runtime.runCallback(
      // The answer to a login first: only then is it clear what the session is
      Effect.zipRight(Effect.flatMap(start, show), Stream.runForEach(later, show)),
      {
        onExit: (exit) => {
          if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) {
            const error = Cause.squash(exit.cause)
            setView({ state: "signedOut", problem: error instanceof Error ? error.message : String(error) })
          }
        }
      }
    )
    return () => cancel()
  }, [])
  return view
}
