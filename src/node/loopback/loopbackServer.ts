import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Crypto from "node:crypto"
import * as Http from "node:http"
import type * as Net from "node:net"
import { LoopbackServerError } from "../LoopbackError.js"
import * as Request from "./loopbackRequest.js"
import * as ResultPage from "./resultPage.js"

/** The resource limits of the listener. */
export interface Limits {
  /** How many connections may stay open. */
  readonly connections: number
  /**
   * How many may be open for a moment, so that the browser can send its request even among many other
   * clients.
   */
  readonly burst: number
  /** How long a client may take to send its request, in milliseconds. */
  readonly requestMillis: number
  /** How often the connections are checked, in milliseconds. */
  readonly checkMillis: number
}

export const limits: Limits = { connections: 16, burst: 128, requestMillis: 5000, checkMillis: 500 }

export interface Options {
  /** An address, never a name, since a name may resolve to another machine. */
  readonly host: "127.0.0.1" | "::1"
  /** 0 means any free port. */
  readonly port: number
  readonly redirectUri: (port: number) => string
  /** @default the limits above */
  readonly limits?: Limits | undefined
}

export interface LoopbackServer {
  readonly redirectUri: string
  /** Address and port, for messages. */
  readonly address: string
  /**
   * The URL to open in the browser. It works for one browser only. Another process that reads it, for example
   * in the process list, can end the login but cannot finish it.
   */
  readonly startUrl: string
  /** From now on the start page redirects to this URL, and an answer with this state is accepted. */
  readonly expect: (login: { readonly state: string; readonly url: string }) => Effect.Effect<void>
  /**
   * The path and query of the first answer that has the state and comes from the browser that opened the
   * start page. It waits for `settled` too. All other requests are refused and change nothing. The exception
   * is a second browser at the start page, which ends the wait.
   */
  readonly callback: (
    settled: Effect.Effect<unknown>
  ) => Effect.Effect<Redacted.Redacted<string>, LoopbackServerError>
  /** Shows the outcome to the browser that sent the answer, if it is still connected. */
  readonly show: (outcome: ResultPage.Outcome) => Effect.Effect<void>
}

/** How long the browser may take to follow the redirect. It usually does so before the outcome is known. */
const patience = "1 second"

const failure = (code: string | undefined, address: string): LoopbackServerError => {
  const kinds: Record<string, LoopbackServerError["kind"]> = {
    EADDRINUSE: "PortBusy",
    EACCES: "PortForbidden",
    EPERM: "PortForbidden",
    EADDRNOTAVAIL: "AddressUnavailable",
    EAFNOSUPPORT: "AddressUnavailable"
  }
  return new LoopbackServerError({ kind: kinds[code ?? ""] ?? "Closed", address })
}

const random = (bytes: number): string => Crypto.randomBytes(bytes).toString("base64url")

const addressOf = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

const listen = (server: Http.Server, { host, port }: Options): Effect.Effect<number, LoopbackServerError> =>
  Effect.async((resume) => {
    const onError = (error: NodeJS.ErrnoException) => resume(failure(error.code, addressOf(host, port)))
    server.once("error", onError)
    // Exclusive: otherwise the workers of a cluster would share the port
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", onError)
      const bound = server.address()
      resume(Effect.succeed(bound !== null && typeof bound !== "string" ? bound.port : port))
    })
  })

const send = (response: Http.ServerResponse, { body, headers, status }: ResultPage.Answer): void => {
  response.writeHead(status, headers)
  response.end(body)
}

/** Answers data that is not HTTP. */
const sendRaw = (socket: Net.Socket, status: ResultPage.Refusal): void => {
  const { body, headers } = ResultPage.refusal(status)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`)
  socket.destroySoon()
}

const statusOf = (code: string | undefined): ResultPage.Refusal =>
  code === "HPE_HEADER_OVERFLOW" ? 431 : code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400

/**
 * The open connections. Requests are answered at once, so a connection that is still open at the second check
 * is idle. The oldest idle ones are closed to make room. A new connection may be the user's browser, so it is
 * never refused.
 */
const makeConnections = ({ burst, connections }: Limits) => {
  /** Oldest first. The value is whether it was open at the last check. */
  const open = new Map<Net.Socket, boolean>()
  const kept = new WeakSet<Net.Socket>()
  const drop = (socket: Net.Socket) => {
    open.delete(socket)
    socket.destroy()
  }
  return {
    add: (socket: Net.Socket) => {
      open.set(socket, false)
      socket.once("close", () => open.delete(socket))
      if (open.size > burst) {
        for (const other of open.keys()) {
          if (!kept.has(other)) {
            drop(other)
            break
          }
        }
      }
    },
    look: () => {
      for (const [socket, wasThere] of open) {
        if (open.size > connections && wasThere && !kept.has(socket)) {
          drop(socket)
        } else {
          open.set(socket, true)
        }
      }
    },
    /** Keeps the connection of the browser that waits for the outcome. */
    keep: (socket: Net.Socket) => {
      kept.add(socket)
    },
    dropAll: () => {
      for (const socket of open.keys()) {
        drop(socket)
      }
    }
  }
}

/** Listens for one answer from the browser. Closing the scope closes the port and all connections. */
export const make = (options: Options): Effect.Effect<LoopbackServer, LoopbackServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const allowed = options.limits ?? limits
    const { checkMillis, requestMillis } = allowed
    const callback = yield* Deferred.make<Redacted.Redacted<string>, LoopbackServerError>()
    const openedTwice = yield* Deferred.make<never, LoopbackServerError>()
    const visited = yield* Deferred.make<void>()
    const connections = makeConnections(allowed)
    // Only the browser learns this path, so no other client can load its page
    const resultPath = `/signed-in/${random(16)}`
    const waiting: Array<Http.ServerResponse> = []
    const startPath = `/sign-in/${random(16)}`
    // Cookies do not depend on the port, so concurrent logins, even of other users, need different names
    const cookieName = `effect-spotify-login-${random(9)}`
    const binding = random(32)
    const bindingDigest = Request.digestOf(binding)
    // The cookie is useless after the login, which Spotify ends after ten minutes
    const cookie = `${cookieName}=${binding}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax`
    let expected: { readonly state: Uint8Array; readonly url: string } | undefined
    let started = false
    let taken = false
    let over = false
    let outcome: ResultPage.Outcome | undefined

    const server = Http.createServer({
      maxHeaderSize: Request.longestTarget + Request.longestHeaders,
      headersTimeout: requestMillis,
      requestTimeout: requestMillis,
      connectionsCheckingInterval: checkMillis
    })
    const port = yield* Effect.acquireRelease(listen(server, options), () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        connections.dropAll()
      })
    )
    const redirectUri = options.redirectUri(port)
    const address = addressOf(options.host, port)
    const { host, origin, pathname } = new URL(redirectUri)

    const showPage = (response: Http.ServerResponse) => {
      if (outcome === undefined) {
        waiting.push(response)
      } else {
        send(response, ResultPage.page(outcome))
      }
    }

    const isSameBrowser = (request: Http.IncomingMessage) =>
      Request.hasCookie(request, cookieName, bindingDigest)

    const onRequest = (request: Http.IncomingMessage, response: Http.ServerResponse) => {
      const refuse = (status: ResultPage.Refusal) => send(response, ResultPage.refusal(status))
      const target = request.url ?? ""
      const path = Request.pathOf(target)
      const refusal = Request.refusal(request, { host, origin })
      if (refusal !== undefined) {
        refuse(refusal)
      } else if (taken && target === resultPath) {
        connections.keep(request.socket)
        response.once("close", () => Deferred.unsafeDone(visited, Effect.void))
        showPage(response)
      } else if (expected === undefined || (target !== startPath && path !== pathname)) {
        refuse(404)
      } else if (over) {
        refuse(410)
      } else if (target === startPath && started && !isSameBrowser(request)) {
        // One of the two is not the user's browser, and there is no way to tell which
        over = true
        response.once("close", () =>
          Deferred.unsafeDone(openedTwice, new LoopbackServerError({ kind: "OpenedTwice", address }))
        )
        send(response, ResultPage.page("OpenedTwice"))
      } else if (taken) {
        refuse(410)
      } else if (target === startPath) {
        started = true
        send(response, ResultPage.redirect(expected.url, { "set-cookie": cookie }))
      } else if (!Request.isAnswer(target, expected.state)) {
        refuse(400)
      } else if (!isSameBrowser(request)) {
        send(response, ResultPage.page("OtherBrowser"))
      } else {
        taken = true
        connections.keep(request.socket)
        send(response, ResultPage.redirect(resultPath))
        Deferred.unsafeDone(callback, Effect.succeed(Redacted.make(target)))
      }
    }

    yield* Effect.sync(() => {
      server.on("connection", connections.add)
      server.on("request", onRequest)
      server.on("clientError", (error: NodeJS.ErrnoException, socket: Net.Socket) => {
        if (socket.writable) {
          sendRaw(socket, statusOf(error.code))
        } else {
          socket.destroy()
        }
      })
      // One connection could not be accepted; the port stays open
      server.on("error", () => {})
      server.on("close", () =>
        Deferred.unsafeDone(callback, new LoopbackServerError({ kind: "Closed", address }))
      )
    })

    yield* Effect.sync(connections.look).pipe(
      Effect.repeat(Schedule.spaced(Duration.millis(checkMillis))),
      Effect.forkScoped
    )

    return {
      redirectUri,
      address,
      startUrl: `${origin}${startPath}`,
      expect: ({ state, url }) =>
        Effect.sync(() => {
          expected = { state: Request.digestOf(state), url }
        }),
      callback: (settled) =>
        Effect.zipLeft(Deferred.await(callback), settled).pipe(
          Effect.tap(() => {
            const isSpoilt = over
            over = true
            return isSpoilt ? Effect.never : Effect.void
          }),
          Effect.raceFirst(Deferred.await(openedTwice))
        ),
      show: (result) =>
        Effect.sync(() => {
          outcome = result
          waiting.splice(0).forEach(showPage)
        }).pipe(Effect.zipRight(Deferred.await(visited)), Effect.timeoutOption(patience), Effect.asVoid)
    }
  })
