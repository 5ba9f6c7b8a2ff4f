import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { type Entry, type StoreKey, type TokenStoreCorrupt, Version } from "../../store/TokenStore.js"

/** One state of a record, stored as a file. The entry is none if the record was deleted. */
export interface Generation {
  readonly version: Version
  readonly entry: Option.Option<Entry>
}

/** The largest file to read or write. It fits a payload of 64 KiB in which JSON escapes every character. */
export const maxBytes = 512 * 1024

const format = 1
const headerLength = `effect-spotify ${format} \n`.length + 64

const Body = Schema.parseJson(
  Schema.Struct({
    // Detects a file that was copied to another record's name
    key: Schema.String,
    version: Schema.String,
    entry: Schema.NullOr(
      Schema.Struct({
        payload: Schema.String,
        disposableAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber)
      })
    )
  })
)
const toJson = Schema.encodeSync(Body)
const fromJson = Schema.decodeUnknownEither(Body)

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex")

/** The key's form in file names: hexadecimal, so that neither path separators nor letter case matter. */
export const digestOf = (key: StoreKey): string =>
  // UTF-8 would map all unpaired surrogates to one character
  createHash("sha256").update(key, "utf16le").digest("hex")

/** The content of a generation's file: a line with the format and a checksum, then JSON. */
export const encode = (digest: string, generation: Generation): Uint8Array => {
  const body = new TextEncoder().encode(
    toJson({
      key: digest,
      version: generation.version,
      entry: Option.match(generation.entry, {
        onNone: () => null,
        onSome: ({ disposableAt, payload }) => ({ payload: Redacted.value(payload), disposableAt })
      })
    })
  )
  const header = new TextEncoder().encode(`effect-spotify ${format} ${sha256(body)}\n`)
  const content = new Uint8Array(header.length + body.length)
  content.set(header)
  content.set(body, header.length)
  return content
}

/** Decodes a complete generation, or fails with a reason. The checksum rules out a partial one. */
export const decode = (
  digest: string,
  content: Uint8Array
): Either.Either<Generation, TokenStoreCorrupt["reason"]> => {
  const header = new TextDecoder("latin1").decode(content.subarray(0, headerLength))
  const body = content.subarray(headerLength)
  if (header !== `effect-spotify ${format} ${sha256(body)}\n`) {
    const [, newer] = /^effect-spotify (\d{1,9}) [0-9a-f]{64}\n/.exec(header) ?? []
    return Either.left(newer !== undefined && Number(newer) > format ? "SchemaVersion" : "Decode")
  }
  const decoded = fromJson(new TextDecoder().decode(body))
  // The parse error would quote the record, so it is dropped here
  if (Either.isLeft(decoded) || decoded.right.key !== digest) {
    return Either.left("Decode")
  }
  const version = Version(decoded.right.version)
  return Either.right({
    version,
    entry: Option.map(Option.fromNullable(decoded.right.entry), ({ disposableAt, payload }): Entry => ({
      version,
      payload: Redacted.make(payload),
      disposableAt
    }))
  })
}

/** The file name of a generation. */
export const nameOf = (digest: string, number: number): string => `${digest}.g${number}`

/** The part of a temporary file's name that tells on which day its writer began. */
const dayMark = (digest: string, day: number): string =>
  `${digest}.t${(day >>> 0).toString(16).padStart(8, "0")}`

/** A new temporary file name for a writer who began on that day. */
export const temporaryName = (digest: string, day: number): string =>
  `${dayMark(digest, day)}${Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(12)))}`

/** Whether the writer of the file began on that day. */
export const isOfDay = (name: string, digest: string, day: number): boolean =>
  name.startsWith(dayMark(digest, day))

const names = /^([0-9a-f]{64})\.(?:g([1-9]\d{0,15})|t[0-9a-f]{32})$/

/** Parses a file name of the store. Other files give none. */
export const parseName = (
  name: string
): Option.Option<{ readonly digest: string; readonly number: Option.Option<number> }> => {
  const [, digest, number] = names.exec(name) ?? []
  return digest === undefined
    ? Option.none()
    : Option.some({ digest, number: Option.map(Option.fromNullable(number), Number) })
}

/** Whether the record has expired and can be removed. */
export const isDisposable = (entry: Entry, now: number): boolean =>
  Option.exists(entry.disposableAt, (at: DateTime.Utc) => at.epochMillis <= now)
