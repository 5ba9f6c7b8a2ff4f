import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SessionService } from "../session/SessionService.js"
import { note, result, Streams } from "./output.js"
import type { Common } from "./place.js"
import { withSession } from "./session.js"

/** Prints an access token that is valid for at least a few minutes. */
export const run = ({ json }: Common) =>
  withSession(
    Effect.gen(function* () {
      const { shows } = yield* Streams
      const sessions = yield* SessionService
      const token = Redacted.value(yield* sessions.accessToken)
      const session = yield* sessions.session
      if (shows) {
        yield* note("Anyone who sees this token can use it. In a script, write $(effect-spotify token).")
      }
      const expiresAt = "accessTokenExpiresAt" in session ? session.accessTokenExpiresAt : Option.none()
      yield* result(
        json,
        {
          access_token: token,
          token_type: "Bearer",
          expires_at: Option.getOrNull(Option.map(expiresAt, DateTime.formatIso)),
          scopes: "scopes" in session ? session.scopes : []
        },
        token
      )
    })
  )
