import * as Effect from "effect/Effect"
import * as SpotifyClient from "../client/SpotifyClient.js"

/** Whose the session is, for `status`: without it the session is as good. */
export const whoami = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.make()
  const { display_name, id } = yield* spotify.me.profile
  return { id, name: display_name ?? null }
}).pipe(
  Effect.scoped,
  Effect.timeout("5 seconds"),
  Effect.orElseSucceed(() => undefined)
)
