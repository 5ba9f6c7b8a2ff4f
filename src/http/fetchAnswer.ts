import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fillBuffers } from "./byobReader.js"
import type * as Direct from "./exchange.js"
import * as FetchCall from "./fetchCall.js"
import * as Timed from "./timed.js"
import * as WebBody from "./webBody.js"

type Resume = (effect: Effect.Effect<Direct.Exchanged, Direct.Failure>) => void

/** A call of `fetch` and its whole answer. */
export class FetchAnswer {
  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly call: FetchCall.FetchCall
  private readonly bounds: Direct.Bounds
  private readonly controller = new AbortController()
  private resume: Resume | undefined
  private stopTimer: (() => void) | undefined
  private reading: WebBody.Reading | undefined

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    call: FetchCall.FetchCall,
    bounds: Direct.Bounds
  ) {
    this.request = request
    this.call = call
    this.bounds = bounds
  }

  /** Sends the request. `resume` is called at most once. Without a timeout the caller limits the time. */
  start(timeout: number | undefined, resume: Resume): void {
    this.resume = resume
    if (timeout !== undefined) {
      this.stopTimer = Timed.startTimer(timeout, () => {
        this.settle(Effect.fail({ _tag: "Timeout" }))
        this.leave()
      })
    }
    FetchCall.start(this.call, this.controller.signal).then(
      (source) => this.read(source),
      (cause: unknown) =>
        this.settle(
          Effect.fail({ _tag: "Request", error: FetchCall.refused(this.request, this.call, cause) })
        )
    )
  }

  /** Aborts the request, or the rest of its answer. */
  abort(): void {
    const { resume } = this
    this.release()
    if (resume !== undefined) {
      this.leave()
    }
  }

  /** Closes the connection. A `fetch` that ignores its signal, as in tests, still has its body cancelled. */
  private leave(): void {
    this.controller.abort()
    void this.reading?.cancel()
  }

  private read(source: Response): void {
    const { body } = source
    if (this.resume === undefined) {
      this.leave()
      body?.cancel().catch(() => {})
      return
    }
    const { status } = source
    const head: Direct.Head = { status, header: (name) => source.headers.get(name) ?? undefined }
    this.bounds.onHead?.(head)
    const done = (text: string | undefined) =>
      this.settle(Effect.succeed({ ...head, body: Option.fromNullable(text) }))
    if (body === null) {
      done("")
      return
    }
    this.reading = WebBody.read(
      body,
      this.bounds.limit(status),
      (text) => {
        done(text)
        if (text === undefined) {
          this.leave()
        }
      },
      (cause) => {
        const response = HttpClientResponse.fromWeb(this.request, source)
        this.settle(Effect.fail({ _tag: "Body", error: WebBody.unreadable(response, cause) }))
      },
      fillBuffers
    )
  }

  private settle(effect: Effect.Effect<Direct.Exchanged, Direct.Failure>): void {
    const { resume } = this
    this.release()
    resume?.(effect)
  }

  private release(): void {
    this.stopTimer?.()
    this.stopTimer = undefined
    this.resume = undefined
  }
}
