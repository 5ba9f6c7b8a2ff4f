/**
 * Encodes text so that every database keeps it unchanged.
 *
 * PostgreSQL's `text` refuses NUL, and a lone surrogate does not survive UTF-8, so two such keys would become
 * equal. Both are escaped with DLE, which JSON, base64 and ordinary keys never contain. So operators nearly
 * always see the text itself in the database.
 */

/**
 * In UTF-16 units. More than twice the size of the largest readable record after sealing. Longer text is not
 * a session, and is neither written nor fetched.
 */
export const maxPayloadLength = 256 * 1024

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const unsafe = /[\0\u0010\p{Cs}]/gu

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const spelled = /\u0010([0-9a-f]{4})/g

const spell = (unit: string) => `\u0010${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

export const encode = (text: string): string => text.replace(unsafe, spell)

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const notAscii = /[\0\u0010\u0080-\uffff]/g

/** As `encode`, for a database that converts text between character sets, all of which contain ASCII. */
export const encodeAscii = (text: string): string => text.replace(notAscii, spell)

export const decode = (text: string): string =>
  text.replace(spelled, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
