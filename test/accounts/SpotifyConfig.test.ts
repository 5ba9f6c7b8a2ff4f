import { assert, describe, it } from "@effect/vitest"
import { SpotifyConfig } from "effect-spotify"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"

const fromEnvironment = (entries: Record<string, string>) =>
  SpotifyConfig.SpotifyConfig.pipe(
    Effect.provide(SpotifyConfig.layerConfig()),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
  )

const problem = (error: ConfigError.ConfigError): string => {
  assert.isTrue(ConfigError.isMissingData(error) || ConfigError.isInvalidData(error), String(error))
  return String(error)
}

describe("SpotifyConfig", () => {
  it.effect("has Spotify's own addresses and the most careful mode by default", () =>
    Effect.gen(function* () {
      const config = yield* SpotifyConfig.make({ clientId: "abc" })
      assert.strictEqual(config.accountsUrl, "https://accounts.spotify.com")
      assert.strictEqual(config.apiUrl, "https://api.spotify.com/v1")
      assert.strictEqual(config.quotaMode, "auto")
      assert.deepStrictEqual(config.scopes, [])
      assert.isTrue(Option.isNone(config.clientSecret))
    })
  )

  it.effect("reads every variable", () =>
    Effect.gen(function* () {
      const config = yield* fromEnvironment({
        SPOTIFY_CLIENT_ID: "abc",
        SPOTIFY_CLIENT_SECRET: "def",
        SPOTIFY_REDIRECT_URI: "http://127.0.0.1:8888/callback",
        SPOTIFY_SCOPES: "user-top-read  streaming user-top-read",
        SPOTIFY_QUOTA_MODE: "extended",
        SPOTIFY_MARKET: "se",
        SPOTIFY_LOCALE: "sv_SE",
        SPOTIFY_ACCOUNTS_URL: "http://127.0.0.1:4010/",
        SPOTIFY_API_URL: "http://127.0.0.1:4010/v1"
      })
      assert.strictEqual(config.clientId, "abc")
      assert.deepStrictEqual(Option.map(config.clientSecret, Redacted.value), Option.some("def"))
      assert.deepStrictEqual(config.redirectUri, Option.some("http://127.0.0.1:8888/callback"))
      assert.deepStrictEqual(config.scopes, ["user-top-read", "streaming"])
      assert.strictEqual(config.quotaMode, "extended")
      assert.deepStrictEqual(config.market, Option.some("SE"))
      assert.deepStrictEqual(config.locale, Option.some("sv-SE"))
      assert.strictEqual(config.accountsUrl, "http://127.0.0.1:4010")
      assert.strictEqual(config.apiUrl, "http://127.0.0.1:4010/v1")
    })
  )

  it.effect("takes an empty variable for an absent one", () =>
    Effect.gen(function* () {
      const config = yield* fromEnvironment({
        SPOTIFY_CLIENT_ID: "abc",
        SPOTIFY_CLIENT_SECRET: "",
        SPOTIFY_MARKET: ""
      })
      assert.isTrue(Option.isNone(config.clientSecret))
      assert.isTrue(Option.isNone(config.market))
    })
  )

  it.effect("names the variable that is missing and where its value is found", () =>
    Effect.gen(function* () {
      const text = problem(yield* Effect.flip(fromEnvironment({})))
      assert.include(text, "SPOTIFY_CLIENT_ID")
      assert.include(text, "dashboard")
    })
  )

  const wrong: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
    [{ SPOTIFY_CLIENT_ID: " abc" }, /SPOTIFY_CLIENT_ID.*space/],
    [{ SPOTIFY_CLIENT_SECRET: "a\nb" }, /SPOTIFY_CLIENT_SECRET/],
    [{ SPOTIFY_REDIRECT_URI: "http://localhost:3000/cb" }, /SPOTIFY_REDIRECT_URI.*127\.0\.0\.1:3000/],
    [{ SPOTIFY_REDIRECT_URI: "http://app.example/cb" }, /SPOTIFY_REDIRECT_URI.*https/],
    [{ SPOTIFY_QUOTA_MODE: "huge" }, /SPOTIFY_QUOTA_MODE.*development, extended or auto/],
    [{ SPOTIFY_MARKET: "Sweden" }, /SPOTIFY_MARKET.*two letters/],
    [{ SPOTIFY_ACCOUNTS_URL: "http://accounts.example" }, /SPOTIFY_ACCOUNTS_URL.*https/],
    [{ SPOTIFY_API_URL: "api.spotify.com" }, /SPOTIFY_API_URL.*absolute/],
    [{ SPOTIFY_API_URL: "https://api.example/v1?x=1" }, /SPOTIFY_API_URL.*query/]
  ]
  for (const [variables, remedy] of wrong) {
    it.effect(`refuses ${JSON.stringify(variables)} with the remedy`, () =>
      Effect.gen(function* () {
        const text = problem(yield* Effect.flip(fromEnvironment({ SPOTIFY_CLIENT_ID: "abc", ...variables })))
        assert.match(text, remedy)
      })
    )
  }

  it.effect("never shows the secret, not even in the error about it", () =>
    Effect.gen(function* () {
      const canary = "canary\u0000secret"
      const error = yield* Effect.flip(
        SpotifyConfig.make({ clientId: "abc", clientSecret: Redacted.make(canary) })
      )
      assert.notInclude(inspect(error, { depth: 10 }) + String(error), "canary")
      const config = yield* SpotifyConfig.make({
        clientId: "abc",
        clientSecret: Redacted.make("canarysecret")
      })
      assert.notInclude(inspect(config, { depth: 10 }) + JSON.stringify(config), "canarysecret")
    })
  )
})
