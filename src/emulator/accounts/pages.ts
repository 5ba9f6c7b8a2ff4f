import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { escape, page } from "../html.js"
import type { State } from "../state.js"
import type { Login } from "./authorize.js"
import { parameters } from "./authorize.js"

/** The meaning of each scope, for the user who grants it. */
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

/** The page at the end of a login that cannot return to the app. */
export const error = (message: string): HttpServerResponse.HttpServerResponse =>
  page(
    400,
    "Error",
    `<main class="card"><p class="brand">Spotify emulator</p><h1>This login cannot go on</h1><p class="error">${escape(message)}</p><p class="quiet">Spotify shows such an error here and does not send the browser back, so the app never learns of it. The address of this page, which the app made, has to change.</p></main>`
  )

/** The parameters of the login, and no others: the app wrote the address, but only the user may answer. */
const hidden = (query: URLSearchParams): string =>
  parameters
    .flatMap((name) => {
      const value = query.get(name)
      return value === null ? [] : [`<input type="hidden" name="${name}" value="${escape(value)}">`]
    })
    .join("")

const users = (state: State, login: Login, chosen: string): string =>
  state.catalogue.users
    .map((user) => {
      const isAllowed = login.app.allowedUsers?.includes(user.id) ?? true
      const note = isAllowed
        ? ""
        : `<small class="warn">Not on the app's list of users: the Web API will refuse</small>`
      return `<label class="choice"><input type="radio" name="_user" value="${escape(user.id)}"${user.id === chosen ? " checked" : ""} required><span><b>${escape(user.displayName)}</b><small>${escape(user.id)} · ${user.product === "premium" ? "Premium" : "Free"} · ${escape(user.country)}</small>${note}</span></label>`
    })
    .join("")

const asked = (scopes: ReadonlyArray<string>): string =>
  scopes.length === 0
    ? "<li>See what everybody can see: no private data</li>"
    : scopes
        .map(
          (scope) =>
            `<li>${escape(meanings[scope] ?? scope)} <small><code>${escape(scope)}</code></small></li>`
        )
        .join("")

/**
 * The consent page. Its form carries the login's parameters, so the server keeps no state while it is open.
 */
export const consent = (
  state: State,
  login: Login,
  query: URLSearchParams,
  chosen: string
): HttpServerResponse.HttpServerResponse => {
  const name = escape(login.app.name)
  return page(
    200,
    `Log in to ${login.app.name} – Spotify emulator`,
    `<main class="card"><p class="brand">Spotify emulator</p><h1>${name} asks to use a Spotify account</h1><form method="post" action="/authorize/decision">${hidden(query)}<fieldset><legend>Log in as</legend>${users(state, login, chosen)}</fieldset><h2>${name} will be able to</h2><ul>${asked(login.scopes)}</ul><div class="actions"><button class="primary" name="_decision" value="allow">Allow</button><button name="_decision" value="deny">Cancel</button></div></form><p class="quiet">Either answer sends you to <code>${escape(login.redirectUri)}</code>. These accounts are invented. App: <code>${escape(login.app.clientId)}</code></p></main>`
  )
}
