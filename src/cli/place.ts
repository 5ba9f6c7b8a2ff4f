import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CommandFailed, type Where } from "./failure.js"

/** The options of every command. */
export interface Common {
  readonly stateDir: Option.Option<string>
  readonly profile: string
  readonly json: boolean
}

/** Where the session of a profile and everything with it is stored. */
export interface Service extends Where {
  readonly profile: string
  /** The sealed sessions of all profiles. */
  readonly sessions: string
  /** The key that seals them, or its name in the system's keychain. */
  readonly keyFile: string
  /** The settings of the profile, none of which is secret. */
  readonly profileFile: string
}

export class Place extends Context.Tag("effect-spotify/place")<Place, Service>() {}

/** An environment variable. If it is empty, it counts as unset, as the XDG base directory specification says. */
export const variable = (name: string) =>
  Config.option(Config.string(name)).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.map(Option.filter((value) => value.trim() !== ""))
  )

/** The specification says to ignore a relative path. */
const stateHome = Effect.gen(function* () {
  const path = yield* Path.Path
  const given = Option.filter(yield* variable("XDG_STATE_HOME"), (value) => path.isAbsolute(value))
  const home = yield* variable("HOME")
  return Option.orElse(given, () => Option.map(home, (value) => path.join(value, ".local", "state")))
})

/** The name becomes a file name, so it must be the same on every file system. */
const isName = (profile: string): boolean => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(profile)

const quoted = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

export const make = Effect.fnUntraced(function* ({ profile, stateDir }: Omit<Common, "json">) {
  const path = yield* Path.Path
  if (!isName(profile)) {
    return yield* new CommandFailed({
      kind: "usage",
      message:
        "--profile must be at most 64 lower-case letters, digits, - and _, and start with a letter or digit"
    })
  }
  const home = Option.isSome(stateDir)
    ? Option.some(path.resolve(stateDir.value))
    : Option.map(yield* stateHome, (state) => path.join(state, "effect-spotify"))
  if (Option.isNone(home)) {
    return yield* new CommandFailed({
      kind: "configuration",
      message: "No home directory to store sessions in: set HOME, or use --state-dir DIRECTORY"
    })
  }
  const directory = home.value
  const options = [
    ...(profile === "default" ? [] : ["--profile", profile]),
    ...(Option.isSome(stateDir) ? ["--state-dir", quoted(directory)] : [])
  ]
  return {
    profile,
    directory,
    sessions: path.join(directory, "sessions"),
    keyFile: path.join(directory, "key.json"),
    profileFile: path.join(directory, "profiles", `${profile}.json`),
    login: ["effect-spotify", "login", ...options].join(" ")
  }
})

/** Creates the directory of a file, which only its user may enter. */
const directoryOf = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 })
})

/** Replaces a file atomically. Only its user can read it. */
const replaceFile = Effect.fnUntraced(function* (file: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  yield* directoryOf(file)
  const suffix = yield* Effect.sync(() =>
    Array.from(globalThis.crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16)).join("")
  )
  const temporary = `${file}.${suffix}`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const open = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
      yield* open.writeAll(new TextEncoder().encode(text))
      yield* open.sync
    })
  ).pipe(
    Effect.zipRight(fs.rename(temporary, file)),
    Effect.ensuring(Effect.ignore(fs.remove(temporary, { force: true })))
  )
})

/** The text of a file, if it exists. */
const readFile = (file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    fs.readFileString(file).pipe(
      Effect.map(Option.some),
      Effect.catchIf(
        (error) => error._tag === "SystemError" && error.reason === "NotFound",
        () => Effect.succeedNone
      )
    )
  )

/** The settings of a profile, without its session. None of them is secret. */
export class Profile extends Schema.Class<Profile>("effect-spotify/cli/Profile")({
  clientId: Schema.String,
  /** The accounts service of the tokens, which are sent to no other. */
  accountsUrl: Schema.String,
  redirectUri: Schema.optional(Schema.String),
  /** Whether a refresh needs SPOTIFY_CLIENT_SECRET. Only imported sessions can. */
  confidential: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Who logged in, if Spotify said. */
  user: Schema.optional(Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) }))
}) {}

const ProfileText = Schema.parseJson(Profile, { space: 2 })

const decodeProfile = Schema.decode(ProfileText)

const encodeProfile = Schema.encode(ProfileText)

/** The stored settings of the profile. */
export const remembered = Effect.gen(function* () {
  const { login, profileFile } = yield* Place
  const text = yield* readFile(profileFile)
  return yield* Effect.transposeMapOption(text, (found) =>
    Effect.mapError(
      decodeProfile(found),
      () =>
        new CommandFailed({
          kind: "storage",
          message: `${profileFile} is damaged.\nRemove it, then run: ${login}`
        })
    )
  )
})

/** Stores the settings of the profile. */
export const remember = Effect.fnUntraced(function* (profile: Profile) {
  const { profileFile } = yield* Place
  yield* replaceFile(profileFile, `${yield* Effect.orDie(encodeProfile(profile))}\n`)
})
