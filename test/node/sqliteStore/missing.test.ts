import { assert, it } from "@effect/vitest"
import { SqliteTokenStore } from "effect-spotify/sqlite"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { vi } from "vitest"
import { newDirectory } from "../fileStore/support/records.js"

it.scoped("a runtime without SQLite is a typed error that says which have it, and nothing is created", () =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined)),
      (spy) => Effect.sync(() => spy.mockRestore())
    )
    const directory = yield* newDirectory
    const error = yield* Effect.flip(SqliteTokenStore.make({ file: Path.join(directory, "sessions.sqlite") }))
    assert.strictEqual(error.reason, "SqliteMissing")
    assert.match(error.message, /Node 22\.13 or later.*Bun or Deno/)
    assert.isFalse(Fs.existsSync(directory))
  })
)
