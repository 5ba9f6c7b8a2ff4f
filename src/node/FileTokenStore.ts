/**
 * Keeps sessions in files, for programs on one machine. The store is durable, shared by all processes of one
 * user and readable by that user only. There is no lock file to be left behind.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { disk } from "./fileStore/disk.js"
import * as GenerationStore from "./fileStore/generationStore.js"
import * as TokenStore from "../store/TokenStore.js"

/**
 * The options of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The directory of the records; nothing else may be in it. The first write creates it and its parents, with
   * access for the user only (mode 0700). A relative path starts at the working directory.
   */
  readonly directory: string
}

/**
 * A token store in a directory.
 *
 * Each write is synced to disk before it succeeds. Any number of stores, in any number of processes of one
 * user, may share the directory. A process may be killed at any time, since there is no lock to leave behind.
 * A record whose file is torn is `TokenStoreCorrupt`, never an older session. A commit that expects no record
 * replaces such a file.
 *
 * A file or directory that others can read or replace is refused with the reason `Permissions`: one with
 * another owner, any permission for group or others, or a symbolic link. Deleted and replaced tokens leave
 * the disk with the next write of their record. The traces of a deleted record are removed a day later.
 *
 * Not supported:
 *
 * - Windows, where files have no modes: every operation fails. `SqliteTokenStore` does not need them
 * - file systems without hard links, such as FAT: writes fail with an error that says so
 * - network file systems such as NFS, whose clients may see different states for a while
 * - a parent directory in which other users may rename entries
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<TokenStore.Service> =>
  Effect.sync(() => GenerationStore.make(disk, options.directory))

/**
 * See {@link make}.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FileTokenStore } from "effect-spotify/node"
 *
 * const store = FileTokenStore.layer({ directory: "/var/lib/my-program/sessions" })
 * ```
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.effect(TokenStore.TokenStore, make(options))

const variable = "SPOTIFY_SESSION_DIRECTORY"

/**
 * Reads the options from a `ConfigProvider`: `SPOTIFY_SESSION_DIRECTORY` is the directory.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.suspend(() =>
  Config.all({
    directory: Config.option(Config.nonEmptyString(variable)).pipe(
      Config.mapOrFail(
        Either.fromOption(() =>
          ConfigError.MissingData(
            [variable],
            "set it to a directory that holds only sessions and outlives the program, such as /var/lib/my-program/sessions; the first write creates it"
          )
        )
      )
    )
  })
)

/**
 * The store with its options from the program's `ConfigProvider`, by default the environment. Without an
 * argument it reads the variable that {@link config} names.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options> = config
): Layer.Layer<TokenStore.TokenStore, ConfigError.ConfigError> =>
  Layer.effect(TokenStore.TokenStore, Effect.flatMap(Config.unwrap(options), make))
