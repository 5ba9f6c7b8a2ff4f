/** Models that a program takes apart or adds to. */
import { assert, describe, it } from "@effect/vitest"
import { Common, type Model, Playlist, type SpotifyClient, Track } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

import { json } from "../support/fakeSpotify.js"
import { always, withClient } from "../support/numberedClient.js"

const track = {
  id: "11dFghVXANMlKmJXsNCbNl",
  name: "Cut To The Feeling",
  type: "track",
  external_urls: {},
  artists: [{ id: "6sFIWsNpZYqfjUpaCgueju", name: "Carly Rae Jepsen", type: "artist", external_urls: {} }],
  duration_ms: 207959,
  heard_at: "2026-11-28T10:00:00.000Z"
}

const Tomorrows = Track.Track.extend({
  heard_at: Schema.optional(Schema.Date),
  mood: Schema.optional(Schema.Literal("sad", "glad"))
})

const Short = Track.Track.pick("name", "artists", "duration_ms")

describe("Model", () => {
  it.effect("extend adds members, and forgives in the others what the model forgives", () =>
    Effect.gen(function* () {
      const decoded = yield* Schema.decodeUnknown(Tomorrows)({ ...track, name: null })
      const { heard_at, uri }: { readonly heard_at?: Date | undefined; readonly uri: string } = decoded
      assert.strictEqual(heard_at?.toISOString(), track.heard_at)
      assert.strictEqual(uri, `spotify:track:${track.id}`)
      assert.strictEqual(decoded.name, "")
      assert.strictEqual(decoded.artists[0]?.uri, "spotify:artist:6sFIWsNpZYqfjUpaCgueju")
      assert.strictEqual((yield* Schema.encode(Tomorrows)(decoded)).heard_at, track.heard_at)
      const refused = yield* Effect.flip(Schema.decodeUnknown(Tomorrows)({ ...track, mood: "so so" }))
      assert.include(ParseResult.TreeFormatter.formatErrorSync(refused), "mood")
    })
  )

  it.effect("a member of the same name takes the place of the model's", () =>
    Effect.gen(function* () {
      const Named = Track.Track.extend({ name: Schema.Trim })
      assert.strictEqual((yield* Schema.decodeUnknown(Named)({ ...track, name: " x " })).name, "x")
      const Flagged = Playlist.SimplifiedPlaylist.extend({ public: Schema.Boolean })
      assert.isTrue(AST.isDeclaration(Flagged.ast))
    })
  )

  it.effect("pick keeps the members that are named, and is a model again", () =>
    Effect.gen(function* () {
      const decoded = yield* Schema.decodeUnknown(Short)({ ...track, name: null, artists: [null] })
      assert.deepStrictEqual(decoded, { name: "", artists: [], duration_ms: track.duration_ms })
      assert.deepStrictEqual(Object.keys(Short.fields).sort(), ["artists", "duration_ms", "name"])
      const Shorter: Model.Model<Pick<Track.Track, "name">> = Short.pick("name")
      assert.deepStrictEqual(yield* Schema.decodeUnknown(Shorter)(track), { name: track.name })
      const More = Shorter.extend({ duration_ms: Schema.Number })
      assert.isTrue(Schema.is(More)({ name: "", duration_ms: 1 }))
      // @ts-expect-error -- no member of a track
      const none: unknown = Track.Track.pick("colour")
      assert.isDefined(none)
    })
  )

  it.effect("fields are the schemas of the members, as those of Schema.Struct", () =>
    Effect.gen(function* () {
      const Own = Schema.Struct({ name: Track.Track.fields.name, note: Schema.String })
      assert.deepStrictEqual(yield* Schema.decodeUnknown(Own)({ name: "a", note: "b" }), {
        name: "a",
        note: "b"
      })
      const Whole = Schema.Struct({ ...Common.Image.fields, alt: Schema.String })
      const image = { url: "https://i.scdn.co/image/a", alt: "x" }
      assert.deepStrictEqual(yield* Schema.decodeUnknown(Whole)(image), image)
    })
  )

  it("annotations keep all of it", () => {
    const named = Track.Track.annotations({ identifier: "Track", title: "A track" })
    assert.strictEqual(named.ast.annotations[AST.IdentifierAnnotationId], "Track")
    assert.strictEqual(named.fields, Track.Track.fields)
    assert.isDefined(named.pick("id").annotations({ title: "An id" }).fields.id)
    assert.isUndefined(Track.Track.ast.annotations[AST.IdentifierAnnotationId])
  })

  it.effect("the client reads them as it reads its own, and tells how an answer deviates", () => {
    const drift: Array<SpotifyClient.Drift> = []
    return withClient(
      always(() => json({ ...track, artists: null })),
      {
        onDrift: (found) => Effect.sync(() => void drift.push(found))
      }
    )((spotify) =>
      Effect.gen(function* () {
        const get = <A, I>(schema: Schema.Schema<A, I>) =>
          spotify.execute({ method: "GET", path: "/tracks/{id}", params: { id: track.id }, schema })
        const tomorrows = yield* get(Tomorrows)
        assert.deepStrictEqual([tomorrows.heard_at?.toISOString(), tomorrows.artists], [track.heard_at, []])
        const told = drift.map(({ kind, path }) => `${kind} ${path}`)
        assert.include(told, "UndocumentedNull artists")
        assert.notInclude(told.join(), "heard_at")
        drift.length = 0
        assert.deepStrictEqual((yield* get(Track.Track.pick("name"))).name, track.name)
        assert.deepStrictEqual(
          drift.map(({ kind, path }) => [kind, path]),
          [["UnknownMember", "heard_at"]]
        )
      })
    )
  })
})
