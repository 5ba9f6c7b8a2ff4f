import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { PlatformError } from "@effect/platform/Error"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { CommandFailed, type Where } from "./failure.js"

/** The options of every command that is about a session. */
export interface Common {
  readonly stateDir: Option.Option<string>
  readonly profile: string
  readonly json: boolean
}

/** Where the session of a profile lies, and what else is kept with it. */
export interface Service extends Where {
  readonly profile: string
  /** The sealed sessions of all profiles. */
  readonly sessions: string
  /** The key that seals them, or the name under which the system's keychain has it. */
  readonly keyFile: string
  /** What is remembered of the profile: nothing secret. */
  readonly profileFile: string
}

export class Place extends Context.Tag("effect-spotify/place")<Place, Service>() {}

/** An empty value counts as absent, as the XDG base directory specification says. */
export const variable = (name: string) =>
  Config.option(Config.string(name)).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.map(Option.filter((value) => value.trim() !== ""))
  )

/** The specification ignores what is not absolute. */
const stateHome = Effect.gen(function* () {
  const path = yield* Path.Path
  const given = Option.filter(yield* variable("XDG_STATE_HOME"), (value) => path.isAbsolute(value))
  const home = yield* variable("HOME")
  return Option.orElse(given, () => Option.map(home, (value) => path.join(value, ".local", "state")))
})

/** Only a name that is the same on every file system may become the name of a file. */
const isName = (profile: string): boolean => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(profile)

const quoted = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

export const make = Effect.fnUntraced(function* ({ profile, stateDir }: Omit<Common, "json">) {
  const path = yield* Path.Path
  if (!isName(profile)) {
    return yield* new CommandFailed({
      kind: "usage",
      message: "--profile takes a name of at most 64 lower-case letters, digits, - and _"
    })
  }
  const home = Option.isSome(stateDir)
    ? Option.some(path.resolve(stateDir.value))
    : Option.map(yield* stateHome, (state) => path.join(state, "effect-spotify"))
  if (Option.isNone(home)) {
    return yield* new CommandFailed({
      kind: "configuration",
      message: "There is no home directory to keep sessions in: set HOME, or give --state-dir DIRECTORY"
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

/** Creates the directory for its user alone. */
const directoryOf = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 })
})

/** Writes and syncs a temporary file that only its user can read; then `settle` puts it in place. */
const written = Effect.fnUntraced(function* <A, R>(
  file: string,
  text: string,
  settle: (temporary: string) => Effect.Effect<A, PlatformError, R>
) {
  const fs = yield* FileSystem.FileSystem
  yield* directoryOf(file)
  const suffix = yield* Effect.sync(() =>
    Array.from(globalThis.crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16)).join("")
  )
  const temporary = `${file}.${suffix}`
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const open = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
      yield* open.writeAll(new TextEncoder().encode(text))
      yield* open.sync
    })
  ).pipe(
    Effect.zipRight(settle(temporary)),
    Effect.ensuring(Effect.ignore(fs.remove(temporary, { force: true })))
  )
})

/** Replaces a file in one step: a reader finds the old text or the new one. */
export const replaceFile = (file: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => written(file, text, (made) => fs.rename(made, file)))

/** Creates a file unless it is there; of two at once one wins. */
export const createFile = (file: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    written(file, text, (made) =>
      Effect.catchIf(
        fs.link(made, file),
        (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
        () => Effect.void
      )
    )
  )

/** The text of a file, if there is one. */
export const readFile = (file: string) =>
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
  /** Whose tokens these are: they are sent nowhere else. */
  accountsUrl: Schema.String,
  redirectUri: Schema.optional(Schema.String),
  /** Whether the app proves itself with SPOTIFY_CLIENT_SECRET, as only imported sessions may need. */
  confidential: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Spotify's id and name of who logged in, as far as Spotify told. */
  user: Schema.optional(Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) }))
}) {}

const ProfileText = Schema.parseJson(Profile, { space: 2 })

const decodeProfile = Schema.decode(ProfileText)

const encodeProfile = Schema.encode(ProfileText)

/** What is remembered of the profile. */
export const remembered = Effect.gen(function* () {
  const { login, profileFile } = yield* Place
  const text = yield* readFile(profileFile)
  return yield* Effect.transposeMapOption(text, (found) =>
    Effect.mapError(
      decodeProfile(found),
      () =>
        new CommandFailed({
          kind: "storage",
          message: `${profileFile} is not a profile of this command.\nRemove it, then run: ${login}`
        })
    )
  )
})

/** Remembers it in place of what was there. */
export const remember = Effect.fnUntraced(function* (profile: Profile) {
  const { profileFile } = yield* Place
  yield* replaceFile(profileFile, `${yield* Effect.orDie(encodeProfile(profile))}\n`)
})
