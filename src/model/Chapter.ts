/**
 * Chapters of audiobooks.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import { expected, object, repaired } from "./lenient.js"
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
export const Chapter: Schema.Schema<Chapter> = repaired(Chapter_, repairs)
