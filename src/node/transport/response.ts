import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { IncomingHttpHeaders } from "node:http"
import { Bounded, type ReadText } from "../../http/boundedBody.js"
import type { Body } from "./body.js"
import * as BodyStream from "./bodyStream.js"
import { foreignCause } from "../../foreignCause.js"
import * as Bytes from "./bytes.js"

/** Reads the whole body once. All callers share the result. */
type Whole = Effect.Effect<ReadonlyArray<Uint8Array>, HttpClientError.ResponseError>

const oneHeader = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : value?.join(", ")

/** An answer from undici's dispatcher, decompressed. */
export class NodeResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  private whole: ReadonlyArray<Uint8Array> | undefined
  private known: Headers.Headers | undefined

  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  private readonly fields: IncomingHttpHeaders
  private readonly body: Body

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    status: number,
    fields: IncomingHttpHeaders,
    body: Body
  ) {
    super()
    this.request = request
    this.status = status
    this.fields = fields
    this.body = body
  }

  get headers(): Headers.Headers {
    return (this.known ??= Headers.fromInput(this.fields))
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.fields["set-cookie"] ?? [])
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return BodyStream.make(this.body, Bytes.codingOf(this.coding), (cause) => this.unreadable(cause))
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return Effect.map(this.all, Bytes.textOf)
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.flatMap(this.text, (text) => {
      if (text === "") {
        return Effect.succeed(null)
      }
      const parse = (): unknown => JSON.parse(text)
      return Effect.try({ try: parse, catch: (cause) => this.unreadable(cause) })
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.all, (chunks) => {
      const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
      let at = 0
      for (const chunk of chunks) {
        bytes.set(chunk, at)
        at += chunk.length
      }
      return bytes.buffer
    })
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.flatMap(this.arrayBuffer, (bytes) =>
      Effect.tryPromise({
        try: () =>
          new Response(bytes, {
            headers: { "content-type": oneHeader(this.fields["content-type"]) ?? "" }
          }).formData(),
        catch: (cause) => this.unreadable(cause)
      })
    )
  }

  readonly [Bounded]: ReadText = (limit) => Effect.map(this.gathered(limit), Option.map(Bytes.textOf))

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  private get coding(): string | undefined {
    return this.fields["content-encoding"]
  }

  private get all(): Whole {
    return Effect.flatMap(
      Effect.suspend(() =>
        this.whole === undefined ? this.gathered(Number.POSITIVE_INFINITY) : Effect.succeedSome(this.whole)
      ),
      Option.match({
        onNone: () => Effect.fail(this.unreadable(new RangeError("the body is too long"))),
        onSome: (chunks) => {
          this.whole = chunks
          return Effect.succeed(chunks)
        }
      })
    )
  }

  private gathered(
    limit: number
  ): Effect.Effect<Option.Option<ReadonlyArray<Uint8Array>>, HttpClientError.ResponseError> {
    return Effect.async((resume) => {
      const taken = this.body.read(
        Bytes.gather(
          Bytes.codingOf(this.coding),
          limit,
          {
            onDone: (chunks) => resume(Effect.succeed(Option.fromNullable(chunks))),
            onFailure: (cause) => resume(Effect.fail(this.unreadable(cause)))
          },
          () => this.body.abort()
        )
      )
      if (!taken) {
        resume(Effect.fail(this.unreadable(new Error("the body was read before"))))
        return
      }
      return Effect.sync(() => this.body.abort())
    })
  }

  /** The error for a body that could not be read. */
  unreadable(cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      request: this.request,
      response: this,
      reason: "Decode",
      cause: foreignCause(cause)
    })
  }
}
