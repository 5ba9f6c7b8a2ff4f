/** Our flows against an authorization server that we did not write. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, layer } from "@effect/vitest"
import { LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Server from "./authorizationServer.js"

/** A browser: follows redirects with its cookies until it is sent to the app. */
const browse = (start: string) =>
  Effect.promise(async () => {
    const cookies = new Map<string, string>()
    let url = start
    for (let step = 0; step < 20; step++) {
      const response = await fetch(url, {
        redirect: "manual",
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }
      })
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ""] = cookie.split(";")
        cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1))
      }
      const location = response.headers.get("location")
      if (location === null) {
        throw new Error(`the login stopped at ${response.status} ${await response.text()}`)
      }
      url = new URL(location, url).toString()
      if (new URL(url).pathname === "/callback") {
        return url
      }
    }
    throw new Error("too many redirects")
  })

const callApi = (issuer: string, token: Redacted.Redacted<string>) =>
  Effect.promise(() =>
    fetch(`${issuer}/v1/me`, { headers: { authorization: `Bearer ${Redacted.value(token)}` } }).then(
      (response) => response.status
    )
  )

const app = (issuer: string, clientId: string, secret?: string) =>
  Layer.mergeAll(
    TokenStore.layerMemory,
    FetchHttpClient.layer,
    SpotifyConfig.layer({
      clientId,
      clientSecret: secret === undefined ? undefined : Redacted.make(secret),
      redirectUri: "http://127.0.0.1:8888/callback",
      scopes: ["user-read-private"],
      accountsUrl: issuer,
      apiUrl: `${issuer}/v1`
    })
  )

const login = Effect.gen(function* () {
  const service = yield* LoginService.LoginService
  const { state, url } = yield* service.begin()
  return yield* service.complete(yield* browse(url), { state })
})

describe("against an independent authorization server", () => {
  layer(Server.layer, { excludeTestServices: true })((it) => {
    const flows = [
      ["code with a secret by Basic", "basic-client", "basic-secret"],
      ["code with a secret, another client", "post-client", "post-secret"],
      ["PKCE without a secret", "public-client", undefined]
    ] as const

    for (const [name, clientId, secret] of flows) {
      for (const rotate of [true, false]) {
        it.effect(`${name}, refresh tokens that ${rotate ? "rotate" : "stay"}`, () =>
          Effect.gen(function* () {
            const { control, issuer } = yield* Server.AuthorizationServer
            yield* control({ rotate, accessTtl: 3600, decision: "allow" })
            const flow =
              secret === undefined ? SessionService.layerPkce() : SessionService.layerAuthorizationCode()
            yield* Effect.gen(function* () {
              const session = yield* login
              assert.isTrue(session._tag === "Active" && session.scopes.includes("user-read-private"))
              const service = yield* SessionService.SessionService
              const seen = new Set<string>()
              for (let round = 0; round < 3; round++) {
                const token = yield* round === 0 ? service.accessToken : service.refresh
                seen.add(Redacted.value(token))
                assert.strictEqual(yield* callApi(issuer, token), 200)
              }
              assert.strictEqual(seen.size, 3)
            }).pipe(Effect.provide(Layer.provide(flow, app(issuer, clientId, secret))))
          })
        )
      }
    }

    it.effect("client credentials, by Basic", () =>
      Effect.gen(function* () {
        const { issuer } = yield* Server.AuthorizationServer
        const token = yield* Effect.flatMap(
          SessionService.SessionService,
          (service) => service.accessToken
        ).pipe(
          Effect.provide(
            Layer.provide(
              SessionService.layerClientCredentials(),
              app(issuer, "basic-client", "basic-secret")
            )
          )
        )
        assert.isAbove(Redacted.value(token).length, 10)
      })
    )

    it.effect("client credentials with an id and a secret that must be form-encoded", () =>
      Effect.gen(function* () {
        const { issuer } = yield* Server.AuthorizationServer
        const token = yield* Effect.flatMap(
          SessionService.SessionService,
          (service) => service.accessToken
        ).pipe(
          Effect.provide(
            Layer.provide(
              SessionService.layerClientCredentials(),
              app(issuer, "odd client+id", "s3cr:t/+ %&")
            )
          )
        )
        assert.isAbove(Redacted.value(token).length, 10)
      })
    )

    it.effect("a wrong secret is typed and says where to look", () =>
      Effect.gen(function* () {
        const { issuer } = yield* Server.AuthorizationServer
        const error = yield* Effect.flatMap(
          SessionService.SessionService,
          (service) => service.accessToken
        ).pipe(
          Effect.provide(
            Layer.provide(SessionService.layerClientCredentials(), app(issuer, "basic-client", "wrong"))
          ),
          Effect.flip
        )
        assert.isTrue(error._tag === "ClientMisconfigured" && error.code === "invalid_client")
      })
    )

    it.effect("refused consent", () =>
      Effect.gen(function* () {
        const { control, issuer } = yield* Server.AuthorizationServer
        yield* control({ decision: "deny" })
        const error = yield* Effect.flip(login).pipe(
          Effect.provide(Layer.provide(SessionService.layerPkce(), app(issuer, "public-client"))),
          Effect.ensuring(control({ decision: "allow" }))
        )
        assert.isTrue(error._tag === "AuthorizationDenied" && error.code === "access_denied")
      })
    )

    it.effect("a token that expires is renewed before the API sees it", () =>
      Effect.gen(function* () {
        const { control, issuer } = yield* Server.AuthorizationServer
        yield* control({ accessTtl: 1, rotate: true, decision: "allow" })
        yield* Effect.gen(function* () {
          yield* login
          const service = yield* SessionService.SessionService
          yield* Effect.sleep("1100 millis")
          yield* control({ accessTtl: 3600 })
          assert.strictEqual(yield* callApi(issuer, yield* service.accessToken), 200)
        }).pipe(
          Effect.provide(Layer.provide(SessionService.layerPkce(), app(issuer, "public-client"))),
          Effect.ensuring(control({ accessTtl: 3600 }))
        )
      })
    )

    it.effect("a code that was exchanged elsewhere is typed", () =>
      Effect.gen(function* () {
        const { issuer } = yield* Server.AuthorizationServer
        const spent = yield* Effect.gen(function* () {
          const service = yield* LoginService.LoginService
          const { state, url } = yield* service.begin()
          const callback = yield* browse(url)
          yield* service.complete(callback, { state })
          const second = yield* service.begin()
          const forged = new URL(yield* browse(second.url))
          forged.searchParams.set("code", new URL(callback).searchParams.get("code") ?? "")
          return yield* Effect.flip(service.complete(forged.toString(), { state: second.state }))
        }).pipe(Effect.provide(Layer.provide(SessionService.layerPkce(), app(issuer, "public-client"))))
        assert.strictEqual(spent._tag, "InvalidGrant")
      })
    )

    it.effect("signing out forgets the session", () =>
      Effect.gen(function* () {
        const { issuer } = yield* Server.AuthorizationServer
        yield* Effect.gen(function* () {
          yield* login
          const service = yield* SessionService.SessionService
          yield* service.signOut
          assert.strictEqual((yield* service.session)._tag, "SignedOut")
        }).pipe(Effect.provide(Layer.provide(SessionService.layerPkce(), app(issuer, "public-client"))))
      })
    )
  })
})
