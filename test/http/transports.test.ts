import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  FetchTransport,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId
} from "effect-spotify"
import { NodeTransport } from "effect-spotify/node"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import * as Zlib from "node:zlib"
import * as BoundedBody from "../../src/http/boundedBody.js"
import * as Exchange from "../../src/http/exchange.js"
import * as TransportFailure from "../../src/http/transportFailure.js"
import { expectNoLeak } from "../support/canaries.js"
import * as fixtures from "../model/fixtures.js"
import * as Sockets from "../support/sockets.js"

/** What every transport of this package does, whatever it is made of. */
const transports = { NodeTransport: NodeTransport.make(), FetchTransport: FetchTransport.make }

/** A server of Node's own that echoes what it got. */
const echo = Effect.map(
  Effect.acquireRelease(
    Effect.async<Http.Server>((resume) => {
      const server = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          response.setHeader("set-cookie", ["a=1", "b=2"])
          response.end(
            JSON.stringify({
              method: request.method,
              url: request.url,
              headers: request.headers,
              body: Buffer.concat(chunks).toString()
            })
          )
        })
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ),
  (server) => {
    const address = server.address()
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  }
)

interface Echoed {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
}

const echoed = (client: HttpClient.HttpClient, request: HttpClientRequest.HttpClientRequest) =>
  Effect.flatMap(client.execute(request), ({ json }) => Effect.map(json, (body) => body as Echoed))

const large = JSON.stringify(Array.from({ length: 30_000 }, (_, index) => ({ index, name: "Jóga – 日本語" })))

const fastBrotli = (bytes: Buffer) =>
  Zlib.brotliCompressSync(bytes, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 3 } })

const get = (url: string) => HttpClientRequest.get(url)

const failureOf = (client: HttpClient.HttpClient, url: string) =>
  client.execute(get(url)).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.flip,
    Effect.map(TransportFailure.classify)
  )

describe.each(Object.entries(transports))("%s", (_, transport) => {
  const layer = Layer.scoped(HttpClient.HttpClient, transport)

  it.scopedLive("sends bodies of every kind and reads what comes back", () =>
    Effect.gen(function* () {
      const url = yield* echo
      const client = yield* transport
      const text = yield* echoed(client, HttpClientRequest.post(url).pipe(HttpClientRequest.bodyText("Jóga")))
      assert.strictEqual(text.body, "Jóga")
      assert.strictEqual(text.headers["content-length"], "5")
      const streamed = yield* echoed(
        client,
        HttpClientRequest.put(url).pipe(
          HttpClientRequest.setBody(
            HttpBody.stream(Stream.make("one ", "two").pipe(Stream.encodeText), "text/plain")
          )
        )
      )
      assert.strictEqual(streamed.body, "one two")
      const form = new FormData()
      form.set("name", "Björk")
      const sent = yield* echoed(
        client,
        HttpClientRequest.post(url).pipe(HttpClientRequest.bodyFormData(form))
      )
      assert.include(sent.body, "Björk")
      const empty = yield* echoed(client, HttpClientRequest.put(`${url}/a?b=c%20d`))
      assert.deepStrictEqual([empty.method, empty.url, empty.body], ["PUT", "/a?b=c%20d", ""])
      assert.strictEqual(empty.headers["content-length"], "0")
    })
  )

  it.scopedLive("reads the same body more than once, with cookies and headers", () =>
    Effect.gen(function* () {
      const url = yield* echo
      const client = yield* transport
      const response = yield* client.execute(get(url))
      assert.strictEqual(yield* response.text, yield* response.text)
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
      assert.isString(response.headers["date"])
      const bytes = yield* Effect.flatMap(client.execute(get(url)), ({ arrayBuffer }) => arrayBuffer)
      assert.isAbove(bytes.byteLength, 10)
      const second = yield* client.execute(get(url))
      yield* Stream.runDrain(second.stream)
      const again = yield* Effect.flip(Stream.runDrain(second.stream))
      assert.strictEqual(again.reason, "Decode")
    })
  )

  it.scopedLive("goes where the URL parser would, however the address is written", () =>
    Effect.gen(function* () {
      const url = yield* echo
      const client = yield* transport
      const urls = ["/a/../b", "/a/./b", "/ä?ö=ü", "/a#frag", "/a b", "", "/%2e%2e/x", "/x?y=/../z"]
      for (const path of urls) {
        const seen = yield* echoed(client, get(url + path))
        const { pathname, search } = new URL(url + path)
        assert.strictEqual(seen.url, pathname + search, path)
      }
      const params = yield* echoed(client, HttpClientRequest.setUrlParam(get(`${url}/a`), "q", "x y"))
      assert.strictEqual(params.url, "/a?q=x+y")
      for (const bad of ["ftp://127.0.0.1/", "nothing", "http://"]) {
        const error = yield* Effect.flip(client.execute(get(bad)))
        assert.strictEqual(error.reason, "InvalidUrl", bad)
        assert.strictEqual(TransportFailure.classify(error).sent, "no")
      }
      const header = yield* Effect.flip(
        client.execute(HttpClientRequest.setHeader(get(url), "x", "a\r\nb: c"))
      )
      assert.strictEqual(header.reason, "Encode")
    })
  )

  it.scopedLive.each([
    ["gzip", Zlib.gzipSync],
    ["br", fastBrotli],
    ["deflate", Zlib.deflateSync]
  ] as const)("undoes %s, whole and as a stream", ([coding, compress]) =>
    Effect.gen(function* () {
      const small = "{}"
      const bodies = [compress(Buffer.from(small)), compress(Buffer.from(large))] as const
      const { url } = yield* Sockets.raw((socket, line) => {
        const body = line.includes("/small") ? bodies[0] : bodies[1]
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`
        )
        socket.write(body)
      })
      const client = yield* transport
      const whole = yield* client.execute(get(`${url}/large`))
      assert.isTrue((yield* whole.text) === large)
      const short = yield* client.execute(get(`${url}/small`))
      assert.strictEqual(yield* short.text, small)
      const streamed = yield* client.execute(get(`${url}/large`))
      const chunks = yield* Stream.runCollect(streamed.stream)
      assert.isTrue(Buffer.concat(Chunk.toReadonlyArray(chunks)).toString() === large)
      // A few kilobytes may stand for gigabytes
      const bounded = yield* client.execute(get(`${url}/large`))
      assert.isTrue(Option.isNone(yield* BoundedBody.readText(bounded, 10_000)))
      const left = yield* client.execute(get(`${url}/large`))
      assert.strictEqual(Chunk.size(yield* Stream.runCollect(Stream.take(left.stream, 1))), 1)
    })
  )

  it.scopedLive("follows no redirect and sends no trace header", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket) =>
        socket.write("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
      )
      const url = yield* echo
      const client = yield* transport
      assert.strictEqual((yield* client.execute(get(server.url))).status, 302)
      assert.strictEqual(server.heard(), 1)
      const { headers } = yield* Effect.withSpan(echoed(client, get(url)), "outer")
      assert.isUndefined(headers["traceparent"])
      assert.isUndefined(headers["b3"])
    })
  )

  it.scopedLive("says what failed, and whether the request can have been sent", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes("/before")) {
          socket.resetAndDestroy()
        } else if (line.includes("/after")) {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", () => socket.resetAndDestroy())
        } else if (line.includes("/truncated")) {
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        } else if (line.includes("/chunks")) {
          socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        } else if (line.includes("/nonsense")) {
          socket.write("nonsense\r\n\r\n")
        }
      })
      // A port that nobody listens on, since it was free a moment ago
      const gone = yield* Effect.scoped(
        Effect.map(
          Sockets.raw(() => {}),
          ({ url }) => url
        )
      )
      const client = yield* transport
      const kindOf = (url: string) => Effect.map(failureOf(client, url), ({ kind, sent }) => [kind, sent])
      assert.deepStrictEqual(yield* kindOf(gone), ["Connect", "no"])
      assert.deepStrictEqual(yield* kindOf("http://no-such-host.invalid/"), ["Dns", "no"])
      assert.deepStrictEqual(yield* kindOf(`${server.url}/before`), ["Reset", "unknown"])
      assert.deepStrictEqual(yield* kindOf(`${server.url}/after`), ["Reset", "unknown"])
      assert.deepStrictEqual(yield* kindOf(`${server.url}/truncated`), ["Reset", "unknown"])
      assert.deepStrictEqual(yield* kindOf(`${server.url}/chunks`), ["Reset", "unknown"])
      assert.deepStrictEqual(yield* kindOf(`${server.url}/nonsense`), ["Network", "unknown"])
      // TLS to a server that speaks none: no byte of the request has left
      const [kind, sent] = yield* kindOf(server.url.replace("http:", "https:"))
      assert.strictEqual(sent, "no", String(kind))
    })
  )

  it.scopedLive("interruption closes the connection, before the answer and within its body", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes("/body")) {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        }
      })
      const client = yield* transport
      const before = yield* Effect.fork(client.execute(get(server.url)))
      yield* Sockets.eventually(() => server.heard() === 1)
      yield* Fiber.interrupt(before)
      yield* Sockets.eventually(() => server.open() === 0)
      for (const read of ["text", "json", "arrayBuffer", "urlParamsBody"] as const) {
        const response = yield* client.execute(get(`${server.url}/body`))
        const within = yield* Effect.fork(response[read])
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(within)
        yield* Sockets.eventually(() => server.open() === 0)
      }
    })
  )

  it.scopedLive("closes the connection when a stream is left before its end, and only then", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) =>
        line.includes("/endless")
          ? void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n${"x".repeat(500_000)}`)
          : void socket.write(Sockets.ok("{}"))
      )
      const client = yield* transport
      const response = yield* client.execute(get(`${server.url}/endless`))
      yield* Stream.runDrain(Stream.take(response.stream, 1))
      yield* Sockets.eventually(() => server.open() === 0)
      for (let index = 0; index < 20; index++) {
        yield* Effect.flatMap(client.execute(get(server.url)), ({ stream }) => Stream.runDrain(stream))
      }
      // A connection is free again a turn of the event loop after its answer, so there may be a few
      assert.isAtMost(server.made(), 8)
    })
  )

  it.scopedLive("an exchange of its own is bounded in time and size, and can be interrupted", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes("/large")) {
          socket.write(Sockets.ok(large))
        } else if (!line.includes("/hang")) {
          socket.write(Sockets.ok("{}", "spotify-request-id: abc\r\n"))
        }
      })
      const client = yield* transport
      const exchange = yield* Effect.provideService(Exchange.make, HttpClient.HttpClient, client)
      const bounds = (timeout: number, limit: number): Exchange.Bounds => ({
        timeout: Duration.millis(timeout),
        limit: () => limit
      })
      const answer = yield* exchange(get(server.url), bounds(5_000, 100))
      assert.deepStrictEqual([answer.status, answer.body], [200, Option.some("{}")])
      assert.strictEqual(answer.header("spotify-request-id"), "abc")
      const whole = yield* exchange(get(`${server.url}/large`), bounds(5_000, 1e9))
      assert.isTrue(Option.getOrThrow(whole.body) === large)
      const cut = yield* exchange(get(`${server.url}/large`), bounds(5_000, 1000))
      assert.isTrue(Option.isNone(cut.body))
      const late = yield* Effect.either(exchange(get(`${server.url}/hang`), bounds(100, 1000)))
      assert.isTrue(Either.isLeft(late) && late.left._tag === "Timeout")
      const fiber = yield* Effect.fork(exchange(get(`${server.url}/hang`), bounds(60_000, 1000)))
      const heard = server.heard()
      yield* Sockets.eventually(() => server.heard() > heard)
      yield* Fiber.interrupt(fiber)
      yield* Sockets.eventually(() => server.open() <= 1)
    })
  )

  it.scopedLive("a command is done as soon as its answer begins, whatever becomes of the body", () =>
    Effect.gen(function* () {
      const head = (rest: string) => `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n${rest}\r\n`
      const server = yield* Sockets.raw((socket, line) => {
        socket.write(head("content-length: 20\r\n") + '{"id"')
        if (line.includes("/next")) {
          setTimeout(() => socket.destroy(), 20)
        }
      })
      const main = SpotifyClient.layer({ totalTimeout: "10 seconds" }).pipe(
        Layer.provide(SessionService.layerAccessToken(Redacted.make("canary-access-token"))),
        Layer.provide([SpotifyConfig.layer({ clientId: "client", apiUrl: server.url }), layer])
      )
      const program = Effect.gen(function* () {
        const spotify = yield* SpotifyClient.SpotifyClient
        const create = spotify.playlists.create({ name: "Mine" })
        yield* CallOptions.withOptions(create, { timeout: "500 millis" })
        yield* CallOptions.withOptions(create, { totalTimeout: "500 millis" })
        yield* spotify.player.next()
        assert.strictEqual(server.heard(), 3)
      })
      yield* Effect.provide(program, main)
      yield* Sockets.eventually(() => server.open() === 0)
    })
  )

  it.scopedLive("SpotifyClient works over it and shows no secret", () =>
    Effect.gen(function* () {
      const server = yield* Sockets.raw((socket, line) => {
        if (line.includes(fixtures.id(1))) {
          socket.write(Sockets.ok(JSON.stringify(fixtures.track(1))))
        } else {
          socket.resetAndDestroy()
        }
      })
      const main = SpotifyClient.layer().pipe(
        Layer.provide(SessionService.layerAccessToken(Redacted.make("canary-access-token"))),
        Layer.provide([SpotifyConfig.layer({ clientId: "client", apiUrl: server.url }), layer])
      )
      const program = Effect.gen(function* () {
        const spotify = yield* SpotifyClient.SpotifyClient
        const track = yield* spotify.tracks.get(SpotifyId.TrackId.make(fixtures.id(1)))
        assert.strictEqual(track.name, "Track 1")
        const error = yield* Effect.flip(spotify.tracks.get(SpotifyId.TrackId.make(fixtures.id(2))))
        assert.strictEqual(error._tag, "ServiceUnavailable")
        yield* Effect.logError("failed", error)
      })
      yield* expectNoLeak(() => ["canary-access-token"], Effect.provide(program, main))
    })
  )
})
