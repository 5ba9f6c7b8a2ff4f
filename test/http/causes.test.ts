import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as PlatformError from "@effect/platform/Error"
import { assert, describe, it } from "@effect/vitest"
import {
  Accounts,
  FetchTransport,
  KeyValueTokenStore,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { NodeTransport } from "effect-spotify/node"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Path from "node:path"
import { inspect } from "node:util"
import ts from "typescript"
import { foreignCause } from "../../src/foreignCause.js"

const canaries = {
  access: "canaryAccessTokenBQDx7Kf0pRmZ2wNcV5tYhL8sGjUe",
  refresh: "canaryRefreshTokenAQBmWx5R8n0vKd3TfYhLs2GjUe",
  secret: "canaryClientSecret9fEw1oPq",
  code: "canaryAuthorizationCodeZ2wNcV5t",
  verifier: "canaryVerifierV5tYhL8sGjUeA3iOqTcanaryVerifierV5tYhL8s"
}

/** Every form in which an error can come to light, and every form that a canary can have in it. */
const expectClean = (what: string, exit: Exit.Exit<unknown, unknown>) => {
  assert.isTrue(Exit.isFailure(exit), what)
  if (!Exit.isFailure(exit)) {
    return
  }
  const error = Option.getOrThrow(Cause.failureOption(exit.cause))
  const depth = { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }
  const forms = [
    inspect(error, depth),
    inspect(exit, depth),
    JSON.stringify(error),
    Cause.pretty(exit.cause, { renderErrorCause: true }),
    String(error),
    (error as Error).stack ?? ""
  ].join("\n")
  // Bytes are shown in hexadecimal or as numbers; both without what stands between them
  const hex = forms.toLowerCase().replace(/[^0-9a-f]/g, "")
  for (const canary of Object.values(canaries)) {
    const bytes = Buffer.from(canary)
    assert.notInclude(forms, canary, what)
    assert.notInclude(forms, canary.slice(6, 22), what)
    assert.notInclude(hex, bytes.toString("hex"), what)
    assert.notInclude(forms, [...bytes.subarray(0, 12)].join(","), what)
    assert.notInclude(forms, [...bytes.subarray(0, 12)].join(", "), what)
    for (const shift of [0, 1, 2]) {
      const inner = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString("base64")
        .slice(4, -4)
      assert.notInclude(forms, inner, what)
    }
  }
}

/** Malformed answers that hold the whole request. */
const answers: Record<string, (request: string) => string> = {
  "a bad header line": (request) => `HTTP/1.1 200 OK\r\n${request.replaceAll("\r\n", " ")}\r\n\r\n`,
  "a header with a control character": (request) =>
    `HTTP/1.1 200 OK\r\nx-echo: \u0001${request.replaceAll("\r\n", " ")}\r\n\r\n`,
  "a bad chunk": (request) => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${request}\r\n`,
  "a bad chunk after a good one": (request) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nzz${request}`,
  "an unknown version": (request) => `HTTP/9.7 200 ${request}`,
  "no HTTP": (request) => request,
  "two lengths": (request) =>
    `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\nx: ${request.replaceAll("\r\n", " ")}\r\n\r\n`
}

/** Reads a request to its end, and answers with what `answer` makes of all its bytes. */
const echo = (answer: (request: string) => string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const server = Net.createServer((socket) => {
          let text = ""
          socket.on("error", () => {})
          socket.on("data", (bytes) => {
            text += bytes.toString("latin1")
            const head = text.indexOf("\r\n\r\n")
            const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
            if (head >= 0 && text.length >= head + 4 + length) {
              socket.end(answer(text), "latin1")
            }
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
    ),
    (server) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    }
  )

const configOf = (url: string) =>
  SpotifyConfig.layer({
    clientId: "client",
    clientSecret: Redacted.make(canaries.secret),
    redirectUri: "http://127.0.0.1:8888/callback",
    accountsUrl: url,
    apiUrl: `${url}/v1`
  })

const transports = {
  NodeTransport: NodeTransport.layer(),
  FetchTransport: FetchTransport.layer,
  FetchHttpClient: FetchHttpClient.layer
}

describe("causes of errors", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.live(`an answer that echoes the request shows nothing of it, over ${name}`, () =>
      Effect.forEach(
        Object.entries(answers),
        ([what, answer]) =>
          Effect.gen(function* () {
            const url = yield* echo(answer)
            const failures = Effect.gen(function* () {
              const accounts = yield* Accounts.make()
              const spotify = yield* SpotifyClient.make({ retry: { safe: false } })
              return [
                yield* Effect.exit(spotify.me.profile),
                yield* Effect.exit(accounts.refreshToken(Redacted.make(canaries.refresh))),
                yield* Effect.exit(accounts.clientCredentials),
                yield* Effect.exit(
                  accounts.exchangeCode({
                    code: Redacted.make(canaries.code),
                    codeVerifier: Redacted.make(canaries.verifier)
                  })
                )
              ]
            })
            for (const exit of yield* Effect.provide(failures, [
              configOf(url),
              transport,
              SessionService.layerAccessToken(Redacted.make(canaries.access))
            ])) {
              expectClean(`${what}, ${name}`, exit)
            }
          }).pipe(Effect.scoped),
        { discard: true }
      )
    )
  }

  it.effect("a token with a line break is no token, and is not shown", () =>
    Effect.gen(function* () {
      for (const token of [`${canaries.access}\nx-evil: 1`, `a ${canaries.access}`, "", " \n"]) {
        const exit = yield* Effect.flatMap(
          SessionService.SessionService,
          (session) => session.accessToken
        ).pipe(Effect.provide(SessionService.layerAccessToken(Redacted.make(token))), Effect.exit)
        expectClean("layerAccessToken", exit)
        assert.include(inspect(exit), "ClientMisconfigured")
      }
      const trimmed = yield* Effect.flatMap(
        SessionService.SessionService,
        (session) => session.accessToken
      ).pipe(Effect.provide(SessionService.layerAccessToken(Redacted.make(` ${canaries.access}\n`))))
      assert.strictEqual(Redacted.value(trimmed), canaries.access)
    })
  )

  it.effect("a key-value driver that quotes the record is not quoted", () =>
    Effect.gen(function* () {
      const failure = new PlatformError.SystemError({
        reason: "Unknown",
        module: "KeyValueStore",
        method: "set",
        description: canaries.refresh,
        pathOrDescriptor: canaries.refresh,
        cause: Object.assign(new Error(canaries.refresh), { parameters: [canaries.refresh] })
      })
      const thrown = () => {
        throw new Error(canaries.refresh)
      }
      for (const failing of [() => Effect.fail(failure), () => Effect.die(failure), thrown]) {
        const broken = KeyValueStore.makeStringOnly({
          get: failing,
          set: failing,
          remove: failing,
          clear: Effect.void,
          size: Effect.succeed(0)
        })
        const store = yield* Effect.provide(
          TokenStore.TokenStore,
          KeyValueTokenStore.layer({ singleProcess: true }).pipe(
            Layer.provide(Layer.succeed(KeyValueStore.KeyValueStore, broken))
          )
        )
        const next = {
          version: yield* TokenStore.newVersion,
          payload: Redacted.make(canaries.refresh),
          disposableAt: Option.none()
        }
        const key = TokenStore.StoreKey("key")
        const write = { key, expected: Option.none(), next: Option.some(next) }
        expectClean("get", yield* Effect.exit(store.get(key)))
        expectClean("commit", yield* Effect.exit(store.commit(write)))
      }
    })
  )

  it("of a foreign error only name, code and system call are left, however deep it is", () => {
    const secret = canaries.access
    const hostile = Object.assign(
      new Error(secret, {
        cause: Object.assign(
          new AggregateError([
            Object.assign(new TypeError(secret), { code: "ECONNREFUSED", syscall: "connect" })
          ]),
          { rawPacket: Buffer.from(secret), data: secret }
        )
      }),
      { name: secret, code: secret, syscall: secret, [Symbol("hidden")]: secret, stack: secret }
    )
    const circular: Error & { self?: unknown } = new Error(secret)
    circular.cause = circular
    const thrower = () => {
      throw new Error(secret)
    }
    const members = ["name", "code", "reason", "syscall", "errors", "cause"]
    for (const error of [
      hostile,
      new Proxy(new Error(secret), { get: thrower, has: () => true }),
      new Proxy(new Error(secret), { has: thrower }),
      Object.defineProperties(
        new Error(secret),
        Object.fromEntries(members.map((name) => [name, { get: thrower }]))
      ),
      circular,
      secret,
      { message: secret, code: `${secret}=` },
      new Error(secret)
    ]) {
      expectClean("foreign", Exit.fail(foreignCause(error)))
    }
    assert.include(inspect(foreignCause(hostile), { depth: Infinity }), "connect ECONNREFUSED")
  })

  it("every error with a cause of others' making has it cleaned", () => {
    const src = Path.join(import.meta.dirname, "../../src")
    const places = Fs.readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !/^(emulator|testing)\//.test(file))
      .flatMap((file) => {
        const tree = ts.createSourceFile(file, Fs.readFileSync(Path.join(src, file), "utf8"), 99, true)
        const found: Array<string> = []
        const visit = (node: ts.Node): void => {
          if (
            (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) &&
            node.name.getText() === "cause" &&
            ts.isNewExpression(node.parent.parent)
          ) {
            found.push(`${file}: ${node.getText().replace(/\s+/g, " ")}`)
          }
          ts.forEachChild(node, visit)
        }
        visit(tree)
        return found
      })
      .filter((place) => !place.includes("foreignCause("))
    const counts: Record<string, number> = {}
    for (const place of places) {
      const file = place.slice(0, place.indexOf(":"))
      counts[file] = (counts[file] ?? 0) + 1
    }
    assert.deepStrictEqual(counts, {
      // Of a `DiskError`, cleaned where it is made, or a text of its own
      "node/fileStore/generationStore.ts": 6,
      // Of an error of this library, cleaned where that was made
      "client/lists/paging.ts": 1,
      "session/renewal.ts": 1,
      "store/settledCommit.ts": 1,
      // Of a `SqlError`, of which store/sqlFailure.ts lets only the code out
      "node/sqliteStore/database.ts": 1,
      "store/D1TokenStore.ts": 2,
      // Errors of this library, which hold words and codes only
      "browser/BrowserTokenStore.ts": 1,
      "store/DurableObjectTokenStore.ts": 1,
      "store/EncryptedTokenStore.ts": 1,
      "store/RedisTokenStore.ts": 1,
      "store/SqlTokenStore.ts": 2
    })
  })
})
