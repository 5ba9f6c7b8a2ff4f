import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { NodeTransport } from "effect-spotify/node"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Zlib from "node:zlib"
import * as TransportFailure from "../../../src/http/transportFailure.js"
import * as Sockets from "../../support/sockets.js"

const transport = (options?: NodeTransport.Options) => NodeTransport.make(options)

const get = (url: string) => HttpClientRequest.get(url)

describe("NodeTransport", () => {
  it.scopedLive("gives up a server that says nothing, and a body that does not go on", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes("/slow")) {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        }
      })
      const client = yield* transport({ headersTimeout: "1 seconds", bodyTimeout: "1 seconds" })
      for (const path of ["/hang", "/slow"]) {
        const error = yield* client.execute(get(server.url + path)).pipe(
          Effect.flatMap(({ text }) => text),
          Effect.flip
        )
        const { kind, sent } = TransportFailure.classify(error)
        assert.deepStrictEqual([kind, sent], ["Timeout", "unknown"], path)
      }
    })
  )

  it.scopedLive("a compressed body that is cut is a failure, not a shorter text", () =>
    Effect.gen(function* () {
      const body = Zlib.gzipSync("x".repeat(100_000)).subarray(0, 100)
      const server = yield* Sockets.raw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`)
        socket.write(body)
      })
      const client = yield* transport()
      const error = yield* Effect.flip(Effect.flatMap(client.execute(get(server.url)), ({ text }) => text))
      const { kind, sent } = TransportFailure.classify(error)
      assert.deepStrictEqual([kind, sent], ["Network", "unknown"])
    })
  )

  it.scopedLive("interruption closes the connection, and what waits for one is never sent", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw(() => {})
      const client = yield* transport({ connections: 1 })
      const first = yield* Effect.fork(client.execute(get(`${server.url}/first`)))
      yield* Sockets.eventually(() => server.heard() === 1)
      const second = yield* Effect.fork(client.execute(get(`${server.url}/second`)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(first)
      yield* Sockets.eventually(() => server.open() === 0)
      assert.strictEqual(server.heard(), 1)
    })
  )

  it.scopedLive("gives up a long body that nobody reads", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n${"x".repeat(1_000_000)}`)
      })
      const client = yield* transport({ bodyTimeout: "300 millis" })
      yield* client.execute(get(server.url))
      yield* Sockets.eventually(() => server.open() === 0)
    })
  )

  it.scopedLive("a thousand requests, then no connection is left, and no failure unhandled", () =>
    Effect.gen(function* () {
      const unhandled: Array<unknown> = []
      const note = (cause: unknown) => void unhandled.push(cause)
      process.on("unhandledRejection", note)
      process.on("uncaughtException", note)
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes("reset")) {
          socket.resetAndDestroy()
        } else if (!line.includes("hang")) {
          socket.write(Sockets.ok(`{"a":1}`))
        }
      })
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(transport({ connections: 50 }), scope)
      const exits = yield* Effect.forEach(
        Array.from({ length: 1000 }, (_, index) => index),
        (index) =>
          Effect.exit(
            Effect.flatMap(
              client.execute(get(`${server.url}/${index % 100 === 7 ? "reset" : ""}`)),
              (_) => _.text
            )
          ),
        { concurrency: 200 }
      )
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 990)
      assert.isAtMost(server.made(), 50 + 20)
      const hanging = yield* Effect.fork(Effect.flip(client.execute(get(`${server.url}/hang`))))
      yield* Sockets.eventually(() => server.heard() === 1001)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(hanging)
      assert.strictEqual(TransportFailure.classify(error).sent, "unknown")
      yield* Sockets.eventually(() => server.open() === 0)
      const late = yield* Effect.flip(client.execute(get(server.url)))
      assert.strictEqual(TransportFailure.classify(late).sent, "no")
      process.off("unhandledRejection", note)
      process.off("uncaughtException", note)
      assert.deepStrictEqual(unhandled, [])
    })
  )
})
