import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { State } from "../state.js"
import type { Login } from "./authorize.js"

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "")

/** What each scope means to the person who grants it. */
const meanings: Record<string, string> = {
  "ugc-image-upload": "Change the pictures of your playlists",
  "user-read-playback-state": "See what you play and on which device",
  "user-modify-playback-state": "Control what you play",
  "user-read-currently-playing": "See what you are playing now",
  "app-remote-control": "Control the Spotify app on your phone",
  streaming: "Play music in this app",
  "playlist-read-private": "See your private playlists",
  "playlist-read-collaborative": "See playlists you make with others",
  "playlist-modify-private": "Create and change your private playlists",
  "playlist-modify-public": "Create and change your public playlists",
  "user-follow-modify": "Follow and unfollow artists and people for you",
  "user-follow-read": "See whom you follow",
  "user-read-playback-position": "See where you stopped in podcasts and audiobooks",
  "user-top-read": "See your favourite artists and tracks",
  "user-read-recently-played": "See what you played lately",
  "user-library-modify": "Add to and remove from your library",
  "user-library-read": "See your library",
  "user-read-email": "See your e-mail address",
  "user-read-private": "See your country and subscription"
}

/** No script runs here. There is no `form-action`: some browsers apply it to the redirect that follows. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem;margin-right:1rem}fieldset{margin:1rem 0}label{display:block}"

const page = (status: number, title: string, body: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style></head><body>${body}</body></html>`,
    { status, contentType: "text/html; charset=utf-8", headers }
  )

/** Where a login ends that Spotify cannot send back to the app. */
export const error = (message: string): HttpServerResponse.HttpServerResponse =>
  page(400, "Error", `<main><h1>Error</h1><p>${escape(message)}</p></main>`)

const hidden = (query: URLSearchParams): string =>
  [...query]
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join("")

const users = (state: State): string =>
  state.catalogue.users
    .map(
      (user) =>
        `<label><input type="radio" name="_user" value="${escape(user.id)}"${user.id === state.behaviour.userId ? " checked" : ""}> ${escape(user.displayName)} (${user.product})</label>`
    )
    .join("")

/** The question to the user. Its form carries the query again, so that nothing is kept while it is open. */
export const consent = (
  state: State,
  login: Login,
  query: URLSearchParams
): HttpServerResponse.HttpServerResponse => {
  const asked = login.scopes.map((scope) => `<li>${escape(meanings[scope] ?? scope)}</li>`).join("")
  return page(
    200,
    "Log in to the Spotify emulator",
    `<main><h1>Spotify emulator</h1><p>The app <code>${escape(login.app.clientId)}</code> asks for leave to:</p><ul>${asked === "" ? "<li>See public data only</li>" : asked}</ul><form method="post" action="${escape(state.accountsUrl)}/authorize/decision">${hidden(query)}<fieldset><legend>Log in as</legend>${users(state)}</fieldset><button name="_decision" value="allow">Allow</button><button name="_decision" value="deny">Cancel</button></form><p>You will be sent to <code>${escape(login.redirectUri)}</code>.</p></main>`
  )
}
