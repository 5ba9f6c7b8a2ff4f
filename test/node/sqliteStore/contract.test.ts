import { assert, describe, it, layer } from "@effect/vitest"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { filesOf, newDirectory } from "../fileStore/support/records.js"
import * as Runtimes from "./support/runtimes.js"

class Results extends Context.Tag("Results")<Results, ReadonlyMap<unknown, unknown>>() {}

/** What is wrong with each case, by its name. A case that did not run is not there. */
const results = (runtime: Runtimes.Runtime) =>
  Layer.scoped(
    Results,
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const file = Path.join(directory, "sessions.sqlite")
      const printed = yield* Runtimes.printed(runtime, ["contract", file])
      return new Map(printed.map(({ name, wrong }) => [name, wrong]))
    })
  )

for (const runtime of Runtimes.all) {
  describe(`SqliteTokenStore under ${runtime.name}`, () => {
    layer(results(runtime), { timeout: "5 minutes" })((it) => {
      for (const { name } of TokenStoreContract.casesWith({ ended: 150 })) {
        it.effect(name, () => Effect.map(Results, (found) => assert.strictEqual(found.get(name), null)))
      }
    })

    it.scopedLive(
      "D7: a row that somebody else has changed is replaced by a login and deleted by a sign-out",
      () =>
        Effect.gen(function* () {
          const directory = yield* newDirectory
          const printed = yield* Runtimes.printed(runtime, [
            "foreign",
            Path.join(directory, "sessions.sqlite")
          ])
          assert.deepStrictEqual(
            printed.map(({ wrong }) => wrong),
            [null, null, null, null]
          )
        })
    )

    it.scopedLive("D8: its files are the user's alone, and one that others may reach is refused", () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const file = Path.join(directory, "deep", "sessions.sqlite")
        const open = (path: string) => Effect.map(Runtimes.printed(runtime, ["open", path]), ([line]) => line)
        assert.deepStrictEqual(yield* open(file), { atomicity: "host" })
        const modeOf = (path: string) => (Fs.lstatSync(path).mode & 0o7777).toString(8)
        assert.deepStrictEqual([directory, Path.dirname(file), file].map(modeOf), ["700", "700", "600"])
        const refused = (path: string) =>
          Effect.map(open(path), (line) => assert.strictEqual(line?.["reason"], "Permissions"))
        Fs.chmodSync(file, 0o640)
        yield* refused(file)
        Fs.chmodSync(file, 0o600)
        Fs.chmodSync(Path.dirname(file), 0o770)
        yield* refused(file)
        Fs.chmodSync(Path.dirname(file), 0o700)
        Fs.symlinkSync(file, Path.join(directory, "link.sqlite"))
        yield* refused(Path.join(directory, "link.sqlite"))
        assert.deepStrictEqual(yield* open(file), { atomicity: "host" })
      })
    )

    it.scopedLive("a replaced token is on no disk once the program has ended", () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const file = Path.join(directory, "sessions.sqlite")
        yield* Runtimes.printed(runtime, ["replaced", file])
        assert.deepStrictEqual(filesOf(directory), ["sessions.sqlite"])
        const content = Fs.readFileSync(file, "latin1")
        assert.include(content, "canary-second")
        assert.notInclude(content, "canary-first")
      })
    )

    it.scopedLive(
      "D12: a write waits for another connection's lock while the program goes on, and then gives up",
      () =>
        Effect.gen(function* () {
          const directory = yield* newDirectory
          const [found] = yield* Runtimes.printed(runtime, [
            "locked",
            Path.join(directory, "sessions.sqlite")
          ])
          assert.deepInclude(found, { waited: true, tag: "TokenStoreUnavailable", applied: "no" })
          assert.match(String(found?.["cause"]), /SQLITE_BUSY/)
        })
    )

    it.scopedLive("D6: what is not a database, or not a file, is a typed error with SQLite's code", () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const file = Path.join(directory, "sessions.sqlite")
        Fs.mkdirSync(directory, { mode: 0o700 })
        const text = "not a database ".repeat(100)
        Fs.writeFileSync(file, text, { mode: 0o600 })
        const [garbage] = yield* Runtimes.printed(runtime, ["open", file])
        assert.deepInclude(garbage, { reason: "Open", code: "SQLITE_NOTADB" })
        assert.include(String(garbage?.["message"]), `${file} cannot be opened`)
        assert.strictEqual(Fs.readFileSync(file, "utf8"), text)
        const [folder] = yield* Runtimes.printed(runtime, ["open", directory])
        assert.deepInclude(folder, { reason: "Open", code: "EISDIR" })
      })
    )
  })
}

it("runs under at least one runtime", () => assert.isAbove(Runtimes.all.length, 0))
