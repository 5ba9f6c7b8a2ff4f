/** The commands that a Redis token store needs, and how the usual clients provide them. */

/**
 * The commands that the store needs from a client. An adapter for another client takes a few lines:
 *
 * - `hmget` returns a string or nothing for each field.
 * - `eval` and `evalsha` run a script and return its result, a number. A failure must have Redis' own
 *   message, which begins with its code, for example `NOSCRIPT`.
 * - `wait` is needed only for the option of that name.
 * - `scan` is needed only to list keys. It returns the next cursor, which is `"0"` at the end, and some keys.
 *
 * Replies must be strings, not buffers. The client may repeat a command after a broken connection; the
 * store's writes tolerate that.
 *
 * @since 0.1.0
 * @category models
 */
export interface RedisClient {
  readonly hmget: (key: string, fields: ReadonlyArray<string>) => PromiseLike<ReadonlyArray<unknown>>
  readonly eval: (
    script: string,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string>
  ) => PromiseLike<unknown>
  readonly evalsha: (
    sha: string,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string>
  ) => PromiseLike<unknown>
  readonly wait?: ((replicas: number, timeoutMillis: number) => PromiseLike<unknown>) | undefined
  readonly scan?:
    | ((
        cursor: string,
        pattern: string
      ) => PromiseLike<readonly [cursor: string, keys: ReadonlyArray<string>]>)
    | undefined
}

const scanCount = 500

/**
 * A client or cluster of `ioredis`, version 5.
 *
 * Set its `commandTimeout`, or leave time limits to the session: by default it queues commands while Redis is
 * down.
 *
 * A cluster, and a client with `keyPrefix`, cannot list keys.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromIoredis = (client: {
  hmget(key: string, ...fields: Array<string>): PromiseLike<ReadonlyArray<unknown>>
  eval(script: string, numberOfKeys: number, ...keysAndArgs: Array<string>): PromiseLike<unknown>
  evalsha(sha: string, numberOfKeys: number, ...keysAndArgs: Array<string>): PromiseLike<unknown>
  wait(replicas: number, timeoutMillis: number): PromiseLike<unknown>
  scan?(
    cursor: string,
    match: "MATCH",
    pattern: string,
    countToken: "COUNT",
    count: number
  ): PromiseLike<[cursor: string, keys: Array<string>]>
  readonly isCluster?: boolean | undefined
  readonly options?: { readonly keyPrefix?: string | undefined }
}): RedisClient => {
  // A cluster would scan one node
  const lists = client.isCluster !== true && !client.options?.keyPrefix
  const scan = lists ? client.scan?.bind(client) : undefined
  return {
    hmget: (key, fields) => client.hmget(key, ...fields),
    eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
    evalsha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    wait: (replicas, timeoutMillis) => client.wait(replicas, timeoutMillis),
    scan: scan && ((cursor, pattern) => scan(cursor, "MATCH", pattern, "COUNT", scanCount))
  }
}

/**
 * A client, pool or cluster of `redis` (node-redis), version 5, that the program has connected. Only a client
 * has `wait`, and only a client lists keys.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromNodeRedis = (client: {
  hmGet(key: string, fields: Array<string>): PromiseLike<unknown>
  eval(
    script: string,
    options: { readonly keys: Array<string>; readonly arguments: Array<string> }
  ): PromiseLike<unknown>
  evalSha(
    sha: string,
    options: { readonly keys: Array<string>; readonly arguments: Array<string> }
  ): PromiseLike<unknown>
  wait?(replicas: number, timeoutMillis: number): PromiseLike<unknown>
  scan?(
    cursor: string,
    options: { readonly MATCH: string; readonly COUNT: number }
  ): PromiseLike<{ readonly cursor: string; readonly keys: Array<string> }>
}): RedisClient => {
  const wait = client.wait?.bind(client)
  const scan = client.scan?.bind(client)
  return {
    hmget: (key, fields) => client.hmGet(key, [...fields]).then((reply) => reply as ReadonlyArray<unknown>),
    eval: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] }),
    evalsha: (sha, keys, args) => client.evalSha(sha, { keys: [...keys], arguments: [...args] }),
    wait,
    scan:
      scan &&
      ((cursor, pattern) =>
        scan(cursor, { MATCH: pattern, COUNT: scanCount }).then((reply) => [
          String(reply.cursor),
          reply.keys
        ]))
  }
}
