import * as Crypto from "node:crypto"

/** What the browser is told in the end. */
export type Outcome = "SignedIn" | "Denied" | "Failed"

const texts: Record<Outcome, { readonly status: number; readonly title: string; readonly text: string }> = {
  SignedIn: {
    status: 200,
    title: "You are signed in",
    text: "You can close this window and go back to the terminal."
  },
  Denied: {
    status: 403,
    title: "Nothing was shared",
    text: "You did not give consent, or Spotify ended the sign-in. Go back to the terminal to try again."
  },
  Failed: {
    status: 500,
    title: "The sign-in did not finish",
    text: "Go back to the terminal: it says what happened and what to do."
  }
}

const style = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.1rem/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
main{max-width:30rem;margin:1rem;padding:2.5rem;border:1px solid GrayText;border-radius:1rem;text-align:center}
h1{margin:0 0 .5rem;font-size:1.6rem;line-height:1.2}
p{margin:0}`

const html = (outcome: Outcome): string => {
  const { text, title } = texts[outcome]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
}

const styleHash = Crypto.createHash("sha256").update(style).digest("base64")

const headers = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
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
  answer(texts[outcome].status, "text/html; charset=utf-8", html(outcome))

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
  431: "The request's headers are too long."
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
