/**
 * The tokens that the accounts service issues.
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
 * An access token with its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface Token {
  readonly accessToken: Redacted.Redacted<string>
  /** None for client credentials. */
  readonly refreshToken: Option.Option<Redacted.Redacted<string>>
  /** The granted scopes, which may be fewer than requested. */
  readonly scopes: ReadonlyArray<Scope.Scope>
  /** When the token was requested. */
  readonly obtainedAt: DateTime.Utc
  /** Counted from `obtainedAt`, so time on the network never extends the token's lifetime. */
  readonly expiresAt: DateTime.Utc
}

/**
 * The stored form of a token. The encoded side holds the secrets in clear text.
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
 * The token to keep after a refresh: the new one, with the old refresh token and scopes if the answer had
 * none. A server that rotates sends a new refresh token. Spotify has sent none in most cases since 2026, and
 * the old one stays valid.
 *
 * @since 0.1.0
 * @category combinators
 */
export const renewed = (previous: Token, next: Token): Token => ({
  ...next,
  refreshToken: Option.orElse(next.refreshToken, () => previous.refreshToken),
  scopes: next.scopes.length === 0 ? previous.scopes : next.scopes
})
