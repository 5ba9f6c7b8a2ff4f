/**
 * Redis behind the REST commands of Upstash, as far as the store needs them: `POST /` with a command as a JSON
 * array and a bearer token, answered by `{"result": …}` or `{"error": …}`.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Redis } from "ioredis"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

/**
 * What becomes of a command: `refuse` answers with a status and runs nothing, `lose` runs it and breaks the
 * connection, `cut` runs it and ends in the middle of the answer, `hang` never answers, `garble` answers with
 * a page.
 */
export type Fate =
  "pass" | "lose" | "cut" | "hang" | "garble" | { readonly refuse: number; readonly error?: string }

export interface RestServer {
  readonly url: string
  readonly token: string
  readonly decide: (fate: (command: ReadonlyArray<string>) => Fate) => void
  /** The commands that arrived with the token, by name. */
  readonly seen: Array<string>
}

const read = (request: IncomingMessage) =>
  new Promise<string>((resolve) => {
    let body = ""
    request.setEncoding("utf8")
    request.on("data", (chunk) => (body += chunk))
    request.once("end", () => resolve(body))
  })

const answerOf = async (redis: Redis, [name = "", ...args]: ReadonlyArray<string>) => {
  try {
    return { status: 200, body: { result: await redis.call(name, ...args) } }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : "" } }
  }
}

export const make = (redis: Redis): Effect.Effect<RestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const token = "canary-rest-token"
    const seen: Array<string> = []
    let decide: (command: ReadonlyArray<string>) => Fate = () => "pass"
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      const send = (status: number, text: string) =>
        response.writeHead(status, { "content-type": "application/json" }).end(text)
      const body = await read(request)
      if (request.headers.authorization !== `Bearer ${token}`) {
        return send(401, JSON.stringify({ error: "Unauthorized" }))
      }
      const command: ReadonlyArray<string> = JSON.parse(body)
      seen.push(command[0] ?? "")
      const fate = decide(command)
      if (typeof fate === "object") {
        return send(fate.refuse, JSON.stringify({ error: fate.error ?? "refused" }))
      }
      if (fate === "hang") {
        return response
      }
      const answer = await answerOf(redis, command)
      const text = JSON.stringify(answer.body)
      switch (fate) {
        case "lose":
          return response.destroy()
        case "cut":
          response.writeHead(200, { "content-length": text.length + 10 })
          return response.write(text.slice(0, 5), () => response.destroy())
        case "garble":
          return send(200, "<html>")
        case "pass":
          return send(answer.status, text)
      }
    }
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const listening = createServer((request, response) => void serve(request, response))
        listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
      }),
      (listening) =>
        Effect.async<void>((resume) => {
          listening.closeAllConnections()
          listening.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    return {
      url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
      token,
      decide: (fate) => {
        decide = fate
      },
      seen
    }
  })
