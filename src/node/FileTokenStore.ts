/**
 * Sessions in files, for programs on one machine: durable, shared by all its processes, readable by their
 * user alone, and without a lock file that could stay behind.
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
 * What a program says about its store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The directory of the records, for them alone. It is created, with its parents, at the first write, for
   * the user alone (mode 0700). A relative path begins at the working directory.
   */
  readonly directory: string
}

/**
 * A token store in a directory.
 *
 * Each write is synced to the disk before it succeeds. Any number of stores, in any number of processes of
 * one user, may share the directory, and a process may be killed at any time: there is no lock that it
 * could leave behind. A record whose file is torn is `TokenStoreCorrupt`, never an older session. A commit
 * that expects nothing replaces such a file.
 *
 * Files and directories that others can read or replace (another owner, any permission for group or
 * others, a symbolic link) are refused with the reason `Permissions`. Deleted and replaced tokens leave the
 * disk with the next write of their record; the traces of a deleted record go a day later.
 *
 * Not supported: Windows, where files have no modes (every operation fails); file systems without hard
 * links, such as FAT (writes fail and say so); network file systems such as NFS, whose clients disagree for
 * a while on what is there; and a parent directory in which other users may rename.
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
 * The options read from named values: `SPOTIFY_SESSION_DIRECTORY` is the directory.
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
            "set it to a directory of the sessions' own that outlives the program, such as /var/lib/my-program/sessions; it is created at the first write"
          )
        )
      )
    )
  })
)

/**
 * The store with its options from the program's `ConfigProvider`, by default the environment: under the name
 * that {@link config} tells, or from the `Config` that is given.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options> = config
): Layer.Layer<TokenStore.TokenStore, ConfigError.ConfigError> =>
  Layer.effect(TokenStore.TokenStore, Effect.flatMap(Config.unwrap(options), make))
