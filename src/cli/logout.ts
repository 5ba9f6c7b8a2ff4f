import * as Effect from "effect/Effect"
import * as SessionServiceModule from "../session/SessionService.js"
import { result } from "./output.js"
import { type Common, Place, Profile, remember } from "./place.js"
import { profile, withSession } from "./session.js"

/** Forgets the session. The client id is kept for the next login. */
export const run = Effect.fnUntraced(function* ({ json }: Common) {
  const { profile: name } = yield* Place
  const found = yield* profile
  yield* withSession(Effect.flatMap(SessionServiceModule.SessionService, ({ signOut }) => signOut))
  yield* remember(new Profile({ ...found, user: undefined }))
  yield* result(
    json,
    { profile: name, session: "SignedOut" },
    "Logged out. To revoke the app's access too, go to https://www.spotify.com/account/apps"
  )
})
