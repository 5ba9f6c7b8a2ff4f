import { assert, describe, it } from "@effect/vitest"
import { SpotifyConfig } from "effect-spotify"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
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

const capture = () => {
  const messages: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    messages.push(`${logLevel.label} ${String(message)}`)
  })
  return [messages, Logger.replace(Logger.defaultLogger, logger)] as const
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

  it.effect("takes a Config for each member, or for all of them", () =>
    Effect.gen(function* () {
      const read = (layer: ReturnType<typeof SpotifyConfig.layerConfig>, ...more: Array<[string, string]>) =>
        SpotifyConfig.SpotifyConfig.pipe(
          Effect.provide(layer),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["SPOTIFY_MARKET", "SE"], ...more])))
        )
      const own = SpotifyConfig.layerConfig({
        clientId: Config.string("MY_ID"),
        clientSecret: Config.redacted("MY_SECRET"),
        scopes: Config.succeed(["user-top-read"])
      })
      const config = yield* read(own, ["MY_ID", " abc "], ["MY_SECRET", "def"])
      assert.strictEqual(config.clientId, "abc")
      assert.deepStrictEqual(Option.map(config.clientSecret, Redacted.value), Option.some("def"))
      assert.deepStrictEqual(config.scopes, ["user-top-read"])
      assert.isTrue(Option.isNone(config.market), "what is not given is not read")
      assert.match(problem(yield* Effect.flip(read(own, ["MY_ID", "abc"]))), /MY_SECRET/)
      assert.match(problem(yield* Effect.flip(read(own, ["MY_ID", ""], ["MY_SECRET", "x"]))), /client id/)

      const more = SpotifyConfig.layerConfig(
        Config.map(SpotifyConfig.config, (options) => ({ ...options, scopes: ["streaming"] }))
      )
      const all = yield* read(more, ["SPOTIFY_CLIENT_ID", "abc"])
      assert.deepStrictEqual([all.scopes, all.market], [["streaming"], Option.some("SE")])
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
        SPOTIFY_LOCALE: "sv_SE.UTF-8",
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
    [{ SPOTIFY_CLIENT_ID: '"abc' }, /SPOTIFY_CLIENT_ID.*around it.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "<your client id>" }, /SPOTIFY_CLIENT_ID.*around it.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "${CLIENT_ID}" }, /SPOTIFY_CLIENT_ID.*around it.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "\u200babc" }, /SPOTIFY_CLIENT_ID.*dashboard/],
    [
      { SPOTIFY_CLIENT_ID: `SPOTIFY_CLIENT_ID=${"a1".repeat(16)}` },
      /SPOTIFY_CLIENT_ID.*around it.*dashboard/
    ],
    [{ SPOTIFY_CLIENT_ID: `Client ID: ${"a1".repeat(16)}` }, /SPOTIFY_CLIENT_ID.*around it.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "undefined" }, /SPOTIFY_CLIENT_ID.*placeholder.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "your_client_id" }, /SPOTIFY_CLIENT_ID.*placeholder.*dashboard/],
    [{ SPOTIFY_CLIENT_SECRET: "your-client-secret" }, /SPOTIFY_CLIENT_SECRET.*placeholder.*dashboard/],
    [
      { SPOTIFY_REDIRECT_URI: "http://127.1:3000/cb" },
      /SPOTIFY_REDIRECT_URI.*use http:\/\/127\.0\.0\.1:3000\/cb/
    ],
    [
      { SPOTIFY_REDIRECT_URI: "HTTP://127.0.0.1/cb," },
      /SPOTIFY_REDIRECT_URI.*use HTTP:\/\/127\.0\.0\.1\/cb"/
    ],
    [{ SPOTIFY_MARKET: "UK" }, /SPOTIFY_MARKET.*GB/],
    [{ SPOTIFY_API_URL: "https://api.spotify.com/" }, /SPOTIFY_API_URL.*\/v1/],
    [{ SPOTIFY_CLIENT_ID: '""' }, /SPOTIFY_CLIENT_ID.*dashboard/],
    [{ SPOTIFY_CLIENT_ID: "  " }, /SPOTIFY_CLIENT_ID.*dashboard/],
    [{ SPOTIFY_CLIENT_SECRET: "'abcd" }, /SPOTIFY_CLIENT_SECRET.*around it.*dashboard/],
    [{ SPOTIFY_CLIENT_SECRET: "abc" }, /SPOTIFY_CLIENT_SECRET.*is the client id/],
    [
      { SPOTIFY_REDIRECT_URI: "localhost:3000/cb" },
      /SPOTIFY_REDIRECT_URI.*use http:\/\/127\.0\.0\.1:3000\/cb/
    ],
    [{ SPOTIFY_SCOPES: "user-top-reäd" }, /SPOTIFY_SCOPES.*Scope\.all/],
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

  for (const [opening, closing] of [
    ['"', '"'],
    ["'", "'"],
    ["`", "`"],
    ["“", "”"],
    ["„", "“"],
    ["‘", "’"],
    ["  ", "\n"],
    ["\ufeff\u00a0", "\r\n"],
    [' " ', ' ",']
  ] as const) {
    it.effect(`leaves out ${JSON.stringify([opening, closing])} around every value`, () =>
      Effect.gen(function* () {
        const plain = {
          SPOTIFY_CLIENT_ID: "abc",
          SPOTIFY_CLIENT_SECRET: "def",
          SPOTIFY_REDIRECT_URI: "https://App.example/cb/",
          SPOTIFY_SCOPES: "user-top-read streaming",
          SPOTIFY_QUOTA_MODE: "extended",
          SPOTIFY_MARKET: "SE",
          SPOTIFY_LOCALE: "sv-SE",
          SPOTIFY_ACCOUNTS_URL: "http://127.0.0.1:4010",
          SPOTIFY_API_URL: "http://127.0.0.1:4010/v1"
        }
        const wrapped = Object.entries(plain).map(([name, value]) => [name, opening + value + closing])
        assert.deepStrictEqual(
          yield* fromEnvironment(Object.fromEntries(wrapped)),
          yield* fromEnvironment(plain)
        )
        const made = yield* SpotifyConfig.make({
          clientId: `${opening}abc${closing}`,
          clientSecret: Redacted.make(`${opening}def${closing}`)
        })
        assert.strictEqual(made.clientId, "abc")
        assert.deepStrictEqual(Option.map(made.clientSecret, Redacted.value), Option.some("def"))
        assert.isTrue(
          Option.isNone(
            (yield* fromEnvironment({ ...plain, SPOTIFY_CLIENT_SECRET: opening + closing })).clientSecret
          )
        )
      })
    )
  }

  for (const text of [
    "user-top-read,streaming",
    "user-top-read, streaming",
    "user-top-read+streaming",
    "user-top-read%20streaming%20user-top-read",
    "user-top-read%2Cstreaming",
    "user-top-read\n  streaming\r\n",
    "user-top-read\tstreaming",
    "user-top-read;streaming|user-top-read",
    '["user-top-read", "streaming"]',
    "'user-top-read' 'streaming'",
    "“user-top-read”, “streaming”",
    ",user-top-read, +%20 streaming,",
    "scope=user-top-read%20streaming",
    "user-top-read/streaming&scopes="
  ]) {
    it.effect(`reads the scopes ${JSON.stringify(text)}`, () =>
      Effect.gen(function* () {
        const [messages, logger] = capture()
        for (const { scopes } of yield* Effect.all([
          fromEnvironment({ SPOTIFY_CLIENT_ID: "abc", SPOTIFY_SCOPES: text }),
          SpotifyConfig.make({ clientId: "abc", scopes: [text] })
        ]).pipe(Effect.provide(logger))) {
          assert.deepStrictEqual(scopes, ["user-top-read", "streaming"])
        }
        assert.deepStrictEqual(messages, [])
      })
    )
  }

  for (const [scope, near] of [
    ["user-top-reed", "user-top-read"],
    ["user_library_read", "user-library-read"],
    ["PLAYLIST-MODIFY-PRIVATE", "playlist-modify-private"],
    ["user-read-playback", "user-read-playback-state"],
    ["user-playback-state", "user-read-playback-state"],
    ["playlist-read-public", "playlist-read-private"],
    ["ugc-image-uploads", "ugc-image-upload"]
  ] as const) {
    it.effect(`points out that ${scope} is not a scope, and names ${near}`, () =>
      Effect.gen(function* () {
        const [messages, logger] = capture()
        const configs = yield* Effect.all([
          SpotifyConfig.make({ clientId: "abc", scopes: [scope, "streaming"] }),
          fromEnvironment({ SPOTIFY_CLIENT_ID: "abc", SPOTIFY_SCOPES: `streaming ${scope}` })
        ]).pipe(Effect.provide(logger))
        assert.isTrue(configs.every(({ scopes }) => scopes.includes(scope)))
        assert.strictEqual(messages.length, 2)
        for (const message of messages) {
          assert.include(message, `WARN "${scope}" is not a scope that Spotify lists: did you mean ${near}?`)
        }
      })
    )
  }

  it.effect("points out what is like no scope, and leaves partners' scopes alone", () =>
    Effect.gen(function* () {
      const [messages, logger] = capture()
      yield* SpotifyConfig.make({
        clientId: "abc",
        scopes: ["openid", "user-soa-link", "soa-manage-partner"]
      }).pipe(Effect.provide(logger))
      assert.strictEqual(messages.length, 1)
      assert.match(String(messages[0]), /^WARN "openid" is not a scope(?!.*did you mean).*Scope\.all/)
    })
  )

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
