import * as Effect from "effect/Effect"
import * as Scope from "./Scope.js"

/** Characters that people put between or around scopes. No scope contains any of them. */
const separators = /(?:[\s\u200b\u2060,;+|&=/"'`´‘’‚“”„«»()[\]{}<>]|%[0-9A-Fa-f]{2})+/u

/** Splits the texts into single scopes and drops duplicates. */
export const separated = (scopes: Iterable<Scope.Scope>): ReadonlyArray<Scope.Scope> => [
  ...new Set(
    // A copied part of a URL includes the parameter's name
    [...scopes].flatMap((text) => text.split(separators)).filter((scope) => !/^(?:scopes?)?$/.test(scope))
  )
]

/** The edit distance: the number of characters to add, remove or change. */
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

/** Scopes that Spotify lists for partners only. */
const isForPartners = (scope: string) => /^(?:user-soa|soa)-[a-z-]+$/.test(scope)

const nearest = (scope: string): string | undefined => {
  const text = scope.toLowerCase().replaceAll(/[_.]/g, "-")
  const [found] = Scope.all
    .map((known) => ({ known, steps: text.length > 64 ? 64 : distance(text, known) }))
    .filter(({ known, steps }) => steps <= known.length / 3)
    .sort((a, b) => a.steps - b.steps)
  return found?.known
}

/** Spotify adds scopes without notice, so an unknown one only logs a warning. */
export const warnUnknown = (scopes: Iterable<Scope.Scope>): Effect.Effect<void> =>
  Effect.forEach(
    Scope.missing(scopes, Scope.all).filter((scope) => !isForPartners(scope)),
    (scope) => {
      const near = nearest(scope)
      return Effect.logWarning(
        `${JSON.stringify(scope.slice(0, 64))} is not a scope that Spotify lists${near === undefined ? "." : `: did you mean ${near}?`} A login with an unknown scope ends on a Spotify page that says "Illegal scope"; Scope.all lists the valid ones`
      )
    },
    { discard: true }
  )
