/**
 * Files share their processes, as loading the library costs more than most of them take. `layer` of
 * `@effect/vitest` puts methods that run in its layer on the one `it` there is: the next file gets its own back.
 */
import { it, makeMethods } from "@effect/vitest"

makeMethods(it)
