/**
 * A token store in Cloudflare Durable Objects, for Workers: one object with SQLite storage for each record.
 *
 * An object exists once in the world and runs one request at a time, so its compare-and-set reaches all
 * isolates in all places. It lives near the request that created it. An alarm drops the record at its
 * `disposableAt`.
 *
 * https://developers.cloudflare.com/durable-objects/
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as RecordText from "./recordText.js"
import * as SettledCommit from "./settledCommit.js"
import * as TokenStore from "./TokenStore.js"

/**
 * What the store needs of a binding of Durable Objects. `DurableObjectNamespace` of
 * `@cloudflare/workers-types` is one, and so is its `jurisdiction("eu")`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Namespace<Id> {
  idFromName(name: string): Id
  get(id: Id): {
    fetch(
      url: string,
      init: { readonly method: string; readonly body?: string }
    ): Promise<{ readonly status: number; text(): Promise<string> }>
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<Id> {
  /** The binding of a class that extends {@link TokenStoreObject}. */
  readonly namespace: Namespace<Id>
}

/**
 * What an object uses of its storage, which must be of SQLite: list its class under `new_sqlite_classes`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectState {
  readonly storage: {
    readonly kv: {
      get(key: string): unknown
      put(key: string, value: unknown): void
    }
    setAlarm(at: number): Promise<void>
    deleteAlarm(): Promise<void>
    deleteAll(): Promise<void>
  }
}

/**
 * The object of a record failed. `Overloaded`: it has too many requests. `Unreachable`: the request or its
 * answer was lost, or the object failed. `Response`: something else answered with this `status`. The text of
 * the platform is left out.
 *
 * @since 0.1.0
 * @category errors
 */
export class DurableObjectTokenStoreError extends Schema.TaggedError<DurableObjectTokenStoreError>(
  "effect-spotify/DurableObjectTokenStoreError"
)("DurableObjectTokenStoreError", {
  reason: Schema.Literal("Overloaded", "Unreachable", "Response"),
  status: Schema.optional(Schema.Number)
}) {
  override get message(): string {
    const messages: Record<typeof this.reason, string> = {
      Overloaded: "The Durable Object has too many requests: try again in a moment",
      Unreachable:
        "The Durable Object cannot be reached or failed: see its log; its class must extend TokenStoreObject and be listed under new_sqlite_classes",
      Response: `The Durable Object gave no answer of this store (status ${this.status}): its class must extend TokenStoreObject`
    }
    return messages[this.reason]
  }
}

const WireEntry = Schema.Struct({
  version: Schema.String,
  payload: Schema.String,
  disposableAt: Schema.NullOr(Schema.Number)
})

const WireWrite = Schema.parseJson(
  Schema.Struct({ expected: Schema.NullOr(Schema.String), next: Schema.NullOr(WireEntry) })
)

const WireRecord = Schema.parseJson(
  Schema.NullOr(Schema.Union(WireEntry, Schema.Struct({ version: Schema.String })))
)

const isEntry = Schema.is(WireEntry)
const encodeWrite = Schema.encodeSync(WireWrite)
const decodeWrite = Schema.decodeUnknownOption(WireWrite)
const encodeRecord = Schema.encodeSync(WireRecord)
const decodeRecord = Schema.decodeUnknownOption(WireRecord)

const isOver = ({ disposableAt }: typeof WireEntry.Type) =>
  disposableAt !== null && disposableAt <= DateTime.unsafeNow().epochMillis

/** The version of a value that is not a record of this store. */
const foreign = "unreadable"

const record = "record"

/**
 * The object. Extend it under a name of your own, export that class from the Worker, and list it in the
 * Worker's configuration as a Durable Object with SQLite storage.
 *
 * @since 0.1.0
 * @category objects
 * @example
 * ```ts
 * import { DurableObjectTokenStore } from "effect-spotify"
 *
 * export class SpotifySessions extends DurableObjectTokenStore.TokenStoreObject {}
 * ```
 */
export class TokenStoreObject {
  readonly #storage: ObjectState["storage"]

  constructor(state: ObjectState) {
    this.#storage = state.storage
  }

  /**
   * Answers the store: GET reads the record, POST is a compare-and-set.
   *
   * @since 0.1.0
   */
  fetch(request: Pick<Request, "method" | "text">): Promise<Response> {
    return request.method === "GET"
      ? Promise.resolve(new Response(encodeRecord(this.#read())))
      : request.text().then((body) => this.#commit(body))
  }

  /**
   * Drops the record if it is disposable. An alarm may ring twice, and a new record may be there by then.
   *
   * @since 0.1.0
   */
  alarm(): Promise<void> {
    const found = this.#storage.kv.get(record)
    return !isEntry(found) || found.disposableAt === null
      ? Promise.resolve()
      : isOver(found)
        ? this.#storage.deleteAll()
        : this.#storage.setAlarm(found.disposableAt)
  }

  #read(): typeof WireRecord.Type {
    const found = this.#storage.kv.get(record)
    if (isEntry(found)) {
      // The alarm may be late
      return isOver(found) ? null : found
    }
    return found === undefined
      ? null
      : {
          version:
            Predicate.hasProperty(found, "version") && typeof found.version === "string"
              ? found.version
              : foreign
        }
  }

  /** Without a wait between the read and the write, so no other request comes in between. */
  #commit(body: string): Promise<Response> | Response {
    const write = decodeWrite(body)
    if (Option.isNone(write)) {
      return new Response(null, { status: 400 })
    }
    const { expected, next } = write.value
    const current = this.#read()?.version ?? null
    if (current !== expected) {
      return new Response(null, { status: next !== null && next.version === current ? 204 : 409 })
    }
    const { kv } = this.#storage
    const taken = () => new Response(null, { status: 204 })
    if (next === null) {
      return current === null
        ? taken()
        : Promise.all([this.#storage.deleteAlarm(), this.#storage.deleteAll()]).then(taken)
    }
    kv.put(record, next)
    // The answer leaves only when the record and the alarm are on disk. workerd never rings one before 1970
    return (
      next.disposableAt === null
        ? this.#storage.deleteAlarm()
        : this.#storage.setAlarm(Math.max(1, next.disposableAt))
    ).then(taken)
  }
}

const errorOf = (error: unknown) =>
  new DurableObjectTokenStoreError({
    reason:
      Predicate.hasProperty(error, "overloaded") && error.overloaded === true ? "Overloaded" : "Unreachable"
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <Id>({ namespace }: Options<Id>): TokenStore.Service => {
  // A stub that failed stays broken, so each request has a new one
  const ask = (key: TokenStore.StoreKey, init: { readonly method: string; readonly body?: string }) =>
    Effect.tryPromise({
      try: () =>
        namespace
          .get(namespace.idFromName(RecordText.encode(key)))
          .fetch("https://token-store/", init)
          .then((response) => response.text().then((body) => ({ status: response.status, body }))),
      catch: errorOf
    })

  const odd = (status: number) => new DurableObjectTokenStoreError({ reason: "Response", status })

  /** A read has no effect, so it is sent again after a failure. */
  const read = (key: TokenStore.StoreKey) =>
    Effect.flatMap(Effect.retry(ask(key, { method: "GET" }), { times: 1 }), ({ body, status }) =>
      Option.match(status === 200 ? decodeRecord(body) : Option.none(), {
        onNone: () => odd(status),
        onSome: Effect.succeed
      })
    )

  const unavailable =
    (
      operation: TokenStore.TokenStoreUnavailable["operation"],
      applied: TokenStore.TokenStoreUnavailable["applied"]
    ) =>
    (cause: DurableObjectTokenStoreError) =>
      new TokenStore.TokenStoreUnavailable({ operation, applied, cause })

  const entryOf = (
    key: TokenStore.StoreKey,
    found: typeof WireRecord.Type
  ): Effect.Effect<Option.Option<TokenStore.Entry>, TokenStore.TokenStoreCorrupt> => {
    if (found === null) {
      return Effect.succeedNone
    }
    const { version } = found
    if (!("payload" in found)) {
      return new TokenStore.TokenStoreCorrupt({ key, reason: "Decode", version })
    }
    return found.payload.length > RecordText.maxPayloadLength
      ? new TokenStore.TokenStoreCorrupt({ key, reason: "TooLarge", version })
      : Effect.succeedSome({
          version: TokenStore.Version(version),
          payload: Redacted.make(found.payload),
          disposableAt: Option.flatMap(Option.fromNullable(found.disposableAt), DateTime.make)
        })
  }

  const send = ({ expected, key, next }: TokenStore.Write) =>
    ask(key, {
      method: "POST",
      body: encodeWrite({
        expected: Option.getOrNull(expected),
        next: Option.match(next, {
          onNone: () => null,
          onSome: ({ disposableAt, payload, version }) => ({
            version,
            payload: Redacted.value(payload),
            disposableAt: Option.match(disposableAt, {
              onNone: () => null,
              onSome: ({ epochMillis }) => Math.trunc(epochMillis)
            })
          })
        })
      })
    }).pipe(
      Effect.flatMap(({ status }) =>
        status === 204
          ? Effect.succeed("done" as const)
          : status === 409
            ? Effect.succeed("refused" as const)
            : odd(status)
      ),
      Effect.mapError(unavailable("commit", "unknown"))
    )

  return {
    get: (key) =>
      read(key).pipe(
        Effect.mapError(unavailable("get", "no")),
        Effect.flatMap((found) => entryOf(key, found)),
        Effect.withSpan("DurableObjectTokenStore.get", { kind: "client", captureStackTrace: false })
      ),
    commit: (write) =>
      (Option.exists(
        write.next,
        ({ payload }) => Redacted.value(payload).length > RecordText.maxPayloadLength
      )
        ? new TokenStore.TokenStoreCorrupt({ key: write.key, reason: "TooLarge" })
        : SettledCommit.settle(write, {
            send: send(write),
            look: read(write.key).pipe(
              Effect.mapBoth({
                onFailure: unavailable("commit", "unknown"),
                onSuccess: (found) =>
                  Option.map(Option.fromNullable(found), ({ version }) => TokenStore.Version(version))
              })
            )
          })
      ).pipe(Effect.withSpan("DurableObjectTokenStore.commit", { kind: "client", captureStackTrace: false })),
    atomicity: "shared",
    changes: Option.none()
  }
}

/**
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { DurableObjectTokenStore, Spotify } from "effect-spotify"
 *
 * export const SpotifyLayer = <Id>(env: { readonly SESSIONS: DurableObjectTokenStore.Namespace<Id> }) =>
 *   Spotify.layerWebServer({
 *     scopes: ["user-read-private"],
 *     store: DurableObjectTokenStore.layer({ namespace: env.SESSIONS })
 *   })
 * ```
 */
export const layer = <Id>(options: Options<Id>): Layer.Layer<TokenStore.TokenStore> =>
  Layer.sync(TokenStore.TokenStore, () => make(options))
