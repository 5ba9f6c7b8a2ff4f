import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"

/**
 * What becomes of a request:
 *
 * - `pass`: it is served.
 * - `loseReply`: the server does it, and the connection breaks instead of the reply.
 * - `hideReply`: the server does it, and the reply never comes; the connection stays open.
 * - `loseRequest`: the connection breaks and the server never sees it.
 * - `hold`: it waits in the proxy until `release`; the connection stays open.
 */
export type Fate = "pass" | "loseReply" | "hideReply" | "loseRequest" | "hold"

/** A proxy between a client and its server that loses what a test wants lost. */
export interface DroppingProxy {
  readonly port: number
  /** How many requests met another fate than `pass` since the proxy was made. */
  readonly dropped: Effect.Effect<number>
  /** Waits until there were so many. */
  readonly untilDropped: (count: number) => Effect.Effect<void>
  /** Decides on each piece of data that a client sends from now on. At first all of them pass. */
  readonly decide: (fate: (request: string) => Fate) => Effect.Effect<void>
  /** Sends on what `hold` kept back. */
  readonly release: Effect.Effect<void>
  /** Breaks all connections there are. */
  readonly disconnect: Effect.Effect<void>
}

export const make = (server: {
  readonly port: number
  readonly host?: string
}): Effect.Effect<DroppingProxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    let decide: (request: string) => Fate = () => "pass"
    let dropped = 0
    const held: Array<() => void> = []
    const connections = new Set<() => void>()

    const onConnection = (client: Net.Socket) => {
      const upstream = Net.connect(server.port, server.host ?? "127.0.0.1")
      let reply: "pass" | "lose" | "hide" = "pass"
      let holding = false
      const close = () => {
        connections.delete(close)
        client.destroy()
        upstream.destroy()
      }
      connections.add(close)
      client.setNoDelay(true)
      upstream.setNoDelay(true)
      client.on("data", (data) => {
        const fate = reply === "pass" && !holding ? decide(data.toString("latin1")) : "pass"
        dropped += fate === "pass" ? 0 : 1
        switch (fate) {
          case "loseRequest": {
            return close()
          }
          case "hold": {
            holding = true
            held.push(() => {
              holding = false
              upstream.write(data)
            })
            return
          }
          case "loseReply":
          case "hideReply": {
            reply = fate === "loseReply" ? "lose" : "hide"
          }
        }
        if (holding) {
          // The rest of a request that is held
          held.push(() => upstream.write(data))
        } else {
          upstream.write(data)
        }
      })
      upstream.on("data", (data) => {
        if (reply === "pass") {
          client.write(data)
        } else if (reply === "lose") {
          close()
        }
      })
      // A client that gave up does not undo a request that is on its way
      client.on("close", () => {
        connections.delete(close)
        if (!holding) {
          upstream.end()
        }
      })
      client.on("error", () => {})
      upstream.on("close", close)
      upstream.on("error", close)
    }

    const listener = yield* Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const listening = Net.createServer(onConnection)
        listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
      }),
      (listening) =>
        Effect.async<void>((resume) => {
          listening.close(() => resume(Effect.void))
          connections.forEach((close) => close())
          held.length = 0
        })
    )
    const address = listener.address()
    const port = typeof address === "object" && address !== null ? address.port : 0

    return {
      port,
      dropped: Effect.sync(() => dropped),
      untilDropped: (count) =>
        Effect.asVoid(
          Effect.repeat(
            Effect.sync(() => dropped),
            { schedule: Schedule.spaced("5 millis"), until: (so) => so >= count }
          )
        ),
      decide: (fate) =>
        Effect.sync(() => {
          decide = fate
        }),
      release: Effect.sync(() => held.splice(0).forEach((send) => send())),
      disconnect: Effect.sync(() => connections.forEach((close) => close()))
    }
  })
