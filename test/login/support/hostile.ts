/** Thousands of hostile requests while a login waits for its browser. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Question, Told } from "./hostileProtocol.js"
import * as Sockets from "./sockets.js"

export interface Options {
  /** How many hostile requests are sent while the login waits. */
  readonly requests: number
  /** @default 24 */
  readonly concurrency?: number | undefined
}

export interface Report {
  readonly requests: number
  /** How many of the logins succeeded: 1 of 1. */
  readonly succeeded: number
  /** How many codes were sent to the token endpoint. */
  readonly exchanges: number
  /** Bytes of requests found in answers. */
  readonly reflectedBytes: number
  /** How many answers there were of each status; 0 is a connection that was closed without one. */
  readonly statuses: Readonly<Record<number, number>>
  /** How much more memory the process with the listener holds. */
  readonly rssGrowthBytes: number
  /** From the end of the login to the first refused connection. */
  readonly portClosedMillis: number
}

const canary = "c4n4ry"

type Attack = (where: Sockets.Where, n: number, state: string) => Effect.Effect<Sockets.Reply>

const get =
  (target: string, headers: Record<string, string | null> = {}): Attack =>
  (where, n) =>
    Sockets.request(where, { target: target.replaceAll("$", `${canary}${n}`), headers })

const callback = "/callback?code=$&state=$"

/** Each is refused for a reason of its own. */
const attacks: ReadonlyArray<Attack> = [
  get("/"),
  get("/favicon.ico?$"),
  get("/callback/?code=$&state=$"),
  get("//callback?code=$&state=$"),
  get("/callback%2f?code=$&state=$"),
  get("/signed-in/$"),
  get("/callback"),
  get(callback),
  get("/callback?code=$&state="),
  get("/callback?code=$&code=$&state=$"),
  get("/callback?error=%3Cscript%3E$&state=$"),
  get(`/callback?state=$&code=${"a".repeat(9000)}`),
  get(callback, { Host: `${canary}.example` }),
  get(callback, { Host: null }),
  get(`http://127.0.0.1${callback}`),
  get(callback, { Origin: `https://${canary}.example` }),
  get(callback, { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }),
  get(callback, { Upgrade: "websocket", Connection: "Upgrade" }),
  get(callback, { Cookie: `${canary}=${"b".repeat(60_000)}` }),
  (where, n) =>
    Sockets.request(where, {
      method: "POST",
      target: `/callback?state=${canary}${n}`,
      headers: { "Content-Length": "20" },
      body: canary.repeat(3)
    }),
  (where) => Sockets.request(where, { method: "OPTIONS", target: "*" }),
  (where) => Sockets.exchange(where, `${canary} is not HTTP\r\n\r\n`),
  // All of it right but the browser
  (where, n, state) =>
    Sockets.request(where, {
      target: `/callback?code=${canary}${n}&state=${state}`,
      headers: { Cookie: `${canary}=${n}` }
    }),
  // The right state, one character off
  (where, n, state) =>
    Sockets.request(where, {
      target: `/callback?code=${canary}${n}&state=${state.slice(0, -1)}${state.endsWith("A") ? "E" : "A"}`
    }),
  (where, n, state) => Sockets.request(where, { target: `/callback?code=${canary}${n}&state=${state}A` })
]

const occurrences = (text: string): number => text.split(canary).length - 1

/** The process with the listener, ended with the scope. */
const listener = Effect.gen(function* () {
  const told = yield* Queue.unbounded<Told>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(fileURLToPath(new URL("hostileListener.ts", import.meta.url)), [], {
        execArgv: ["--expose-gc", "--import", "tsx"],
        stdio: ["ignore", "ignore", "inherit", "ipc"]
      })
    ),
    (process) => Effect.sync(() => process.kill("SIGKILL"))
  )
  child.on("message", (message: Told) => told.unsafeOffer(message))

  const next = <Tag extends Told["_tag"]>(tag: Tag): Effect.Effect<Extract<Told, { readonly _tag: Tag }>> =>
    Effect.flatMap(Queue.take(told), (message) =>
      isTagged(message, tag) ? Effect.succeed(message) : Effect.dieMessage(`${message._tag} before ${tag}`)
    )
  const ask = (question: Question) => Effect.sync(() => child.send(question))
  const memory = Effect.zipRight(ask("memory"), next("Memory"))
  return {
    waiting: next("Waiting"),
    // V8 gives pages back to the system some time after the collection that has emptied them
    rss: Effect.repeatN(Effect.zipLeft(memory, Effect.sleep("250 millis")), 3).pipe(
      Effect.map(({ rss }) => rss)
    ),
    answer: Effect.map(Effect.zipRight(ask("answer"), next("Answer")), ({ target }) => target),
    ended: next("Ended")
  }
})

const isTagged = <Tag extends Told["_tag"]>(
  told: Told,
  tag: Tag
): told is Extract<Told, { readonly _tag: Tag }> => told._tag === tag

/** One login under attack. A part of the requests comes before the count begins, and warms the process up. */
export const run = ({ concurrency = 24, requests }: Options): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const { answer, ended, rss, waiting } = yield* listener
    const { state, where } = yield* waiting
    const statuses: Record<number, number> = {}
    let reflected = 0

    const attack = (count: number) =>
      Effect.forEach(
        Array.from({ length: count }, (_, n) => n),
        (n) =>
          Effect.map(attacks[n % attacks.length]?.(where, n, state) ?? Effect.die("no attack"), (reply) => {
            statuses[reply.status] = (statuses[reply.status] ?? 0) + 1
            reflected += occurrences(reply.text) * canary.length
          }),
        { concurrency, discard: true }
      )

    yield* attack(Math.min(requests, 20 * attacks.length))
    for (const status of Object.keys(statuses)) {
      delete statuses[Number(status)]
    }
    const before = yield* rss
    yield* attack(requests)
    const after = yield* rss

    const answered = { ...statuses }

    // The browser comes while the attack goes on
    const target = yield* answer
    const ongoing = yield* Effect.fork(Effect.forever(attack(attacks.length)))
    const redirect = yield* Sockets.request(where, { target })
    yield* Sockets.request(where, { target: redirect.headers["location"] ?? "/" })
    const { at, exchanges, succeeded } = yield* ended
    yield* Effect.repeat(Sockets.isClosed(where), { until: (closed) => closed })
    const portClosedMillis = (yield* Clock.currentTimeMillis) - at
    yield* Fiber.interrupt(ongoing)
    return {
      requests,
      succeeded: succeeded ? 1 : 0,
      exchanges,
      reflectedBytes: reflected,
      statuses: answered,
      rssGrowthBytes: after - before,
      portClosedMillis
    }
  }).pipe(Effect.scoped)
