import * as StaticPage from "../../login/staticPage.js"

/** The outcome to show in the browser. */
export type Outcome = "SignedIn" | "Denied" | "Failed"

/** The messages to a browser whose request has no outcome. */
export type Notice = "OpenedTwice" | "OtherBrowser"

const pages: Record<Outcome | Notice, { readonly status: number; readonly page: StaticPage.Page }> = {
  SignedIn: {
    status: 200,
    page: {
      tone: "good",
      title: "You are signed in",
      text: "You can close this window and go back to the terminal."
    }
  },
  Denied: {
    status: 403,
    page: {
      tone: "neutral",
      title: "Nothing was shared",
      text: "You did not give consent, or Spotify ended the sign-in. Go back to the terminal to try again."
    }
  },
  Failed: {
    status: 500,
    page: {
      tone: "bad",
      title: "The sign-in did not finish",
      text: "Go back to the terminal: it says what happened and what to do."
    }
  },
  OpenedTwice: {
    status: 409,
    page: {
      tone: "bad",
      title: "This sign-in was already opened",
      text: "Another browser or program opened it first, so it ended without signing anyone in. Go back to the terminal to try again."
    }
  },
  OtherBrowser: {
    status: 403,
    page: {
      tone: "bad",
      title: "This sign-in began in another browser",
      text: "Nothing from this browser was used. Finish the sign-in in the browser that opened it."
    }
  }
}

const headers = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy": StaticPage.contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** A complete answer. All answers are fixed and never contain any part of a request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const answer = (status: number, type: string, body: string, more: Record<string, string> = {}): Answer => ({
  status,
  headers: { ...headers, "content-type": type, "content-length": `${Buffer.byteLength(body)}`, ...more },
  body
})

export const page = (what: Outcome | Notice): Answer =>
  answer(pages[what].status, "text/html; charset=utf-8", StaticPage.html(pages[what].page))

/** Redirects without a script, so that neither address is in the history or in the address bar. */
export const redirect = (location: string, more?: Record<string, string>): Answer =>
  answer(303, "text/plain; charset=utf-8", "", { location, ...more })

const refusals = {
  400: "This is not an answer to the pending sign-in.",
  403: "Only a browser's address bar can open this page.",
  404: "There is nothing here.",
  405: "Only GET works here.",
  408: "The request took too long.",
  410: "This sign-in was already answered.",
  414: "The address is too long.",
  421: "This server has a different name.",
  431: "The request's headers are too long.",
  503: "This page cannot be prefetched."
}

/** The statuses of requests that do not belong to the login. */
export type Refusal = keyof typeof refusals

export const refusal = (status: Refusal): Answer =>
  answer(
    status,
    "text/plain; charset=utf-8",
    `${refusals[status]}\n`,
    status === 405 ? { allow: "GET" } : undefined
  )
