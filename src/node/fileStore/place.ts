import * as Path from "node:path"
import type { StoreKey } from "../../store/TokenStore.js"
import { digestOf } from "./generation.js"

/** Where the files of one record are. */
export interface Place {
  /** Only for errors. */
  readonly key: StoreKey
  readonly digest: string
  readonly directory: string
}

/** The number of directories. Each read and write lists only one of them. */
export const directories = 256

/** The name of a record's directory. */
export const directoryOf = (digest: string): string => digest.slice(0, 2)

/** The place of a record, from its digest. */
export const placeOfDigest = (root: string, key: StoreKey, digest: string): Place => ({
  key,
  digest,
  directory: Path.join(root, directoryOf(digest))
})

/** The place of a record, from its key. */
export const placeOf = (root: string, key: StoreKey): Place => placeOfDigest(root, key, digestOf(key))
