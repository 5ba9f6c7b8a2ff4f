import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
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
  `  spotify:${kind}:${value}\n`,
  `spotify:${kind}:${value}?si=abc`,
  `spotify:${kind}:${value}?context=spotify:playlist:${value}&si=x`,
  `spotify:${kind}:${value}#0:30`,
  `Spotify:${kind.toUpperCase()}:${value}`,
  `spotify://${kind}/${value}?si=abc`,
  `spotify%3A${kind}%3A${value}`,
  `spotify://open.spotify.com/${kind}/${value}?si=abc`,
  `spotify:${kind}/${value}`,
  `https://api.spotify.com/v1/${kind}s/${value}`,
  `https://www.open.spotify.com/${kind}/${value}?si=abc`,
  `HTTP://OPEN.SPOTIFY.COM/${kind}/${value}`,
  `//open.spotify.com/${kind}/${value}`,
  `https://open.spotify.com/intl-es-419/embed/${kind}/${value}`,
  `https://embed.spotify.com/?uri=https://open.spotify.com/${kind}/${value}?si=x`,
  `<https://open.spotify.com/${kind}/${value}?si=abc>`,
  `"spotify:${kind}:${value}"`,
  `\ufeff\u200b(\u201copen.spotify.com/${kind}/${value}\u201d)\u200e\n`,
  `https://open.spotify.com/de/${kind}/${value}`,
  `https://open.spotify.com/embed?uri=spotify:${kind}:${value}`,
  `https://open.spotify.com/embed/?uri=spotify%3A${kind}%3A${value}&theme=0`,
  `https://open.spotify.com/oembed?url=https://open.spotify.com/${kind}/${value}?si=x`,
  `https://open.spotify.com/${kind}/${value}.`,
  `https://open.spotify.com/${kind}/${value}).`,
  `https://open.spotify.com/${kind}/${value}…`,
  `https://open.spotify.com/${kind}/${value}&si=x`,
  `https://open.spotify.com/${kind}/${value}%3Fsi=x`,
  `(https://open.spotify.com/${kind}/${value}).`,
  `<spotify:${kind}:${value}>,`,
  `**https://open.spotify.com/${kind}/${value}**`,
  `||__https://open.spotify.com/${kind}/${value}?si=x__||`,
  `「https://open.spotify.com/${kind}/${value}」`,
  `> https://open.spotify.com/${kind}/${value}`,
  `- spotify:${kind}:${value};`,
  `[A (song)](https://open.spotify.com/${kind}/${value}?si=x)`
]

describe("SpotifyId.parse", () => {
  it("reads every form of every kind", () => {
    FastCheck.assert(
      FastCheck.property(anyKind, anyId, (kind, value) => {
        for (const form of [value, `${value}?si=abc`, ` <${value}&utm=x> `, ...forms(kind, value)]) {
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
      "spotify.link/Ab12",
      "https://link.tospotify.com/Ab12",
      "<https://spoti.fi/Ab12>"
    ]) {
      assert.include(idRefusal("track", link), "short link must be opened first")
      assert.include(refusal(link), "short link must be opened first")
    }
  })

  it("says that there is text around a link, or of what it is", () => {
    for (const text of [
      `Listen: https://open.spotify.com/track/${id}`,
      `A song spotify:track:${id}`,
      `https://open.spotify.com/track/${id} by somebody`,
      `https://open.spotify.com/track/${id}?si=a\nhttps://open.spotify.com/track/${id}`
    ]) {
      assert.include(idRefusal("track", text), "text around it")
      assert.include(refusal(text), "text around it")
    }
    assert.include(idRefusal("track", "https://open.spotify.com/user/x."), "this is a user, a track was")
    assert.deepStrictEqual(parsed("https://open.spotify.com/user/x.!"), { kind: "user", id: "x.!" })
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
    let found = 0
    // Nearly every text is refused; those made of a form are nearly all taken
    const anyText = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.tuple(anyKind, FastCheck.string({ minLength: 21, maxLength: 23 })).chain(([kind, value]) =>
        FastCheck.constantFrom(...forms(kind, value))
      ),
      FastCheck.tuple(anyKind, anyId).chain(([kind, value]) => FastCheck.constantFrom(...forms(kind, value)))
    )
    FastCheck.assert(
      FastCheck.property(anyKind, anyText, (kind, text) => {
        const result = SpotifyId.parse(kind, text)
        found += Either.isRight(result) ? 1 : 0
        assert.match(
          Either.getOrElse(result, () => id),
          /^[0-9A-Za-z]{22}$/
        )
      }),
      { seed: 12, numRuns: 1000 }
    )
    assert.isAbove(found, 20)
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

  it("links to local files, with and without an album", () => {
    const file = {
      kind: "local",
      artist: "The Who: Live",
      title: "A/B",
      seconds: 149
    } as const
    assert.deepStrictEqual(parsed("https://open.spotify.com/local/The%20Who:+Live//A%2FB/149?si=1"), {
      ...file,
      id: "The+Who%3A+Live::A%2FB:149",
      album: ""
    })
    const withAlbum = parsed("open.spotify.com/intl-de/local/The+Who%3A+Live/An%20Album/A%2FB/149/")
    assert.deepStrictEqual(withAlbum, {
      ...file,
      id: "The+Who%3A+Live:An+Album:A%2FB:149",
      album: "An Album"
    })
    assert.deepStrictEqual(parsed(SpotifyUri.format(withAlbum)), withAlbum)
    assert.deepStrictEqual(parsed("spotify:local:The+Who%3A+Live::A%2FB:149?si=1"), {
      ...file,
      id: "The+Who%3A+Live::A%2FB:149",
      album: ""
    })
    assert.include(idRefusal("track", "https://open.spotify.com/local/A//B/1"), "a local file has no id")
  })

  it("what is saved by whoever is signed in", () => {
    for (const [kind, ...forms] of [
      [
        "collection",
        "spotify:collection",
        "spotify:collection:",
        "spotify:collection:tracks",
        "https://open.spotify.com/collection/tracks?si=1",
        "https://open.spotify.com/intl-fr/collection"
      ],
      [
        "collectionyourepisodes",
        "spotify:collection:your-episodes",
        "https://open.spotify.com/collection/your-episodes"
      ]
    ] as const) {
      for (const form of forms) {
        assert.deepStrictEqual(parsed(form), { kind, id: undefined }, form)
        assert.include(idRefusal("playlist", form), "library.savedTracks")
      }
      assert.deepStrictEqual(parsed(SpotifyUri.format({ kind, id: undefined })), { kind, id: undefined })
    }
    assert.include(refusal("https://open.spotify.com/collection/albums"), "methods of library")
  })

  it("what is not out yet is refused with the way to it", () => {
    for (const form of ["https://open.spotify.com/prerelease/1234?si=1", "spotify:prerelease:1234"]) {
      assert.include(refusal(form), "before it is out")
      assert.include(idRefusal("album", form), "before it is out")
    }
  })

  it("the schemas decode what parse takes, and tell what it tells", () => {
    const ofTrack = Schema.decodeEither(SpotifyId.FromString("track"))
    const link = `https://open.spotify.com/track/${id}?si=1`
    assert.deepStrictEqual(ofTrack(link), Either.right(SpotifyId.TrackId.make(id)))
    assert.include(String(Either.flip(ofTrack(`spotify:album:${id}`))), "this is an album")
    const decode = Schema.decodeEither(SpotifyUri.FromString)
    assert.deepStrictEqual<unknown>(decode(link), Either.right(`spotify:track:${id}`))
    assert.include(String(Either.flip(decode("https://spotify.link/x"))), "opened first")
    const provider = ConfigProvider.fromMap(new Map([["PLAYLIST", `<spotify:playlist:${id}?si=1>`]]))
    const playlist = provider.load(Schema.Config("PLAYLIST", SpotifyId.FromString("playlist")))
    assert.strictEqual(Effect.runSync(playlist), id)
  })

  it("long input costs time in proportion to its length", () => {
    const long = 200_000
    for (const text of [
      `x${" ".repeat(long)}x`,
      "<".repeat(long) + ">".repeat(long),
      "spotify:".repeat(long),
      `${"a.".repeat(long)}a`,
      `https://open.spotify.com/${"intl-a/".repeat(long)}`,
      `spotify:local:${"?".repeat(long)}`,
      "https://embed.spotify.com/?uri=".repeat(long / 10)
    ]) {
      const before = performance.now()
      assert.include(refusal(text), "Not a Spotify URI or link")
      assert.isBelow(performance.now() - before, 2000)
    }
  })

  it("the old form of a playlist's URI becomes the new one", () => {
    assert.strictEqual(SpotifyUri.format(parsed(`spotify:user:x:playlist:${id}`)), `spotify:playlist:${id}`)
  })

  it("refuses the rest and says why", () => {
    assert.include(refusal("https://spotify.link/x"), "opened first")
    assert.include(refusal(id), "use make")
    assert.include(refusal("spotify:meme:1"), "not a known kind")
    assert.include(refusal("spotify:track:1"), "22 letters and digits")
    assert.include(refusal(`spotify:track:${id}:1`), "after the id")
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
