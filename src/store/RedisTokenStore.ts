/**
 * A token store in Redis 6.2 or newer (or Valkey), over the program's existing client.
 *
 * A record is one hash, and each write is one script on one key, so it also works on a Cluster. Redis drops
 * records at their `disposableAt` by itself.
 *
 * Redis acknowledges a write before its replicas have it and, by default, before it is on disk. So a failover
 * or a power cut can undo an acknowledged write. The session then returns to its earlier state, and if
 * Spotify has rotated the refresh token since, the user must log in again. `appendfsync always` and the
 * option `wait` make that less likely but cannot rule it out.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TokenStore from "./TokenStore.js"
import * as RecordText from "./recordText.js"
import type { RedisClient } from "./redisClients.js"
import * as RedisFailure from "./redisFailure.js"
import * as SettledCommit from "./settledCommit.js"

export {
  /**
   * @since 0.1.0
   * @category constructors
   */
  fromIoredis,
  /**
   * @since 0.1.0
   * @category constructors
   */
  fromNodeRedis,
  /**
   * @since 0.1.0
   * @category models
   */
  type RedisClient
} from "./redisClients.js"

export {
  /**
   * @since 0.1.0
   * @category constructors
   */
  fromHttp,
  /**
   * @since 0.1.0
   * @category models
   */
  type HttpOptions,
  /**
   * @since 0.1.0
   * @category errors
   */
  RedisHttpUrlInvalid
} from "./redisHttp.js"

/**
 * An error of Redis or its client. `code` is the first word of Redis' error (`READONLY`, `OOM`, …) or the
 * client's own code (`ECONNRESET`, …). The rest is left out, because it may quote the record.
 *
 * @since 0.1.0
 * @category errors
 */
export class RedisTokenStoreError extends Schema.TaggedError<RedisTokenStoreError>(
  "effect-spotify/RedisTokenStoreError"
)("RedisTokenStoreError", {
  code: Schema.String
}) {
  override get message(): string {
    const remedy: Record<string, string> = {
      READONLY: "it is a replica: connect to the primary",
      LOADING: "it is still loading its data: try again in a moment",
      OOM: "its memory is full: raise maxmemory; with an eviction policy other than noeviction it would drop sessions",
      CLUSTERDOWN: "a part of the cluster has no primary: see to the cluster",
      NOREPLICAS: "it has not enough replicas that keep up: see to the replicas",
      WAIT: "too few replicas confirmed the write in time: see to the replicas",
      NOAUTH: "it wants a password: give it to the client",
      NOPERM: "its user may not do this: permit HMGET, EVAL and EVALSHA on the keys of the store",
      MISCONF: "it cannot write to its disk: see to the disk",
      UNAUTHORIZED: "it refused the token: check it, and that it permits writes",
      TOO_MANY_REQUESTS: "its limit of requests is reached: wait, or raise it",
      TIMEOUT: "it did not answer in time: check that it is up"
    }
    return `Redis did not do what it was asked to (${this.code})${this.code in remedy ? `: ${remedy[this.code]}` : ""}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly client: RedisClient
  /** A prefix for all keys, which already begin with `effect-spotify:` and the app. Default: none. */
  readonly prefix?: string | undefined
  /**
   * A write succeeds only when this many replicas have it. If they do not within `timeout`, its outcome
   * counts as unknown and it is sent again. Needs a client with `wait`, on one connection to one primary, not
   * a Cluster.
   */
  readonly wait?: { readonly replicas: number; readonly timeout: Duration.DurationInput } | undefined
}

/** Whole milliseconds. Redis treats 0 as no limit. */
const waitMillis = (timeout: Duration.DurationInput): number => {
  const millis = Duration.toMillis(timeout)
  return Number.isFinite(millis) ? Math.max(1, Math.ceil(millis)) : 0
}

/** The version of a value that is not a record of this store. */
const foreign = "unreadable"

/**
 * Arguments: the expected version and the new version, each after "=" or empty for none; the payload; the
 * time from which it is disposable, or empty; and how long that is from now.
 *
 * A value that is not a hash has a version of its own, so that a login can replace it. A write that finds its
 * own version in place writes again, because WAIT counts only writes of its own connection. The time to live
 * is relative, so that a wrong clock of Redis drops no record early.
 */
const script = `local version = redis.pcall('HGET', KEYS[1], 'v')
local foreign = type(version) == 'table'
if foreign then
  if not string.find(version.err, 'WRONGTYPE') then return version end
  version = '${foreign}'
end
local current = version and '=' .. version or ''
if current ~= ARGV[1] and (current == '' or current ~= ARGV[2]) then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  return 1
end
if foreign then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'v', string.sub(ARGV[2], 2), 'd', ARGV[3], 'e', ARGV[4])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
return 1`

const digest = Effect.promise(() =>
  globalThis.crypto.subtle.digest("SHA-1", new TextEncoder().encode(script))
).pipe(Effect.map((bytes) => Encoding.encodeHex(new Uint8Array(bytes))))

const Fields = Schema.Tuple(
  Schema.NullishOr(Schema.String),
  Schema.NullishOr(Schema.String),
  Schema.NullishOr(Schema.String)
)

const decodeFields = Schema.decodeUnknownOption(Schema.mutable(Fields))

const tagged = Option.match({
  onNone: () => "",
  onSome: (version: TokenStore.Version) => `=${RecordText.encode(version)}`
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<TokenStore.Service> =>
  Effect.gen(function* () {
    const { client, prefix = "", wait } = options
    const sha = yield* digest

    const command = <A>(run: () => PromiseLike<A>): Effect.Effect<A, RedisFailure.RedisFailure> =>
      Effect.tryPromise({ try: run, catch: RedisFailure.fromUnknown })

    const unavailable =
      (
        operation: TokenStore.TokenStoreUnavailable["operation"],
        applied?: TokenStore.TokenStoreUnavailable["applied"]
      ) =>
      (failure: RedisFailure.RedisFailure): TokenStore.TokenStoreUnavailable =>
        new TokenStore.TokenStoreUnavailable({
          operation,
          applied: applied ?? failure.applied,
          cause: new RedisTokenStoreError({ code: failure.code })
        })

    const corrupt = (
      key: TokenStore.StoreKey,
      reason: TokenStore.TokenStoreCorrupt["reason"],
      version?: string
    ) => new TokenStore.TokenStoreCorrupt({ key, reason, version })

    const redisKey = (key: TokenStore.StoreKey) => `${prefix}${RecordText.encode(key)}`

    const fields = (key: TokenStore.StoreKey, names: ReadonlyArray<string>) =>
      command(() => client.hmget(redisKey(key), names))

    const look = (key: TokenStore.StoreKey) =>
      fields(key, ["v"]).pipe(
        Effect.mapError((failure) =>
          failure.code === "WRONGTYPE"
            ? corrupt(key, "Decode", foreign)
            : unavailable("commit", "unknown")(failure)
        ),
        Effect.map(([version]) =>
          Option.map(Option.fromNullable(version), (text) =>
            TokenStore.Version(RecordText.decode(String(text)))
          )
        )
      )

    const run = (keys: ReadonlyArray<string>, args: ReadonlyArray<string>) =>
      command(() => client.evalsha(sha, keys, args)).pipe(
        // A restarted server, and each node of a Cluster, must get the script once
        Effect.catchIf(
          (failure) => failure.code === "NOSCRIPT",
          () => command(() => client.eval(script, keys, args))
        )
      )

    const send = Effect.fnUntraced(
      function* ({ expected, key, next }: TokenStore.Write) {
        const now = yield* Clock.currentTimeMillis
        const disposableAt = Option.map(
          Option.flatMap(next, (entry) => entry.disposableAt),
          ({ epochMillis }) => Math.trunc(epochMillis)
        )
        const result = yield* run(
          [redisKey(key)],
          [
            tagged(expected),
            tagged(Option.map(next, (entry) => entry.version)),
            Option.match(next, {
              onNone: () => "",
              onSome: ({ payload }) => RecordText.encode(Redacted.value(payload))
            }),
            Option.match(disposableAt, { onNone: () => "", onSome: String }),
            Option.match(disposableAt, { onNone: () => "", onSome: (at) => String(Math.max(1, at - now)) })
          ]
        )
        return Number(result) === 1 ? ("done" as const) : ("refused" as const)
      },
      Effect.mapError(unavailable("commit"))
    )

    const settled = (write: TokenStore.Write) =>
      SettledCommit.settle(write, { send: send(write), look: look(write.key) })

    /** WAIT counts only writes of its own connection, so a write that was only found is repeated. */
    const replicated = Effect.fnUntraced(function* (
      write: TokenStore.Write,
      { replicas, timeout }: NonNullable<Options["wait"]>
    ) {
      let written = false
      const noted = Effect.tap(send(write), (outcome) => {
        written = outcome === "done"
      })
      yield* SettledCommit.settle(write, { send: noted, look: look(write.key) })
      if (!written) {
        yield* send(write)
      }
      const sendWait = client.wait
      if (sendWait === undefined) {
        return yield* Effect.dieMessage("The option wait needs a Redis client with the command WAIT")
      }
      const count = yield* command(() => sendWait(replicas, waitMillis(timeout))).pipe(
        Effect.mapError(unavailable("commit", "unknown"))
      )
      if (Number(count) < replicas) {
        return yield* unavailable("commit", "unknown")({ code: "WAIT", applied: "unknown" })
      }
    })

    const entryOf = (key: TokenStore.StoreKey, reply: unknown) => {
      const found = decodeFields(reply)
      if (Option.isNone(found)) {
        return corrupt(key, "Decode")
      }
      const [stored, payload, disposableAt] = found.value
      const version = stored == null ? undefined : RecordText.decode(stored)
      if (version === undefined || payload == null) {
        return version === undefined && payload == null ? Effect.succeedNone : corrupt(key, "Decode", version)
      }
      return payload.length > RecordText.maxPayloadLength
        ? corrupt(key, "TooLarge", version)
        : Effect.succeedSome<TokenStore.Entry>({
            version: TokenStore.Version(version),
            payload: Redacted.make(RecordText.decode(payload)),
            disposableAt: disposableAt ? DateTime.make(Number(disposableAt)) : Option.none()
          })
    }

    const commit: TokenStore.Service["commit"] = (write) =>
      Option.exists(
        write.next,
        ({ payload }) => RecordText.encode(Redacted.value(payload)).length > RecordText.maxPayloadLength
      )
        ? corrupt(write.key, "TooLarge")
        : wait === undefined
          ? settled(write)
          : replicated(write, wait)

    const scan = client.scan
    const pattern = `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}effect-spotify:*`

    return {
      keys:
        scan &&
        Stream.paginateChunkEffect("0", (cursor) =>
          command(() => scan(cursor, pattern)).pipe(
            Effect.mapBoth({
              onFailure: unavailable("get", "no"),
              onSuccess: ([next, found]) => [
                Chunk.fromIterable(
                  found.map((key) => TokenStore.StoreKey(RecordText.decode(key.slice(prefix.length))))
                ),
                Option.liftPredicate((at: string) => at !== "0")(next)
              ]
            })
          )
        ),
      get: (key) =>
        fields(key, ["v", "d", "e"]).pipe(
          Effect.mapError((failure) =>
            failure.code === "WRONGTYPE" ? corrupt(key, "Decode", foreign) : unavailable("get", "no")(failure)
          ),
          Effect.flatMap((reply) => entryOf(key, reply)),
          Effect.withSpan("RedisTokenStore.get", { kind: "client", captureStackTrace: false })
        ),
      commit: (write) =>
        commit(write).pipe(
          Effect.withSpan("RedisTokenStore.commit", { kind: "client", captureStackTrace: false })
        ),
      atomicity: "shared",
      changes: Option.none()
    }
  })

/**
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { RedisTokenStore } from "effect-spotify/redis"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { Redis } from "ioredis"
 *
 * export const TokenStoreLayer = Layer.unwrapScoped(
 *   Effect.acquireRelease(
 *     Effect.sync(() => new Redis("redis://127.0.0.1:6379")),
 *     (redis) => Effect.promise(() => redis.quit())
 *   ).pipe(
 *     Effect.map((redis) => RedisTokenStore.layer({ client: RedisTokenStore.fromIoredis(redis) }))
 *   )
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.effect(TokenStore.TokenStore, make(options))
