/**
 * The Workers example in workerd, bundled as it is deployed: two isolates that share a store, against the
 * emulator. Cloudflare itself is not part of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { MiniflareOptions, WorkerOptions } from "miniflare"
import * as Fs from "node:fs"
import { request } from "node:http"
import * as Path from "node:path"
import * as FetchHandler from "./support/fetchHandler.js"
import * as Workers from "./support/workers.js"

const example = Path.join(FetchHandler.root, "examples/workers")
const migration = Fs.readFileSync(Path.join(example, "migrations/0001_spotify_sessions.sql"), "utf8")

type Bindings = Pick<WorkerOptions, "d1Databases" | "durableObjects">

interface Store {
  readonly name: string
  /** The module that the example deploys. */
  readonly entry: string
  /** What makes the store of a worker of one's own. */
  readonly layer: string
  /** The bindings of the first worker, and of another. */
  readonly first: Bindings
  readonly other: Bindings
}

const sessions = { className: "SpotifySessions", useSQLite: true }

const stores: ReadonlyArray<Store> = [
  {
    name: "D1",
    entry: "examples/workers/src/d1.ts",
    layer: "({ DB }) => D1TokenStore.layer({ database: DB })",
    first: { d1Databases: { DB: "sessions" } },
    other: { d1Databases: { DB: "sessions" } }
  },
  {
    name: "Durable Objects",
    entry: "examples/workers/src/durable-object.ts",
    layer: "({ SESSIONS }) => DurableObjectTokenStore.layer({ namespace: SESSIONS })",
    first: { durableObjects: { SESSIONS: sessions } },
    other: { durableObjects: { SESSIONS: { ...sessions, scriptName: "first" } } }
  }
]

/** The example's app, with a lease that lasts for seconds in place of a minute. */
const hasty = ({ layer }: Store) => `
import { DurableObjectTokenStore } from "effect-spotify"
import { D1TokenStore } from "effect-spotify/sql"
import { makeWorker } from "./examples/workers/src/app.ts"
export class SpotifySessions extends DurableObjectTokenStore.TokenStoreObject {}
export default makeWorker(${layer}, { timeout: "2 seconds", storeTimeout: "1 second" })
`

const greeting = "Hello Jun 静"

const tokenKeys = "test:TbPTfjaPompri3ZsCBjWR50hV2ZCmhJH/WnAenOet54="

const open = Effect.fnUntraced(function* (store: Store, script: string, directory: string) {
  const bindings = { ...(yield* FetchHandler.variables), SPOTIFY_TOKEN_KEYS: tokenKeys }
  const worker = (name: string, own: Bindings): WorkerOptions => ({
    modules: true,
    script,
    name,
    bindings,
    compatibilityDate: "2025-12-01",
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    ...own
  })
  const options: MiniflareOptions = {
    d1Persist: directory,
    durableObjectsPersist: directory,
    workers: [worker("first", store.first), worker("second", store.other)]
  }
  const { end, miniflare } = yield* Workers.start(options)
  const portOf = (name: string) =>
    Effect.map(
      Effect.promise(() => miniflare.unsafeGetDirectURL(name)),
      ({ port }) => Number(port)
    )
  if (store.name === "D1") {
    const database = yield* Effect.promise(() => miniflare.getD1Database("DB", "first"))
    for (const statement of migration.split(";").filter((text) => text.trim() !== "")) {
      yield* Effect.promise(() => database.prepare(statement).run())
    }
  }
  return {
    end,
    miniflare,
    first: FetchHandler.toPort(yield* portOf("first"), 120_000),
    second: FetchHandler.toPort(yield* portOf("second"), 120_000),
    firstPort: yield* portOf("first")
  }
})

/** A browser that has logged in: the login begins in one isolate and ends in the other. */
const signedIn = (from: FetchHandler.Send, to: FetchHandler.Send) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    let at = from
    const browser = FetchHandler.makeBrowser((path, sent) => at(path, sent))
    const login = yield* browser.request("/auth/login?returnTo=%2Fme")
    assert.strictEqual(login.status, 303, login.body)
    const callback = new URL(yield* Effect.orDie(emulator.visit(login.location, { user: "free-listener" })))
    at = to
    const back = yield* browser.request(`${callback.pathname}${callback.search}`)
    assert.strictEqual(back.location, "/me", back.body)
    return {
      jar: browser.jar,
      get: (send: FetchHandler.Send) =>
        Effect.suspend(() => {
          at = send
          return browser.request("/me")
        })
    }
  })

const refreshes = Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ controls }) =>
  Effect.map(controls.tokenRequests, ({ refresh_token }) => refresh_token)
)

const within = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  program.pipe(Effect.scoped, Effect.provide(FetchHandler.emulatorLayer))

for (const store of stores) {
  describe.skipIf(Workers.missing)(`the Workers example on ${store.name}`, () => {
    it.live(
      "takes users in, shows each their own account, and lets them out, wherever a request arrives",
      () =>
        within(
          Effect.gen(function* () {
            const script = yield* Workers.bundleFile(store.entry)
            const { first, second } = yield* open(store, script, yield* FetchHandler.directory)
            let turn = 0
            yield* FetchHandler.walk((path, sent) => (turn++ % 2 === 0 ? first : second)(path, sent))
          })
        )
    )

    it.live("C1: after each expiry 20 requests in two isolates are answered, with one refresh", () =>
      within(
        Effect.gen(function* () {
          const emulator = yield* SpotifyEmulator.SpotifyEmulator
          const script = yield* Workers.bundleFile(store.entry)
          const { first, second } = yield* open(store, script, yield* FetchHandler.directory)
          const browser = yield* signedIn(first, second)
          for (let round = 1; round <= 3; round++) {
            yield* emulator.controls.expireAccessTokens
            const bodies = yield* Effect.forEach(
              Array.from({ length: 20 }),
              (_, index) => Effect.map(browser.get(index % 2 === 0 ? first : second), ({ body }) => body),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual([...new Set(bodies)], [greeting])
            assert.strictEqual(yield* refreshes, round)
          }
        })
      )
    )

    it.live("C5: of an isolate that dies amid a refresh another takes over, and nothing is lost", () =>
      within(
        Effect.gen(function* () {
          const emulator = yield* SpotifyEmulator.SpotifyEmulator
          const directory = yield* FetchHandler.directory
          const script = yield* Workers.bundle(hasty(store))
          const dying = yield* open(store, script, directory)
          const browser = yield* signedIn(dying.first, dying.second)
          yield* emulator.controls.expireAccessTokens
          yield* emulator.controls.faults.plan([
            { target: "accounts", fault: { kind: "latency", delay: "1 minute" }, times: 1 }
          ])
          const lost = yield* Effect.fork(Effect.exit(browser.get(dying.first)))
          yield* Effect.repeat(emulator.controls.faults.injected, {
            until: (injected) => injected.length === 1,
            schedule: Schedule.spaced("20 millis")
          })
          yield* dying.end
          yield* lost.await
          const next = yield* open(store, script, directory)
          // Visitors who give up and come again, each of whom waits for less than the lease lasts
          const [waited, body] = yield* browser.get(next.first).pipe(
            Effect.map((answer) => answer.body),
            Effect.timeoutTo({
              duration: "3 seconds",
              onSuccess: (text) => text,
              onTimeout: () => "gave up"
            }),
            Effect.repeat({ until: (text) => text !== "gave up", times: 20 }),
            Effect.timed
          )
          assert.strictEqual(body, greeting)
          assert.isAbove(Duration.toSeconds(waited), 3)
          assert.strictEqual((yield* browser.get(next.second)).body, greeting)
        })
      )
    )

    it.live("a browser that leaves amid a refresh costs nothing: the token is stored", () =>
      within(
        Effect.gen(function* () {
          const emulator = yield* SpotifyEmulator.SpotifyEmulator
          yield* emulator.controls.setRotation("always")
          const script = yield* Workers.bundleFile(store.entry)
          const { first, firstPort, second } = yield* open(store, script, yield* FetchHandler.directory)
          const browser = yield* signedIn(first, second)
          yield* emulator.controls.expireAccessTokens
          yield* emulator.controls.faults.plan([
            { target: "accounts", fault: { kind: "latency", delay: "2 seconds" }, times: 1 }
          ])
          const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ")
          const leaving = request({
            host: "127.0.0.1",
            port: firstPort,
            path: "/me",
            headers: { cookie },
            agent: false
          })
          leaving.on("error", () => {})
          leaving.end()
          yield* Effect.repeat(emulator.controls.faults.injected, {
            until: (injected) => injected.length === 1,
            schedule: Schedule.spaced("20 millis")
          })
          leaving.destroy()
          // The refresh token works once, so a second refresh would fail if the first had been lost
          assert.strictEqual((yield* browser.get(second)).body, greeting)
          assert.strictEqual(yield* refreshes, 1)
        })
      )
    )
  })
}

describe("the Workers example", () => {
  it("has the table of SqlTokenStore as its migration", () => {
    assert.strictEqual(
      migration.replaceAll(/\s+/g, " ").trim(),
      Either.getOrThrow(SqlTokenStore.tableDefinition("sqlite")).replaceAll(/\s+/g, " ").trim()
    )
  })

  for (const { entry, name } of stores) {
    it.effect(`has no Node module and no emulator in the bundle on ${name}`, () =>
      Effect.gen(function* () {
        const text = yield* Workers.bundleFile(entry)
        assert.notMatch(text, /^import\s.*from|\bimport\(/m)
        assert.notMatch(text, /["']node:/)
        assert.notInclude(text, "Ines Åkerholm")
      })
    )
  }
})
