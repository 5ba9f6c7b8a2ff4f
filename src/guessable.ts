/** Far below 16 random bytes in hexadecimal (110 bits), and above a pattern over the alphabet. */
const leastBits = 90

/** The entropy of all values together, in bits, estimated from their frequencies. */
const bitsOf = (values: ArrayLike<number>): number => {
  const counts = new Map<number, number>()
  for (const value of Array.from(values)) {
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts.values()].reduce((sum, count) => sum + count * Math.log2(values.length / count), 0)
}

/** The bytes without their repetitions, which add no entropy: `abcabcab` is `abc`. */
const unrepeated = (bytes: Uint8Array): Uint8Array => {
  const period = bytes.findIndex(
    (_, start) => start > 0 && bytes.every((byte, at) => at < start || byte === bytes[at - start])
  )
  return period > 0 && period <= bytes.length / 2 ? bytes.subarray(0, period) : bytes
}

const stepsOf = (bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from(bytes.subarray(1), (byte, at) => byte - (bytes[at] ?? 0))

/** A single repeated byte, very few distinct bytes, a repeated part, or bytes that count up or down. */
export const isPlaceholder = (key: Uint8Array): boolean =>
  bitsOf(unrepeated(key)) < leastBits || stepsOf(key).every((step) => Math.abs(step) <= 1)

/**
 * A single repeated byte, a repeated word, `0123456789abcdef…`, `aabbccdd…`: long, but guessable. No check
 * can tell a random secret from a sentence. This one never refuses a random secret.
 */
export const isGuessable = (secret: Uint8Array): boolean => {
  const bytes = unrepeated(secret)
  return bytes.length < 32 || Math.min(bitsOf(bytes), bitsOf(stepsOf(bytes))) < leastBits
}
