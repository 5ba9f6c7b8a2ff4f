/**
 * The structure of a track, down to single sounds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, object, patchy } from "./lenient.js"
import type { Model } from "./Model.js"

/** Times are in seconds. */
const interval = {
  start: Schema.Number,
  duration: Schema.Number,
  /** 0 to 1. */
  confidence: patchy(Schema.Number)
}

/** Members of both a whole track and a section. Each confidence is 0 to 1. */
const sound = {
  /** In decibels. */
  loudness: patchy(Schema.Number),
  /** In beats per minute. */
  tempo: patchy(Schema.Number),
  tempo_confidence: patchy(Schema.Number),
  /** Beats in a bar. */
  time_signature: patchy(Schema.Number),
  time_signature_confidence: patchy(Schema.Number),
  /** 0 is C, 1 is C sharp, up to 11; -1 if there is none. */
  key: patchy(Schema.Number),
  key_confidence: patchy(Schema.Number),
  /** 1 is major, 0 is minor, -1 is neither. */
  mode: patchy(Schema.Number),
  mode_confidence: patchy(Schema.Number)
}

const TimeInterval_ = object(interval)

/**
 * An interval of a track, in seconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeInterval extends Schema.Schema.Type<typeof TimeInterval_> {}

const Section_ = object({ ...interval, ...sound })

/**
 * A part of a track such as a verse or a chorus.
 *
 * @since 0.1.0
 * @category models
 */
export interface Section extends Schema.Schema.Type<typeof Section_> {}

const Segment_ = object({
  ...interval,
  /** In decibels. */
  loudness_start: patchy(Schema.Number),
  loudness_max: patchy(Schema.Number),
  /** From the segment's start. */
  loudness_max_time: patchy(Schema.Number),
  loudness_end: patchy(Schema.Number),
  /** The strength of each of the 12 pitches, starting at C, 0 to 1. */
  pitches: patchy(Schema.Array(Schema.Number)),
  /** 12 numbers centred on 0. */
  timbre: patchy(Schema.Array(Schema.Number))
})

/**
 * A short part of a track with a uniform sound.
 *
 * @since 0.1.0
 * @category models
 */
export interface Segment extends Schema.Schema.Type<typeof Segment_> {}

const Meta_ = object({
  analyzer_version: patchy(Schema.String),
  platform: patchy(Schema.String),
  detailed_status: patchy(Schema.String),
  /** 0 if the analysis succeeded. */
  status_code: patchy(Schema.Number),
  /** In seconds since 1970. */
  timestamp: patchy(Schema.Number),
  /** In seconds. */
  analysis_time: patchy(Schema.Number),
  input_process: patchy(Schema.String)
})

/**
 * How the analysis was made.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnalysisMeta extends Schema.Schema.Type<typeof Meta_> {}

const Whole_ = object({
  ...sound,
  num_samples: patchy(Schema.Number),
  /** In seconds. */
  duration: patchy(Schema.Number),
  sample_md5: patchy(Schema.String),
  offset_seconds: patchy(Schema.Number),
  window_seconds: patchy(Schema.Number),
  analysis_sample_rate: patchy(Schema.Number),
  analysis_channels: patchy(Schema.Number),
  /** In seconds. */
  end_of_fade_in: patchy(Schema.Number),
  /** In seconds. */
  start_of_fade_out: patchy(Schema.Number),
  codestring: patchy(Schema.String),
  code_version: patchy(Schema.Number),
  echoprintstring: patchy(Schema.String),
  echoprint_version: patchy(Schema.Number),
  synchstring: patchy(Schema.String),
  synch_version: patchy(Schema.Number),
  rhythmstring: patchy(Schema.String),
  rhythm_version: patchy(Schema.Number)
})

/**
 * The track as a whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnalysedTrack extends Schema.Schema.Type<typeof Whole_> {}

const TimeIntervals = Schema.Array(TimeInterval_ as Schema.Schema<TimeInterval>)

const AudioAnalysis_ = object({
  meta: patchy(Meta_ as Schema.Schema<AnalysisMeta>),
  track: patchy(Whole_ as Schema.Schema<AnalysedTrack>),
  bars: TimeIntervals,
  beats: TimeIntervals,
  sections: Schema.Array(Section_ as Schema.Schema<Section>),
  segments: Schema.Array(Segment_ as Schema.Schema<Segment>),
  /** The smallest pulses that a listener counts by. */
  tatums: TimeIntervals
})

/**
 * The analysis of a track: bars, beats, sections and segments.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudioAnalysis extends Schema.Schema.Type<typeof AudioAnalysis_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudioAnalysis: Model<AudioAnalysis> = model(AudioAnalysis_, {
  lists: ["bars", "beats", "sections", "segments", "tatums"]
})
