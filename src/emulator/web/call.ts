import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Model from "../catalogue/model.js"
import { isId } from "../catalogue/base62.js"
import { parseJson } from "../parseJson.js"
import type { App, Grant, Library, State } from "../state.js"
import type { ApiError } from "./apiError.js"
import { notFound, refuse } from "./apiError.js"
import type { Habits } from "./habits.js"

/** A Web API call with a valid token. */
export interface Call {
  readonly state: State
  readonly request: HttpServerRequest.HttpServerRequest
  /** The body, which can be read repeatedly; none if it is too long. */
  readonly text: Effect.Effect<Option.Option<string>>
  readonly grant: Grant | undefined
  /** Whether the app has the whole Web API, not the reduced one of development mode. */
  readonly extended: boolean
  readonly habits: Habits
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly now: number
}

/** An answer before serialization. */
export interface Reply {
  readonly status: number
  /** Serialized as JSON; absent if there is no body. */
  readonly body?: unknown
  /** Sent unchanged. */
  readonly text?: string
}

export type Answer = Effect.Effect<Reply, ApiError>

/** How long clients may cache an answer, as recorded from 2016 to 2021. */
export type Cache = "catalogue" | "spoken" | "browse" | "playlist"

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** The path below `/v1`, with `:name` for each parameter. */
  readonly path: string
  /** The scopes that every such call needs. */
  readonly scopes?: ReadonlyArray<string>
  /**
   * `extended`: removed for apps in development mode in February 2026. The others were closed in November
   * 2024 to apps that did not use them before; the number is the status that those apps get.
   */
  readonly availability?: "extended" | "closed 403" | "closed 404"
  /** Absent if the answer is specific to one user. */
  readonly cache?: Cache
  /** Whether the answer depends only on the catalogue, which does not change. */
  readonly fixed?: true
  readonly handle: (call: Call) => Answer
}

export interface Account {
  readonly user: Model.User
  readonly library: Library
}

export const json = (body: unknown, status = 200): Reply => ({ status, body })

export const empty = (status: number): Reply => ({ status })

export const isExtended = (call: Call): boolean => call.extended

const quotaModeOf = (state: State, app: App | undefined) => app?.quotaMode ?? state.quotaMode

export const isExtendedApp = (state: State, clientId: string): boolean =>
  quotaModeOf(state, state.apps.get(clientId)) === "extended"

/** The user of the token. A token of the app itself has none. */
export const account = (call: Call): Effect.Effect<Account, ApiError> => {
  const user = call.state.index.users.get(call.grant?.userId ?? "")
  const library = call.state.libraries.get(call.grant?.userId ?? "")
  return user === undefined || library === undefined
    ? Effect.fail(refuse(401, "Valid user authentication required"))
    : Effect.succeed({ user, library })
}

export const hasScope = (call: Call, scope: string): boolean => call.grant?.scopes.includes(scope) ?? false

export const requireScopes = (
  call: Call,
  scopes: ReadonlyArray<string>,
  refusal: ApiError = refuse(403, "Insufficient client scope")
): Effect.Effect<void, ApiError> =>
  scopes.every((scope) => hasScope(call, scope)) ? Effect.void : Effect.fail(refusal)

/** The thing that the id in the path names. */
export const resource = <A>(
  call: Call,
  things: ReadonlyMap<string, A>,
  param = "id"
): Effect.Effect<A, ApiError> => {
  const id = call.params[param] ?? ""
  if (!isId(id)) {
    return Effect.fail(refuse(400, "Invalid base62 id"))
  }
  const found = things.get(id)
  return found === undefined ? Effect.fail(notFound) : Effect.succeed(found)
}

/** A comma-separated query parameter with one to `max` items. */
export const csv = (
  call: Call,
  name: string,
  max: number
): Effect.Effect<ReadonlyArray<string>, ApiError> => {
  const items = (call.query.get(name) ?? "").split(",").filter((item) => item !== "")
  if (items.length === 0) {
    return Effect.fail(refuse(400, `Missing required field: ${name}`))
  }
  return items.length > max ? Effect.fail(refuse(400, `Too many ${name} requested`)) : Effect.succeed(items)
}

export const bodyText = (call: Call): Effect.Effect<string, ApiError> =>
  Effect.flatMap(
    call.text,
    Option.match({
      onNone: () => Effect.fail(refuse(413, "Request body too large")),
      onSome: (text) => Effect.succeed(text)
    })
  )

const decodeJson = Schema.decodeUnknown(parseJson(Schema.Unknown))

const parse = (text: string): Effect.Effect<unknown, ApiError> =>
  Effect.mapError(decodeJson(text), () => refuse(400, "Error parsing JSON."))

/** The members of the JSON object in the body; empty if there is no body. */
export const bodyObject = (call: Call): Effect.Effect<Readonly<Record<string, unknown>>, ApiError> =>
  Effect.gen(function* () {
    const text = yield* bodyText(call)
    const value = text.trim() === "" ? {} : yield* parse(text)
    // An array has none of the expected members, so it fails as at Spotify
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {}
  })

export const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((item) => typeof item === "string")

/** `ids` from the query or else from the JSON body, as the older library calls accept them. */
export const idsFromQueryOrBody = (
  call: Call,
  max: number,
  isRight: (id: string) => boolean = isId
): Effect.Effect<ReadonlyArray<string>, ApiError> =>
  Effect.gen(function* () {
    const ids = call.query.has("ids") ? yield* csv(call, "ids", max) : (yield* bodyObject(call))["ids"]
    if (!isTexts(ids) || ids.length === 0) {
      return yield* refuse(400, "Missing required field: ids")
    }
    if (ids.length > max) {
      return yield* refuse(400, "Too many ids requested")
    }
    return ids.every(isRight) ? ids : yield* refuse(400, "Invalid base62 id")
  })
