/**
 * Chapters of audiobooks.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import { expected, model, object } from "./lenient.js"
import type { Model } from "./Model.js"
import { SimplifiedAudiobook } from "./Audiobook.js"
import { fields, repairs } from "./SimplifiedChapter.js"

const Chapter_ = object({ ...fields, audiobook: expected(SimplifiedAudiobook) })

/**
 * A chapter with its audiobook.
 *
 * @since 0.1.0
 * @category models
 */
export interface Chapter extends Schema.Schema.Type<typeof Chapter_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Chapter: Model<Chapter> = model(Chapter_, repairs)
