import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { FetchTransport, SessionService, SpotifyClient, SpotifyConfig, SpotifyId } from "effect-spotify"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as Exchange from "../../src/http/exchange.js"
import * as fixtures from "../model/fixtures.js"

interface Call {
  readonly url: string
  readonly init: RequestInit
}

/** A `fetch` that keeps what it was called with. */
const fetching = (answer: (call: Call) => Promise<Response>) => {
  const calls: Array<Call> = []
  const fetch = (url: string | URL | Request, init: RequestInit = {}) => {
    const call = { url: String(url), init }
    calls.push(call)
    return answer(call)
  }
  return { calls, layer: Layer.provide(FetchTransport.layer, Layer.succeed(FetchHttpClient.Fetch, fetch)) }
}

const json = (value: unknown) => Promise.resolve(Response.json(value))

const never = () => new Promise<Response>(() => {})

const get = HttpClientRequest.get("https://api.example/v1/me")

const bounds: Exchange.Bounds = { timeout: Duration.seconds(30), limit: () => 1000 }

const exchange = Effect.flatMap(Exchange.make, (exchange) => exchange(get, bounds))

const RequestInit = (init: RequestInit) => Layer.succeed(FetchHttpClient.RequestInit, init)

/** Until the scope closes, the runtime seems to be Deno. */
const inDeno = Effect.acquireRelease(
  Effect.sync(() => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "navigator")
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Deno/2.9.6" }, configurable: true })
    return own
  }),
  (own) =>
    Effect.sync(() =>
      own === undefined
        ? Reflect.deleteProperty(globalThis, "navigator")
        : Object.defineProperty(globalThis, "navigator", own)
    )
)

describe("FetchTransport", () => {
  it.effect("options and fetch come from the request's context, from the client's, or from the layer's", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching(() => json(fixtures.track(1)))
      const spotify = (client: Layer.Layer<HttpClient.HttpClient>, own: Layer.Layer<never>) =>
        SpotifyClient.SpotifyClient.use(({ tracks }) =>
          tracks.get(SpotifyId.TrackId.make(fixtures.id(1)))
        ).pipe(
          Effect.provide(
            SpotifyClient.layer().pipe(
              Layer.provide(SessionService.layerAccessToken(Redacted.make("token"))),
              Layer.provide([SpotifyConfig.layer({ clientId: "client" }), client, own])
            )
          )
        )
      const init: RequestInit = { cache: "no-store", redirect: "follow", headers: { "X-App": "mine" } }
      yield* spotify(layer, Layer.empty)
      yield* spotify(Layer.provide(layer, RequestInit(init)), Layer.empty)
      yield* spotify(layer, RequestInit(init) as Layer.Layer<never>)
      assert.deepStrictEqual(
        calls.map(({ init: { cache, headers, redirect } }) => [
          cache,
          redirect,
          new Headers(headers).get("x-app"),
          new Headers(headers).get("authorization")
        ]),
        [
          [undefined, "manual", null, "Bearer token"],
          ["no-store", "manual", "mine", "Bearer token"],
          ["no-store", "manual", "mine", "Bearer token"]
        ]
      )
      yield* HttpClient.execute(get).pipe(Effect.provide(layer))
      yield* HttpClient.execute(get).pipe(Effect.provide([layer, RequestInit(init)]))
      assert.deepStrictEqual(
        calls.slice(3).map(({ init: { redirect } }) => redirect),
        ["manual", "follow"]
      )
    })
  )

  it.effect("the time of an exchange passes on the program's clock, and aborts the request", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching(never)
      const fiber = yield* Effect.fork(Effect.flip(Effect.provide(exchange, layer)))
      yield* TestClock.adjust("29 seconds")
      assert.isFalse(calls[0]?.init.signal?.aborted)
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { _tag: "Timeout" })
      assert.isTrue(calls[0]?.init.signal?.aborted)
    })
  )

  it.live("on the system clock a late answer is a timeout, and aborts the request", () =>
    Effect.gen(function* () {
      const { calls, layer } = fetching(never)
      const client = yield* Effect.provide(Exchange.make, layer)
      const failure = yield* Effect.flip(client(get, { ...bounds, timeout: Duration.millis(10) }))
      assert.deepStrictEqual(failure, { _tag: "Timeout" })
      assert.isTrue(calls[0]?.init.signal?.aborted)
    })
  )

  it.effect("the body of a fetch that ignores its signal is cancelled: interrupted, late, too long", () =>
    Effect.gen(function* () {
      let cancelled = 0
      const endless = () =>
        Promise.resolve(
          new Response(
            new ReadableStream({
              pull: (controller) => (cancelled < 2 ? undefined : controller.enqueue(new Uint8Array(600))),
              cancel: () => void cancelled++
            })
          )
        )
      const { calls, layer } = fetching(endless)
      const interrupted = yield* Effect.fork(Effect.provide(exchange, layer))
      while (calls.length < 1) yield* Effect.yieldNow()
      yield* Effect.promise(() => Promise.resolve())
      yield* Fiber.interrupt(interrupted)
      yield* Effect.promise(() => Promise.resolve())
      assert.strictEqual(cancelled, 1)
      const late = yield* Effect.fork(Effect.flip(Effect.provide(exchange, layer)))
      while (calls.length < 2) yield* Effect.yieldNow()
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* Fiber.join(late), { _tag: "Timeout" })
      assert.strictEqual(cancelled, 2)
      const { body } = yield* Effect.provide(exchange, layer)
      assert.strictEqual(body._tag, "None")
      assert.strictEqual(cancelled, 3)
    })
  )

  for (const type of ["bytes", undefined] as const) {
    const kind = type === undefined ? "as they come" : "that fill a buffer, as in Deno and workerd,"
    const parts = (total: number, seen: { reads: number; cancelled: number; buffers: number }) => {
      let sent = 0
      const source = {
        pull: (controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>) => {
          seen.reads++
          const request = "byobRequest" in controller ? controller.byobRequest : null
          seen.buffers += request === null ? 0 : 1
          if (sent === total) {
            controller.close()
            request?.respond(0)
            return
          }
          // Each part ends within a letter of two bytes
          const part = Uint8Array.of(...(sent === 0 ? [] : [0xa9]), ...Array<number>(100).fill(0x61), 0xc3)
          controller.enqueue(++sent === total ? part.subarray(0, -1) : part)
        },
        cancel: () => void seen.cancelled++
      }
      return type === "bytes"
        ? new ReadableStream({ ...source, type } as UnderlyingByteSource)
        : new ReadableStream(source as UnderlyingDefaultSource<Uint8Array>)
    }

    it.scoped(`a body in small parts ${kind} is read to its end, and no further than its limit`, () =>
      Effect.gen(function* () {
        if (type === "bytes") {
          yield* inDeno
        }
        const seen = { reads: 0, cancelled: 0, buffers: 0 }
        const answer = (count: number) =>
          fetching(() => Promise.resolve(new Response(parts(count, seen)))).layer
        const whole = yield* Effect.provide(exchange, answer(9))
        assert.deepStrictEqual(whole.body, Option.some(Array<string>(9).fill("a".repeat(100)).join("é")))
        assert.strictEqual(seen.buffers > 0, type === "bytes")
        assert.strictEqual(seen.cancelled, 0)
        const long = yield* Effect.provide(exchange, answer(1000))
        assert.deepStrictEqual(long.body, Option.none())
        assert.strictEqual(seen.cancelled, 1)
        assert.isBelow(seen.reads, 30)
      })
    )
  }

  it.effect("a fetch that throws is one that rejects, and its words are not shown", () =>
    Effect.gen(function* () {
      const secret = "canaryAccessTokenBQDx7Kf0pRmZ2wNc"
      const { layer } = fetching(() => {
        throw new TypeError(`cannot send ${secret}`)
      })
      const error = yield* HttpClient.execute(HttpClientRequest.bearerToken(get, secret)).pipe(
        Effect.provide(layer),
        Effect.flip
      )
      assert.strictEqual(error.reason, "Transport")
      assert.notInclude(inspect(error.cause, { depth: Infinity, showHidden: true }), secret)
      assert.notInclude(`${String(error)} ${error.stack}`, secret)
    })
  )

  it.effect("the global fetch is looked up for each request", () =>
    Effect.gen(function* () {
      const client = Context.get(yield* Layer.build(FetchTransport.layer), HttpClient.HttpClient)
      const { fetch } = globalThis
      yield* Effect.acquireUseRelease(
        Effect.sync(() => {
          globalThis.fetch = () => json("replaced")
        }),
        () =>
          Effect.flatMap(client.execute(get), ({ json }) =>
            Effect.map(json, (_) => assert.strictEqual(_, "replaced"))
          ),
        () =>
          Effect.sync(() => {
            globalThis.fetch = fetch
          })
      )
    }).pipe(Effect.scoped)
  )
})
