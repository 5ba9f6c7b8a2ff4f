import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { assert } from "vitest"
import * as SpotifyId from "../../src/model/SpotifyId.js"
import * as SpotifyUri from "../../src/model/SpotifyUri.js"

const kinds = ["album", "artist", "audiobook", "chapter", "episode", "playlist", "show", "track"] as const

const id = "4Z8W4fKeB5YxbusRsdQVPb"

const anyId = FastCheck.stringMatching(/^[0-9A-Za-z]{22}$/)
const anyKind = FastCheck.constantFrom(...kinds)

const options = { seed: 11, numRuns: 200 }

const parsed = (input: string) => Either.getOrThrow(SpotifyUri.parse(input))

const refusal = (input: string) =>
  Either.match(SpotifyUri.parse(input), { onLeft: ({ message }) => message, onRight: () => "accepted" })

const idRefusal = (kind: SpotifyId.Kind, input: string) =>
  Either.match(SpotifyId.parse(kind, input), { onLeft: ({ message }) => message, onRight: () => "accepted" })

const forms = (kind: string, value: string) => [
  `spotify:${kind}:${value}`,
  `https://open.spotify.com/${kind}/${value}`,
  `http://open.spotify.com/${kind}/${value}/`,
  `https://open.spotify.com/${kind}/${value}?si=abc&utm_source=x#t`,
  `https://open.spotify.com/intl-de/${kind}/${value}?si=abc`,
  `https://open.spotify.com/intl-pt-BR/${kind}/${value}`,
  `https://open.spotify.com/embed/${kind}/${value}?utm_source=generator`,
  `https://open.spotify.com/embed-podcast/${kind}/${value}`,
  `https://embed.spotify.com/?uri=spotify:${kind}:${value}`,
  `https://play.spotify.com/${kind}/${value}`,
  `open.spotify.com/${kind}/${value}`,
  `  spotify:${kind}:${value}\n`
]

describe("SpotifyId.parse", () => {
  it("reads every form of every kind", () => {
    FastCheck.assert(
      FastCheck.property(anyKind, anyId, (kind, value) => {
        for (const form of [value, ...forms(kind, value)]) {
          assert.deepStrictEqual(SpotifyId.parse(kind, form), Either.right(value) as never, form)
        }
      }),
      options
    )
  })

  it("refuses another kind by its name", () => {
    FastCheck.assert(
      FastCheck.property(anyKind, anyKind, anyId, (wanted, found, value) => {
        FastCheck.pre(wanted !== found && !(wanted === "audiobook" && found === "show"))
        for (const form of forms(found, value)) {
          assert.include(idRefusal(wanted, form), `this is a${/^[ae]/.test(found) ? "n" : ""} ${found}`)
        }
      }),
      options
    )
  })

  it("takes a show's address for an audiobook, and the old form of a playlist's", () => {
    assert.isTrue(Either.isRight(SpotifyId.parse("audiobook", `spotify:show:${id}`)))
    assert.isTrue(Either.isRight(SpotifyId.parse("playlist", `spotify:user:some%20body:playlist:${id}`)))
    assert.isTrue(
      Either.isRight(SpotifyId.parse("playlist", `https://open.spotify.com/user/x/playlist/${id}?si=1`))
    )
  })

  it("says what to do with a short link", () => {
    for (const link of [
      "https://spotify.link/Ab12",
      "https://spotify.app.link/Ab12?x=1",
      "spotify.link/Ab12"
    ]) {
      assert.include(idRefusal("track", link), "short link must be opened first")
    }
  })

  it("refuses everything else", () => {
    for (const text of [
      "",
      "x",
      `${id}x`,
      `${id}!`,
      "spotify:",
      "spotify:track:",
      `spotify:track:${id}:x`,
      "spotify:local:a:b:c:1",
      "spotify:user:x",
      "https://open.spotify.com/",
      `https://example.com/track/${id}`,
      `https://open.spotify.com.example.com/track/${id}`,
      "https://open.spotify.com/track/short",
      "https://[",
      "https://embed.spotify.com/"
    ]) {
      assert.isTrue(Either.isLeft(SpotifyId.parse("track", text)), text)
    }
  })

  it("never throws, and gives nothing but ids", () => {
    FastCheck.assert(
      FastCheck.property(anyKind, FastCheck.string(), (kind, text) => {
        const result = SpotifyId.parse(kind, text)
        if (Either.isRight(result)) {
          assert.match(result.right, /^[0-9A-Za-z]{22}$/)
        }
      }),
      { seed: 12, numRuns: 500 }
    )
  })
})

describe("SpotifyUri", () => {
  it("reads every form, and writes what make writes", () => {
    FastCheck.assert(
      FastCheck.property(anyKind, anyId, (kind, value) => {
        for (const form of forms(kind, value)) {
          const result = parsed(form)
          assert.deepStrictEqual<unknown>(result, { kind, id: value }, form)
          assert.strictEqual(SpotifyUri.format(result), SpotifyUri.make(kind, value as never))
        }
      }),
      options
    )
  })

  it("users and their collections, with any name", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ minLength: 1, unit: "grapheme" }), (name) => {
        for (const kind of ["user", "collection", "collectionyourepisodes"] as const) {
          assert.deepStrictEqual(parsed(SpotifyUri.format({ kind, id: name })), { kind, id: name })
        }
      }),
      options
    )
    assert.deepStrictEqual(parsed("https://open.spotify.com/user/some%20body?si=1"), {
      kind: "user",
      id: "some body"
    })
    assert.deepStrictEqual(parsed("spotify:user:x:collection"), { kind: "collection", id: "x" })
  })

  it("local files", () => {
    assert.deepStrictEqual(parsed("spotify:local:The+Who%3F:An+Album:A%2BB:125"), {
      kind: "local",
      id: "The+Who%3F:An+Album:A%2BB:125",
      artist: "The Who?",
      album: "An Album",
      title: "A+B",
      seconds: 125
    })
    const bare = "spotify:local:::Untitled:"
    assert.strictEqual(SpotifyUri.format(parsed(bare)), bare)
  })

  it("the old form of a playlist's URI becomes the new one", () => {
    assert.strictEqual(SpotifyUri.format(parsed(`spotify:user:x:playlist:${id}`)), `spotify:playlist:${id}`)
  })

  it("refuses the rest and says why", () => {
    assert.include(refusal("https://spotify.link/x"), "opened first")
    assert.include(refusal(id), "use make")
    assert.include(refusal("spotify:meme:1"), "not a kind")
    assert.include(refusal("spotify:track:1"), "22 letters and digits")
    assert.include(refusal(`spotify:track:${id}:1`), "behind the id")
    assert.include(refusal("spotify:user:"), "names no user")
    assert.include(refusal("spotify:user:x:starred"), "not known")
    assert.include(refusal("spotify:user:%"), "percent-encoded")
    assert.include(refusal("spotify:local:x"), "a local file has")
    assert.include(refusal("spotify:"), "names nothing")
    assert.include(refusal("hello"), "hello")
  })

  it("never throws", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string(), (text) => {
        SpotifyUri.parse(text)
        SpotifyUri.parse(`spotify:${text}`)
        SpotifyUri.parse(`https://open.spotify.com/${text}`)
      }),
      { seed: 13, numRuns: 500 }
    )
  })
})
