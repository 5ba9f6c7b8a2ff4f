import { describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { assert } from "vitest"
import * as Drift from "../../src/client/decode/drift.js"
import { OpenLiteral } from "../../src/model/lenient.js"
import { RawPage } from "../../src/model/Page.js"
import { Playlist, PlaylistItem } from "../../src/model/Playlist.js"
import { SavedEpisode } from "../../src/model/Saved.js"
import { SimplifiedShow } from "../../src/model/Show.js"
import { SimplifiedAlbum } from "../../src/model/SimplifiedAlbum.js"
import * as Fixture from "./fixtures.js"

const findings = (schema: Schema.Schema.AnyNoContext, value: unknown) =>
  Drift.read(schema)(value).findings.map(({ detail, kind, path }) => [kind, path, detail])

describe("drift", () => {
  it("documented answers have none", () => {
    assert.deepStrictEqual(findings(SimplifiedAlbum, Fixture.album(1)), [])
    assert.deepStrictEqual(findings(SimplifiedShow, Fixture.show), [])
    assert.deepStrictEqual(
      findings(
        Playlist,
        Fixture.playlist([Fixture.entry(Fixture.track(1)), Fixture.entry(Fixture.episode(1))])
      ),
      []
    )
  })

  it("unknown values and members, with their path", () => {
    assert.deepStrictEqual(
      findings(
        RawPage(SimplifiedAlbum),
        Fixture.page([Fixture.album(1), { ...Fixture.album(2), album_type: "ALBUM", x: 1 }])
      ),
      [
        ["UnknownValue", "items[1].album_type", "ALBUM"],
        ["UnknownMember", "items[1].x", undefined]
      ]
    )
  })

  it("a type that cannot be, though it was put right", () => {
    assert.deepStrictEqual(
      findings(SimplifiedAlbum, {
        ...Fixture.album(1),
        type: "single",
        artists: [{ ...Fixture.artist(1), type: null }]
      }),
      [
        ["UnknownValue", "type", "single"],
        ["UndocumentedNull", "artists[0].type", undefined]
      ]
    )
    assert.strictEqual(
      Schema.decodeUnknownSync(SimplifiedAlbum)({ ...Fixture.album(1), type: "single" }).type,
      "album"
    )
  })

  it("nulls that no document has, in pages and within objects", () => {
    assert.deepStrictEqual(findings(RawPage(SimplifiedAlbum), Fixture.page([null])), [
      ["UndocumentedNull", "items[0]", undefined]
    ])
    assert.deepStrictEqual(
      findings(Playlist, {
        ...Fixture.playlist([null, Fixture.entry(null)]),
        images: null,
        description: null
      }),
      [
        ["UndocumentedNull", "images", undefined],
        ["UndocumentedNull", "items.items[0]", undefined]
      ]
    )
  })

  it("old names are documented, and what is in them is looked at", () => {
    const { item: track, ...rest } = Fixture.entry({ ...Fixture.track(1), extra: true })
    assert.deepStrictEqual(findings(PlaylistItem, { ...rest, track }), [
      ["UnknownMember", "track.extra", undefined]
    ])
  })

  it("what came in another form, or is of no known type", () => {
    assert.deepStrictEqual(findings(SimplifiedShow, { ...Fixture.show, publisher: {} }), [
      ["UnknownValue", "publisher", "a value of type object"]
    ])
    assert.deepStrictEqual(findings(PlaylistItem, Fixture.entry(Fixture.chapter(1))), [
      ["UnknownValue", "item.type", "chapter"]
    ])
  })

  it("walks the member of a union that fits", () => {
    assert.deepStrictEqual(findings(SavedEpisode, { added_at: null, episode: Fixture.episode(1) }), [
      ["UndocumentedNull", "added_at", undefined]
    ])
    assert.deepStrictEqual(findings(PlaylistItem, Fixture.entry({ ...Fixture.localTrack, y: 1 })).at(-1), [
      "UnknownMember",
      "item.y",
      undefined
    ])
  })

  it("goes through refinements, transformations, recursion, tuples and records", () => {
    interface Tree {
      readonly kind: string
      readonly children: ReadonlyArray<Tree>
    }
    const Tree: Schema.Schema<Tree> = Schema.Struct({
      kind: OpenLiteral("leaf"),
      children: Schema.Array(Schema.suspend(() => Tree))
    })
    assert.deepStrictEqual(findings(Tree, { kind: "leaf", children: [{ kind: "twig", children: [] }] }), [
      ["UnknownValue", "children[0].kind", "twig"]
    ])
    const Mixed = Schema.Struct({
      refined: Schema.NonEmptyArray(OpenLiteral("a")).pipe(Schema.maxItems(3)),
      pair: Schema.Tuple(Schema.Number, OpenLiteral("b")),
      record: Schema.Record({ key: Schema.String, value: OpenLiteral("c") }),
      trimmed: Schema.compose(OpenLiteral("d"), Schema.Trim)
    })
    assert.deepStrictEqual(
      findings(Mixed, { refined: ["z"], pair: [1, "y"], record: { k: "x" }, trimmed: "w" }).map(
        ([, path]) => path
      ),
      ["refined[0]", "pair[1]", "record.k", "trimmed"]
    )
  })

  it("stops after twenty", () => {
    const many = Array.from({ length: 50 }, () => ({ ...Fixture.album(1), album_type: "x" }))
    assert.strictEqual(findings(RawPage(SimplifiedAlbum), Fixture.page(many)).length, 20)
  })

  it("never throws, whatever the value", () => {
    const read = Drift.read(Playlist)
    FastCheck.assert(
      FastCheck.property(FastCheck.anything(), (value) => {
        assert.isAtMost(read(value).findings.length, 20)
      }),
      { seed: 1, numRuns: 200 }
    )
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Playlist), (value) => {
        assert.isAtMost(read(value).findings.length, 20)
      }),
      { seed: 2, numRuns: 20 }
    )
  })
})
