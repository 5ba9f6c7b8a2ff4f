// Replaces HttpServerRequest.fromWeb and HttpClientResponse.fromWeb with bytes in memory. Web requests and
// responses, with their streams and signals, cost more than the rest of the emulator
import * as Cookies from "@effect/platform/Cookies"
import type * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** Whether the web's `Headers` would accept these unchanged. */
const areClean = (headers: Headers.Headers): boolean => {
  for (const name in headers) {
    // `Headers` would trim a space at either end
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^(?:[!-~](?:[ -~]*[!-~])?)?$/.test(headers[name] ?? "")) {
      return false
    }
  }
  return true
}

const methodsWithoutBody = new Set<string>(["GET", "HEAD"])

/** Whether a web `Request` would accept this and keep its body in memory. */
export const isPlainRequest = (request: HttpClientRequest.HttpClientRequest): boolean =>
  (request.body._tag === "Empty" ||
    (request.body._tag === "Uint8Array" && !methodsWithoutBody.has(request.method))) &&
  areClean(request.headers)

const statusesWithoutBody = new Set([204, 205, 304])

/** Whether a web `Response` would accept this and keep its body in memory. */
export const isPlainResponse = ({ body, cookies, headers, status }: HttpServerResponse.HttpServerResponse) =>
  status >= 200 &&
  status <= 599 &&
  (body._tag === "Empty" || (body._tag === "Uint8Array" && !statusesWithoutBody.has(status))) &&
  Cookies.isEmpty(cookies) &&
  !("set-cookie" in headers) &&
  areClean(headers)

const noBytes = new Uint8Array()

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

class PlainRequest extends Inspectable.Class implements HttpServerRequest.HttpServerRequest {
  readonly [HttpServerRequest.TypeId]: HttpServerRequest.TypeId = HttpServerRequest.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly source: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly #address: URL
  readonly #bytes: Uint8Array | undefined
  #whole: HttpServerRequest.HttpServerRequest | undefined

  constructor(source: HttpClientRequest.HttpClientRequest, address: URL) {
    super()
    this.source = source
    this.url = `${address.pathname}${address.search}`
    this.#address = address
    this.#bytes = source.body._tag === "Uint8Array" ? source.body.body : undefined
  }

  /** Serves the members that the emulator does not use itself. */
  get #web(): HttpServerRequest.HttpServerRequest {
    const init: RequestInit = { method: this.method, headers: this.headers }
    this.#whole ??= HttpServerRequest.fromWeb(
      new Request(this.#address, this.#bytes === undefined ? init : { ...init, body: this.#bytes.slice() })
    )
    return this.#whole
  }

  get method() {
    return this.source.method
  }
  get headers() {
    return this.source.headers
  }
  get originalUrl() {
    return this.#address.href
  }
  get remoteAddress() {
    return Option.none<string>()
  }
  get text() {
    return Effect.sync(() => textOf(this.#bytes ?? noBytes))
  }
  get stream() {
    return this.#bytes === undefined ? Stream.empty : Stream.make(this.#bytes)
  }
  get cookies() {
    return Cookies.parseHeader(this.headers["cookie"] ?? "")
  }
  get json() {
    return this.#web.json
  }
  get urlParamsBody() {
    return this.#web.urlParamsBody
  }
  get arrayBuffer() {
    return this.#web.arrayBuffer
  }
  get multipart() {
    return this.#web.multipart
  }
  get multipartStream() {
    return this.#web.multipartStream
  }
  get upgrade() {
    return this.#web.upgrade
  }
  modify(options: Parameters<HttpServerRequest.HttpServerRequest["modify"]>[0]) {
    return this.#web.modify(options)
  }
  toJSON() {
    return this.#web.toJSON()
  }
}

/** A request for which `isPlainRequest` holds. */
export const request: (
  source: HttpClientRequest.HttpClientRequest,
  address: URL
) => HttpServerRequest.HttpServerRequest = (source, address) => new PlainRequest(source, address)

class PlainResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly #bytes: Uint8Array | undefined
  #used = false
  #text: string | undefined
  #arrayBuffer: ArrayBuffer | undefined
  #formData: Promise<FormData> | undefined

  constructor(request: HttpClientRequest.HttpClientRequest, sent: HttpServerResponse.HttpServerResponse) {
    super()
    this.request = request
    this.status = sent.status
    this.headers = sent.headers
    this.#bytes = request.method !== "HEAD" && sent.body._tag === "Uint8Array" ? sent.body.body : undefined
  }

  #decodeError(cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      request: this.request,
      response: this,
      reason: "Decode",
      cause
    })
  }

  /** A body can be read once, as on any other transport. */
  get #body(): Effect.Effect<Uint8Array, HttpClientError.ResponseError> {
    return Effect.suspend(() => {
      if (this.#used) {
        return Effect.fail(this.#decodeError(new TypeError("Body is unusable: Body has already been read")))
      }
      this.#used = this.#bytes !== undefined
      return Effect.succeed(this.#bytes ?? noBytes)
    })
  }

  get remoteAddress() {
    return Option.none<string>()
  }
  get cookies() {
    return Cookies.empty
  }
  get text() {
    return Effect.suspend(() =>
      this.#text === undefined
        ? Effect.map(this.#body, (bytes) => (this.#text = textOf(bytes)))
        : Effect.succeed(this.#text)
    )
  }
  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.tryMap(this.text, {
      try: (text): unknown => (text === "" ? null : JSON.parse(text)),
      catch: (cause) => this.#decodeError(cause)
    })
  }
  get urlParamsBody() {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }
  get arrayBuffer() {
    return Effect.suspend(() =>
      this.#arrayBuffer === undefined
        ? Effect.map(this.#body, (bytes) => (this.#arrayBuffer = Uint8Array.from(bytes).buffer))
        : Effect.succeed(this.#arrayBuffer)
    )
  }
  get formData() {
    const read = (form: () => Promise<FormData>) =>
      Effect.tryPromise({ try: form, catch: (cause) => this.#decodeError(cause) })
    return Effect.suspend(() => {
      const known = this.#formData
      return known === undefined
        ? Effect.flatMap(this.#body, (bytes) =>
            read(() => (this.#formData = new Response(bytes.slice(), { headers: this.headers }).formData()))
          )
        : read(() => known)
    })
  }
  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return this.#bytes === undefined
      ? Stream.fail(
          new HttpClientError.ResponseError({
            request: this.request,
            response: this,
            reason: "EmptyBody",
            description: "can not create stream from empty body"
          })
        )
      : // A copy: the source may be reused for the next request, and the reader may modify it
        Stream.fromEffect(Effect.map(this.#body, (bytes) => bytes.slice()))
  }
  toJSON() {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}

/** The answer to a request, if `isPlainResponse` holds. */
export const response: (
  request: HttpClientRequest.HttpClientRequest,
  sent: HttpServerResponse.HttpServerResponse
) => HttpClientResponse.HttpClientResponse = (request, sent) => new PlainResponse(request, sent)
