import * as Schema from "effect/Schema"
import { SessionKey } from "./Session.js"

const common = {
  v: Schema.Literal(1),
  // The digest of its state: others come to the same place in the store
  login: Schema.String,
  key: Schema.String.pipe(Schema.fromBrand(SessionKey)),
  returnTo: Schema.String,
  // A digest of what the browser that began holds, if the login is bound to it
  binding: Schema.NullOr(Schema.String)
}

/** Waits for its user. */
export const Pending = Schema.TaggedStruct("Pending", {
  ...common,
  verifier: Schema.Redacted(Schema.String),
  redirectUri: Schema.NullOr(Schema.String),
  scopes: Schema.Array(Schema.String),
  expiresAt: Schema.DateTimeUtcFromNumber
})

export type Pending = typeof Pending.Type

/** Its code is being exchanged, by one process. */
export const Exchanging = Schema.TaggedStruct("Exchanging", { ...common, code: Schema.String })

/** It gave a session. A second answer with the same code, by its digest, gets the same for a short while. */
export const Completed = Schema.TaggedStruct("Completed", {
  ...common,
  code: Schema.String,
  completedAt: Schema.DateTimeUtcFromNumber
})

export type Completed = typeof Completed.Type

/** It came to nothing. Left behind so that a reload is told apart from a forgery. */
export const Failed = Schema.TaggedStruct("Failed", { v: Schema.Literal(1), login: Schema.String })

/** The stored form of a login. */
export const LoginRecord = Schema.Union(Pending, Exchanging, Completed, Failed)

export type LoginRecord = typeof LoginRecord.Type
