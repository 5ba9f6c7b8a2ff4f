/**
 * The scopes of operations as types: a call without a granted scope does not compile.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { DocumentedScope, Scope } from "../accounts/Scope.js"
import type { Groups } from "./groups.js"
import { type OperationOf, type ScopedOperations, scopedOperations } from "./scopedOperations.js"

/**
 * Replaces a method whose scope was not given to `withScopes`. If the type has several scopes, any one of them
 * is enough.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissingScope<S extends string> {
  // All values have it, so a client with more scopes is assignable to one with fewer
  toString(this: MissingScope<S>): string
}

type OneOf<Needed> = Needed extends ReadonlyArray<infer Alternative> ? Alternative : Needed

/** `S` is used only in this form, so that the compiler can prove the `in S` below. */
type Checked<Method, Needed, S extends string> = Needed extends readonly [infer First, ...infer Rest]
  ? [S & OneOf<First>] extends [never]
    ? MissingScope<OneOf<First> & string>
    : Checked<Method, Rest, S>
  : Method

/**
 * A group of the client, with {@link MissingScope} in place of each method whose scopes are not in `S`.
 *
 * @since 0.1.0
 * @category models
 */
export type ScopedGroup<Group extends keyof ScopedOperations, in S extends string> = {
  readonly [Method in keyof Groups[Group]]: OperationOf<Method> extends keyof ScopedOperations[Group]
    ? Checked<Groups[Group][Method], ScopedOperations[Group][OperationOf<Method>], S>
    : Groups[Group][Method]
}

/**
 * The user did not grant scopes that `withScopes` requires. Begin a login with {@link MissingScopes.scopes}.
 *
 * @since 0.1.0
 * @category errors
 */
export class MissingScopes extends Schema.TaggedError<MissingScopes>("effect-spotify/MissingScopes")(
  "MissingScopes",
  {
    missing: Schema.Array(Schema.String),
    granted: Schema.Array(Schema.String)
  }
) {
  /** The granted and the missing scopes: a login with only the missing ones would lose the others. */
  get scopes(): ReadonlyArray<Scope> {
    return [...new Set([...this.granted, ...this.missing])]
  }
  override get message(): string {
    return `The user did not grant ${this.missing.join(", ")}: begin a login with the scopes ${this.scopes.join(", ")}`
  }
}

/**
 * A method of the client, by group and name, such as `me.topTracks`.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation = {
  readonly [Group in keyof Groups]: `${Group}.${keyof Groups[Group] & string}`
}[keyof Groups]

type Preferred<Needed, Prefer> =
  Needed extends ReadonlyArray<infer Alternative>
    ? [Extract<Alternative, Prefer>] extends [never]
      ? Alternative
      : Extract<Alternative, Prefer>
    : Needed

/**
 * The scopes of an operation, as {@link requiredScopes} returns them.
 *
 * @since 0.1.0
 * @category models
 */
export type ScopeOf<
  O extends Operation,
  Prefer extends string = never
> = O extends `${infer Group extends keyof ScopedOperations}.${infer Method}`
  ? OperationOf<Method> extends infer Name extends keyof ScopedOperations[Group]
    ? ScopedOperations[Group][Name] extends ReadonlyArray<infer Needed>
      ? Extract<Preferred<Needed, Prefer>, DocumentedScope>
      : never
    : never
  : never

/**
 * @since 0.1.0
 * @category models
 */
export interface RequiredOptions<Prefer extends DocumentedScope> {
  /**
   * If an operation needs any one of several scopes, only those listed here are taken. Which one it needs
   * depends on its arguments: whether a playlist is public or private, what a URI names. If none of the
   * alternatives is listed here, all are taken.
   * @default none
   */
  readonly prefer?: ReadonlyArray<Prefer> | undefined
}

type Table = Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string | ReadonlyArray<string>>>>>>

/**
 * The scopes that these operations need for a login, in the order of first use.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 *
 * console.log(SpotifyClient.requiredScopes(["me.topTracks", "library.savedTracks", "albums.get"]))
 * // [ "user-top-read", "user-library-read" ]
 * console.log(SpotifyClient.requiredScopes(["playlists.create"]))
 * // [ "playlist-modify-public", "playlist-modify-private" ]
 * console.log(SpotifyClient.requiredScopes(["playlists.create"], { prefer: ["playlist-modify-private"] }))
 * // [ "playlist-modify-private" ]
 * ```
 */
export const requiredScopes = <const O extends Operation, const Prefer extends DocumentedScope = never>(
  operations: ReadonlyArray<O>,
  options: RequiredOptions<Prefer> = {}
): ReadonlyArray<ScopeOf<O, Prefer>> => {
  const prefer = new Set<string>(options.prefer)
  const table: Table = scopedOperations
  const needed = operations
    .flatMap((operation) => {
      const [group = "", method = ""] = operation.split(".")
      return table[group]?.[method] ?? table[group]?.[method.replace(/Page$/, "")] ?? []
    })
    .flatMap((one) => {
      if (typeof one === "string") {
        return [one]
      }
      const preferred = one.filter((alternative) => prefer.has(alternative))
      return preferred.length === 0 ? one : preferred
    })
  // The types use the same table
  return [...new Set(needed)] as ReadonlyArray<string> as ReadonlyArray<ScopeOf<O, Prefer>>
}
