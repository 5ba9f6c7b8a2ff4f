import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"

/** A server that the test writes byte by byte. */
export interface RawServer {
  readonly url: string
  /** Connections that are open now. */
  readonly open: () => number
  /** Connections that were ever made. */
  readonly made: () => number
  /** Requests whose head has arrived. */
  readonly heard: () => number
}

/** Calls `answer` with each request's first line; the scope closes the server and all connections. */
export const raw = (
  answer: (socket: Net.Socket, line: string) => void
): Effect.Effect<RawServer, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: Net.Server; readonly sockets: Set<Net.Socket>; counts: Array<number> }>(
        (resume) => {
          const sockets = new Set<Net.Socket>()
          const counts = [0, 0]
          const server = Net.createServer((socket) => {
            counts[0] = (counts[0] ?? 0) + 1
            sockets.add(socket)
            socket.on("close", () => sockets.delete(socket))
            socket.on("error", () => {})
            let text = ""
            socket.on("data", (bytes) => {
              text += bytes.toString("latin1")
              let end = text.indexOf("\r\n\r\n")
              while (end >= 0) {
                const line = text.slice(0, text.indexOf("\r\n"))
                text = text.slice(end + 4)
                counts[1] = (counts[1] ?? 0) + 1
                answer(socket, line)
                end = text.indexOf("\r\n\r\n")
              }
            })
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets, counts })))
        }
      ),
      ({ server, sockets }) =>
        Effect.async<void>((resume) => {
          for (const socket of sockets) {
            socket.destroy()
          }
          server.close(() => resume(Effect.void))
        })
    ),
    ({ counts, server, sockets }) => {
      const address = server.address()
      return {
        url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
        open: () => sockets.size,
        made: () => counts[0] ?? 0,
        heard: () => counts[1] ?? 0
      }
    }
  )

export const ok = (body: string, headers = ""): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`

/** Waits until it holds, which sockets take a moment for; at most ten seconds. */
export const eventually = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail("it never held"))).pipe(
    Effect.retry(Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(1000))),
    Effect.orDie
  )
