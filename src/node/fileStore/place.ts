import * as Path from "node:path"
import type { StoreKey } from "../../store/TokenStore.js"
import { digestOf } from "./generation.js"

/** Where the files of one record are. */
export interface Place {
  /** For errors alone. */
  readonly key: StoreKey
  readonly digest: string
  readonly directory: string
}

/** How many directories there are: each read and write lists the one it works in. */
export const directories = 256

/** The name of a record's directory. */
export const directoryOf = (digest: string): string => digest.slice(0, 2)

/** The place of the record that is known by its digest. */
export const placeOfDigest = (root: string, key: StoreKey, digest: string): Place => ({
  key,
  digest,
  directory: Path.join(root, directoryOf(digest))
})

/** The place of a record. */
export const placeOf = (root: string, key: StoreKey): Place => placeOfDigest(root, key, digestOf(key))
