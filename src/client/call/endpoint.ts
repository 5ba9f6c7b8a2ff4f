import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as EffectScope from "effect/Scope"
import type { Scope } from "../../accounts/Scope.js"
import { Expected } from "../../model/lenient.js"
import * as Validator from "../decode/validator.js"
import { InvalidParameter, type SpotifyError } from "../SpotifyError.js"

/**
 * What a repeated call does. This decides what may be retried.
 *
 * - `safe`: it reads
 * - `idempotent`: the second call changes nothing more
 * - `command`: the second call acts again
 */
export type Idempotency = "safe" | "idempotent" | "command"

/**
 * Which apps may call it.
 *
 * - `extended`: only apps in extended quota mode, since February 2026
 * - `closed`: no new apps, since November 2024
 * - `closed`: no new apps, since November 2024
 */
export type Availability = "all" | "extended" | "closed"

/** How a list continues. */
export type Paging = "none" | "offset" | "cursor"

/**
 * What a success contains.
 *
 * - `json`: a body that `success` decodes
 * - `jsonOrNone`: the same, or no body (204, or an empty 200)
 * - `written`: the same, or any part of it, since a command with a 2xx took effect whatever the answer lacks
 * - `discard`: any body, which is ignored
 */
export type ResponseKind = "json" | "jsonOrNone" | "written" | "discard"

/** The parameters that make up the body. */
export type Body =
  | { readonly type: "json"; readonly members: ReadonlyArray<string> }
  /** Bytes that are sent as Base64 text of the type `image/jpeg`. */
  | { readonly type: "jpeg"; readonly member: string }

/**
 * One operation of the Web API as plain data. The client, the emulator's tests and the tables in the docs all
 * use this definition. `P` are the parameters with Spotify's names, `A` is the result.
 */
export interface Endpoint<in P, out A> {
  /** The operation id of Spotify's OpenAPI document. */
  readonly operationId: string
  readonly group: string
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** The path with parameters in braces, named as in `P`. They are percent-encoded. */
  readonly path: `/${string}`
  /** The members of `P` that go into the query. Lists are joined by commas. */
  readonly query: ReadonlyArray<string>
  readonly body: Body | undefined
  readonly response: ResponseKind
  /** Decodes the body of a `json` answer. `any` would make the descriptor invariant in `A`. */
  readonly success: Schema.Schema.AnyNoContext
  /**
   * Makes the fast check of answers from the schema. A custom schema may be made for one call, and Schema alone
   * interprets it. Named here, so that a program of custom requests does without its code.
   */
  readonly checkOf: ((ast: AST.AST) => Validator.Check) | undefined
  /** All of them are required. Of a nested list, any one is enough. */
  readonly scopes: ReadonlyArray<Scope | ReadonlyArray<Scope>>
  /** Without these scopes Spotify still answers for public data, so the call is sent and Spotify decides. */
  readonly scopesForPrivate?: boolean
  readonly idempotency: Idempotency
  readonly availability: Availability
  /** For messages: the equivalent method for every app, such as `library.save`. */
  readonly replacement?: string
  readonly paging: Paging
  /** The most entries of one request, if it depends on the app's quota mode. @default 50 in both */
  readonly maxLimit?: MaxLimit
  readonly "~P"?: (_: P) => void
  readonly "~A"?: () => A
}

/** The most entries that one request may ask for, by the app's quota mode. */
export interface MaxLimit {
  readonly development: number
  readonly extended: number
}

/** Nearly all lists return at most this many entries at once. */
const usual: MaxLimit = { development: 50, extended: 50 }

/** The most entries that one request of a list may ask for. */
export const limitsOf = ({ maxLimit }: Endpoint<never, unknown>): MaxLimit => maxLimit ?? usual

interface Definition {
  readonly operationId: string
  readonly group: string
  readonly name: string
  readonly method: Endpoint<never, unknown>["method"]
  readonly path: `/${string}`
  readonly query?: ReadonlyArray<string>
  readonly body?: Body
  readonly scopes?: Endpoint<never, unknown>["scopes"]
  readonly scopesForPrivate?: boolean
  /** @default "safe" for GET, "idempotent" for PUT and DELETE, "command" for POST */
  readonly idempotency?: Idempotency
  readonly availability?: Availability
  readonly replacement?: string
  readonly paging?: Paging
  readonly maxLimit?: MaxLimit
}

const idempotencyOf = { GET: "safe", PUT: "idempotent", DELETE: "idempotent", POST: "command" } as const

const defaults = (method: Definition["method"]) => ({
  query: [],
  body: undefined,
  scopes: [],
  idempotency: idempotencyOf[method],
  availability: "all" as const,
  paging: "none" as const
})

const define = (definition: Definition, response: ResponseKind, success: Schema.Schema.AnyNoContext) => ({
  ...defaults(definition.method),
  ...definition,
  response,
  success,
  checkOf: Validator.make
})

/** A request with a schema of the user's own. */
export const custom = <A>(
  { group, method, name, path }: Pick<Definition, "group" | "name" | "method" | "path">,
  response: ResponseKind,
  success: Schema.Schema.AnyNoContext
): Endpoint<never, A> => ({
  ...defaults(method),
  operationId: "",
  group,
  name,
  method,
  path,
  response,
  success,
  checkOf: undefined
})

/** An operation that answers with JSON. */
export const json =
  <A, I>(success: Schema.Schema<A, I>) =>
  <P>(definition: Definition): Endpoint<P, A> =>
    define(definition, "json", success)

/** An operation that answers with JSON or with nothing. */
export const jsonOrNone =
  <A, I>(success: Schema.Schema<A, I>) =>
  <P>(definition: Definition): Endpoint<P, Option.Option<A>> =>
    define(definition, "jsonOrNone", success)

/** The same object, in which any member may be absent; absence is reported. */
const partial = (ast: AST.AST): AST.AST => {
  switch (ast._tag) {
    case "TypeLiteral":
      return new AST.TypeLiteral(
        ast.propertySignatures.map(
          ({ annotations, isOptional, name, type }) =>
            new AST.PropertySignature(
              name,
              isOptional ? type : AST.annotations(type, { [Expected]: true }),
              true,
              true,
              annotations
            )
        ),
        ast.indexSignatures
      )
    case "Declaration":
      return new AST.Declaration(
        ast.typeParameters.map(partial),
        ast.decodeUnknown,
        ast.encodeUnknown,
        ast.annotations
      )
    default:
      return ast
  }
}

/** A command that answers with JSON. It took effect even if the answer has none. */
export const written =
  <A>(success: Schema.Schema<A>) =>
  <P>(definition: Definition): Endpoint<P, Partial<A>> =>
    define(definition, "written", Schema.make<Partial<A>>(partial(success.ast)))

/** An operation whose answer says only that it took effect. */
export const discard = <P>(definition: Definition): Endpoint<P, void> =>
  define(definition, "discard", Schema.Void)

/** Whether an operation is open to this app; `unknown` until an answer shows it. */
export type Access = "open" | "closed" | "unknown"

/** What is known about the app's quota, for calls that can be made in more than one way. */
export interface Quota {
  readonly accessOf: (endpoint: Endpoint<never, unknown>) => Effect.Effect<Access>
  /**
   * Runs one request of a stream with the wanted number of entries, or the most that the app may request. If
   * Spotify refuses that limit, it runs once more with the limit of every app.
   */
  readonly withLimit: <A>(
    endpoint: Endpoint<never, unknown>,
    wanted: number | undefined,
    run: (limit: number) => Effect.Effect<A, SpotifyError>
  ) => Effect.Effect<A, SpotifyError>
  /** How single calls are combined into batches; undefined if they are not. */
  readonly batching: Batching | undefined
}

/** How single calls are combined into batches. */
export interface Batching {
  /** How long the first call waits for others, in milliseconds. */
  readonly window: number
  /** The scope that owns the batches and ends them. */
  readonly scope: EffectScope.Scope
  /** The key of the selected session, since no call may be sent with another session's token. */
  readonly session: Effect.Effect<string>
  /** Ends the wait for a batch when the time of the single call is over. */
  readonly bounded: <A>(
    endpoint: Endpoint<never, unknown>,
    call: Effect.Effect<A, SpotifyError>
  ) => Effect.Effect<A, SpotifyError>
}

/** Runs an operation. The groups of the client are made from it. */
export interface Execute {
  <P, A>(endpoint: Endpoint<P, A>, params: P): Effect.Effect<A, SpotifyError>
  /** Absent in tests that replace the interpreter. Then every call uses only what every app may use. */
  readonly quota?: Quota
}

/** A parameter that is invalid for any app and user. */
export const invalid = (
  { group, method, name, path }: Endpoint<never, unknown>,
  parameter: string,
  problem: string
): InvalidParameter =>
  new InvalidParameter({ operation: `${group}.${name}`, route: `${method} ${path}`, parameter, problem })
