// A desktop program, with the emulator in its own process. It prints in which state it found its session, and with
// "log-in" as its argument logs in where there is none.
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SessionService } from "effect-spotify"
import { DesktopSpotify } from "effect-spotify/sqlite"
import { SignIn } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeSync } from "node:fs"

const emulator = SpotifyEmulator.layer()

const desktop = DesktopSpotify.layer({
  name: "my-player",
  http: emulator,
  config: emulator,
  signIn: false
}).pipe(Layer.provideMerge(emulator))

const state = SessionService.SessionService.use((sessions) =>
  Effect.map(sessions.session, ({ _tag }) => _tag)
)

const program = Effect.gen(function* () {
  const found = yield* state
  if (process.argv[2] === "log-in") {
    yield* SignIn.signIn()
  }
  return { found, now: yield* state }
})

const told = program.pipe(
  Effect.provide(desktop),
  Effect.catchAll((error) =>
    Effect.succeed({ failed: error._tag, reason: "reason" in error ? error.reason : null })
  )
)

void Effect.runPromise(told).then((value) => writeSync(1, `${JSON.stringify(value)}\n`))
