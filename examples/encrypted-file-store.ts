/**
 * Sessions in encrypted files: what is on the disk, a restart, and a new key.
 *
 *     npx tsx examples/encrypted-file-store.ts
 *
 * It runs against the emulator, with a directory of its own that it removes at the end. A program of yours
 * has a directory that stays, and its keys from SPOTIFY_TOKEN_KEYS: see EncryptedTokenStore.layerConfig.
 */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import {
  EncryptedTokenStore,
  type KeyRing,
  LoginService,
  SessionService,
  SpotifyClient,
  type TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { FileTokenStore } from "effect-spotify/node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/** A run of the program: everything but the files and the emulator is new each time. */
const start = (directory: string, keys: KeyRing.Options) =>
  SpotifyClient.layer().pipe(
    Layer.provideMerge(SessionService.layerAuthorizationCode()),
    Layer.provideMerge(EncryptedTokenStore.layer(keys)),
    Layer.provide(FileTokenStore.layer({ directory }))
  )

const greet = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  yield* Console.log(`   signed in as ${(yield* spotify.me.profile).display_name}`)
})

/** What a thief of the disk would see. */
const showDisk = (directory: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    for (const name of yield* files.readDirectory(directory, { recursive: true })) {
      const file = path.join(directory, name)
      if ((yield* files.stat(file)).type === "File") {
        const sealed = /v1\.[^"\s]+/.exec(yield* files.readFileString(file))?.[0]
        if (sealed !== undefined) {
          yield* Console.log(`   on the disk: ${name.slice(0, 12)}…  ${sealed.slice(0, 70)}…`)
        }
      }
    }
  })

const newKey = (id: string): KeyRing.KeyMaterial => ({
  id,
  key: Redacted.make(crypto.getRandomValues(new Uint8Array(32)))
})

const program = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const directory = `${yield* files.makeTempDirectoryScoped({ prefix: "effect-spotify-" })}/sessions`
  const old = newKey("2026")

  yield* Console.log("1  A login")
  yield* Effect.gen(function* () {
    const login = yield* LoginService.LoginService
    const { state, url } = yield* login.begin()
    yield* login.complete(yield* emulator.visit(url), { state })
    yield* greet
  }).pipe(Effect.provide(start(directory, { current: old })))
  yield* showDisk(directory)

  yield* Console.log("2  The program starts again")
  yield* greet.pipe(Effect.provide(start(directory, { current: old })))

  yield* Console.log(
    "3  A new key writes, the old one still reads. Each write moves a session to the new key"
  )
  const current = newKey("2027")
  yield* Effect.gen(function* () {
    yield* greet
    yield* (yield* SessionService.SessionService).refresh
  }).pipe(Effect.provide(start(directory, { current, previous: [old] })))
  yield* showDisk(directory)

  yield* Console.log("4  So the old key can go")
  yield* greet.pipe(Effect.provide(start(directory, { current })))

  yield* Console.log("5  With another key the session is refused, and the error says what to do")
  const stolen = start(directory, { current: newKey("2027") })
  const refused: TokenStore.TokenStoreCorrupt = yield* Effect.flip(
    Effect.provide(greet, stolen).pipe(
      Effect.catchIf(
        (error) => error._tag !== "TokenStoreCorrupt",
        (error) => Effect.die(error)
      )
    )
  )
  yield* Console.log(`   ${refused.message}`)
})

program.pipe(Effect.scoped, Effect.provide([SpotifyEmulator.layer(), NodeContext.layer]), NodeRuntime.runMain)
