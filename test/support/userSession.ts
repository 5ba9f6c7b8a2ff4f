import { LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FakeAccounts from "./fakeAccounts.js"

export const config = SpotifyConfig.layer({
  clientId: "client",
  clientSecret: Redacted.make("canary-client-secret"),
  redirectUri: "http://127.0.0.1:8888/callback",
  scopes: ["user-top-read"]
})

/** The sessions of one process, over a server and a store that several may share. */
export const layer = (
  server: FakeAccounts.FakeAccounts,
  store: TokenStore.Service,
  options: SessionService.Options = {}
) =>
  SessionService.layerAuthorizationCode(options).pipe(
    Layer.provide([server.layer, config, Layer.succeed(TokenStore.TokenStore, store)])
  )

/** A program over a user's session, a fake accounts service and a store that the test holds. */
export const run =
  (options: SessionService.Options = {}) =>
  <A, E>(
    program: (
      server: FakeAccounts.FakeAccounts,
      store: TokenStore.Service
    ) => Effect.Effect<A, E, SessionService.SessionService | LoginService.LoginService>,
    wrap: (store: TokenStore.Service) => TokenStore.Service = (store) => store
  ) =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = wrap(yield* TokenStore.makeMemory)
      return yield* program(server, store).pipe(Effect.provide(layer(server, store, options)))
    })

let codes = 0

/** Logs in as a browser would. */
export const login = Effect.gen(function* () {
  const service = yield* LoginService.LoginService
  const { state } = yield* service.begin()
  codes += 1
  return yield* service.complete(`http://127.0.0.1:8888/callback?code=code-${codes}&state=${state}`, {
    state
  })
})

export const accessToken = Effect.flatMap(SessionService.SessionService, (session) =>
  Effect.map(session.accessToken, Redacted.value)
)
