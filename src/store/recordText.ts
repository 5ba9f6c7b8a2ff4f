/**
 * Text that every database keeps to the letter.
 *
 * PostgreSQL's `text` refuses NUL, and half of a surrogate pair does not survive UTF-8: two such keys would
 * become one. Both are spelled out behind DLE, which JSON, base64 and ordinary keys never contain, so what
 * an operator sees in the database is nearly always the text itself.
 */

/**
 * As JavaScript counts. Over twice what the largest record that is ever read comes to once it is sealed; a
 * longer text is not a session, and is neither written nor fetched.
 */
export const maxPayloadLength = 256 * 1024

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const unsafe = /[\0\u0010\p{Cs}]/gu

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const spelled = /\u0010([0-9a-f]{4})/g

export const encode = (text: string): string =>
  text.replace(unsafe, (unit) => `\u0010${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

export const decode = (text: string): string =>
  text.replace(spelled, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
