import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Catalogue } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import * as Web from "./web.js"

const { artists, categories = [], playlists, tracks } = Catalogue.invented

const [artist, other] = artists
const track = tracks[0] ?? assert.fail("no track")
const editorial = playlists.filter(({ ownerId }) => ownerId === "spotify")

const names = (items: ReadonlyArray<{ readonly name: string }>) => items.map(({ name }) => name)

describe("browsing", () => {
  it.effect("shows categories, new albums and markets", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const list = yield* web.call(web.app, "GET", "/browse/categories?limit=2")
      assert.deepStrictEqual(names(list.body.categories.items), ["Party", "Quiet"])
      const more = yield* web.call(web.app, "GET", list.body.categories.next)
      assert.deepStrictEqual(names(more.body.categories.items), ["New"])
      const one = yield* web.call(web.app, "GET", "/browse/categories/party")
      assert.deepStrictEqual(one.body, list.body.categories.items[0])
      assert.strictEqual((yield* web.call(web.app, "GET", "/browse/categories/none")).status, 404)
      const { body } = yield* web.call(web.app, "GET", "/browse/new-releases?limit=3")
      const dates = body.albums.items.map((album: { release_date: string }) => album.release_date)
      assert.deepStrictEqual(dates, [...dates].sort().reverse())
      assert.strictEqual(dates[0], "2024-11-01")
      const { markets } = (yield* web.call(web.app, "GET", "/markets")).body
      assert.includeMembers(markets, ["SE", "US", "JP"])
    })
  )

  it.effect("shows Spotify's own playlists to apps that keep the closed operations", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const featured = yield* web.call(web.app, "GET", "/browse/featured-playlists")
      assert.isString(featured.body.message)
      assert.deepStrictEqual(names(featured.body.playlists.items), names(editorial))
      const id = categories.find(({ name }) => name === "Quiet")?.id
      const shelf = yield* web.call(web.app, "GET", `/browse/categories/${id}/playlists`)
      assert.deepStrictEqual(names(shelf.body.playlists.items), ["Quiet Mix"])
      const playlist = yield* web.call(web.app, "GET", `/playlists/${editorial[0]?.id}`)
      assert.strictEqual(playlist.body.owner.display_name, "Spotify")
      assert.isAbove(playlist.body.items.total, 5)
    })
  )
})

describe("recommendations", () => {
  const recommend = (web: Web.Web, query: string) => web.call(web.app, "GET", `/recommendations?${query}`)

  it.effect("follow from the seeds alone", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const { body } = yield* recommend(web, `seed_artists=${artist?.id}&limit=8`)
      assert.strictEqual(body.tracks.length, 8)
      assert.isTrue(
        body.tracks.every((track: { artists: ReadonlyArray<{ id: string }> }) =>
          track.artists.some(({ id }) => id === artist?.id)
        )
      )
      assert.deepStrictEqual([body.seeds[0].type, body.seeds[0].id], ["ARTIST", artist?.id])
      const again = yield* recommend(Web.make({ closedOperations: true }), "seed_genres=techno&limit=5")
      const same = yield* recommend(web, "seed_genres=techno&limit=5")
      assert.deepStrictEqual(again.body, same.body)
    })
  )

  it.effect("can be tuned", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const { body } = yield* recommend(web, `seed_tracks=${track.id}&min_tempo=150&target_energy=0.9`)
      assert.isNotEmpty(body.tracks)
      const ids = body.tracks.map(({ id }: { id: string }) => id).join(",")
      assert.notInclude(ids, track.id)
      const features = yield* web.call(web.app, "GET", `/audio-features?ids=${ids}`)
      assert.isTrue(features.body.audio_features.every(({ tempo }: { tempo: number }) => tempo >= 150))
    })
  )

  it.effect("need one to five seeds that there are", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const six = tracks.slice(0, 6).map(({ id }) => id)
      for (const query of [
        "limit=3",
        `seed_tracks=${six.join(",")}`,
        "seed_genres=polka",
        `seed_tracks=${track.id}&limit=101`,
        `seed_tracks=${track.id}&min_tempo=x`
      ]) {
        assert.strictEqual((yield* recommend(web, query)).status, 400, query)
      }
      const { genres } = (yield* web.call(web.app, "GET", "/recommendations/available-genre-seeds")).body
      assert.includeMembers(genres, ["techno", "dream-pop"])
    })
  )
})

describe("what is said of music", () => {
  it.effect("has features and an analysis that agree", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const features = yield* web.call(web.app, "GET", `/audio-features/${track.id}`)
      assert.strictEqual(features.body.duration_ms, track.durationMs)
      const several = yield* web.call(
        web.app,
        "GET",
        `/audio-features?ids=0000000000000000000000,${track.id}`
      )
      assert.deepStrictEqual(several.body.audio_features, [null, features.body])
      const { body } = yield* web.call(web.app, "GET", `/audio-analysis/${track.id}`)
      assert.strictEqual(body.track.tempo, features.body.tempo)
      assert.includeMembers(Object.keys(body), ["meta", "bars", "beats", "sections", "segments", "tatums"])
      assert.strictEqual(body.segments[0].pitches.length, 12)
    })
  )

  it.effect("has artists near to an artist", () =>
    Effect.gen(function* () {
      const web = Web.make({ closedOperations: true })
      const { body } = yield* web.call(web.app, "GET", `/artists/${artist?.id}/related-artists`)
      assert.strictEqual(body.artists.length, artists.length - 1)
      assert.include(names(body.artists), other?.name)
    })
  )
})

describe("what Spotify closed", () => {
  const closed = [
    ["/audio-features", 403],
    [`/audio-features/${track.id}`, 403],
    [`/audio-analysis/${track.id}`, 403],
    ["/recommendations", 404],
    ["/recommendations/available-genre-seeds", 404],
    [`/artists/${artist?.id}/related-artists`, 404],
    ["/browse/featured-playlists", 404],
    ["/browse/categories/party/playlists", 404]
  ] as const

  for (const quotaMode of ["extended", "development"] as const) {
    it.effect(`answers so in ${quotaMode} mode`, () =>
      Effect.gen(function* () {
        const web = Web.make({ quotaMode })
        for (const [path, status] of closed) {
          const answer = yield* web.call(web.app, "GET", path)
          assert.deepStrictEqual(
            answer.body,
            status === 403 ? { error: { status } } : { error: { status, message: "Resource not found" } }
          )
        }
        const playlist = yield* web.call(web.app, "GET", `/playlists/${editorial[0]?.id}`)
        assert.strictEqual(playlist.status, 404)
      })
    )
  }

  it.effect("is open in development mode to an app that keeps it, unlike what went in 2026", () =>
    Effect.gen(function* () {
      const web = Web.make({ quotaMode: "development", closedOperations: true })
      assert.strictEqual((yield* web.call(web.app, "GET", `/audio-features/${track.id}`)).status, 200)
      assert.deepStrictEqual((yield* web.call(web.app, "GET", "/markets")).body, {
        error: { status: 403, message: "Forbidden" }
      })
    })
  )
})
