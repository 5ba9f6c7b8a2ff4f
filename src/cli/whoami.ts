import * as Effect from "effect/Effect"
import * as SpotifyClient from "../client/SpotifyClient.js"

/** The user, for `status`. The session works without knowing it. */
export const whoami = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.make()
  const { display_name, id } = yield* spotify.me.profile
  return { id, name: display_name ?? null }
}).pipe(
  Effect.scoped,
  Effect.timeout("5 seconds"),
  Effect.orElseSucceed(() => undefined)
)
