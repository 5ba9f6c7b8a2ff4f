/** Where a program keeps what it remembers for its user. */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { homedir } from "node:os"
import * as Path from "node:path"
import * as FileTokenStore from "./FileTokenStore.js"

/** A relative path must be ignored (XDG Base Directory Specification). */
const variable = (name: string, otherwise: ReadonlyArray<string>) =>
  Config.map(Config.option(Config.nonEmptyString(name)), (path) =>
    Option.getOrElse(Option.filter(path, Path.isAbsolute), () => Path.join(homedir(), ...otherwise))
  )

/** The directory where the system keeps the user's state files. */
const stateHome =
  process.platform === "win32"
    ? variable("LOCALAPPDATA", ["AppData", "Local"])
    : process.platform === "darwin"
      ? variable("XDG_STATE_HOME", ["Library", "Application Support"])
      : variable("XDG_STATE_HOME", [".local", "state"])

const plainName = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/

/** The directory of the program's sessions: that of `SPOTIFY_SESSION_DIRECTORY`, else one of this name. */
export const directoryOf = (name: string): Config.Config<string> =>
  Config.suspend(() =>
    Config.orElse(
      Config.map(FileTokenStore.config, ({ directory }) => directory),
      () => Config.map(stateHome, (home) => Path.join(home, name, "spotify"))
    )
  ).pipe(
    Config.mapOrFail((directory) =>
      plainName.test(name)
        ? Either.right(directory)
        : Either.left(
            ConfigError.InvalidData(
              ["name"],
              "the name becomes a directory: letters, digits, `.`, `_` and `-` only"
            )
          )
    )
  )
