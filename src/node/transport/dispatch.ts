import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { IncomingHttpHeaders } from "node:http"
import type * as Undici from "undici"
import { Body } from "./body.js"
import type { Target } from "./target.js"

/**
 * Receives the events of a request. Exactly one of `onAnswer` and `onFailure` is called, before any body
 * event.
 */
export interface Listener {
  readonly onAnswer: (status: number, headers: IncomingHttpHeaders, body: Body) => void
  /** `started`: the request may have left this machine. */
  readonly onFailure: (cause: Error, started: boolean) => void
}

/** The request bodies that undici accepts. */
export type Payload = Exclude<Undici.Dispatcher.DispatchOptions["body"], undefined>

/** One request to the dispatcher. */
export class Exchange implements Undici.Dispatcher.DispatchHandler {
  private controller: Undici.Dispatcher.DispatchController | undefined
  private body: Body | undefined
  private given: Error | undefined
  private settled = false

  private readonly listener: Listener
  private readonly patience: number

  constructor(listener: Listener, patience: number) {
    this.listener = listener
    this.patience = patience
  }

  /** Aborts the request. A queued request is not sent; otherwise its socket is closed. */
  abort(reason: Error): void {
    this.settled = true
    this.given = reason
    if (this.body === undefined) {
      this.controller?.abort(reason)
    } else {
      this.body.abort()
    }
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.given !== undefined) {
      controller.abort(this.given)
    }
  }

  onResponseStart(
    controller: Undici.Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders
  ): void {
    // Informational responses (1xx) come before the answer
    if (status < 200 || this.settled) {
      return
    }
    this.settled = true
    this.body = new Body(controller, this.patience)
    this.listener.onAnswer(status, headers, this.body)
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.body?.push(chunk)
  }

  onResponseEnd(): void {
    this.body?.end()
  }

  onResponseError(_: Undici.Dispatcher.DispatchController | undefined, cause: Error): void {
    this.body?.fail(cause)
    if (!this.settled) {
      this.settled = true
      this.listener.onFailure(cause, this.controller !== undefined)
    }
  }
}

const codings = "gzip, br;q=0.5"

/** Alternating names and values, which undici reads faster than an object, plus `accept-encoding`. */
export const headersOf = (request: HttpClientRequest.HttpClientRequest): Array<string> => {
  const flat: Array<string> = []
  let coded = false
  for (const name of Object.keys(request.headers)) {
    coded ||= name === "accept-encoding"
    flat.push(name, request.headers[name] ?? "")
  }
  // A range request would get a part of the compressed form
  if (!coded && request.headers["range"] === undefined) {
    flat.push("accept-encoding", codings)
  }
  return flat
}

/** Sends a request. Every failure goes to the listener, including invalid options. */
export const dispatch = (
  dispatcher: Undici.Dispatcher,
  patience: number,
  request: HttpClientRequest.HttpClientRequest,
  target: Target,
  payload: Payload,
  listener: Listener
): Exchange => {
  const exchange = new Exchange(listener, patience)
  dispatcher.dispatch(
    {
      origin: target.origin,
      path: target.path,
      method: request.method,
      headers: headersOf(request),
      body: payload
    },
    exchange
  )
  return exchange
}
