import * as StaticPage from "../../login/staticPage.js"

/** What the browser is told in the end. */
export type Outcome = "SignedIn" | "Denied" | "Failed"

const pages: Record<Outcome, { readonly status: number; readonly page: StaticPage.Page }> = {
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
  }
}

const headers = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy": StaticPage.contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** A whole answer. Every one is fixed: nothing of a request is ever in it. */
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

export const page = (outcome: Outcome): Answer =>
  answer(pages[outcome].status, "text/html; charset=utf-8", StaticPage.html(pages[outcome].page))

/** Sends the browser on without a script, so that the code is neither in its history nor in the address bar. */
export const redirect = (path: string): Answer =>
  answer(303, "text/plain; charset=utf-8", "", { location: path })

const refusals = {
  400: "This is not an answer to the sign-in that waits here.",
  403: "Only a browser's address bar may come here.",
  404: "There is nothing here.",
  405: "Only GET works here.",
  408: "The request took too long.",
  410: "This sign-in was answered before.",
  414: "The address is too long.",
  421: "This server has another name.",
  431: "The request's headers are too long.",
  503: "This page cannot be loaded ahead of time."
}

/** The statuses of requests that have nothing to do with the login. */
export type Refusal = keyof typeof refusals

export const refusal = (status: Refusal): Answer =>
  answer(
    status,
    "text/plain; charset=utf-8",
    `${refusals[status]}\n`,
    status === 405 ? { allow: "GET" } : undefined
  )
