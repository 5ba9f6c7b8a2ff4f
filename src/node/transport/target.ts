import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/** The origin and path of a request. */
export interface Target {
  readonly origin: string
  readonly path: string
}

/** A path and query that the URL parser would not change, with no segment that begins with a dot. */
const plain = /^(?!.*\/(?:\.|%2e))\/[\w\-.~%!$&'()*+,;=:@/?]*$/i

/** A program uses only a few origins. The limit keeps addresses from outside from growing the map. */
const capacity = 64

const origins = new Map<string, boolean>()

/** Whether the text is an HTTP origin in the form the URL parser would give it. */
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
 * Splits the address of a request. Most need no URL parser, which costs as much as the rest of the
 * preparation (bench row `request`). Any other address is parsed.
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
