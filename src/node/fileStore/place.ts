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

/** The place of the record that is known by its digest. */
export const placeOfDigest = (root: string, key: StoreKey, digest: string): Place => ({
  key,
  digest,
  // 256 directories, because each read and write lists the one it works in
  directory: Path.join(root, digest.slice(0, 2))
})

/** The place of a record. */
export const placeOf = (root: string, key: StoreKey): Place => placeOfDigest(root, key, digestOf(key))
