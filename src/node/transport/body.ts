import type * as Undici from "undici"
import { clearTimeout, setTimeout } from "node:timers"

/** Who takes the bytes of a body, as they come. */
export interface Reader {
  /** Whether more is wanted now; if not, {@link Body.resume} asks for it later. */
  readonly onChunk: (bytes: Uint8Array) => boolean
  readonly onEnd: () => void
  /** Comes at most once, and never after `onEnd`. */
  readonly onFailure: (cause: unknown) => void
}

/** What arrives before anybody reads is kept up to here, in bytes; then the socket waits. */
const mark = 64 * 1024

/**
 * The body of an answer on its way from the socket to one reader. A body that stays in memory whole is
 * let go with its response; a longer one that nobody reads would hold its socket forever, so it is given
 * up after `patience` milliseconds.
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
    // After its reader has left, the rest means nothing
    if (this.taken) {
      return
    }
    this.chunks.push(bytes)
    this.size += bytes.length
    if (this.size > mark && this.timer === undefined) {
      this.controller.pause()
      // @effect-diagnostics-next-line globalTimers:off -- below Effect: a callback of the dispatcher arms it
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

  /** Hands the body over, what has come already first. False if it was handed over before. */
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

  /** The reader leaves; unless all has come, the socket is closed with it. */
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
