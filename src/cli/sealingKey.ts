import * as Effect from "effect/Effect"
import * as NodeKeyRing from "../node/NodeKeyRing.js"
import { CommandFailed, fix } from "./failure.js"
import { Place } from "./place.js"

const failed =
  (login: string) =>
  ({ code, path, reason }: NodeKeyRing.NodeKeyRingError) => {
    const messages: Record<typeof reason, string> = {
      File: `${path} cannot be read or written (${code ?? "no code"}).\n${fix(code ?? "")}`,
      FileInvalid: `${path} is damaged.\nRestore it from a backup, or remove it and run: ${login}`,
      FilePermissions: `Other users can read the key of your sessions.\nRun: chmod 600 ${path}`,
      KeychainUnavailable:
        "The key of your sessions is in the system's keychain, which is locked or cannot be reached.\nUnlock it, and check that @napi-rs/keyring is installed next to effect-spotify.",
      KeyMissing: `The system's keychain no longer has the key of your sessions.\nRestore it, or remove ${path} and run: ${login}`
    }
    return new CommandFailed({ kind: "storage", message: messages[reason] })
  }

/** Where the key is, if there was a login. */
export const kept = Effect.flatMap(Place, ({ keyFile, login }) =>
  Effect.mapError(NodeKeyRing.kept({ keyFile }), failed(login))
)

/**
 * The key that seals the sessions. It is created at the first login, in the system's keychain if there is one
 * and otherwise in a file that only the user can read.
 */
export const load = Effect.flatMap(Place, ({ keyFile, login }) =>
  Effect.mapError(NodeKeyRing.keychain({ keyFile, fallback: "file" }), failed(login))
)
