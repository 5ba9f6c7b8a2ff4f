import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import { foreignCause } from "../foreignCause.js"

/** What went wrong below HTTP. */
export type Kind = "Dns" | "Connect" | "Tls" | "Timeout" | "Reset" | "Network"

/** `no`: the request certainly never reached the server, so a retry cannot repeat its effect. */
export type Sent = "no" | "unknown"

export interface TransportFailure {
  readonly kind: Kind
  readonly sent: Sent
  readonly cause: unknown
}

const byCode: Record<string, readonly [Kind, Sent]> = {
  ENOTFOUND: ["Dns", "no"],
  EAI_AGAIN: ["Dns", "no"],
  ECONNREFUSED: ["Connect", "no"],
  EHOSTUNREACH: ["Connect", "no"],
  ENETUNREACH: ["Connect", "no"],
  UND_ERR_CONNECT_TIMEOUT: ["Connect", "no"],
  ETIMEDOUT: ["Timeout", "unknown"],
  UND_ERR_HEADERS_TIMEOUT: ["Timeout", "unknown"],
  UND_ERR_BODY_TIMEOUT: ["Timeout", "unknown"],
  ECONNRESET: ["Reset", "unknown"],
  EPIPE: ["Reset", "unknown"],
  UND_ERR_SOCKET: ["Reset", "unknown"]
}

const tls = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|UND_ERR_PRX_TLS)/

/** Finds the first error code. fetch wraps the socket's error once or twice; undici does not wrap it. */
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (depth > 4 || !Predicate.isRecord(error)) {
    return undefined
  }
  if (typeof error["code"] === "string") {
    return error["code"]
  }
  if (Array.isArray(error["errors"]) && error["errors"].length > 0) {
    return codeOf(error["errors"][0], depth + 1)
  }
  return codeOf(error["cause"], depth + 1)
}

/** Marks the failure of a request of which no byte can have left this machine. */
const Unsent: unique symbol = Symbol.for("effect-spotify/http/Unsent")

/** Records that no byte of the request can have left this machine. */
export const unsent = <E extends HttpClientError.HttpClientError>(error: E): E =>
  Object.defineProperty(error, Unsent, { value: true })

const isUnsent = (error: HttpClientError.HttpClientError): boolean =>
  Unsent in error && error[Unsent] === true

/**
 * Classifies the failure of an `HttpClient`. The client's own error is dropped because it holds the request,
 * and so the headers and forms that carry secrets. Its cause goes through `foreignCause`, since an answer may
 * have echoed them.
 */
export const classify = (error: HttpClientError.HttpClientError): TransportFailure => {
  const code = codeOf(error.cause)
  const cause = foreignCause(error.cause)
  const known = code === undefined ? undefined : byCode[code]
  if (known !== undefined) {
    return { kind: known[0], sent: isUnsent(error) ? "no" : known[1], cause }
  }
  if (code !== undefined && tls.test(code)) {
    return { kind: "Tls", sent: "no", cause }
  }
  return {
    kind: "Network",
    sent:
      isUnsent(error) || (error._tag === "RequestError" && error.reason !== "Transport") ? "no" : "unknown",
    cause
  }
}
