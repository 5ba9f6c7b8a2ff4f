/** Redis behind an HTTP endpoint that takes commands as JSON, as Upstash's REST API does. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Exchange from "../http/exchange.js"
import type { RedisClient } from "./redisClients.js"

/**
 * The address of a Redis over HTTP is no address, or would send the token in clear: use `https`, or `http` on
 * this machine.
 *
 * @since 0.1.0
 * @category errors
 */
export class RedisHttpUrlInvalid extends Schema.TaggedError<RedisHttpUrlInvalid>(
  "effect-spotify/RedisHttpUrlInvalid"
)("RedisHttpUrlInvalid", {}) {
  override get message(): string {
    return "The URL of Redis over HTTP is not valid: use the https address of its REST API, without user, query or fragment"
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpOptions {
  /** The address that takes commands, such as `https://eu1-example.upstash.io`. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. It must permit writes. */
  readonly token: Redacted.Redacted<string>
  /** The time limit of one request. @default 5 seconds */
  readonly timeout?: Duration.DurationInput | undefined
}

/** More than the largest record takes in JSON. */
const maxAnswer = 2 * 1024 * 1024

/** What `RedisFailure` reads: Redis' own message, or a code of the exchange. */
class Refusal extends Data.Error<{ readonly message: string; readonly code: string }> {}

const Answer = Schema.parseJson(
  Schema.Union(Schema.Struct({ error: Schema.String }), Schema.Struct({ result: Schema.Unknown }))
)

const decodeAnswer = Schema.decodeUnknownOption(Answer)

/** Answers of a server that ran nothing. Others do not say. */
const codes: Readonly<Record<number, string>> = {
  401: "UNAUTHORIZED",
  403: "UNAUTHORIZED",
  429: "TOO_MANY_REQUESTS"
}

const resultOf = ({ body, status }: Exchange.Exchanged): Effect.Effect<unknown, Refusal> => {
  const code = codes[status]
  if (code !== undefined) {
    return new Refusal({ message: "", code })
  }
  const answer = Option.flatMap(body, decodeAnswer)
  return Option.match(answer, {
    onNone: () => new Refusal({ message: "", code: "NO_ANSWER" }),
    onSome: (found) =>
      "error" in found
        ? new Refusal({ message: found.error, code: "NO_ANSWER" })
        : status === 200 && found.result !== undefined
          ? Effect.succeed(found.result)
          : new Refusal({ message: "", code: "NO_ANSWER" })
  })
}

const isLocal = (host: string) => host === "localhost" || host === "127.0.0.1" || host === "[::1]"

const checked = (text: string): Either.Either<URL, RedisHttpUrlInvalid> =>
  Either.try({ try: () => new URL(text), catch: () => new RedisHttpUrlInvalid() }).pipe(
    Either.filterOrLeft(
      ({ hash, hostname, password, protocol, search, username }) =>
        `${hash}${password}${search}${username}` === "" &&
        (protocol === "https:" || (protocol === "http:" && isLocal(hostname))),
      () => new RedisHttpUrlInvalid()
    )
  )

/**
 * A Redis that is reached by HTTP, for runtimes without TCP: Upstash's REST API, or another server that takes
 * `POST /` with a command as a JSON array and answers `{"result": …}` or `{"error": …}`.
 *
 * Each command is one request with a time limit, over the program's `HttpClient`. A read that fails is sent
 * once more. A write is not: the store looks up what became of it. Redirects are not followed.
 *
 * There is no `wait` and no notification of changes. A database with read regions may answer a read from a
 * replica that lags behind: writes are still checked, but a login or a sign-out elsewhere is seen late.
 *
 * https://upstash.com/docs/redis/features/restapi
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHttp = ({
  timeout = "5 seconds",
  token,
  url
}: HttpOptions): Effect.Effect<RedisClient, RedisHttpUrlInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const exchange = yield* Exchange.make
    const runtime = yield* Effect.runtime<never>()
    const request = HttpClientRequest.post(yield* checked(url)).pipe(HttpClientRequest.bearerToken(token))
    const bounds = { timeout: Duration.decode(timeout), limit: () => maxAnswer }

    const command = (...words: ReadonlyArray<string>): Effect.Effect<unknown, Refusal> =>
      exchange(HttpClientRequest.bodyUnsafeJson(request, words), bounds).pipe(
        Effect.mapError(
          ({ _tag }) => new Refusal({ message: "", code: _tag === "Timeout" ? "TIMEOUT" : "CONNECTION" })
        ),
        Effect.flatMap(resultOf)
      )

    const promised = <A>(effect: Effect.Effect<A, Refusal>): Promise<A> =>
      // oxlint-disable-next-line no-restricted-properties -- the store takes clients made of promises
      Runtime.runPromiseExit(runtime)(effect).then((exit) =>
        Exit.isSuccess(exit) ? exit.value : Promise.reject(Cause.squash(exit.cause))
      )

    return {
      hmget: (key, fields) =>
        command("HMGET", key, ...fields).pipe(
          Effect.filterOrFail(
            (result): result is ReadonlyArray<unknown> => Array.isArray(result),
            () => new Refusal({ message: "", code: "NO_ANSWER" })
          ),
          Effect.retry({
            times: 1,
            while: ({ code, message }) => message === "" && (code === "CONNECTION" || code === "NO_ANSWER")
          }),
          promised
        ),
      eval: (script, keys, args) => promised(command("EVAL", script, String(keys.length), ...keys, ...args)),
      evalsha: (sha, keys, args) => promised(command("EVALSHA", sha, String(keys.length), ...keys, ...args))
    }
  })
