const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/**
 * FNV-1a with the final step of MurmurHash3. Without that step, seeds with the same ending give similar
 * numbers.
 */
export const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** An integer from `low` to `high`, both included, derived from the seed. */
export const between = (seed: string, low: number, high: number): number =>
  low + (hash(seed) % (high - low + 1))

/**
 * An id in Spotify's form, 22 characters of base62, derived from the seed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const idOf = (seed: string): string => {
  // A 128-bit number never begins with a base62 digit above 7
  let id = alphabet.charAt(hash(`${seed}/0`) % 7)
  for (let position = 1; position < 22; position++) {
    id += alphabet.charAt(hash(`${seed}/${position}`) % 62)
  }
  return id
}

/** Whether the text has the form of a Spotify id. */
export const isId = (text: string): boolean => /^[0-9A-Za-z]{22}$/.test(text)
