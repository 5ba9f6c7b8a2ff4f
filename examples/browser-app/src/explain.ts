// run: by hand, it is a part of a web page
import type { SpotifyError } from "effect-spotify"
import type { BrowserLogin } from "effect-spotify/browser"

export type Known = SpotifyError.SpotifyError | BrowserLogin.SignInError | BrowserLogin.RedirectError

const again = "Log in again whenever you like."

/**
 * An error's own message is for who writes the app. This is for who uses it: what happened, and what they can
 * do. What nobody here can do anything about keeps its own words.
 */
export const explain = (error: Known): string => {
  switch (error._tag) {
    case "AuthorizationDenied":
      return `Nothing was shared with this app. ${again}`
    case "AuthorizationResponseInvalid":
      return error.reason === "Expired"
        ? `The login took too long. ${again}`
        : `That link belongs to no login that waits here. ${again}`
    case "InvalidGrant":
      return `Spotify did not accept the login. ${again}`
    case "NotAuthenticated":
    case "ReauthorizationRequired":
      return `You are not logged in any more. ${again}`
    case "LoginNotFinished":
      switch (error.reason) {
        case "PopupBlocked":
          return "Your browser blocked the window. Allow windows for this site, or log in on this page."
        case "PopupClosed":
          return `The window was closed before the login was finished. ${again}`
        case "TimedOut":
          return `The window was left open too long. ${again}`
        case "CameBack":
          return `The login was not finished. ${again}`
        case "Reloaded":
          return `The page was loaded again before the login was finished. ${again}`
      }
    case "TokenEndpointUnavailable":
    case "ServiceUnavailable":
      return "Spotify cannot be reached now. Try again in a little while."
    case "RateLimited":
      return "Spotify asks this app to slow down. Try again in a little while."
    case "TokenStoreUnavailable":
      return "This browser keeps no data for this site. Allow it to, and log in again."
    case "Forbidden":
      return error.reason === "PremiumRequired"
        ? "Only Spotify Premium can do this from here."
        : error.message
    case "NotFound":
      return error.resource === "Device"
        ? "Open Spotify on one of your devices, so that there is something to play on."
        : error.message
    default:
      return error.message
  }
}
