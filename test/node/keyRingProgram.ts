// Prints the id of a key of the keychain, and a digest of the key, or how that failed.
//
//     node keyRingProgram.mjs OPTIONS-AS-JSON
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import * as NodeKeyRing from "../../src/node/NodeKeyRing.js"

const options = JSON.parse(process.argv[2] ?? "{}") as NodeKeyRing.KeychainOptions

const told = NodeKeyRing.keychain(options).pipe(
  Effect.map(({ current }) => ({
    id: current.id,
    digest: createHash("sha256")
      .update(current.key === undefined ? "" : Redacted.value(current.key))
      .digest("hex")
  })),
  Effect.catchAll(({ message, reason }) => Effect.succeed({ message, reason }))
)

process.stdout.write(JSON.stringify(await Effect.runPromise(told)), () => process.exit(0))
