import * as Headers from "@effect/platform/Headers"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { hash } from "./catalogue/base62.js"
import type { Decision, Fault, Target } from "./faults.js"

/** The connection breaks. The emulator's transport has to carry this out. */
export class ConnectionReset extends Data.TaggedError("ConnectionReset")<{
  /** The part of the answer that the client received. */
  readonly sent: HttpServerResponse.HttpServerResponse | undefined
}> {}

export type Answer = Effect.Effect<HttpServerResponse.HttpServerResponse, ConnectionReset>

const json = "application/json; charset=utf-8"

const statusesWithoutBody = new Set([204, 205, 304])

const answer = (
  status: number,
  body: string,
  contentType = "text/plain; charset=utf-8",
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse =>
  body === "" || statusesWithoutBody.has(status)
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.text(body, { status, headers, contentType })

const errorNames: Record<number, string> = {
  500: "Internal server error",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Gateway timeout"
}

/** The answers of the gateways before Spotify's services when a service does not respond. */
const gatewayTexts: Record<number, string> = {
  502: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  503: "upstream connect error or disconnect/reset before headers. reset reason: overflow",
  504: "upstream request timeout"
}

const failure = (target: Target, fault: Extract<Fault, { readonly kind: "error" }>) => {
  const status = fault.status ?? 502
  const name = errorNames[status] ?? "Server error"
  switch (fault.format ?? "json") {
    case "json":
      return answer(
        status,
        target === "api"
          ? JSON.stringify({ error: { status, message: `${name}.` } })
          : JSON.stringify({ error: "server_error", error_description: name }),
        json
      )
    case "html":
      return answer(
        status,
        `<html><head><title>${status} ${name}</title></head><body><center><h1>${status} ${name}</h1></center></body></html>`,
        "text/html; charset=utf-8"
      )
    case "text":
      return answer(status, gatewayTexts[status] ?? name)
    case "empty":
      return answer(status, "")
  }
}

export const rateLimit = (target: Target, fault: Extract<Fault, { readonly kind: "rateLimit" }>) => {
  const { reason, retryAfter = "1 second" } = fault
  // A used-up quota has its own text
  const message = reason === undefined ? "API rate limit exceeded" : "Too many requests"
  const body =
    target === "api"
      ? { error: { status: 429, message, ...(reason === undefined ? {} : { reason }) } }
      : { error: "too_many_requests", error_description: message }
  const header =
    retryAfter === "none"
      ? {}
      : {
          "retry-after": retryAfter === "garbage" ? "soon" : String(Math.ceil(Duration.toSeconds(retryAfter)))
        }
  return answer(429, JSON.stringify(body), json, header)
}

const noBytes = new Uint8Array()

const bytesOf = (response: HttpServerResponse.HttpServerResponse): Effect.Effect<Uint8Array> => {
  switch (response.body._tag) {
    case "Empty":
      return Effect.succeed(noBytes)
    case "Uint8Array":
      return Effect.succeed(response.body.body)
    default:
      return Effect.promise(() => HttpServerResponse.toWeb(response).arrayBuffer()).pipe(
        Effect.map((buffer) => new Uint8Array(buffer))
      )
  }
}

/** The same answer and media type with other bytes and their length. */
const withBytes = (response: HttpServerResponse.HttpServerResponse, bytes: Uint8Array) => {
  const {
    "content-length": _,
    "content-type": contentType = "application/octet-stream",
    ...headers
  } = response.headers
  return HttpServerResponse.uint8Array(bytes, { status: response.status, headers, contentType })
}

const cut = (bytes: Uint8Array, keep = 0.5) => bytes.slice(0, Math.floor(bytes.length * keep))

/** The answer with only a share of its body, as if it were complete. */
export const shortened = (response: HttpServerResponse.HttpServerResponse, keep: number) =>
  response.body._tag === "Uint8Array" ? withBytes(response, cut(response.body.body, keep)) : response

const garbage = (seed: string) => Uint8Array.from({ length: 97 }, (_, index) => hash(`${seed}/${index}`))

const never: Effect.Effect<never> = Effect.interruptible(Effect.never)

const reset = (sent?: HttpServerResponse.HttpServerResponse) => new ConnectionReset({ sent })

/** Applies the decided faults to the answer. */
export const apply = (
  decision: Decision,
  target: Target,
  process: Effect.Effect<HttpServerResponse.HttpServerResponse>
): Answer => {
  const { delayMillis, fault, seed } = decision
  const outcome = (): Answer => {
    switch (fault?.kind) {
      case undefined:
        return process
      case "timeout":
        return fault.processed === true ? Effect.zipRight(process, never) : never
      case "reset":
        return fault.processed === true ? Effect.zipRight(process, reset()) : reset()
      case "rateLimit":
        return Effect.succeed(rateLimit(target, fault))
      case "error":
        return Effect.succeed(failure(target, fault))
      case "truncated":
        return Effect.flatMap(process, (response) =>
          Effect.map(bytesOf(response), (bytes) => withBytes(response, cut(bytes, fault.keep)))
        )
      case "brokenOff":
        return Effect.flatMap(process, (response) =>
          Effect.flatMap(bytesOf(response), (bytes) => reset(withBytes(response, cut(bytes, fault.keep))))
        )
      case "garbage":
        return Effect.map(process, (response) => withBytes(response, garbage(seed)))
      case "respond":
        return Effect.succeed(answer(fault.status, fault.body ?? "", fault.contentType, fault.headers))
    }
  }
  // Servers run requests uninterruptibly, but a wait must end when the client disconnects
  return delayMillis === 0
    ? outcome()
    : Effect.zipRight(Effect.interruptible(Effect.sleep(delayMillis)), Effect.suspend(outcome))
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined

/**
 * Node's request closes its socket only while the request body is unread, so the socket itself has to be
 * destroyed.
 */
const destroyer = (source: unknown): (() => void) | undefined => {
  const socket = memberOf(source, "socket")
  const destroy = memberOf(socket, "destroy")
  return typeof destroy === "function" ? destroy.bind(socket) : undefined
}

/**
 * Breaks the connection of a server. On Node it destroys the socket. Where the platform's request has no
 * socket, the body of the answer fails instead, so the client receives the status and headers first.
 */
export const abort = (
  request: HttpServerRequest.HttpServerRequest,
  { sent }: ConnectionReset
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const destroy = destroyer(request.source)
  if (sent === undefined && destroy !== undefined) {
    return Effect.zipRight(Effect.sync(destroy), never)
  }
  // An immediate break would overtake the bytes before it
  const end =
    destroy === undefined
      ? Effect.dieMessage("SpotifyEmulator: the connection is broken on purpose")
      : Effect.sleep("20 millis").pipe(
          // Sockets run on the system clock
          Effect.withClock(Clock.make()),
          Effect.zipRight(Effect.sync(destroy)),
          Effect.zipRight(never)
        )
  const bytes = sent?.body._tag === "Uint8Array" ? sent.body.body : noBytes
  const whole = sent ?? HttpServerResponse.empty({ status: 200 })
  return Effect.succeed(
    HttpServerResponse.stream(Stream.concat(Stream.make(bytes), Stream.execute(end)), {
      status: whole.status,
      // The content length would cover only the bytes before the break
      headers: Headers.remove(whole.headers, "content-length"),
      contentType: whole.headers["content-type"] ?? json
    })
  )
}
