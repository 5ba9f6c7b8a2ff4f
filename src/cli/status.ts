import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Session } from "../session/Session.js"
import { SessionService } from "../session/SessionService.js"
import { CommandFailed } from "./failure.js"
import { note, result, table } from "./output.js"
import { type Common, Place, type Profile } from "./place.js"
import * as SealingKey from "./sealingKey.js"
import { profile, withSession } from "./session.js"

const iso = Option.map(DateTime.formatIso)

const state: Record<Session["_tag"] | "Expired", string> = {
  Active: "logged in",
  ExpiresSoon: "logged in, but not for long",
  Expired: "expired",
  Rejected: "no longer accepted by Spotify",
  SignedOut: "logged out"
}

const nameOf = ({ user }: Profile): string =>
  user === undefined ? "unknown" : user.name === null ? user.id : `${user.name} (${user.id})`

/** Shows who is logged in, with what, until when, and where this is stored. It reads only the store. */
export const run = Effect.fnUntraced(function* ({ json }: Common) {
  const place = yield* Place
  const found = yield* profile
  const session = yield* withSession(Effect.flatMap(SessionService, ({ session }) => session))
  const key = Option.getOrElse(yield* SealingKey.kept, () => "none")
  const authorized = session._tag === "Active" || session._tag === "ExpiresSoon" ? session : undefined
  // Spotify's six months are over, though no refresh has been refused yet
  const expired =
    session._tag === "ExpiresSoon" &&
    Option.exists(session.reauthorizeBy, DateTime.lessThanOrEqualTo(yield* DateTime.now))
  const tag = expired ? "Expired" : session._tag
  const until = authorized === undefined ? Option.none() : iso(authorized.accessTokenExpiresAt)
  const reauthorizeBy = authorized === undefined ? Option.none() : iso(authorized.reauthorizeBy)
  yield* result(
    json,
    {
      profile: place.profile,
      session: tag,
      user: found.user ?? null,
      scopes: authorized?.scopes ?? [],
      accessTokenExpiresAt: Option.getOrNull(until),
      reauthorizeBy: Option.getOrNull(reauthorizeBy),
      clientId: found.clientId,
      accountsUrl: found.accountsUrl,
      directory: place.directory,
      key
    },
    table([
      ["Profile", place.profile],
      ["Session", state[tag]],
      ...(authorized === undefined
        ? []
        : ([
            ["User", nameOf(found)],
            ["Scopes", authorized.scopes.join(", ")],
            ["Token valid until", Option.getOrElse(until, () => "unknown")],
            ["Log in again by", Option.getOrElse(reauthorizeBy, () => "unknown")]
          ] as const)),
      ["Client id", found.clientId],
      ["Accounts service", found.accountsUrl],
      ["Stored in", place.directory],
      ["Sealed with", key === "keychain" ? "a key in the system's keychain" : `a key in ${place.keyFile}`]
    ])
  )
  if (session._tag === "ExpiresSoon") {
    const day = DateTime.formatIsoDate(session.reauthorizeBy.value)
    if (expired) {
      return yield* new CommandFailed({
        kind: "login",
        message: `Spotify ended this login on ${day}.\nRun: ${place.login}`
      })
    }
    yield* note(`Spotify ends this login on ${day}.\nRun: ${place.login}`)
  }
  if (authorized === undefined) {
    return yield* new CommandFailed({
      kind: "login",
      message:
        session._tag === "Rejected"
          ? `Spotify no longer accepts this session (${session.reason}).\nRun: ${place.login}`
          : `Nobody is logged in.\nRun: ${place.login}`
    })
  }
})
