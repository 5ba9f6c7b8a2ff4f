import type { Transform } from "node:stream"
import * as Zlib from "node:zlib"
import type { Reader } from "./body.js"

/** The codings of RFC 9110, section 8.4.1, that Node can decode. Any other body is passed on unchanged. */
type Coding = "gzip" | "deflate" | "br"

/** Above this many compressed bytes the thread pool decompresses, since the event loop would block. */
const large = 32 * 1024

type Done = (cause: Error | null, result: Uint8Array) => void

interface Way {
  readonly now: (bytes: Uint8Array, options: Zlib.ZlibOptions & Zlib.BrotliOptions) => Uint8Array
  readonly later: (bytes: Uint8Array, options: Zlib.ZlibOptions & Zlib.BrotliOptions, done: Done) => void
  readonly stream: () => Transform
}

const ways: Record<Coding, Way> = {
  gzip: { now: Zlib.gunzipSync, later: Zlib.gunzip, stream: () => Zlib.createGunzip() },
  deflate: { now: Zlib.inflateSync, later: Zlib.inflate, stream: () => Zlib.createInflate() },
  br: {
    now: Zlib.brotliDecompressSync,
    later: Zlib.brotliDecompress,
    stream: () => Zlib.createBrotliDecompress()
  }
}

/** The coding of a body by its header; undefined if there is none or Node cannot decode it. */
export const codingOf = (header: string | undefined): Coding | undefined => {
  switch (header?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return "gzip"
    case "deflate":
      return "deflate"
    case "br":
      return "br"
    default:
      return undefined
  }
}

export const decompressor = (coding: Coding): Transform => ways[coding].stream()

const joined = (chunks: ReadonlyArray<Uint8Array>): Buffer => {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(chunks)
}

/**
 * The text of all chunks. A buffer is five to eight times as fast as Node 20's `TextDecoder` for short or
 * ASCII text, and as fast otherwise. A buffer keeps a leading byte order mark, so it is removed here.
 */
export const textOf = (chunks: ReadonlyArray<Uint8Array>): string => {
  const text = joined(chunks).toString()
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}

/** The outcome of reading a whole body: its chunks, none if it is too long, or why it is unreadable. */
export interface Whole {
  readonly onDone: (chunks: ReadonlyArray<Uint8Array> | undefined) => void
  readonly onFailure: (cause: unknown) => void
}

const isTooLong = (cause: unknown): boolean =>
  cause instanceof RangeError && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"

const decompress = (coding: Coding, bytes: Uint8Array, limit: number, whole: Whole): void => {
  const options = { maxOutputLength: Math.min(limit, 2 ** 30) }
  const done = (cause: unknown, result: Uint8Array | undefined) => {
    if (result !== undefined && cause === null) {
      whole.onDone([result])
    } else if (isTooLong(cause)) {
      whole.onDone(undefined)
    } else {
      whole.onFailure(cause)
    }
  }
  if (bytes.length > large) {
    ways[coding].later(bytes, options, done)
    return
  }
  let result: Uint8Array
  try {
    result = ways[coding].now(bytes, options)
  } catch (cause) {
    done(cause, undefined)
    return
  }
  done(null, result)
}

/** Decodes a complete body. At most `limit` bytes may result. */
export const decoded = (
  coding: Coding | undefined,
  chunks: ReadonlyArray<Uint8Array>,
  limit: number,
  whole: Whole
): void => {
  if (coding === undefined || chunks.length === 0) {
    whole.onDone(chunks)
  } else {
    decompress(coding, joined(chunks), limit, whole)
  }
}

/** Collects a body of at most `limit` bytes. `leave` is called when the rest is not needed. */
export const gather = (
  coding: Coding | undefined,
  limit: number,
  whole: Whole,
  leave: () => void
): Reader => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return {
    onChunk: (bytes) => {
      size += bytes.length
      if (size <= limit) {
        chunks.push(bytes)
        return true
      }
      leave()
      whole.onDone(undefined)
      return true
    },
    onEnd: () => decoded(coding, chunks, limit, whole),
    onFailure: whole.onFailure
  }
}
