import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { LoginService, Scope, SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SpotifyClientStub } from "effect-spotify/testing"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { all } from "../../src/client/api/endpoints.js"
import { scopedOperations } from "../../src/client/scopedOperations.js"

/** Methods that run operations of other names, and which. */
const derived: Readonly<Record<string, string>> = {
  getMany: "getSeveral",
  changes: "state"
}

const table: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<unknown>>>>> = scopedOperations

/** The emulator, a user's session, and a client. */
const EmulatedLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(SpotifyEmulator.layer())
)

const logIn = (scopes: ReadonlyArray<Scope.Scope>) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const login = yield* LoginService.LoginService
    const { state, url } = yield* login.begin({ scopes })
    return yield* login.complete(yield* emulator.visit(url), { state })
  })

/** A client whose session never needs the network. */
const over = (session: Layer.Layer<SessionService.SessionService>) =>
  SpotifyClient.layer().pipe(
    Layer.provide([session, Layer.orDie(SpotifyConfig.layer({ clientId: "client" })), FetchHttpClient.layer])
  )

describe("the table of scopes", () => {
  it("says what the descriptors say", () => {
    for (const { group, name, scopes } of all) {
      assert.deepStrictEqual(
        { operation: `${group}.${name}`, scopes: table[group]?.[name] ?? [] },
        { operation: `${group}.${name}`, scopes }
      )
    }
  })

  it("has no entry without an operation", () => {
    const operations = new Set(all.map(({ group, name }) => `${group}.${name}`))
    for (const [group, entries] of Object.entries(table)) {
      for (const [name, scopes] of Object.entries(entries)) {
        assert.isNotEmpty(scopes, `${group}.${name}`)
        const origin = operations.has(`${group}.${name}`) ? name : derived[name]
        assert.isTrue(operations.has(`${group}.${origin}`), `${group}.${name}`)
        assert.deepStrictEqual(scopes, table[group]?.[origin ?? ""], `${group}.${name}`)
      }
    }
  })

  it.effect("covers every method of the client", () =>
    Effect.gen(function* () {
      const {
        execute: _,
        grantedScopes: __,
        status: ___,
        search,
        ...groups
      } = yield* SpotifyClient.SpotifyClient
      assert.isFunction(search)
      const operations = new Set(all.map(({ group, name }) => `${group}.${name}`))
      for (const [group, methods] of Object.entries(groups)) {
        for (const method of Object.keys(methods)) {
          const list = method.replace(/Page$/, "")
          const known = [method, list, derived[method]].some((name) => operations.has(`${group}.${name}`))
          assert.isTrue(known, `${group}.${method} runs an operation that this test does not know`)
        }
      }
    }).pipe(Effect.provide(over(SessionService.layerAccessToken(Redacted.make("token")))))
  )

  it("knows documented scopes only", () => {
    const named = Object.values(table).flatMap((entries) => Object.values(entries).flat(2))
    assert.includeMembers([...Scope.all], named)
  })
})

describe("withScopes", () => {
  it.effect("gives the very client when everything was granted", () =>
    Effect.gen(function* () {
      yield* logIn(["user-top-read", "user-library-read"])
      const spotify = yield* SpotifyClient.withScopes("user-library-read")
      assert.strictEqual<unknown>(spotify, yield* SpotifyClient.SpotifyClient)
      const saved = yield* Stream.runCollect(Stream.take(spotify.library.savedTracks(), 1))
      assert.strictEqual(Chunk.size(saved), 1)
    }).pipe(Effect.provide(EmulatedLayer))
  )

  it.effect("fails with what is missing and what to begin a login with", () =>
    Effect.gen(function* () {
      yield* logIn(["user-top-read"])
      const error = yield* Effect.flip(
        SpotifyClient.withScopes("user-library-read", "user-top-read", "streaming", "user-library-read")
      )
      assert.instanceOf(error, SpotifyClient.MissingScopes)
      assert.deepStrictEqual(error.missing, ["user-library-read", "streaming"])
      assert.deepStrictEqual(error.scopes, ["user-top-read", "user-library-read", "streaming"])
      assert.strictEqual(
        error.message,
        "The user did not grant user-library-read, streaming: begin a login with the scopes user-top-read, user-library-read, streaming"
      )
      yield* logIn(error.scopes)
      yield* SpotifyClient.withScopes("user-library-read", "streaming")
    }).pipe(Effect.provide(EmulatedLayer))
  )

  it.effect("fails as the session does when nobody is signed in", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SpotifyClient.withScopes("user-top-read"))
      assert.strictEqual(error._tag, "NotAuthenticated")
    }).pipe(Effect.provide(EmulatedLayer))
  )

  it.effect("checks a token from elsewhere that came with its scopes", () =>
    Effect.gen(function* () {
      yield* SpotifyClient.withScopes("user-top-read")
      const error = yield* Effect.flip(SpotifyClient.withScopes("streaming"))
      assert.strictEqual(error._tag, "MissingScopes")
    }).pipe(
      Effect.provide(
        over(SessionService.layerAccessToken(Redacted.make("token"), { scopes: ["user-top-read"] }))
      )
    )
  )

  it.effect("checks nothing where the scopes are not known", () =>
    Effect.gen(function* () {
      yield* SpotifyClient.withScopes("streaming")
      yield* Effect.provide(SpotifyClient.withScopes("streaming"), SpotifyClientStub.layer({}))
    }).pipe(Effect.provide(over(SessionService.layerAccessToken(Redacted.make("token")))))
  )

  it.effect("can be tried over a stub", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SpotifyClient.withScopes("streaming"))
      assert.strictEqual(error._tag, "MissingScopes")
    }).pipe(Effect.provide(SpotifyClientStub.layer({ grantedScopes: Effect.succeedSome(["user-top-read"]) })))
  )

  it("has an error that can be stored", () => {
    const error = new SpotifyClient.MissingScopes({ missing: ["streaming"], granted: [] })
    const json = Schema.encodeSync(SpotifyClient.MissingScopes)(error)
    assert.deepStrictEqual(json, { _tag: "MissingScopes", missing: ["streaming"], granted: [] })
    assert.strictEqual(Schema.decodeSync(SpotifyClient.MissingScopes)(json).message, error.message)
  })
})

describe("requiredScopes", () => {
  it("gives each scope once, in order", () => {
    assert.deepStrictEqual(
      SpotifyClient.requiredScopes([
        "me.topTracks",
        "library.savedTracks",
        "me.topArtistsPage",
        "albums.get",
        "me.profile"
      ]),
      ["user-top-read", "user-library-read"]
    )
    assert.deepStrictEqual(SpotifyClient.requiredScopes([]), [])
  })

  it("takes all alternatives, or those that are preferred", () => {
    assert.deepStrictEqual(SpotifyClient.requiredScopes(["playlists.uploadCover"]), [
      "ugc-image-upload",
      "playlist-modify-public",
      "playlist-modify-private"
    ])
    assert.deepStrictEqual(
      SpotifyClient.requiredScopes(["playlists.uploadCover", "library.save"], {
        prefer: ["playlist-modify-private", "user-library-modify"]
      }),
      ["ugc-image-upload", "playlist-modify-private", "user-library-modify"]
    )
    assert.deepStrictEqual(
      SpotifyClient.requiredScopes(["playlists.create", "library.contains"], {
        prefer: ["playlist-modify-public"]
      }),
      ["playlist-modify-public", "user-library-read", "user-follow-read", "playlist-read-private"]
    )
  })
})
