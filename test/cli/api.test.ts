import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "vitest"
import { Bench, layer } from "./command.js"

const json = (text: string) => JSON.parse(text)

provided(layer(), { excludeTestServices: true })("effect-spotify api", (it) => {
  it.scoped("calls, joins pages, writes, and ends with the code of what failed", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state, "--scopes", "user-library-read,playlist-modify-private,user-modify-playback-state")
      const api = (...args: ReadonlyArray<string>) => run(["api", ...args, "--state-dir", state])

      const me = yield* api("GET", "me", "--fields", "id,followers.total,nothing")
      assert.deepStrictEqual([me.code, me.stderr], [0, ""])
      assert.strictEqual(json(me.stdout).id, "premium-listener")
      assert.isNumber(json(me.stdout).followers.total)
      assert.deepStrictEqual(Object.keys(json(me.stdout)), ["id", "followers"])

      const tracks = yield* api("GET", "/me/tracks?limit=3", "--paginate", "--fields", "track.id")
      const lines = tracks.stdout.trimEnd().split("\n").map(json)
      assert.isAbove(lines.length, 3)
      assert.strictEqual(new Set(lines.map(({ track }) => track.id)).size, lines.length)
      const search = yield* api(
        "GET",
        "/search",
        "-f",
        "q=lumen",
        "-f",
        "type=track",
        "-f",
        "limit=2",
        "--paginate"
      )
      assert.isAbove(search.stdout.trimEnd().split("\n").length, 2)
      assert.strictEqual((yield* api("GET", "/me", "--paginate")).code, 2)

      const made = yield* api("POST", "/me/playlists", "-f", "name=A=B", "-f", "public=false")
      assert.deepInclude(json(made.stdout), { name: "A=B", public: false })
      const file = join(state, "body.json")
      writeFileSync(file, JSON.stringify({ description: "new" }))
      const changed = yield* api("PUT", `/playlists/${json(made.stdout).id}`, "--input", file)
      assert.deepStrictEqual(changed, { code: 0, stdout: "", stderr: "" })
      const volume = yield* api("PUT", "/me/player/volume?volume_percent=20")
      assert.strictEqual(volume.code, 9)
      assert.match(volume.stderr, /device/)

      const codes = yield* Effect.forEach(
        [
          ["GET", `/tracks/${"0".repeat(22)}`],
          ["GET", "/nowhere"],
          ["GET", "/me/top/tracks"],
          ["GET", "https://example.com/v1/me"],
          ["GET", "/me", "-f", "x"],
          ["POST", "/me/playlists", "--input", "/nonexistent"]
        ],
        (args) => Effect.map(api(...args), ({ code }) => code)
      )
      assert.deepStrictEqual(codes, [9, 9, 8, 2, 2, 2])
      const lacking = yield* api("GET", "/me/top/tracks")
      assert.match(lacking.stderr, /Run: effect-spotify login .*--scopes user-top-read\n$/)

      yield* emulator.controls.rateLimitNext({ retryAfter: "1 hour" })
      const limited = yield* api("GET", "/me")
      assert.deepStrictEqual([limited.code, limited.stdout], [7, ""])
      assert.match(limited.stderr, /\d{4}-\d\d-\d\dT/)
      yield* emulator.controls.failNext({ status: 503, count: 10 })
      const failing = yield* api("GET", "/me")
      assert.strictEqual(failing.code, 6)
      for (const { stderr } of [lacking, limited, failing]) {
        assert.isAtMost(stderr.trimEnd().split("\n").length, 3)
      }
    })
  )
})
