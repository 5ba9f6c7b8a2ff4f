import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { foreignCause } from "../foreignCause.js"
import { unsent } from "./transportFailure.js"

type Request = HttpClientRequest.HttpClientRequest

/** One call of `fetch`, without its signal. */
export interface FetchCall {
  readonly fetch: typeof globalThis.fetch
  readonly url: string
  readonly init: RequestInit
}

const failed = (request: Request, reason: "InvalidUrl" | "Encode" | "Transport", cause: unknown) =>
  new HttpClientError.RequestError({ request, reason, cause: foreignCause(cause) })

const bodyOf = ({ body }: Request): Effect.Effect<BodyInit | null> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(null)
    case "Uint8Array":
    case "Raw":
      // The caller's own value: `fetch` refuses what it cannot send
      return Effect.succeed(body.body as BodyInit)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Stream.toReadableStreamEffect(body.stream)
  }
}

/** Runs `use` with the body in the form of `fetch`. */
export const withBody = <A, E>(
  request: Request,
  use: (body: BodyInit | null) => Effect.Effect<A, E>
): Effect.Effect<A, E> => (request.body._tag === "Empty" ? use(null) : Effect.flatMap(bodyOf(request), use))

/** The headers without the length, which `fetch` writes itself, on top of those of `RequestInit`. */
const headersOf = ({ headers }: Request, given: HeadersInit | undefined): Headers.Headers => {
  const all =
    given === undefined
      ? headers
      : Headers.merge(Headers.fromInput([...new globalThis.Headers(given)]), headers)
  return all["content-length"] === undefined ? all : Headers.remove(all, "content-length")
}

/** What the context of a transport replaces and adds. */
export interface Own {
  readonly fetch: typeof globalThis.fetch | undefined
  readonly init: RequestInit | undefined
}

/** The context of the fiber comes before `own`. */
export const make = (
  own: Own,
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  request: Request,
  body: BodyInit | null
): Either.Either<FetchCall, HttpClientError.RequestError> => {
  const given = Context.getOrElse(fiber.currentContext, FetchHttpClient.RequestInit, () => own.init)
  const { method, urlParams } = request
  const init: RequestInit & { duplex?: "half" } = {
    redirect: "manual",
    ...given,
    method,
    headers: headersOf(request, given?.headers),
    body
  }
  if (request.body._tag === "Stream") {
    init.duplex = "half"
  }
  const call = (url: string): FetchCall => ({
    fetch: Context.getOrElse(
      fiber.currentContext,
      FetchHttpClient.Fetch,
      // oxlint-disable-next-line no-restricted-properties -- this is the client over it
      () => own.fetch ?? globalThis.fetch
    ),
    url,
    init
  })
  return urlParams.length === 0 && Option.isNone(request.hash)
    ? Either.right(call(request.url))
    : Either.mapBoth(UrlParams.makeUrl(request.url, urlParams, request.hash), {
        onLeft: (cause) => unsent(failed(request, "InvalidUrl", cause)),
        onRight: ({ href }) => call(href)
      })
}

/** Calls `fetch`. Some runtimes throw what others reject with. */
export const start = ({ fetch, init, url }: FetchCall, signal: AbortSignal): Promise<Response> => {
  init.signal = signal
  try {
    return fetch(url, init)
  } catch (cause) {
    return Promise.reject(cause)
  }
}

/**
 * The failure of a call. `fetch` gives a `TypeError` for everything, so what it was given is tried again here.
 */
export const refused = (
  request: Request,
  { init, url }: FetchCall,
  cause: unknown
): HttpClientError.RequestError => {
  const protocol = Either.try(() => new URL(url, globalThis.location?.href).protocol)
  if (Either.isLeft(protocol) || !/^https?:$/.test(protocol.right)) {
    return failed(request, "InvalidUrl", cause)
  }
  return Either.isLeft(Either.try(() => new globalThis.Headers(init.headers)))
    ? failed(request, "Encode", cause)
    : failed(request, "Transport", cause)
}
