import * as Effect from "effect/Effect"
import * as Scope from "./Scope.js"

/** Whatever people put between scopes or around them; no scope has any of it. */
const separators = /(?:[\s\u200b\u2060,;+|&=/"'`´‘’‚“”„«»()[\]{}<>]|%[0-9A-Fa-f]{2})+/u

/** Each scope as an item of its own, once, however they were written down. */
export const separated = (scopes: Iterable<Scope.Scope>): ReadonlyArray<Scope.Scope> => [
  ...new Set(
    // The name of the parameter, where a part of an address was copied
    [...scopes].flatMap((text) => text.split(separators)).filter((scope) => !/^(?:scopes?)?$/.test(scope))
  )
]

/** How many characters have to be added, left out or changed to make one of the other. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, character] of [...one].entries()) {
    let last = index + 1
    row = [
      last,
      ...row.slice(1).map((above, column) => {
        last = Math.min(last + 1, above + 1, (row[column] ?? 0) + (other[column] === character ? 0 : 1))
        return last
      })
    ]
  }
  return row.at(-1) ?? 0
}

/** Listed by Spotify for partners, who alone may ask for them. */
const isForPartners = (scope: string) => /^(?:user-soa|soa)-[a-z-]+$/.test(scope)

const nearest = (scope: string): string | undefined => {
  const text = scope.toLowerCase().replaceAll(/[_.]/g, "-")
  const [found] = Scope.all
    .map((known) => ({ known, steps: text.length > 64 ? 64 : distance(text, known) }))
    .filter(({ known, steps }) => steps <= known.length / 3)
    .sort((a, b) => a.steps - b.steps)
  return found?.known
}

/** Spotify adds scopes without notice, so one that is not known is only pointed out. */
export const warnUnknown = (scopes: Iterable<Scope.Scope>): Effect.Effect<void> =>
  Effect.forEach(
    Scope.missing(scopes, Scope.all).filter((scope) => !isForPartners(scope)),
    (scope) => {
      const near = nearest(scope)
      return Effect.logWarning(
        `${JSON.stringify(scope.slice(0, 64))} is not a scope that Spotify lists${near === undefined ? "." : `: did you mean ${near}?`} A login that asks for a scope that does not exist ends on a page of Spotify's that says "Illegal scope"; Scope.all has those that do`
      )
    },
    { discard: true }
  )
