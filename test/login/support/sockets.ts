/** Plain sockets: what a browser would never send can be sent, and what comes back is seen byte for byte. */
import * as Effect from "effect/Effect"
import * as Net from "node:net"

export interface Reply {
  /** 0 if the connection was closed without an answer. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Everything that came back. */
  readonly text: string
}

const replyOf = (text: string): Reply => {
  const [head = "", ...rest] = text.split("\r\n\r\n")
  const [first = "", ...lines] = head.split("\r\n")
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0),
    headers: Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":")
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      })
    ),
    body: rest.join("\r\n\r\n"),
    text
  }
}

export interface Where {
  readonly port: number
  /** @default "127.0.0.1" */
  readonly host?: string | undefined
  /** What the browser there sends along, unless a request names its own. */
  readonly cookie?: string | undefined
}

/** Sends these bytes and waits until the other side closes. */
export const exchange = ({ host = "127.0.0.1", port }: Where, bytes: string): Effect.Effect<Reply> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    const socket = Net.connect({ host, port }, () => socket.write(bytes, "latin1"))
    socket.on("data", (chunk) => chunks.push(chunk))
    // A reset counts as an end: the other side need not read to the end what it refuses
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(replyOf(Buffer.concat(chunks).toString("utf8")))))
    return Effect.sync(() => socket.destroy())
  })

/** A request line with headers; `Host` is the listener's own unless given. */
export const request = (
  where: Where,
  options: {
    readonly method?: string
    readonly target: string
    readonly headers?: Readonly<Record<string, string | null>>
    readonly body?: string
  }
): Effect.Effect<Reply> => {
  const host = where.host?.includes(":") === true ? `[${where.host}]` : (where.host ?? "127.0.0.1")
  const headers = { Host: `${host}:${where.port}`, Cookie: where.cookie ?? null, ...options.headers }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}\r\n`]
  )
  return exchange(
    where,
    `${options.method ?? "GET"} ${options.target} HTTP/1.1\r\n${lines.join("")}\r\n${options.body ?? ""}`
  )
}

/** A connection that says these bytes and then nothing. Gives how it ends. */
export const idle = (
  { host = "127.0.0.1", port }: Where,
  bytes = ""
): Effect.Effect<{ readonly closed: Effect.Effect<Reply>; readonly isOpen: () => boolean }> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    const socket = Net.connect({ host, port })
    let open = true
    const ended = new Promise<Reply>((resolve) => {
      socket.once("close", () => {
        open = false
        resolve(replyOf(Buffer.concat(chunks).toString("utf8")))
      })
    })
    const answer = Effect.succeed({ closed: Effect.promise(() => ended), isOpen: () => open })
    socket.on("data", (chunk) => chunks.push(chunk))
    socket.on("error", () => resume(answer))
    socket.once("connect", () => {
      if (bytes !== "") {
        socket.write(bytes)
      }
      resume(answer)
    })
  })

export const isClosed = ({ host = "127.0.0.1", port }: Where): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = Net.connect({ host, port })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(false))
    })
    socket.once("error", () => resume(Effect.succeed(true)))
  })

/** Somebody else's listener, until the scope closes. */
export const occupy = (host: string, port = 0) =>
  Effect.acquireRelease(
    Effect.async<Net.Server>((resume) => {
      const server = Net.createServer((socket) => socket.destroy())
      server.listen({ host, port }, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return address !== null && typeof address !== "string" ? address.port : 0
    })
  )
