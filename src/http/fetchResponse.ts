import type * as Cookies from "@effect/platform/Cookies"
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Bounded, type ReadText } from "./boundedBody.js"
import * as WebBody from "./webBody.js"

type Read<A> = Effect.Effect<A, HttpClientError.ResponseError>

/** The platform's response, which aborts the request if reading is interrupted, and shows no foreign cause. */
export class FetchResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId

  private readonly inner: HttpClientResponse.HttpClientResponse
  private readonly source: Response
  private readonly controller: AbortController

  constructor(request: HttpClientRequest.HttpClientRequest, source: Response, controller: AbortController) {
    super()
    this.inner = HttpClientResponse.fromWeb(request, source)
    this.source = source
    this.controller = controller
  }

  get request(): HttpClientRequest.HttpClientRequest {
    return this.inner.request
  }

  get status(): number {
    return this.inner.status
  }

  get headers(): Headers.Headers {
    return this.inner.headers
  }

  get cookies(): Cookies.Cookies {
    return this.inner.cookies
  }

  get remoteAddress(): Option.Option<string> {
    return this.inner.remoteAddress
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.suspend(() => {
      const { body } = this.source
      return body === null
        ? Stream.empty
        : body.locked
          ? Stream.fail(WebBody.unreadable(this, WebBody.readBefore()))
          : Stream.mapError(this.inner.stream, (error) => this.clean(error))
    })
  }

  get text(): Read<string> {
    return this.reading(this.inner.text)
  }

  get json(): Read<unknown> {
    return this.reading(this.inner.json)
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return this.reading(this.inner.urlParamsBody)
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return this.reading(this.inner.arrayBuffer)
  }

  get formData(): Read<FormData> {
    return this.reading(this.inner.formData)
  }

  readonly [Bounded]: ReadText = (limit) => WebBody.readText(this, this.source, limit)

  toJSON(): unknown {
    return this.inner.toJSON()
  }

  private reading<A>(read: Read<A>): Read<A> {
    return Effect.mapError(
      Effect.onInterrupt(read, () => Effect.sync(() => this.controller.abort())),
      (error) => this.clean(error)
    )
  }

  private clean({ cause }: HttpClientError.ResponseError): HttpClientError.ResponseError {
    return WebBody.unreadable(this, cause)
  }
}
