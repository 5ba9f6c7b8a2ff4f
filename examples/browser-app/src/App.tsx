import { SessionService, SpotifyClient } from "effect-spotify"
import * as Effect from "effect/Effect"
import { useState } from "react"
import { NowPlaying, type Playing } from "./NowPlaying.js"
import { Picture } from "./Picture.js"
import { Playlists } from "./Playlists.js"
import { SignIn } from "./SignIn.js"
import { isConfigured } from "./spotify.js"
import { useAction, useEffectOf } from "./useEffectOf.js"
import { useSession } from "./useSession.js"

const profile = Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.me.profile)
const signOut = Effect.flatMap(SessionService.SessionService, (session) => session.signOut)

const Account = () => {
  const me = useEffectOf(profile)
  const leave = useAction(signOut)
  const name = me._tag === "Done" ? (me.value.display_name ?? me.value.id) : ""
  return (
    <div className="account">
      {me._tag === "Done" && <Picture images={me.value.images} name={name} className="avatar" />}
      <span className="account-name">{name}</span>
      <button type="button" className="quiet" onClick={leave.run} disabled={leave.isRunning}>
        Sign out
      </button>
    </div>
  )
}

const Music = () => {
  const [state, setState] = useState<Playing>()
  return (
    <>
      <NowPlaying state={state} onState={setState} />
      <Playlists onState={setState} />
    </>
  )
}

const Logo = () => (
  <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="9" />
    <path d="M9 20v-6m5 10V8m5 13V11m5 8v-6" />
  </svg>
)

export const App = () => {
  const { problem, state } = useSession()
  if (!isConfigured) {
    return (
      <main className="welcome">
        <Logo />
        <h1>One thing is missing</h1>
        <p>
          Set <code>VITE_SPOTIFY_CLIENT_ID</code> to the client id of your app, or start with{" "}
          <code>--mode emulator</code>. The README beside this app says how.
        </p>
      </main>
    )
  }
  switch (state) {
    case "starting":
      return (
        <main className="welcome" aria-busy="true">
          <Logo />
          <p className="muted">One moment …</p>
        </main>
      )
    case "signedOut":
      return (
        <main className="welcome">
          <Logo />
          <SignIn problem={problem} />
        </main>
      )
    case "signedIn":
      return (
        <>
          <header className="bar">
            <Logo />
            <strong>Now playing</strong>
            <Account />
          </header>
          <main className="app">
            {problem !== undefined && (
              <p className="problem" role="alert">
                {problem}
              </p>
            )}
            <Music />
          </main>
        </>
      )
  }
}
