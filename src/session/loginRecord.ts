import * as Schema from "effect/Schema"
import { SessionKey } from "./Session.js"

const common = {
  v: Schema.Literal(1),
  // The digest of its state, because several logins share one place in the store
  login: Schema.String,
  key: Schema.String.pipe(Schema.fromBrand(SessionKey)),
  returnTo: Schema.String,
  // A digest of the browser's secret, if the login is bound to a browser
  binding: Schema.NullOr(Schema.String)
}

/** The login waits for its user. */
export const Pending = Schema.TaggedStruct("Pending", {
  ...common,
  verifier: Schema.Redacted(Schema.String),
  redirectUri: Schema.NullOr(Schema.String),
  scopes: Schema.Array(Schema.String),
  expiresAt: Schema.DateTimeUtcFromNumber
})

export type Pending = typeof Pending.Type

/** One process is exchanging the code. */
export const Exchanging = Schema.TaggedStruct("Exchanging", { ...common, code: Schema.String })

/**
 * The login gave a session. For a short time, a repeated callback with the same code (compared by digest)
 * gets the same session.
 */
export const Completed = Schema.TaggedStruct("Completed", {
  ...common,
  code: Schema.String,
  completedAt: Schema.DateTimeUtcFromNumber
})

export type Completed = typeof Completed.Type

/** The login failed. The record stays so that a reload can be told from a forgery. */
export const Failed = Schema.TaggedStruct("Failed", { v: Schema.Literal(1), login: Schema.String })

/** The stored form of a login. */
export const LoginRecord = Schema.Union(Pending, Exchanging, Completed, Failed)

export type LoginRecord = typeof LoginRecord.Type
