import { hash } from "../catalogue/base62.js"
import type * as Model from "../catalogue/model.js"
import type { Json, Shape } from "./shape.js"

/** A number from 0 to 1 with three decimals, derived from the track and the name. */
const share = (track: Model.Track, name: string): number =>
  Math.round((hash(`${name}:${track.id}`) / 2 ** 32) * 1000) / 1000

const round = (value: number, places: number): number => Number(value.toFixed(places))

/** The features of a track. Recommendations use the same names. */
export const values = (track: Model.Track): Readonly<Record<string, number>> => ({
  acousticness: share(track, "acousticness"),
  danceability: share(track, "danceability"),
  duration_ms: track.durationMs,
  energy: share(track, "energy"),
  instrumentalness: share(track, "instrumentalness"),
  key: Math.floor(share(track, "key") * 11.99),
  liveness: share(track, "liveness"),
  loudness: round(-20 + share(track, "loudness") * 18, 3),
  mode: share(track, "mode") < 0.4 ? 0 : 1,
  popularity: track.popularity,
  speechiness: round(share(track, "speechiness") / 3, 4),
  tempo: round(70 + share(track, "tempo") * 110, 3),
  time_signature: share(track, "time signature") < 0.1 ? 3 : 4,
  valence: share(track, "valence")
})

export const features = (shape: Shape, track: Model.Track): Json => {
  const { popularity: _, ...measured } = values(track)
  return {
    ...measured,
    analysis_url: `${shape.apiUrl}/audio-analysis/${track.id}`,
    id: track.id,
    track_href: `${shape.apiUrl}/tracks/${track.id}`,
    type: "audio_features",
    uri: `spotify:track:${track.id}`
  }
}

/** Splits the track into equal pieces of about this many seconds. */
const pieces = (
  track: Model.Track,
  seconds: number,
  more: (index: number) => Json = () => ({})
): ReadonlyArray<Json> => {
  const duration = track.durationMs / 1000
  const count = Math.max(1, Math.floor(duration / seconds))
  return Array.from({ length: count }, (_, index) => ({
    start: round((index * duration) / count, 5),
    duration: round(duration / count, 5),
    confidence: share(track, `confidence/${seconds}/${index}`),
    ...more(index)
  }))
}

const twelve = (of: (index: number) => number): ReadonlyArray<number> =>
  Array.from({ length: 12 }, (_, index) => of(index))

/** An analysis that is consistent with the features: sections, bars and beats in the same tempo. */
export const analysis = (track: Model.Track): Json => {
  const { key, loudness = 0, mode, tempo = 120, time_signature = 4 } = values(track)
  const seconds = track.durationMs / 1000
  const beat = 60 / tempo
  const confidence = (name: string) => ({ [`${name}_confidence`]: share(track, `${name} confidence`) })
  const measured = {
    loudness,
    tempo,
    ...confidence("tempo"),
    key,
    ...confidence("key"),
    mode,
    ...confidence("mode"),
    time_signature,
    ...confidence("time_signature")
  }
  return {
    meta: {
      analyzer_version: "4.0.0",
      platform: "Linux",
      detailed_status: "OK",
      status_code: 0,
      timestamp: 1_495_193_577,
      analysis_time: 6.93906,
      input_process: "libvorbisfile L+R 44100->22050"
    },
    track: {
      num_samples: Math.floor(seconds * 22_050),
      duration: seconds,
      sample_md5: "",
      offset_seconds: 0,
      window_seconds: 0,
      analysis_sample_rate: 22_050,
      analysis_channels: 1,
      end_of_fade_in: 0,
      start_of_fade_out: round(seconds * 0.98, 5),
      ...measured,
      codestring: "",
      code_version: 3.15,
      echoprintstring: "",
      echoprint_version: 4.15,
      synchstring: "",
      synch_version: 1,
      rhythmstring: "",
      rhythm_version: 1
    },
    bars: pieces(track, beat * time_signature),
    beats: pieces(track, beat),
    sections: pieces(track, 30, () => measured),
    segments: pieces(track, 5, (index) => ({
      loudness_start: round(loudness - 8, 3),
      loudness_max: loudness,
      loudness_max_time: 0.05,
      loudness_end: round(loudness - 12, 3),
      pitches: twelve((pitch) => share(track, `pitch/${index}/${pitch}`)),
      timbre: twelve((timbre) => round(share(track, `timbre/${index}/${timbre}`) * 200 - 100, 3))
    })),
    tatums: pieces(track, beat / 2)
  }
}
