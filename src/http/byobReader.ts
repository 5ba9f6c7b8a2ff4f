import { type ReadChunks, takeBuffers } from "./webBody.js"

const bufferSize = 64 * 1024

/** Buffers that no body is read into now, for the next ones. */
const spare: Array<ArrayBuffer> = []

const mostSpare = 16

const keep = (buffer: ArrayBufferLike | undefined): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bufferSize && spare.length < mostSpare) {
    spare.push(buffer)
  }
}

/**
 * A reader that fills a buffer, if it is worth it and the body can do so. Deno makes 64 KB for each read of
 * the default reader, which keeps its collector busy, and workerd gives such a reader 4 KB at a time. Elsewhere the
 * default reader is no dearer, or cheaper (bench/README.md, "Other runtimes").
 */
const readerOf = (body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined => {
  if (!/^(?:Deno|Cloudflare-Workers)/.test(globalThis.navigator?.userAgent ?? "")) {
    return undefined
  }
  try {
    return body.getReader({ mode: "byob" })
  } catch {
    return undefined
  }
}

/** Fills buffers that are used again, where that is cheaper. */
export const fillBuffers: ReadChunks = (body, add, onEnd, onFailure) => {
  const reader = readerOf(body)
  if (reader === undefined) {
    return takeBuffers(body, add, onEnd, onFailure)
  }
  const filled = ({ done, value }: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>): void => {
    if (done) {
      keep(value?.buffer)
      onEnd()
    } else if (add(value.slice())) {
      next(value.buffer)
    } else {
      keep(value.buffer)
    }
  }
  const next = (buffer: ArrayBuffer): void => void reader.read(new Uint8Array(buffer)).then(filled, onFailure)
  next(spare.pop() ?? new ArrayBuffer(bufferSize))
  return reader
}
