import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { IncomingHttpHeaders } from "node:http"
import { clearTimeout, setTimeout } from "node:timers"
import type * as Undici from "undici"
import type * as Direct from "../../http/exchange.js"
import { Body } from "./body.js"
import * as Bytes from "./bytes.js"
import type { Payload } from "./dispatch.js"
import { requestFailed } from "./requestFailed.js"
import { NodeResponse } from "./response.js"
import type { Target } from "./target.js"

type Controller = Undici.Dispatcher.DispatchController

type Resume = (effect: Effect.Effect<Direct.Exchanged, Direct.Failure>) => void

const late = new Error("the exchange took too long")

const tooLong = new Error("the body is longer than the limit")

/** `setTimeout` overflows at this many milliseconds. Longer timeouts get no timer. */
const longest = 2 ** 31

const noHeaders: IncomingHttpHeaders = {}

/** Never filled: bytes that arrive after the exchange has ended are dropped. */
const noChunks: Array<Uint8Array> = []

/** A header that occurs more than once has a list as its value, as `set-cookie` does. */
const headerOf =
  (headers: IncomingHttpHeaders) =>
  (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(", ") : value
  }

/**
 * A request and its whole answer. One object handles all events of the dispatcher. A separate response with a
 * body and a reader would make a small request a tenth more expensive (bench row `request`).
 */
export class WholeAnswer implements Undici.Dispatcher.DispatchHandler, Bytes.Whole {
  private controller: Controller | undefined
  private status = 0
  private headers = noHeaders
  private chunks: Array<Uint8Array> = []
  private size = 0
  private most = 0
  private ended = false
  /** Why the request was aborted, if it was. */
  private given: Error | undefined
  private resume: Resume | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly bounds: Direct.Bounds

  constructor(request: HttpClientRequest.HttpClientRequest, bounds: Direct.Bounds) {
    this.request = request
    this.bounds = bounds
  }

  /**
   * Sends the request. Every failure goes to `resume`, including invalid options. `resume` is called at most
   * once.
   */
  start(
    dispatcher: Undici.Dispatcher,
    target: Target,
    body: Payload,
    headers: Array<string>,
    timeout: number,
    resume: Resume
  ): void {
    this.resume = resume
    if (timeout < longest) {
      // A Node timer costs a hundredth of a sleeping fiber
      // @effect-diagnostics-next-line globalTimers:off -- below Effect: a callback of the dispatcher clears it
      this.timer = setTimeout(() => {
        const { resume } = this
        this.abort(late)
        resume?.(Effect.fail({ _tag: "Timeout" }))
      }, timeout)
    }
    const { origin, path } = target
    dispatcher.dispatch({ origin, path, method: this.request.method, headers, body }, this)
  }

  /** Aborts the request. A queued request is not sent; otherwise its socket is closed. */
  abort(reason: Error): void {
    const { controller } = this
    this.given = reason
    this.release()
    if (!this.ended) {
      controller?.abort(reason)
    }
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    if (this.given !== undefined) {
      controller.abort(this.given)
    }
  }

  onResponseStart(_: Controller, status: number, headers: IncomingHttpHeaders): void {
    // Informational responses (1xx) come before the answer
    if (status >= 200) {
      this.status = status
      this.headers = headers
      this.most = this.bounds.limit(status)
      this.bounds.onHead?.({ status, header: headerOf(headers) })
    }
  }

  onResponseData(_: Controller, bytes: Uint8Array): void {
    if (this.resume === undefined) {
      return
    }
    this.size += bytes.length
    if (this.size <= this.most) {
      this.chunks.push(bytes)
      return
    }
    const { controller } = this
    this.onDone(undefined)
    this.given = tooLong
    controller?.abort(tooLong)
  }

  onResponseEnd(): void {
    this.ended = true
    if (this.resume !== undefined) {
      Bytes.decoded(Bytes.codingOf(this.headers["content-encoding"]), this.chunks, this.most, this)
    }
  }

  onResponseError(controller: Controller | undefined, cause: Error): void {
    if (this.status === 0 || controller === undefined) {
      const error = requestFailed(this.request, cause, this.controller !== undefined)
      this.settle(Effect.fail({ _tag: "Request", error }))
    } else {
      this.onFailure(cause)
    }
  }

  onDone(chunks: ReadonlyArray<Uint8Array> | undefined): void {
    this.settle(
      Effect.succeed({
        status: this.status,
        header: headerOf(this.headers),
        body: chunks === undefined ? Option.none() : Option.some(Bytes.textOf(chunks))
      })
    )
  }

  onFailure(cause: unknown): void {
    if (this.controller !== undefined) {
      const body = new Body(this.controller, 0)
      body.fail(cause)
      const response = new NodeResponse(this.request, this.status, this.headers, body)
      this.settle(Effect.fail({ _tag: "Body", error: response.unreadable(cause) }))
    }
  }

  private settle(effect: Effect.Effect<Direct.Exchanged, Direct.Failure>): void {
    const { resume } = this
    this.release()
    resume?.(effect)
  }

  /**
   * Drops all references. A fiber keeps this object for a while after its end. An object that survives two
   * minor collections is freed only by a major one, which is a fifth of the cost of an answer of 60 KB (bench
   * row `request`).
   */
  private release(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.resume = undefined
    this.controller = undefined
    this.headers = noHeaders
    this.chunks = noChunks
  }
}
