import * as Effect from "effect/Effect"
import { hash, isId } from "../catalogue/base62.js"
import type * as Model from "../catalogue/model.js"
import type { State } from "../state.js"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import * as Audio from "./audio.js"
import type { Answer, Call, Route } from "./call.js"
import { csv, json, resource } from "./call.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import type { Json } from "./shape.js"
import * as Shapes from "./shape.js"

const genresOf = (state: State): ReadonlyArray<string> =>
  [...new Set(state.catalogue.artists.flatMap((artist) => artist.genres))]
    .map((genre) => genre.replaceAll(" ", "-"))
    .sort()

interface Seed {
  readonly type: "artist" | "genre" | "track"
  readonly id: string
}

const seedsOf = (call: Call): ReadonlyArray<Seed> => {
  const named = (type: Seed["type"]): ReadonlyArray<Seed> =>
    (call.query.get(`seed_${type}s`) ?? "")
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "")
      .map((id) => ({ type, id }))
  return [...named("artist"), ...named("genre"), ...named("track")]
}

const isKnown = (state: State, { id, type }: Seed): boolean =>
  type === "artist"
    ? state.index.artists.has(id)
    : type === "track"
      ? state.index.tracks.has(id)
      : genresOf(state).includes(id)

/** How close a track is to a seed, by common artists and genres. */
const nearness = (state: State, track: Model.Track, { id, type }: Seed): number => {
  const artists = Shapes.known(state.index.artists, track.artistIds)
  const genres = artists.flatMap((artist) => artist.genres)
  const seedArtists = type === "track" ? (state.index.tracks.get(id)?.artistIds ?? []) : [id]
  const seedGenres =
    type === "genre"
      ? [id.replaceAll("-", " ")]
      : Shapes.known(state.index.artists, seedArtists).flatMap((artist) => artist.genres)
  return (
    (type !== "genre" && artists.some((artist) => seedArtists.includes(artist.id)) ? 2 : 0) +
    (genres.some((genre) => seedGenres.includes(genre)) ? 1 : 0)
  )
}

interface Tuning {
  readonly kind: string
  readonly name: string
  readonly value: number
}

const tuningsOf = (call: Call): Effect.Effect<ReadonlyArray<Tuning>, ApiError> =>
  Effect.forEach(
    [...call.query].flatMap(([key, text]) => {
      const [, kind = "", name = ""] = /^(min|max|target)_(\w+)$/.exec(key) ?? []
      return kind === "" ? [] : [{ kind, name, value: text === "" ? Number.NaN : Number(text) }]
    }),
    (tuning) =>
      Number.isNaN(tuning.value)
        ? Effect.fail(refuse(400, `invalid value for ${tuning.kind}_${tuning.name}`))
        : Effect.succeed(tuning)
  )

const isWithin = (values: Readonly<Record<string, number>>, tuning: Tuning): boolean => {
  const value = values[tuning.name]
  return (
    value === undefined ||
    tuning.kind === "target" ||
    (tuning.kind === "min" ? value >= tuning.value : value <= tuning.value)
  )
}

/** How far a track is from the targets, each feature on its own scale. */
const distance = (values: Readonly<Record<string, number>>, tunings: ReadonlyArray<Tuning>): number =>
  tunings
    .filter(({ kind }) => kind === "target")
    .reduce((sum, { name, value }) => {
      const actual = values[name]
      return actual === undefined ? sum : sum + Math.abs(actual - value) / Math.max(1, Math.abs(value))
    }, 0)

const recommendations = (call: Call): Answer =>
  Effect.gen(function* () {
    const limit = yield* Page.limit(call, { max: 100, fallback: 20 })
    const seeds = seedsOf(call)
    if (seeds.length === 0 || seeds.length > 5) {
      return yield* refuse(400, "invalid request: between 1 and 5 seeds are needed")
    }
    const bad = seeds.find((seed) => !isKnown(call.state, seed))
    if (bad !== undefined) {
      return yield* refuse(400, `invalid seed: ${bad.id}`)
    }
    const tunings = yield* tuningsOf(call)
    const shape = Shapes.of(call)
    const order = seeds.map(({ id }) => id).join()
    const pool = call.state.catalogue.tracks.filter(
      (track) =>
        Shapes.isIn(shape.market, track) && !seeds.some(({ id, type }) => type === "track" && id === track.id)
    )
    const ranked = pool
      .flatMap((track) => {
        const values = Audio.values(track)
        if (!tunings.every((tuning) => isWithin(values, tuning))) {
          return []
        }
        const near = seeds.reduce((sum, seed) => sum + nearness(call.state, track, seed), 0)
        const chance = hash(`${order}/${track.id}`) / 2 ** 32
        return [{ track, rank: near + chance - 4 * distance(values, tunings) }]
      })
      .sort((left, right) => right.rank - left.rank)
    const described = seeds.map(({ id, type }): Json => ({
      afterFilteringSize: ranked.length,
      afterRelinkingSize: ranked.length,
      href: type === "genre" ? null : `${shape.apiUrl}/${type}s/${id}`,
      id,
      initialPoolSize: pool.length,
      type: type.toUpperCase()
    }))
    return json({
      seeds: described,
      tracks: ranked.slice(0, limit).map(({ track }) => Music.track(shape, track))
    })
  })

const several = (call: Call): Answer =>
  Effect.gen(function* () {
    const ids = yield* csv(call, "ids", 100)
    if (!ids.every(isId)) {
      return yield* refuse(400, "Invalid base62 id")
    }
    const shape = Shapes.of(call)
    return json({
      audio_features: ids.map((id) => {
        const track = shape.index.tracks.get(id)
        return track === undefined ? null : Audio.features(shape, track)
      })
    })
  })

const track = (call: Call) => resource(call, call.state.index.tracks)

export const routes: ReadonlyArray<Route> = [
  { method: "GET", path: "/audio-features", availability: "closed 403", cache: "catalogue", handle: several },
  {
    method: "GET",
    path: "/audio-features/:id",
    availability: "closed 403",
    cache: "catalogue",
    handle: (call) => Effect.map(track(call), (track) => json(Audio.features(Shapes.of(call), track)))
  },
  {
    method: "GET",
    path: "/audio-analysis/:id",
    availability: "closed 403",
    cache: "catalogue",
    handle: (call) => Effect.map(track(call), (track) => json(Audio.analysis(track)))
  },
  { method: "GET", path: "/recommendations", availability: "closed 404", handle: recommendations },
  {
    method: "GET",
    path: "/recommendations/available-genre-seeds",
    availability: "closed 404",
    cache: "browse",
    handle: (call) => Effect.succeed(json({ genres: genresOf(call.state) }))
  }
]
