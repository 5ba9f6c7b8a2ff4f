import * as Schema from "effect/Schema"

/** Nothing that the emulator reads or Spotify sends has a third of this depth. */
const deepest = 64

const isShallow = (text: string): boolean => {
  let depth = 0
  let inText = false
  for (let position = 0; position < text.length; position++) {
    const sign = text[position]
    if (inText) {
      position += sign === "\\" ? 1 : 0
      inText = sign !== '"'
    } else if (sign === "{" || sign === "[") {
      depth += 1
    } else if (sign === "}" || sign === "]") {
      depth -= 1
    } else {
      inText = sign === '"'
    }
    if (depth > deepest) {
      return false
    }
  }
  return true
}

const Shallow = Schema.String.pipe(
  Schema.filter(isShallow, { message: () => `JSON with more than ${deepest} levels is not read` })
)

/**
 * Like `Schema.parseJson`, for JSON from outside. It limits the depth, because decoding a value and reporting
 * its errors recurse.
 */
export const parseJson = <A, I>(schema: Schema.Schema<A, I>): Schema.Schema<A, string> =>
  Schema.compose(Shallow, Schema.parseJson(schema))
