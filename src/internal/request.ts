import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { InvalidParameter } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"

type Params = Record<string, unknown>

/** What both the errors and the spans of a call say about it. */
export interface Call {
  readonly operation: string
  readonly route: string
}

export const callOf = (
  endpoint: Pick<Endpoint<never, unknown>, "group" | "name" | "method" | "path">
): Call => ({
  operation: `${endpoint.group}.${endpoint.name}`,
  route: `${endpoint.method} ${endpoint.path}`
})

const refuse = (call: Call, parameter: string, problem: string) =>
  Either.left(new InvalidParameter({ ...call, parameter, problem }))

const scalar = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
      ? String(value)
      : undefined

const encode = (call: Call, name: string, value: unknown): Either.Either<string, InvalidParameter> => {
  const parts = (Array.isArray(value) ? value : [value]).map(scalar)
  if (parts.some((part) => part === undefined)) {
    return refuse(call, name, "is not text, a finite number or a boolean")
  }
  return Either.try({
    try: () => encodeURIComponent(parts.join(",")),
    // Half of a character that needs two code units
    catch: () => new InvalidParameter({ ...call, parameter: name, problem: "is not well-formed Unicode" })
  })
}

/** Dots would be taken for steps up the path, and an empty part for another route. */
const segment = (call: Call, name: string, value: unknown): Either.Either<string, InvalidParameter> =>
  value === undefined || value === ""
    ? refuse(call, name, "is empty")
    : value === "." || value === ".."
      ? refuse(call, name, "is not an id")
      : encode(call, name, value)

const path = (call: Call, template: string, params: Params): Either.Either<string, InvalidParameter> =>
  Either.map(
    Either.all(
      template
        .split("/")
        .map((part) =>
          part.startsWith("{")
            ? segment(call, part.slice(1, -1), params[part.slice(1, -1)])
            : Either.right(part)
        )
    ),
    (parts) => parts.join("/")
  )

const query = (call: Call, params: Params): Either.Either<string, InvalidParameter> =>
  Either.map(
    Either.all(
      Object.entries(params)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) =>
          Either.map(encode(call, name, value), (encoded) => `${encodeURIComponent(name)}=${encoded}`)
        )
    ),
    (pairs) => (pairs.length === 0 ? "" : `?${pairs.join("&")}`)
  )

/** The parameters of one call, sorted by where they go. */
export interface Parts {
  readonly path: Params
  readonly query: Params
  readonly body: unknown
}

/** Sorts the flat parameters of a method by the operation's description. */
export const partsOf = (endpoint: Endpoint<never, unknown>, params: Params): Parts => {
  const { body } = endpoint
  const pick = (names: ReadonlyArray<string>) =>
    Object.fromEntries(names.filter((name) => params[name] !== undefined).map((name) => [name, params[name]]))
  const members = body?.type === "json" ? pick(body.members) : {}
  return {
    path: params,
    query: pick(endpoint.query),
    // Spotify takes `{}` and `null` for a malformed body where none is documented
    body:
      body?.type === "jpeg" ? params[body.member] : Object.keys(members).length === 0 ? undefined : members
  }
}

const withBody = (
  body: unknown
): ((request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest) =>
  body === undefined
    ? (request) => request
    : body instanceof Uint8Array
      ? HttpClientRequest.bodyText(Encoding.encodeBase64(body), "image/jpeg")
      : HttpClientRequest.bodyText(JSON.stringify(body), "application/json")

/**
 * The request of an operation, without its token. Every value from the caller is percent-encoded: it can
 * neither leave its place in the path nor name another host.
 */
export const make = (
  apiUrl: string,
  endpoint: Endpoint<never, unknown>,
  parts: Parts
): Either.Either<HttpClientRequest.HttpClientRequest, InvalidParameter> => {
  const call = callOf(endpoint)
  return Either.gen(function* () {
    const url = apiUrl + (yield* path(call, endpoint.path, parts.path)) + (yield* query(call, parts.query))
    return HttpClientRequest.make(endpoint.method)(url).pipe(withBody(parts.body))
  })
}
