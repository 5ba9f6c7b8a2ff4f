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

/** What one client, or a thousand, may cost. */
export interface Limits {
  /** How many connections may stay open. */
  readonly connections: number
  /** How many may be open for a moment, so that a browser among many others has the time to say what it wants. */
  readonly burst: number
  /** How long a client may take for its request, in milliseconds. */
  readonly requestMillis: number
  /** How often the connections are looked at, in milliseconds. */
  readonly checkMillis: number
}

export const limits: Limits = { connections: 16, burst: 128, requestMillis: 5000, checkMillis: 500 }

export interface Options {
  /** An address, never a name: a name may lead elsewhere. */
  readonly host: "127.0.0.1" | "::1"
  /** 0 is any free one. */
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
   * What to open in the browser. It is good for one browser only, so whoever else reads it, as in the process
   * list, can end the login but not finish it.
   */
  readonly startUrl: string
  /** From here on the start leads to this address, and an answer with this state is taken. */
  readonly expect: (login: { readonly state: string; readonly url: string }) => Effect.Effect<void>
  /**
   * Path and query of the first answer with the state, from the browser that came by the start, once `settled`
   * has ended as well. All other requests are refused and change nothing, but that a second browser at the
   * start ends the wait, until this has ended.
   */
  readonly callback: (
    settled: Effect.Effect<unknown>
  ) => Effect.Effect<Redacted.Redacted<string>, LoopbackServerError>
  /** Shows the outcome to the browser that brought the answer, if it is still there. */
  readonly show: (outcome: ResultPage.Outcome) => Effect.Effect<void>
}

/** How long the browser may take to follow the redirect. Usually it has done so before the outcome is known. */
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
    // Exclusive: the workers of a cluster would share the port otherwise
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

/** The answer to what is not even HTTP. */
const sendRaw = (socket: Net.Socket, status: ResultPage.Refusal): void => {
  const { body, headers } = ResultPage.refusal(status)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`)
  socket.destroySoon()
}

const statusOf = (code: string | undefined): ResultPage.Refusal =>
  code === "HPE_HEADER_OVERFLOW" ? 431 : code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400

/**
 * The open connections. Requests are answered at once, so whoever is still there at the second look only
 * waits, and the oldest of these make room. A newcomer may be the user's browser, and is never turned away.
 */
const makeConnections = ({ burst, connections }: Limits) => {
  /** Oldest first, and whether it was there at the last look. */
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
    /** The browser that waits for the outcome keeps its connection. */
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

/**
 * A listener for one answer from the browser. When the scope closes, so do the port and all connections.
 */
export const make = (options: Options): Effect.Effect<LoopbackServer, LoopbackServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const allowed = options.limits ?? limits
    const { checkMillis, requestMillis } = allowed
    const callback = yield* Deferred.make<Redacted.Redacted<string>, LoopbackServerError>()
    const openedTwice = yield* Deferred.make<never, LoopbackServerError>()
    const visited = yield* Deferred.make<void>()
    const connections = makeConnections(allowed)
    // Nobody but the browser learns this path, so nobody else can take its page
    const resultPath = `/signed-in/${random(16)}`
    const waiting: Array<Http.ServerResponse> = []
    const startPath = `/sign-in/${random(16)}`
    // Cookies know no ports: logins at the same time, and those of other users, have names of their own
    const cookieName = `effect-spotify-login-${random(9)}`
    const binding = random(32)
    const bindingDigest = Request.digestOf(binding)
    // Of no use after the login, which Spotify ends after ten minutes
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
        // One of the two is not the user's browser, and nobody knows which
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
      // One connection that could not be accepted; the port stays open
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
