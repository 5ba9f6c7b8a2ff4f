/**
 * What the accounts service hands out.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "./Scope.js"

const Token_ = Schema.Struct({
  accessToken: Schema.Redacted(Schema.NonEmptyString),
  refreshToken: Schema.OptionFromNullOr(Schema.Redacted(Schema.NonEmptyString)),
  scopes: Schema.Array(Schema.String as Schema.Schema<Scope.Scope, string>),
  obtainedAt: Schema.DateTimeUtcFromNumber,
  expiresAt: Schema.DateTimeUtcFromNumber
})

/**
 * An access token with all that is known about it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Token {
  readonly accessToken: Redacted.Redacted<string>
  /** Absent for client credentials. */
  readonly refreshToken: Option.Option<Redacted.Redacted<string>>
  /** The granted scopes, which may be fewer than the wanted ones. */
  readonly scopes: ReadonlyArray<Scope.Scope>
  /** When the request for it was sent. */
  readonly obtainedAt: DateTime.Utc
  /** Counted from `obtainedAt`, so the time on the wire is never added to its life. */
  readonly expiresAt: DateTime.Utc
}

/**
 * The stored form of a token. Its encoded side holds the secrets in clear.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Token: Schema.Schema<Token, Token.Encoded> = Token_

/**
 * @since 0.1.0
 */
export declare namespace Token {
  /**
   * @since 0.1.0
   * @category models
   */
  export interface Encoded {
    readonly accessToken: string
    readonly refreshToken: string | null
    readonly scopes: ReadonlyArray<string>
    readonly obtainedAt: number
    readonly expiresAt: number
  }
}

/**
 * What a refresh leaves: the new token, with the refresh token and the scopes of the old one wherever the
 * answer had none. A server that rotates sends a new refresh token; Spotify, since 2026, mostly sends none,
 * and then the old one stays good.
 *
 * @since 0.1.0
 * @category combinators
 */
export const renewed = (previous: Token, next: Token): Token => ({
  ...next,
  refreshToken: Option.orElse(next.refreshToken, () => previous.refreshToken),
  scopes: next.scopes.length === 0 ? previous.scopes : next.scopes
})
