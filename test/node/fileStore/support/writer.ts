// A program that adds one to a record again and again, and reports each sum once its commit has succeeded.
// Arguments: directory, key, how many times (0: for ever), and "hoard" to open all files it may first.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import { inspect } from "node:util"
import * as FileTokenStore from "../../../../src/node/FileTokenStore.js"
import * as TokenStore from "../../../../src/store/TokenStore.js"
import { increment } from "./records.js"

const [, , directory = "", key = "", times = "0", hoard] = process.argv

const program = Effect.gen(function* () {
  const store = yield* FileTokenStore.make({ directory })
  const limit = Number(times) === 0 ? Number.MAX_SAFE_INTEGER : Number(times)
  for (let done = 0; done < limit; done++) {
    const started = performance.now()
    const sum = yield* increment(store, TokenStore.StoreKey(key))
    Fs.writeSync(1, `${sum} ${(performance.now() - started).toFixed(3)}\n`)
  }
})

if (hoard === "hoard") {
  try {
    for (;;) {
      Fs.openSync("/dev/null", "r")
    }
  } catch {
    // That was the last one
  }
}

Effect.runPromise(program.pipe(Effect.sandbox, Effect.mapError(Cause.squash))).catch((error: unknown) => {
  Fs.writeSync(2, inspect(error, { depth: 5 }))
  process.exitCode = 1
})
