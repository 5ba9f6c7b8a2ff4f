import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { Cache, Call, Reply, Route } from "./call.js"
import * as JsonText from "./jsonText.js"

const cacheControl: Readonly<Record<Cache, string>> = {
  catalogue: "public, max-age=7200",
  spoken: "public, max-age=60",
  browse: "public, max-age=600",
  playlist: "public, max-age=0"
}

/** An ETag in the form that Spotify used. Two versions of a thing rarely have the same sum and length. */
const tagOf = (text: string): string => {
  let sum = 0x811c9dc5
  for (let position = 0; position < text.length; position++) {
    sum = Math.imul(sum ^ text.charCodeAt(position), 0x01000193)
  }
  return `"MC-${(sum >>> 0).toString(16)}-${text.length.toString(16)}"`
}

const isKnown = (header: string | undefined, tag: string): boolean =>
  header !== undefined &&
  header.split(",").some((known) => known.trim() === "*" || known.trim().replace(/^W\//, "") === tag)

const contentType = "application/json; charset=utf-8"

/** The final answer: its text, and for a successful GET its cache lifetime and ETag. */
export const write = (route: Route, call: Call, reply: Reply): HttpServerResponse.HttpServerResponse => {
  const headers =
    route.method === "GET"
      ? { "cache-control": route.cache === undefined ? "private, max-age=0" : cacheControl[route.cache] }
      : {}
  if (reply.text !== undefined) {
    return HttpServerResponse.text(reply.text, { status: reply.status, headers, contentType })
  }
  if (reply.body === undefined) {
    return HttpServerResponse.empty({ status: reply.status, headers })
  }
  const text = call.habits.integralFloats ? JsonText.withDoubles(reply.body) : JSON.stringify(reply.body)
  if (route.method !== "GET" || route.cache === undefined || route.cache === "playlist") {
    return HttpServerResponse.text(text, { status: reply.status, headers, contentType })
  }
  const etag = tagOf(text)
  return isKnown(call.request.headers["if-none-match"], etag)
    ? HttpServerResponse.empty({ status: 304, headers: { ...headers, etag } })
    : HttpServerResponse.text(text, { status: reply.status, headers: { ...headers, etag }, contentType })
}
