import type { AuthorizationDenied, AuthorizationResponseInvalid } from "../accounts/AuthError.js"
import type { LoginRefused } from "./LoginRoutesError.js"
import type { LoginError } from "../session/LoginService.js"
import type { SessionError } from "../session/Session.js"

/** The subject of a page for people. Each has a fixed text, which never contains data from a request. */
export type Problem =
  | "Denied"
  | "Refused"
  | "Expired"
  | "AlreadyUsed"
  | "OtherBrowser"
  | "NotOurs"
  | "TooLong"
  | "CodeRefused"
  | "Unavailable"
  | "Busy"
  | "Misconfigured"
  | "CrossSite"
  | "SignedIn"
  | "WrongMethod"
  | "NotFound"

interface Text {
  readonly status: number
  readonly title: string
  readonly text: string
}

export const texts: Readonly<Record<Problem, Text>> = {
  Denied: {
    status: 403,
    title: "Nothing was shared",
    text: "You did not give consent, or Spotify ended the sign-in. You can try again whenever you like."
  },
  Refused: {
    status: 403,
    title: "This account cannot be used here",
    text: "Spotify signed you in, but this app does not accept the account. Nothing was kept of it."
  },
  Expired: {
    status: 410,
    title: "The sign-in took too long",
    text: "For your safety a sign-in ends after ten minutes. Nothing was changed."
  },
  AlreadyUsed: {
    status: 410,
    title: "This sign-in is over",
    text: "It was finished before: a page was loaded again, or a link opened twice. Nothing was changed."
  },
  OtherBrowser: {
    status: 403,
    title: "This sign-in began in another browser",
    text: "Sign in from here instead. If it was this browser, please allow this site to keep cookies."
  },
  NotOurs: {
    status: 400,
    title: "This is not an answer to a sign-in",
    text: "The address does not belong to a sign-in that waits here. Nothing was changed."
  },
  TooLong: {
    status: 414,
    title: "The address is too long",
    text: "No sign-in has an address like this one. Nothing was changed."
  },
  CodeRefused: {
    status: 400,
    title: "The sign-in did not finish",
    text: "Spotify did not accept the answer that came back. Nothing was changed."
  },
  Unavailable: {
    status: 503,
    title: "The sign-in did not finish",
    text: "A service that the sign-in needs is not responding. Please try again in a few minutes."
  },
  Busy: {
    status: 503,
    title: "Too many sign-ins at the moment",
    text: "More people than usual are signing in here. Please try again in a few minutes."
  },
  Misconfigured: {
    status: 500,
    title: "The sign-in does not work now",
    text: "Something is wrong with this app, not with your account. Its operators can see what it is."
  },
  CrossSite: {
    status: 403,
    title: "This request came from another website",
    text: "Nothing was changed. Please use the buttons of this site."
  },
  SignedIn: {
    status: 200,
    title: "You are signed in already",
    text: "Another website sent you here. Continue only if you want to sign in again or use another account."
  },
  WrongMethod: {
    status: 405,
    title: "This does not work here",
    text: "The address cannot be used in this way. Nothing was changed."
  },
  NotFound: { status: 404, title: "There is nothing here", text: "The address leads nowhere." }
}

const denied = ({ code }: AuthorizationDenied): Problem => {
  switch (code) {
    case "server_error":
    case "temporarily_unavailable":
      return "Unavailable"
    case "access_denied":
    case "other":
      return "Denied"
    default:
      return "Misconfigured"
  }
}

const invalid = ({ reason }: AuthorizationResponseInvalid): Problem => {
  switch (reason) {
    case "Expired":
    case "AlreadyUsed":
    case "OtherBrowser":
      return reason
    case "TooLarge":
      return "TooLong"
    default:
      return "NotOurs"
  }
}

export const of = (error: LoginError | SessionError | LoginRefused): Problem => {
  switch (error._tag) {
    case "AuthorizationDenied":
      return denied(error)
    case "AuthorizationResponseInvalid":
      return invalid(error)
    case "InvalidGrant":
      return "CodeRefused"
    case "LoginRefused":
      return "Refused"
    case "TokenEndpointUnavailable":
    case "TokenStoreUnavailable":
    case "TokenResponseInvalid":
      return "Unavailable"
    case "TooManyLogins":
      return "Busy"
    default:
      return "Misconfigured"
  }
}
