/** Where the listener is: the port of the redirect URI or a free one, and never anywhere else. */
import { assert, describe, it } from "@effect/vitest"
import { Loopback } from "effect-spotify/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Net from "node:net"
import { networkInterfaces } from "node:os"
import * as Sockets from "./support/sockets.js"
import * as WaitingLogin from "./support/waitingLogin.js"

/** A port that was free a moment ago. */
const freePort = Effect.scoped(Sockets.occupy("127.0.0.1"))

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1")

const failure = (redirectUri: string) =>
  Effect.flip(Loopback.login({ openBrowser: () => Effect.die("too early") })).pipe(
    Effect.provide(WaitingLogin.layer(redirectUri))
  )

/** The whole login at one redirect URI; gives the URI that Spotify was asked with. */
const whole = (redirectUri: string) =>
  Effect.gen(function* () {
    const { answer, fiber, url, where } = yield* WaitingLogin.begin()
    const redirect = yield* Sockets.request(where, { target: yield* answer() })
    const page = yield* Sockets.request(where, { target: redirect.headers["location"] ?? "" })
    assert.include(page.body, "You are signed in")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
    assert.isTrue(yield* Sockets.isClosed(where))
    return new URL(url).searchParams.get("redirect_uri") ?? ""
  }).pipe(Effect.scoped, Effect.provide(WaitingLogin.layer(redirectUri)))

describe("Loopback's port", () => {
  it.live("a redirect URI with a port is used letter for letter", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      for (const rest of ["/callback", "/Call%20Back/?app=1", "/", ""]) {
        const redirectUri = `http://127.0.0.1:${port}${rest}`
        assert.strictEqual(yield* whole(redirectUri), redirectUri)
      }
    })
  )

  it.live("a redirect URI without a port gets a free one", () =>
    Effect.gen(function* () {
      assert.match(yield* whole("http://127.0.0.1/callback"), /^http:\/\/127\.0\.0\.1:\d{4,5}\/callback$/)
      assert.match(yield* whole("http://127.0.0.1"), /^http:\/\/127\.0\.0\.1:\d{4,5}$/)
    })
  )

  it.live.skipIf(!hasIpv6)("[::1] works as well (skipped where the machine has no IPv6)", () =>
    Effect.gen(function* () {
      assert.match(yield* whole("http://[::1]/callback"), /^http:\/\/\[::1\]:\d{4,5}\/callback$/)
    })
  )

  it.scopedLive("nobody from outside this machine can connect", () =>
    Effect.gen(function* () {
      const { where } = yield* WaitingLogin.begin()
      const others = Object.values(networkInterfaces())
        .flat()
        .flatMap((address) => (address === undefined || address.internal ? [] : [address.address]))
      for (const host of ["127.0.0.2", ...others.filter((address) => Net.isIPv4(address))]) {
        assert.isTrue(yield* Sockets.isClosed({ ...where, host }), host)
      }
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    it.scopedLive(`F14: a port that somebody else holds on ${host} is PortBusy, and nothing was begun`, () =>
      Effect.gen(function* () {
        const port = yield* Sockets.occupy(host)
        const error = yield* failure(`http://127.0.0.1:${port}/callback`)
        assert.isTrue(error._tag === "LoopbackServerError" && error.kind === "PortBusy")
        assert.include(error.message, `127.0.0.1:${port}`)
      })
    )
  }

  it.scopedLive("F14: two logins at one port: the second is told, the first goes on", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const redirectUri = `http://127.0.0.1:${port}/callback`
      yield* Effect.gen(function* () {
        const { answer, fiber, where } = yield* WaitingLogin.begin()
        const error = yield* Effect.flip(Loopback.login({ openBrowser: false }))
        assert.isTrue(error._tag === "LoopbackServerError" && error.kind === "PortBusy")
        const redirect = yield* Sockets.request(where, { target: yield* answer() })
        yield* Sockets.request(where, { target: redirect.headers["location"] ?? "" })
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
      }).pipe(Effect.provide(WaitingLogin.layer(redirectUri)))
    })
  )

  it.live("a redirect URI that no listener here can serve is told with what to do", () =>
    Effect.gen(function* () {
      for (const redirectUri of ["https://example.com/callback", "com.example.app:/callback"]) {
        const error = yield* failure(redirectUri)
        assert.isTrue(
          error._tag === "ClientMisconfigured" && error.code === "redirect_uri_invalid",
          redirectUri
        )
        assert.include(error.message, "http://127.0.0.1")
      }
      for (const redirectUri of ["http://localhost:8888/callback", "http://127.1:8888/callback"]) {
        const error = yield* Effect.flip(Loopback.login({ redirectUri, openBrowser: false })).pipe(
          Effect.provide(WaitingLogin.layer())
        )
        assert.include(error.message, "http://127.0.0.1:8888/callback")
      }
    })
  )

  it.effect("a program without a redirect URI is told to set one", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Loopback.login({ openBrowser: false }))
      assert.isTrue(error._tag === "ClientMisconfigured" && error.code === "redirect_uri_missing")
    }).pipe(Effect.provide(WaitingLogin.layer(undefined, { redirectUri: undefined })))
  )
})
