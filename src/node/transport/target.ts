import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/** Where a request goes. */
export interface Target {
  readonly origin: string
  readonly path: string
}

/** A path and a query that the URL parser would leave as they are, without a part that begins with a dot. */
const plain = /^(?!.*\/(?:\.|%2e))\/[\w\-.~%!$&'()*+,;=:@/?]*$/i

/** A program talks to a handful of origins; a map without a bound would grow with addresses from outside. */
const capacity = 64

const origins = new Map<string, boolean>()

/** Whether the text is an origin of HTTP as the URL parser would write it. */
const isOrigin = (text: string): boolean => {
  const known = origins.get(text)
  if (known !== undefined) {
    return known
  }
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  const is = parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.origin === text
  if (origins.size >= capacity) {
    origins.clear()
  }
  origins.set(text, is)
  return is
}

const parsed = (request: HttpClientRequest.HttpClientRequest): Either.Either<Target, unknown> =>
  Either.flatMap(UrlParams.makeUrl(request.url, request.urlParams, request.hash), (url) => {
    if (url.protocol === "http:" || url.protocol === "https:") {
      return Either.right({ origin: url.origin, path: url.pathname + url.search })
    }
    // @effect-diagnostics-next-line globalErrorInEffectFailure:off -- it becomes the cause of a typed error
    return Either.left(new TypeError(`${url.protocol} is not a protocol of HTTP`))
  })

/**
 * Splits the address of a request. Most are text that needs no parser, which costs as much as the rest of
 * the preparation (bench row `request`); whatever is not plain goes through it.
 */
export const targetOf = (request: HttpClientRequest.HttpClientRequest): Either.Either<Target, unknown> => {
  const { url } = request
  const at = url.indexOf("/", 8)
  if (at > 0 && request.urlParams.length === 0 && Option.isNone(request.hash)) {
    const origin = url.slice(0, at)
    const path = url.slice(at)
    if (plain.test(path) && isOrigin(origin)) {
      return Either.right({ origin, path })
    }
  }
  return parsed(request)
}
