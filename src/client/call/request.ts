import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import * as Base64 from "../../base64.js"
import { InvalidParameter } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"

type Params = Record<string, unknown>

/** What both the errors and the spans of a call contain. */
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

type Reason =
  | "is empty"
  | "is not an id"
  | "leaves its place: write it plainly, such as /me/player"
  | "is not text, a finite number or a boolean"
  | "is not well-formed Unicode"

/** Why a value cannot be in an address. A class, so that no text from a caller is mistaken for one. */
class Refusal {
  readonly parameter: string
  readonly problem: Reason

  constructor(parameter: string, problem: Reason) {
    this.parameter = parameter
    this.problem = problem
  }
}

const scalar = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
      ? String(value)
      : undefined

const percentEncode = (name: string, text: string): string | Refusal => {
  try {
    return encodeURIComponent(text)
  } catch {
    // A surrogate without its pair
    return new Refusal(name, "is not well-formed Unicode")
  }
}

const encode = (name: string, value: unknown): string | Refusal => {
  if (!Array.isArray(value)) {
    const text = scalar(value)
    return text === undefined
      ? new Refusal(name, "is not text, a finite number or a boolean")
      : percentEncode(name, text)
  }
  const parts = value.map(scalar)
  return parts.includes(undefined)
    ? new Refusal(name, "is not text, a finite number or a boolean")
    : percentEncode(name, parts.join(","))
}

/** How often proxies on the way may decode an address. */
const decodings = 3

/** Whether a URL parser, or a server that decodes the text, would read a segment as a step up the path. */
const climbs = (text: string): boolean => {
  // Nothing below makes a dot of any other text, such as an id
  if (!/[.%]/.test(text)) {
    return false
  }
  let decoded = text
  for (let i = 0; i <= decodings; i++) {
    // oxlint-disable-next-line no-control-regex -- URL parsers drop tabs and line breaks, and trim the rest
    const parts = decoded.replace(/[\u0000-\u0020]+/g, "").split(/[/\\?#;]/)
    if (parts.includes(".") || parts.includes("..")) {
      return true
    }
    decoded = decoded.replace(/%(2e|2f|5c|25|3f|23|3b|0[0-9a-f]|1[0-9a-f]|20)/gi, (escape) =>
      String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    )
  }
  return false
}

/**
 * One id. A list would be joined, dots would be steps up the path, and empty text would address another route.
 */
const segment = (name: string, value: unknown): string | Refusal =>
  value === undefined || value === ""
    ? new Refusal(name, "is empty")
    : Array.isArray(value) || (typeof value === "string" && climbs(value))
      ? new Refusal(name, "is not an id")
      : encode(name, value)

/** Whether a path stays below the address of the Web API. */
const staysInPlace = (path: string): boolean =>
  // oxlint-disable-next-line no-control-regex -- URL parsers drop some of them
  !/[\u0000-\u001f\\#\u007f]|%(?:2f|5c)/i.test(path) && !climbs(path)

/** A part of a path: text, or the name of a parameter. */
type Part = { readonly text: string; readonly safe: boolean } | { readonly parameter: string }

const partsOfPath = (template: string): ReadonlyArray<Part> =>
  template
    .replace(/^\//, "")
    .split("/")
    .map((part) =>
      part.startsWith("{") ? { parameter: part.slice(1, -1) } : { text: `/${part}`, safe: staysInPlace(part) }
    )

/** The templates of the operations, each parsed once. */
const templates = new WeakMap<object, ReadonlyArray<Part>>()

const templateOf = (endpoint: Endpoint<never, unknown>): ReadonlyArray<Part> => {
  const known = templates.get(endpoint)
  if (known !== undefined) {
    return known
  }
  const parts = partsOfPath(endpoint.path)
  templates.set(endpoint, parts)
  return parts
}

/** Joined as text, since a URL object costs more than all of this (bench row `request`). */
const address = (
  apiUrl: string,
  endpoint: Endpoint<never, unknown>,
  { path, query }: Parts
): string | Refusal => {
  let url = apiUrl
  for (const part of templateOf(endpoint)) {
    if ("text" in part) {
      if (!part.safe) {
        return new Refusal("path", "leaves its place: write it plainly, such as /me/player")
      }
      url += part.text
    } else {
      const encoded = segment(part.parameter, path[part.parameter])
      if (typeof encoded !== "string") {
        return encoded
      }
      url += `/${encoded}`
    }
  }
  let mark = "?"
  for (const name of Object.keys(query)) {
    const value = query[name]
    if (value !== undefined) {
      const encoded = encode(name, value)
      if (typeof encoded !== "string") {
        return encoded
      }
      url += `${mark}${encodeURIComponent(name)}=${encoded}`
      mark = "&"
    }
  }
  return url
}

/** The parameters of one call, by destination. */
export interface Parts {
  readonly path: Params
  readonly query: Params
  readonly body: unknown
}

/** Sorts the flat parameters of a method by the operation's descriptor. */
export const partsOf = (endpoint: Endpoint<never, unknown>, params: Params): Parts => {
  const { body } = endpoint
  const pick = (names: ReadonlyArray<string>) => {
    const found: Record<string, unknown> = {}
    for (const name of names) {
      if (params[name] !== undefined) {
        found[name] = params[name]
      }
    }
    return found
  }
  const members = body?.type === "json" ? pick(body.members) : {}
  return {
    path: params,
    query: pick(endpoint.query),
    // Spotify rejects `{}` and `null` as malformed where no body is documented
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
      ? HttpClientRequest.bodyText(Base64.encode(body), "image/jpeg")
      : HttpClientRequest.bodyText(JSON.stringify(body), "application/json")

/**
 * Builds the request of an operation, without its token. Every value from the caller is percent-encoded, so it
 * can neither leave its place in the path nor name another host.
 */
export const make = (
  apiUrl: string,
  endpoint: Endpoint<never, unknown>,
  parts: Parts
): Either.Either<HttpClientRequest.HttpClientRequest, InvalidParameter> => {
  const url = address(apiUrl, endpoint, parts)
  return typeof url === "string"
    ? Either.right(withBody(parts.body)(HttpClientRequest.make(endpoint.method)(url)))
    : Either.left(
        new InvalidParameter({ ...callOf(endpoint), parameter: url.parameter, problem: url.problem })
      )
}
