/**
 * The operations of Spotify's Web API as data, and a check that the library understands a response.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { all } from "../client/api/endpoints.js"
import type { Scope } from "../accounts/Scope.js"
import * as Decode from "../client/decode/decode.js"
import type { Endpoint } from "../client/call/endpoint.js"
import { DecodeError } from "../client/SpotifyError.js"

/**
 * An operation of the Web API. If two methods call the same operation, it has the name of the first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation {
  /** As in Spotify's OpenAPI document. */
  readonly operationId: string
  /** The group of the client, such as `albums`. */
  readonly group: string
  /** The method of the group, such as `getSeveral`. */
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** With parameters in braces. */
  readonly path: string
  /** All of them are needed. Of a nested list, any one is enough. */
  readonly scopes: ReadonlyArray<Scope | ReadonlyArray<Scope>>
  /** `extended`: only apps in extended quota mode. `closed`: closed to new apps since November 2024. */
  readonly availability: "all" | "extended" | "closed"
  /** `command`: sending it again repeats its effect. */
  readonly idempotency: "safe" | "idempotent" | "command"
  /** How the client gets the next page of its list. */
  readonly paging: "none" | "offset" | "cursor"
}

type AnyEndpoint = Endpoint<never, unknown>

const byId = all.reduce<ReadonlyMap<string, ReadonlyArray<AnyEndpoint>>>(
  (found, endpoint) =>
    new Map(found).set(endpoint.operationId, [...(found.get(endpoint.operationId) ?? []), endpoint]),
  new Map()
)

const operationOf = ([endpoint, ...others]: ReadonlyArray<AnyEndpoint>): ReadonlyArray<Operation> =>
  endpoint === undefined
    ? []
    : [
        {
          operationId: endpoint.operationId,
          group: endpoint.group,
          name: endpoint.name,
          method: endpoint.method,
          path: endpoint.path,
          scopes: endpoint.scopes,
          availability: endpoint.availability,
          // Of two methods, the one that is less safe to repeat counts
          idempotency: others.some(({ idempotency }) => idempotency === "command")
            ? "command"
            : endpoint.idempotency,
          paging: endpoint.paging
        }
      ]

/**
 * Every operation, one entry for each of Spotify's operation ids.
 *
 * @since 0.1.0
 * @category constants
 */
export const operations: ReadonlyArray<Operation> = [...byId.values()].flatMap(operationOf)

/**
 * The Web API has no operation with this id.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownOperation extends Schema.TaggedError<UnknownOperation>("effect-spotify/UnknownOperation")(
  "UnknownOperation",
  { operationId: Schema.String }
) {
  override get message(): string {
    return `${JSON.stringify(this.operationId.slice(0, 80))} is not an operation: see operations for their ids`
  }
}

const decode = Decode.make({ strict: false, onDrift: undefined })

/**
 * Two operations may share an id and list different types. A response of the other one first fails at `type`.
 */
const isOfAnother = ({ path }: DecodeError): boolean => /(^|\.)type$/.test(path)

/**
 * Decodes the body of a successful response as the client does, for recorded or invented responses. A
 * response that may be empty gives an `Option`. An operation whose response has no meaning gives nothing.
 * Pass `undefined` for an empty body.
 *
 * @since 0.1.0
 * @category decoding
 * @example
 * ```ts
 * import { decodeResponse } from "effect-spotify/testing"
 *
 * const devices = decodeResponse("get-a-users-available-devices", { devices: [] })
 * ```
 */
export const decodeResponse = (
  operationId: string,
  json: unknown
): Effect.Effect<unknown, DecodeError | UnknownOperation> =>
  Effect.suspend((): Effect.Effect<unknown, DecodeError | UnknownOperation> => {
    const endpoints = byId.get(operationId)
    const [first] = endpoints ?? []
    if (endpoints === undefined || first === undefined) {
      return new UnknownOperation({ operationId })
    }
    const text = Either.try(() => (json === undefined ? "" : JSON.stringify(json)))
    if (Either.isLeft(text)) {
      return new DecodeError({
        operation: `${first.group}.${first.name}`,
        route: `${first.method} ${first.path}`,
        path: "",
        problem: "not JSON"
      })
    }
    const attempt = (endpoint: AnyEndpoint) => decode(endpoint, 200, text.right ?? "")
    return endpoints
      .slice(1)
      .reduce(
        (result, endpoint) =>
          Effect.catchAll(result, (error) =>
            Effect.mapError(attempt(endpoint), (other) => (isOfAnother(error) ? other : error))
          ),
        attempt(first)
      )
  })
