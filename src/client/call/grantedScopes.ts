import type { Scope } from "../../accounts/Scope.js"
import type { Endpoint } from "./endpoint.js"

type Requirements = Endpoint<never, unknown>["scopes"]

/**
 * Scopes that are certainly missing. If any one of several is enough: all of them if none was granted,
 * otherwise none.
 */
export const missing = (requirements: Requirements, granted: ReadonlyArray<Scope>): ReadonlyArray<Scope> => [
  ...new Set(
    requirements.flatMap((requirement) => {
      const alternatives: ReadonlyArray<Scope> = typeof requirement === "string" ? [requirement] : requirement
      return alternatives.some((scope) => granted.includes(scope)) ? [] : alternatives
    })
  )
]

/**
 * The same after Spotify refused the call: if one alternative was granted, it was the wrong one, such as the
 * scope for public playlists with a private one.
 */
export const missingAfterRefusal = (
  requirements: Requirements,
  granted: ReadonlyArray<Scope>
): ReadonlyArray<Scope> => {
  const certain = missing(requirements, granted)
  return certain.length > 0
    ? certain
    : [...new Set(requirements.flat())].filter((scope) => !granted.includes(scope))
}
