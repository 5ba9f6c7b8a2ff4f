/** The login of handlers of `(request, response, next)`, over a server of Node's own. */
import { assert, describe, it } from "@effect/vitest"
import { Spotify, SpotifyRuntime } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeLogin } from "effect-spotify/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Http from "node:http"
import * as Net from "node:net"
import { Browser, origin, secret, type Server } from "./support/routesServer.js"
import * as Sockets from "./support/sockets.js"

const emulatorLayer = SpotifyEmulator.layer({ config: { redirectUri: `${origin}/auth/callback` } })

/** Sends what a browser sends, without what `fetch` adds to it. */
const client =
  (port: number): Server =>
  (request) =>
    Effect.promise(
      () =>
        new Promise((resolve, reject) => {
          const { pathname, search } = new URL(request.url)
          const headers = { ...Object.fromEntries(request.headers), host: "app.example" }
          Http.request({ port, path: `${pathname}${search}`, method: request.method, headers }, (answer) => {
            const chunks: Array<Buffer> = []
            answer.on("data", (chunk: Buffer) => chunks.push(chunk))
            answer.on("end", () => {
              const fields = new Headers()
              for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
                values.forEach((value) => fields.append(name, value))
              }
              resolve(
                new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: fields })
              )
            })
          })
            .on("error", reject)
            .end()
        })
    )

/** A server whose pages are the user's name, and that of an error. */
const serve = Effect.gen(function* () {
  const fixed = Layer.succeedContext(yield* Layer.build(emulatorLayer))
  const spotify = yield* Effect.acquireRelease(
    Effect.sync(() =>
      SpotifyRuntime.make(
        Spotify.layerWebServer({ http: fixed, config: fixed, secrets: Redacted.make(secret) })
      )
    ),
    (runtime) => Effect.promise(() => runtime.dispose())
  )
  const login = NodeLogin.make(spotify)
  const page = async (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    if (request.url === "/broken") {
      throw new Error("a mistake")
    }
    const session = await login.sessionOf(request)
    const me = await spotify.run((client) => client.me.profile, { session })
    response.end(me.id)
  }
  const server = Http.createServer((request, response) => {
    const fail = (error: unknown) =>
      login.orLogIn(error, request, response, (left) =>
        response.writeHead(500).end(left instanceof Error ? left.message : "")
      )
    login.routes(request, response, (failed) =>
      failed === undefined ? void page(request, response).catch(fail) : fail(failed)
    )
  })
  const port = yield* Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(address !== null && typeof address === "object" ? address.port : 0))
      })
    }),
    () => Effect.sync(() => (server.closeAllConnections(), server.close()))
  )
  return { context: yield* Layer.build(fixed), port, server: client(port) }
})

describe("NodeLogin", () => {
  it.scopedLive("sends a person through the login and back, and a script gets 401", () =>
    Effect.gen(function* () {
      const { context, server } = yield* serve
      const browser = new Browser()
      const first = yield* browser.send(server, "/me?tab=1", { headers: { accept: "text/html" } })
      assert.deepStrictEqual([first.status, first.location], [303, "/auth/login?returnTo=%2Fme%3Ftab%3D1"])
      const back = yield* Effect.provide(browser.login(server, { login: first.location ?? "" }), context)
      assert.strictEqual(back.location, "/me?tab=1")
      assert.strictEqual((yield* browser.send(server, "/me?tab=1")).body, "free-listener")
      assert.strictEqual((yield* new Browser().send(server, "/me")).body, '{"error":"not_authenticated"}')
      assert.strictEqual((yield* browser.post(server, "/auth/logout")).status, 303)
      assert.strictEqual((yield* browser.send(server, "/me")).status, 401)
    })
  )

  it.scopedLive("other errors go on, and no other spelling of a path is a route", () =>
    Effect.gen(function* () {
      const { port, server } = yield* serve
      const broken = yield* new Browser().send(server, "/broken")
      assert.deepStrictEqual([broken.status, broken.body], [500, "a mistake"])
      const sent = (target: string, method = "GET") =>
        Effect.map(
          Sockets.request({ port }, { target, method, headers: { connection: "close" } }),
          ({ status }) => status
        )
      for (const target of ["/auth/login", "/auth/login?returnTo=/x"]) {
        assert.strictEqual(yield* sent(target), 303, target)
      }
      for (const target of ["/x/../auth/login", "//auth/login", "/auth//login", "/auth/%6Cogin", "*"]) {
        assert.strictEqual(yield* sent(target), 401, target)
      }
      assert.strictEqual(yield* sent("/auth/login", "PUT"), 405)
      // No Request can be of it
      assert.strictEqual(yield* sent("/auth/login", "TRACE"), 500)
    })
  )

  it("a request keeps its path, its host and its cookies", () => {
    const request = Object.assign(new Http.IncomingMessage(new Net.Socket()), {
      method: "GET",
      url: "/rest",
      originalUrl: "//evil.example/me?x=1",
      headers: { host: "app.example", cookie: "a=1; b=2", "x-list": ["1", "2"], ":path": "/" }
    })
    const made = NodeLogin.toRequest(request as never)
    const { pathname, search } = new URL(made.url)
    assert.deepStrictEqual([pathname, search], ["//evil.example/me", "?x=1"])
    assert.deepStrictEqual(Object.fromEntries(made.headers), {
      host: "app.example",
      cookie: "a=1; b=2",
      "x-list": "1, 2"
    })
  })
})
