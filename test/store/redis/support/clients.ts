import type { RedisTokenStore } from "effect-spotify/redis"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Redis, type RedisOptions } from "ioredis"
import * as Net from "node:net"
import { createClient } from "redis"

/** A client of ioredis that ends with the scope. */
export const ioredis = (port: number, options: RedisOptions = {}): Effect.Effect<Redis, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const redis = new Redis({ port, host: "127.0.0.1", ...options })
      redis.on("error", () => {})
      return redis
    }),
    (redis) => Effect.sync(() => redis.disconnect())
  )

/** A client of node-redis that ends with the scope. */
export const nodeRedis = (port: number) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      createClient({ socket: { port, host: "127.0.0.1" } })
        .on("error", () => {})
        .connect()
    ),
    (redis) => Effect.sync(() => redis.destroy())
  )

/** Reads one reply of RESP2 from a text of bytes, and says where the next one begins. */
const parse = (text: string, at: number): { readonly value: unknown; readonly next: number } | undefined => {
  const end = text.indexOf("\r\n", at)
  if (end < 0) {
    return undefined
  }
  const head = text.slice(at + 1, end)
  const next = end + 2
  switch (text[at]) {
    case "+":
      return { value: head, next }
    case "-":
      return { value: new Error(head), next }
    case ":":
      return { value: Number(head), next }
    case "$": {
      const length = Number(head)
      if (length < 0) {
        return { value: null, next }
      }
      return text.length < next + length + 2
        ? undefined
        : {
            value: Buffer.from(text.slice(next, next + length), "latin1").toString("utf8"),
            next: next + length + 2
          }
    }
    default: {
      const values: Array<unknown> = []
      let position = next
      for (let index = 0; index < Number(head); index++) {
        const item = parse(text, position)
        if (item === undefined) {
          return undefined
        }
        values.push(item.value)
        position = item.next
      }
      return { value: values, next: position }
    }
  }
}

/** What somebody with a client of their own writes: three commands, here over a bare socket. */
export const handwritten = (port: number): Effect.Effect<RedisTokenStore.RedisClient, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => Net.connect(port, "127.0.0.1")),
      (socket) => Effect.sync(() => socket.destroy())
    ),
    (socket) => {
      const waiting: Array<{ resolve: (value: unknown) => void; reject: (error: Error) => void }> = []
      let received = ""
      const fail = () => waiting.splice(0).forEach(({ reject }) => reject(new Error("the connection ended")))
      socket.on("error", () => {})
      socket.on("close", fail)
      socket.on("data", (data) => {
        received += data.toString("latin1")
        for (let reply = parse(received, 0); reply !== undefined; reply = parse(received, 0)) {
          received = received.slice(reply.next)
          const first = waiting.shift()
          if (reply.value instanceof Error) {
            first?.reject(reply.value)
          } else {
            first?.resolve(reply.value)
          }
        }
      })
      const send = (...args: ReadonlyArray<string>) =>
        new Promise<unknown>((resolve, reject) => {
          if (socket.destroyed) {
            return reject(new Error("the connection ended"))
          }
          waiting.push({ resolve, reject })
          socket.write(
            `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`
          )
        })
      return {
        hmget: (key, fields) => send("HMGET", key, ...fields) as Promise<ReadonlyArray<unknown>>,
        eval: (script, keys, args) => send("EVAL", script, String(keys.length), ...keys, ...args),
        evalsha: (sha, keys, args) => send("EVALSHA", sha, String(keys.length), ...keys, ...args)
      }
    }
  )
