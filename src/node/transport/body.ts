import type * as Undici from "undici"
import { clearTimeout, setTimeout } from "node:timers"

/** Receives the bytes of a body as they arrive. */
export interface Reader {
  /** Returns whether more is wanted now. If not, {@link Body.resume} asks for more later. */
  readonly onChunk: (bytes: Uint8Array) => boolean
  readonly onEnd: () => void
  /** Called at most once, and never after `onEnd`. */
  readonly onFailure: (cause: unknown) => void
}

/** How many bytes to buffer before a reader comes. Beyond this the socket is paused. */
const mark = 64 * 1024

/**
 * The body of an answer on its way from the socket to one reader. A body that fits into the buffer is freed
 * with its response. A longer one that nobody reads would keep its socket forever, so it is aborted after
 * `patience` milliseconds.
 */
export class Body {
  private chunks: Array<Uint8Array> = []
  private size = 0
  private reader: Reader | undefined
  private taken = false
  private ended = false
  private failed: { readonly cause: unknown } | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  private readonly controller: Undici.Dispatcher.DispatchController
  private readonly patience: number

  constructor(controller: Undici.Dispatcher.DispatchController, patience: number) {
    this.controller = controller
    this.patience = patience
  }

  push(bytes: Uint8Array): void {
    if (this.reader !== undefined) {
      if (!this.reader.onChunk(bytes)) {
        this.controller.pause()
      }
      return
    }
    // Its reader has left, so the rest is discarded
    if (this.taken) {
      return
    }
    this.chunks.push(bytes)
    this.size += bytes.length
    if (this.size > mark && this.timer === undefined) {
      this.controller.pause()
      // @effect-diagnostics-next-line globalTimers:off -- below Effect: a callback of the dispatcher starts it
      this.timer = setTimeout(() => this.abort(), this.patience)
    }
  }

  end(): void {
    this.ended = true
    clearTimeout(this.timer)
    const { reader } = this
    this.reader = undefined
    reader?.onEnd()
  }

  fail(cause: unknown): void {
    if (this.ended || this.failed !== undefined) {
      return
    }
    this.failed = { cause }
    clearTimeout(this.timer)
    const { reader } = this
    this.reader = undefined
    reader?.onFailure(cause)
  }

  /** Attaches the reader, and passes on what has already arrived. False if the body already had a reader. */
  read(reader: Reader): boolean {
    if (this.taken) {
      return false
    }
    this.taken = true
    clearTimeout(this.timer)
    const { chunks } = this
    this.chunks = []
    let more = true
    for (const bytes of chunks) {
      more = reader.onChunk(bytes)
    }
    if (this.ended) {
      reader.onEnd()
    } else if (this.failed !== undefined) {
      reader.onFailure(this.failed.cause)
    } else {
      this.reader = reader
      if (more) {
        this.controller.resume()
      }
    }
    return true
  }

  resume(): void {
    if (!this.ended && this.failed === undefined) {
      this.controller.resume()
    }
  }

  /** Detaches the reader. The socket is closed unless the whole body has arrived. */
  abort(): void {
    this.reader = undefined
    this.taken = true
    this.chunks = []
    clearTimeout(this.timer)
    if (!this.ended && this.failed === undefined) {
      this.failed = { cause: new Error("the body was given up") }
      this.controller.abort(new Error("the body was given up"))
    }
  }
}
