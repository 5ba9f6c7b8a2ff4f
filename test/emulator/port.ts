// The emulator on a port, seen with Node's own client and none of ours
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Http from "node:http"

export const ServerLayer = (options: SpotifyEmulator.Options = {}, host = "127.0.0.1") =>
  SpotifyEmulator.layerServer(options).pipe(
    Layer.provide(NodeHttpServer.layerServer(() => Http.createServer(), { host, port: 0 }))
  )

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

export interface Seen {
  /** 0 without the head of an answer. */
  status: number
  headers: Http.IncomingHttpHeaders
  text: string
  /** How it ended; `open` is a wait that the test gave up. */
  end: "whole" | "broken" | "open"
  millis: number
}

/** @param patience milliseconds after which the test gives up, a short time only where nothing is to come */
export const observe = ({ body, path, ...options }: Sent, patience = 30_000) =>
  Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl }) =>
    Effect.async<Seen>((resume) => {
      const began = performance.now()
      const seen: Seen = { status: 0, headers: {}, text: "", end: "open", millis: 0 }
      const request = Http.request(`${accountsUrl}${path}`, { ...options, agent: false })
      const end = (how: Seen["end"]) => {
        clearTimeout(givingUp)
        request.destroy()
        resume(Effect.succeed({ ...seen, end: how, millis: performance.now() - began }))
      }
      const givingUp = setTimeout(() => end("open"), patience)
      request.on("error", () => end("broken"))
      request.on("response", (response) => {
        seen.status = response.statusCode ?? 0
        seen.headers = response.headers
        response.setEncoding("latin1").on("data", (chunk: string) => (seen.text += chunk))
        response.on("error", () => end("broken"))
        response.on("end", () => end("whole"))
      })
      request.end(body)
    })
  )
