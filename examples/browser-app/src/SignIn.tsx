import { BrowserLogin } from "effect-spotify/browser"
import * as Effect from "effect/Effect"
import { isEmulated } from "./spotify.js"
import { useAction } from "./useEffectOf.js"

const signIn = (mode: "redirect" | "popup") =>
  Effect.flatMap(BrowserLogin.BrowserLogin, (login) => login.signIn({ mode, returnTo: "/" }))

const byRedirect = signIn("redirect")
const inPopup = signIn("popup")

export const SignIn = ({ problem }: { readonly problem: string | undefined }) => {
  const redirect = useAction(byRedirect)
  const popup = useAction(inPopup)
  const isRunning = redirect.isRunning || popup.isRunning
  const shown = redirect.problem ?? popup.problem ?? (isRunning ? undefined : problem)
  return (
    <>
      <h1>What is playing?</h1>
      <p className="muted">
        See what your {isEmulated ? "emulated " : ""}Spotify plays now, skip to the next track, and leaf
        through your playlists.
      </p>
      {shown !== undefined && (
        <p className="problem" role="alert">
          {shown}
        </p>
      )}
      <div className="actions">
        <button type="button" className="primary" onClick={redirect.run} disabled={isRunning}>
          Log in with Spotify
        </button>
        <button type="button" className="quiet" onClick={popup.run} disabled={isRunning}>
          {popup.isRunning ? "Waiting for the other window …" : "Log in in another window"}
        </button>
      </div>
      <p className="small muted">The login stays in this browser. This app has no server and no secret.</p>
    </>
  )
}
