import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js"
import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import { assert } from "vitest"
import { Bench, layer } from "./command.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** An answer of a tool: what it tells as data, and the same as text. */
const told = (answer: Awaited<ReturnType<Client["callTool"]>>) => {
  const { content, isError, structuredContent } = answer as CallToolResult
  const text = content[0]?.type === "text" ? content[0].text : ""
  const data = JSON.parse(text)
  return { isError, data, structuredContent }
}

/** The example as a process, with the official client. */
const connect = (
  state: string,
  { args = [], env: over = {} }: { args?: ReadonlyArray<string>; env?: Record<string, string> } = {}
) =>
  Effect.gen(function* () {
    const { env } = yield* Bench
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ["--import", "tsx", "examples/mcp-server.ts", "--state-dir", state, ...args],
      cwd: root,
      env: { ...env, ...over },
      stderr: "pipe"
    })
    let logged = ""
    transport.stderr?.on("data", (text) => (logged += String(text)))
    const client = new Client({ name: "test", version: "1.0.0" })
    // What is no message of the protocol, such as a log on standard output
    const strange: Array<Error> = []
    Object.assign(client, { onerror: (error: Error) => strange.push(error) })
    yield* Effect.acquireRelease(
      Effect.promise(() => client.connect(transport, { timeout: 60_000 })),
      () => Effect.promise(() => client.close())
    )
    const call = (name: string, args: Record<string, unknown> = {}) =>
      Effect.map(
        Effect.promise(() => client.callTool({ name, arguments: args })),
        told
      )
    return { call, client, logged: () => logged, strange }
  })

const login = (state: string) => `Run: effect-spotify login --state-dir ${state}`

provided(layer(), { excludeTestServices: true })("examples/mcp-server.ts", (it) => {
  it.scoped("reads as the user of the command, and says why it cannot", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn } = yield* Bench
      const state = directory()
      const { call, client, logged, strange } = yield* connect(state)
      const { tools } = yield* Effect.promise(() => client.listTools())
      assert.deepStrictEqual(
        tools.map(({ annotations, name }) => [name, annotations?.readOnlyHint]),
        ["search", "library", "player"].map((name) => [name, true])
      )
      const pause = yield* Effect.tryPromise(() => client.callTool({ name: "pause", arguments: {} })).pipe(
        Effect.exit
      )
      assert.strictEqual(pause._tag, "Failure")

      const nobody = yield* call("library", { list: "tracks" })
      assert.isTrue(nobody.isError)
      assert.include(nobody.data.message, login(state))

      yield* logIn(state)
      const found = yield* call("search", { query: "lumen", types: ["artist", "track"] })
      assert.deepInclude(found.data.entries, {
        name: "Lumen Harbor",
        uri: "spotify:artist:4Z8W4fKeB5YxbusRsdQVPb"
      })
      assert.deepStrictEqual(found.structuredContent, found.data)
      const tracks = yield* call("library", { list: "tracks", limit: 2 })
      assert.lengthOf(tracks.data.entries, 2)
      const playlists = yield* call("library", { list: "playlists" })
      assert.deepInclude(playlists.data.entries[0], { name: "Harbor Walks" })
      const player = yield* call("player")
      assert.isFalse(player.data.playing)
      const wrong = yield* call("search", { query: "lumen", types: ["voice"] })
      assert.isTrue(wrong.isError)

      yield* emulator.controls.rateLimitNext({ retryAfter: "1 hour" })
      const before = Date.now()
      const limited = yield* call("search", { query: "lumen", types: ["artist"] })
      assert.isTrue(limited.isError)
      assert.include(limited.data.message, "rate limit")
      assert.isAtLeast(Date.parse(limited.data.retryAt), before + 3_600_000)

      assert.deepStrictEqual(strange, [])
      assert.include(logged(), login(state))
      assert.include(logged(), limited.data.message)
    })
  )

  it.scoped("changes things if it is allowed to", () =>
    Effect.gen(function* () {
      const { directory, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state, "--scopes=all")
      const { call, strange } = yield* connect(state, { args: ["--allow-changes"] })
      const { devices } = (yield* call("player")).data
      const { entries: artists } = (yield* call("search", { query: "lumen", types: ["artist"] })).data
      const played = yield* call("play", { uri: artists[0].uri, device: devices[0].id })
      assert.deepStrictEqual(played.structuredContent, { done: true })
      assert.deepInclude((yield* call("player")).data, { playing: true })
      yield* call("pause")
      const { item, playing } = (yield* call("player")).data
      assert.isFalse(playing)
      assert.strictEqual(item.by, "Lumen Harbor")

      const [playlist] = (yield* call("library", { list: "playlists" })).data.entries
      yield* call("add_to_playlist", { playlist: playlist.uri, uris: [item.uri] })
      const id = playlist.uri.replace("spotify:playlist:", "")
      const items = yield* run(["api", "GET", `/playlists/${id}/items`, "--paginate", "--state-dir", state])
      assert.include(items.stdout.trim().split("\n").at(-1), item.uri)
      assert.deepStrictEqual(strange, [])
    })
  )

  it.scoped("ends at once if a setting is wrong", () =>
    Effect.gen(function* () {
      const { directory } = yield* Bench
      const ended = yield* connect(directory(), { env: { SPOTIFY_API_URL: "nowhere" } }).pipe(
        Effect.catchAllDefect(Effect.succeed)
      )
      assert.include(String(ended), "Connection closed")
    })
  )
})
