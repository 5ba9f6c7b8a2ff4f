import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as ServerProcess from "./serverProcess.js"

const installed = (process.env["PATH"] ?? "")
  .split(":")
  .some((directory) => Fs.existsSync(`${directory}/redis-server`))

/** Whether this machine has the program. In CI tests run, and fail, without it. */
export const available: boolean = installed || process.env["CI"] === "true"

if (!available) {
  console.warn("redis-server is not installed: the tests that need it are left out")
}

export interface RedisServer extends ServerProcess.ServerProcess {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string
}

const answersPing = (port: number) =>
  Effect.async<void, string>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => socket.write("PING\r\n"))
    socket.once("data", (data) => {
      socket.destroy()
      // A replica or one that wants a password answers as well: it is up
      resume(/^[+-]/.test(data.toString("latin1")) ? Effect.void : Effect.fail("no PONG"))
    })
    socket.once("error", (error) => resume(Effect.fail(error.message)))
    return Effect.sync(() => socket.destroy())
  })

/**
 * A Redis of one's own on a free port, which ends with the scope. It keeps nothing over a restart, unless
 * `args` turn a persistence on, for instance `["--appendonly", "yes"]`.
 */
export const make = (
  options: { readonly args?: ReadonlyArray<string> } = {}
): Effect.Effect<RedisServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* ServerProcess.freePort
    const directory = yield* ServerProcess.temporaryDirectory("redis")
    const server = yield* ServerProcess.make({
      port,
      command: "redis-server",
      args: [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        directory,
        "--save",
        "",
        ...(options.args ?? [])
      ],
      stopSignal: "SIGTERM",
      probe: answersPing(port)
    })
    return { ...server, url: `redis://127.0.0.1:${port}` }
  })
