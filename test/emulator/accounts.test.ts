import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { SpotifyConfig } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import {
  api,
  type appToken,
  authorizeUrl,
  basic,
  challenge,
  codeOf,
  exchange,
  login,
  pkce,
  postToken,
  refresh,
  send,
  verifier
} from "./support.js"

const scenario = (name: string, effect: () => Effect.Effect<void, unknown, Services>) =>
  it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer()))

type Services = Effect.Effect.Context<typeof appToken>

const page = (query: Record<string, string>) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const error = yield* Effect.flip(emulator.visit(yield* authorizeUrl(query)))
    return error.page
  })

describe("authorize", () => {
  scenario("sends the browser back with a code and the state", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const callback = new URL(yield* emulator.visit(yield* authorizeUrl({ state: "a b&c" })))
      assert.strictEqual(`${callback.origin}${callback.pathname}`, emulator.redirectUri)
      assert.strictEqual(callback.searchParams.get("state"), "a b&c")
      assert.isAbove(callback.searchParams.get("code")?.length ?? 0, 200)
    })
  )

  scenario("sends no state that was not sent, and an error when the user refuses", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const refused = yield* emulator.visit(yield* authorizeUrl({ state: "s" }), { decision: "deny" })
      assert.strictEqual(refused, `${emulator.redirectUri}?error=access_denied&state=s`)
      yield* emulator.controls.setDecision("deny")
      const again = yield* emulator.visit(yield* authorizeUrl({}))
      assert.strictEqual(again, `${emulator.redirectUri}?error=access_denied`)
    })
  )

  scenario("answers the same over HTTP, with a redirect", () =>
    Effect.gen(function* () {
      const answer = yield* send(
        HttpClientRequest.get(yield* authorizeUrl({ state: "s", show_dialog: "true" }))
      )
      assert.strictEqual(answer.status, 303)
      assert.match(
        answer.headers["location"] ?? "",
        /^http:\/\/127\.0\.0\.1:8888\/callback\?code=[\w-]+&state=s$/
      )
    })
  )

  scenario("has a second address, with a slash, that some clients use", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const url = (yield* authorizeUrl({})).replace("/authorize?", "/authorize/?")
      assert.strictEqual((yield* send(HttpClientRequest.get(url))).status, 303)
      assert.strictEqual((yield* exchange(codeOf(yield* emulator.visit(url)))).status, 200)
    })
  )

  scenario("shows a page for all that cannot be sent back", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const pages: ReadonlyArray<readonly [Record<string, string>, string]> = [
        [{ client_id: "" }, "Missing required parameter: client_id"],
        [{ response_type: "" }, "Missing required parameter: response_type"],
        [{ redirect_uri: "" }, "Missing required parameter: redirect_uri"],
        [{ client_id: "nobody" }, "INVALID_CLIENT: Invalid client"],
        [{ response_type: "token" }, "response_type must be code"],
        [{ scope: "user-read-private offline_access" }, "Illegal scope"],
        [{ redirect_uri: "https://app.example/callback" }, "INVALID_CLIENT: Invalid redirect URI"],
        [{ redirect_uri: "no address" }, "INVALID_CLIENT: Invalid redirect URI"],
        [{ redirect_uri: "http://app.example/callback" }, "INVALID_CLIENT: Insecure redirect URI"],
        [{ redirect_uri: "http://localhost:8888/callback" }, "INVALID_CLIENT: Insecure redirect URI"],
        [{ client_id: apps.public.clientId }, "Missing required parameter: code_challenge"],
        [
          { ...pkce(apps.public.clientId), code_challenge_method: "plain" },
          "code_challenge_method must be S256"
        ],
        [
          { ...pkce(apps.public.clientId), code_challenge: `${challenge}=` },
          "code_challenge must be a SHA-256 digest in Base64url without padding"
        ]
      ]
      for (const [query, expected] of pages) {
        assert.strictEqual(yield* page(query), expected)
      }
    })
  )

  it.effect("takes a registered redirect URI letter for letter only", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      const registered = "https://app.example/callback?tenant=1"
      const callback = yield* emulator.visit(yield* authorizeUrl({ redirect_uri: registered }))
      assert.isTrue(callback.startsWith(`${registered}&code=`))
      assert.strictEqual(
        yield* page({ redirect_uri: "https://app.example/Callback?tenant=1" }),
        "INVALID_CLIENT: Invalid redirect URI"
      )
      assert.strictEqual(
        yield* page({ redirect_uri: "https://app.example/callback/?tenant=1" }),
        "INVALID_CLIENT: Invalid redirect URI"
      )
      for (const redirect_uri of ["http://127.0.0.1:1/x", "http://[::1]:51999/", "myapp://callback"]) {
        assert.isTrue((yield* emulator.visit(yield* authorizeUrl({ redirect_uri }))).startsWith(redirect_uri))
      }
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({ redirectUris: ["https://app.example/callback?tenant=1", "myapp://callback"] })
      )
    )
  )

  scenario("refuses other addresses and users it does not know", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      assert.strictEqual(
        (yield* Effect.flip(emulator.visit("https://accounts.spotify.com/authorize"))).page,
        "Page not found"
      )
      const url = yield* authorizeUrl({})
      assert.strictEqual((yield* Effect.flip(emulator.visit(url, { user: "nobody" }))).page, "Choose a user")
    })
  )
})

describe("consent page", () => {
  scenario("asks, lets a user be chosen, and goes on from the form", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      yield* emulator.controls.setConsent("form")
      const url = yield* authorizeUrl({ state: "s", scope: "user-library-read" })
      const shown = yield* send(HttpClientRequest.get(url))
      assert.strictEqual(shown.status, 200)
      assert.include(shown.text, "See your library")
      assert.include(shown.text, 'value="free-listener"')
      assert.notInclude(shown.text, "<script")
      const form = Object.fromEntries(new URL(url).searchParams)
      const decide = (more: Record<string, string>) =>
        send(
          HttpClientRequest.post(`${emulator.accountsUrl}/authorize/decision`).pipe(
            HttpClientRequest.bodyUrlParams({ ...form, ...more })
          )
        )
      const allowed = yield* decide({ _user: "free-listener", _decision: "allow" })
      assert.strictEqual(allowed.status, 303)
      const tokens = yield* exchange(codeOf(allowed.headers["location"] ?? ""))
      const me = yield* api(tokens.body.access_token, "GET", "/me")
      assert.strictEqual(me.body.id, "free-listener")
      const denied = yield* decide({ _user: "free-listener", _decision: "deny" })
      assert.strictEqual(denied.headers["location"], `${emulator.redirectUri}?error=access_denied&state=s`)
      assert.strictEqual((yield* decide({ _user: "nobody", _decision: "allow" })).status, 400)
      assert.strictEqual((yield* decide({ client_id: "nobody" })).status, 400)
    })
  )

  scenario("escapes everything it repeats", () =>
    Effect.gen(function* () {
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      yield* emulator.controls.setConsent("form")
      const attack = `"><script>alert(1)</script>'`
      const url = yield* authorizeUrl({
        state: attack,
        redirect_uri: `http://127.0.0.1:1/${attack}`,
        [attack]: attack
      })
      const { text } = yield* send(HttpClientRequest.get(url))
      assert.notInclude(text, "<script")
      assert.notInclude(text, "alert(1)</script>")
      assert.include(text, "&quot;&gt;&lt;script&gt;")
    })
  )
})

describe("authorization code", () => {
  scenario("gives tokens for a code", () =>
    Effect.gen(function* () {
      const answer = yield* exchange(yield* login({ scope: "user-top-read streaming" }))
      assert.strictEqual(answer.status, 200)
      assert.sameMembers(Object.keys(answer.body), [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope"
      ])
      assert.strictEqual(answer.body.token_type, "Bearer")
      assert.strictEqual(answer.body.expires_in, 3600)
      assert.strictEqual(answer.body.scope, "user-top-read streaming")
      assert.strictEqual(answer.headers["access-control-allow-origin"], "*")
    })
  )

  scenario("takes a code once, for ten minutes, from its app and with its redirect URI", () =>
    Effect.gen(function* () {
      const invalid = { error: "invalid_grant", error_description: "Invalid authorization code" }
      const code = yield* login()
      const elsewhere = yield* exchange(code, { redirect_uri: "http://127.0.0.1:8888/callback/" })
      assert.deepStrictEqual(elsewhere.body, {
        error: "invalid_grant",
        error_description: "Invalid redirect URI"
      })
      assert.strictEqual((yield* exchange(code)).status, 200)
      const again = yield* exchange(code)
      assert.strictEqual(again.status, 400)
      assert.deepStrictEqual(again.body, invalid)
      assert.deepStrictEqual((yield* exchange("garbage")).body, invalid)
      const { apps, redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
      const foreign = yield* postToken({
        grant_type: "authorization_code",
        code: yield* login(),
        redirect_uri: redirectUri,
        client_id: apps.public.clientId,
        code_verifier: verifier
      })
      assert.deepStrictEqual(foreign.body, invalid)
      const slow = yield* login()
      yield* TestClock.adjust("599 seconds")
      const quick = yield* login()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* exchange(slow)).body, {
        error: "invalid_grant",
        error_description: "Authorization code expired"
      })
      assert.strictEqual((yield* exchange(quick)).status, 200)
    })
  )

  scenario("gives one of two simultaneous exchanges the tokens", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const code = yield* login(pkce(apps.confidential.clientId))
      const answers = yield* Effect.all(
        [exchange(code, { code_verifier: verifier }), exchange(code, { code_verifier: verifier })],
        { concurrency: 2 }
      )
      assert.sameMembers(
        answers.map(({ status }) => status),
        [200, 400]
      )
    })
  )

  scenario("takes client id and secret from the form too", () =>
    Effect.gen(function* () {
      const { apps, redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
      const answer = yield* postToken({
        grant_type: "authorization_code",
        code: yield* login(),
        redirect_uri: redirectUri,
        client_id: apps.confidential.clientId,
        client_secret: Redacted.value(apps.confidential.clientSecret)
      })
      assert.strictEqual(answer.status, 200)
    })
  )
})

describe("PKCE", () => {
  const publicExchange = (code: string, form: Record<string, string>) =>
    Effect.gen(function* () {
      const { apps, redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
      return yield* postToken({
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        client_id: apps.public.clientId,
        ...form
      })
    })

  scenario("takes the verifier of RFC 7636, appendix B, and no other", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const code = yield* login(pkce(apps.public.clientId))
      const wrong = { error: "invalid_grant", error_description: "code_verifier was incorrect" }
      assert.deepStrictEqual((yield* publicExchange(code, { code_verifier: `${verifier}x` })).body, wrong)
      assert.deepStrictEqual((yield* publicExchange(code, { code_verifier: "short" })).body, wrong)
      assert.deepStrictEqual((yield* publicExchange(code, {})).body, {
        error: "invalid_request",
        error_description: "code_verifier must be supplied"
      })
      const answer = yield* publicExchange(code, { code_verifier: verifier })
      assert.strictEqual(answer.status, 200)
      const next = yield* postToken({
        grant_type: "refresh_token",
        refresh_token: answer.body.refresh_token,
        client_id: apps.public.clientId
      })
      assert.strictEqual(next.status, 200)
      assert.notProperty(next.body, "refresh_token")
    })
  )

  scenario("binds a confidential app that sends a challenge", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const code = yield* login(pkce(apps.confidential.clientId))
      assert.strictEqual((yield* exchange(code)).body.error_description, "code_verifier must be supplied")
      assert.strictEqual((yield* exchange(code, { code_verifier: verifier })).status, 200)
      const plain = yield* login()
      assert.strictEqual(
        (yield* exchange(plain, { code_verifier: verifier })).body.error_description,
        "code_verifier was incorrect"
      )
    })
  )
})

describe("client credentials", () => {
  scenario("gives a token without user, scope or refresh token", () =>
    Effect.gen(function* () {
      const answer = yield* postToken({ grant_type: "client_credentials" }, yield* basic)
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "refresh_token")
      assert.strictEqual(answer.body.scope, "")
    })
  )

  scenario("refuses a client in Spotify's words", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const encode = (text: string) => `Basic ${Encoding.encodeBase64(text)}`
      const form = { grant_type: "client_credentials" }
      const refusals: ReadonlyArray<readonly [string | undefined, unknown]> = [
        [undefined, { error: "invalid_client" }],
        ["Basic !!!", { error: "invalid_client" }],
        ["Bearer x", { error: "invalid_client" }],
        [encode("no colon"), { error: "invalid_client" }],
        [encode("nobody:secret"), { error: "invalid_client", error_description: "Invalid client" }],
        [
          encode(`${apps.confidential.clientId}:wrong`),
          { error: "invalid_client", error_description: "Invalid client secret" }
        ],
        [
          encode(`${apps.public.clientId}:any`),
          { error: "invalid_client", error_description: "Invalid client secret" }
        ]
      ]
      for (const [header, expected] of refusals) {
        const answer = yield* postToken(form, header)
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(answer.body, expected)
      }
      const unproven = yield* postToken({ ...form, client_id: apps.public.clientId })
      assert.strictEqual(unproven.body.error, "invalid_client")
    })
  )
})

describe("refresh", () => {
  const tokens = Effect.gen(function* () {
    const answer = yield* exchange(yield* login())
    return { access: String(answer.body.access_token), refresh: String(answer.body.refresh_token) }
  })

  const status = (token: string) => Effect.map(api(token, "GET", "/me"), (answer) => answer.status)

  scenario("keeps the refresh token, as Spotify does since June 2026", () =>
    Effect.gen(function* () {
      const first = yield* tokens
      const answer = yield* refresh(first.refresh)
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "refresh_token")
      assert.notStrictEqual(answer.body.access_token, first.access)
      assert.strictEqual((yield* refresh(first.refresh)).status, 200)
    })
  )

  scenario("replaces the refresh token when told to, and refuses the old one", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const first = yield* tokens
      yield* controls.setRotation("always")
      const answer = yield* refresh(first.refresh)
      assert.isString(answer.body.refresh_token)
      const reused = yield* refresh(first.refresh)
      assert.strictEqual(reused.status, 400)
      assert.deepStrictEqual(reused.body, {
        error: "invalid_grant",
        error_description: "Refresh token revoked"
      })
      assert.strictEqual((yield* refresh(answer.body.refresh_token)).status, 200)
    })
  )

  scenario("ends six months after the consent, however often it was refreshed or replaced", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      yield* TestClock.setTime(Date.UTC(2026, 7, 31))
      yield* controls.setRotation("always")
      const first = yield* tokens
      yield* TestClock.setTime(Date.UTC(2026, 11, 1))
      const second = yield* refresh(first.refresh)
      yield* TestClock.setTime(Date.UTC(2027, 1, 28) - 1)
      const third = yield* refresh(second.body.refresh_token)
      assert.strictEqual(third.status, 200)
      yield* TestClock.adjust(Duration.millis(1))
      const end = yield* refresh(third.body.refresh_token)
      assert.deepStrictEqual(end.body, { error: "invalid_grant", error_description: "Refresh token expired" })
    })
  )

  scenario("is for the client that got the token", () =>
    Effect.gen(function* () {
      const { apps } = yield* SpotifyEmulator.SpotifyEmulator
      const invalid = { error: "invalid_grant", error_description: "Invalid refresh token" }
      const first = yield* tokens
      const form = { grant_type: "refresh_token", refresh_token: first.refresh }
      assert.deepStrictEqual((yield* postToken({ ...form, client_id: apps.public.clientId })).body, invalid)
      assert.deepStrictEqual(
        (yield* postToken({ ...form, client_id: apps.confidential.clientId })).body,
        invalid
      )
      assert.deepStrictEqual((yield* refresh("garbage")).body, invalid)
    })
  )

  scenario("takes a secret that the exchange could do without", () =>
    Effect.gen(function* () {
      const { apps, redirectUri } = yield* SpotifyEmulator.SpotifyEmulator
      const { clientId } = apps.confidential
      const exchanged = yield* postToken({
        grant_type: "authorization_code",
        code: yield* login(pkce(clientId)),
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: verifier
      })
      assert.strictEqual((yield* refresh(exchanged.body.refresh_token)).status, 200)
    })
  )

  scenario("dies with the grant, and the access token too", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const mine = yield* tokens
      const other = yield* exchange(yield* login({}, "free-listener"))
      yield* controls.revokeGrant({ user: "premium-listener" })
      assert.deepStrictEqual((yield* refresh(mine.refresh)).body, {
        error: "invalid_grant",
        error_description: "Refresh token revoked"
      })
      assert.strictEqual(yield* status(mine.access), 401)
      assert.strictEqual(yield* status(other.body.access_token), 200)
      yield* controls.revokeGrant()
      assert.strictEqual(yield* status(other.body.access_token), 401)
      assert.strictEqual((yield* tokens).access.length > 0, true)
    })
  )

  scenario("access tokens end after an hour of the clock", () =>
    Effect.gen(function* () {
      const { access } = yield* tokens
      yield* TestClock.adjust("3599 seconds")
      assert.strictEqual(yield* status(access), 200)
      yield* TestClock.adjust("1 second")
      const late = yield* api(access, "GET", "/me")
      assert.deepStrictEqual(late.body, { error: { status: 401, message: "The access token expired" } })
    })
  )
})

describe("token endpoint", () => {
  scenario("says what is missing", () =>
    Effect.gen(function* () {
      const header = yield* basic
      const errors: ReadonlyArray<readonly [Record<string, string>, string, string]> = [
        [{}, "unsupported_grant_type", "grant_type parameter is missing"],
        [
          { grant_type: "password" },
          "unsupported_grant_type",
          "grant_type must be client_credentials, authorization_code or refresh_token"
        ],
        [{ grant_type: "authorization_code" }, "invalid_request", "code must be supplied"],
        [{ grant_type: "authorization_code", code: "c" }, "invalid_request", "redirect_uri must be supplied"],
        [{ grant_type: "refresh_token" }, "invalid_request", "refresh_token must be supplied"]
      ]
      for (const [form, error, error_description] of errors) {
        const answer = yield* postToken(form, header)
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(answer.body, { error, error_description })
      }
    })
  )

  scenario("reads a form only, in a POST only, and not without end", () =>
    Effect.gen(function* () {
      const { accountsUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const url = `${accountsUrl}/api/token`
      const got = yield* send(HttpClientRequest.get(url))
      assert.strictEqual(got.status, 405)
      const json = yield* send(
        HttpClientRequest.post(url).pipe(
          HttpClientRequest.bodyUnsafeJson({ grant_type: "client_credentials" })
        )
      )
      assert.deepStrictEqual(json.body, {
        error: "unsupported_grant_type",
        error_description: "grant_type parameter is missing"
      })
      const huge = yield* postToken({ grant_type: "client_credentials", padding: "x".repeat(1024 * 1024) })
      assert.strictEqual(huge.status, 413)
      const bytes = yield* send(
        HttpClientRequest.post(url).pipe(
          HttpClientRequest.bodyUint8Array(
            new Uint8Array([0xff, 0xfe, 0x25, 0x25]),
            "application/x-www-form-urlencoded"
          )
        )
      )
      assert.strictEqual(bytes.status, 400)
      const preflight = yield* send(HttpClientRequest.options(url))
      assert.strictEqual(preflight.status, 204)
      assert.include(preflight.headers["access-control-allow-headers"], "Authorization")
    })
  )
})

describe("configuration", () => {
  it.effect("is that of the confidential app", () =>
    Effect.gen(function* () {
      const config = yield* SpotifyConfig.SpotifyConfig
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      assert.strictEqual(config.clientId, emulator.apps.confidential.clientId)
      assert.strictEqual(config.clientSecret._tag, "Some")
      assert.strictEqual(config.apiUrl, emulator.apiUrl)
      assert.strictEqual(config.quotaMode, "extended")
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )

  it.effect("or of the public one, with what the program wants otherwise", () =>
    Effect.gen(function* () {
      const config = yield* SpotifyConfig.SpotifyConfig
      const emulator = yield* SpotifyEmulator.SpotifyEmulator
      assert.strictEqual(config.clientId, emulator.apps.public.clientId)
      assert.strictEqual(config.clientSecret._tag, "None")
      assert.deepStrictEqual(config.scopes, ["streaming"])
      const query = { ...pkce(config.clientId), redirect_uri: "https://app.example/" }
      assert.isTrue(
        (yield* emulator.visit(yield* authorizeUrl(query))).startsWith("https://app.example/?code=")
      )
    }).pipe(
      Effect.provide(
        SpotifyEmulator.layer({
          app: "public",
          config: { scopes: ["streaming"], redirectUri: "https://app.example/" }
        })
      )
    )
  )
})
