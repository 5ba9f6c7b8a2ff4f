import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { TokenStore } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { syncBuiltinESMExports } from "node:module"
import Fs from "node:fs"
import type { Point } from "./protocol.js"

export interface CrashPoints {
  /** The next time a refresh comes by, the process ends there, or stays there until `release`. */
  readonly arm: (point: Point, how: "kill" | "hang") => void
  readonly release: Effect.Effect<void>
  readonly reach: (point: Point) => Effect.Effect<void>
  /** Milliseconds between the server's rotation and the end of the store's write, for each refresh. */
  readonly windows: Array<number>
  readonly client: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly store: (store: TokenStore.Service) => TokenStore.Service
}

const die = () => process.kill(process.pid, "SIGKILL")

const now = () => performance.timeOrigin + performance.now()

/** Watches a refresh go by, from both of its ends, and can end the process at each step. */
export const make = (report: (point: Point) => void): CrashPoints => {
  let armed: { readonly point: Point; readonly how: "kill" | "hang" } | undefined
  let held = Deferred.unsafeMake<void>(FiberId.none)
  /** When the server made which access token. */
  const committedAt = new Map<string, number>()
  const windows: Array<number> = []

  const reach = (point: Point) =>
    Effect.suspend(() => {
      if (armed?.point !== point) {
        return Effect.void
      }
      const { how } = armed
      armed = undefined
      if (how === "kill") {
        die()
        return Effect.never
      }
      return Effect.flatMap(Deferred.make<void>(), (gate) => {
        held = gate
        report(point)
        return Deferred.await(gate)
      })
    })

  const step = (
    write: TokenStore.Write
  ): { readonly step: "lease" | "result" | "other"; readonly token: string } => {
    if (Option.isNone(write.next) || !write.key.includes(":session:")) {
      return { step: "other", token: "" }
    }
    const record = JSON.parse(Redacted.value(write.next.value.payload))
    const token: string = record.token?.accessToken ?? ""
    return {
      step: record.lease != null ? "lease" : committedAt.has(token) ? "result" : "other",
      token
    }
  }

  /** Between the link and the sync of the directory, which only the operating system can tell. */
  const armLink = () => {
    const original = Fs.promises.link
    Fs.promises.link = (from, to) => original(from, to).finally(die)
    syncBuiltinESMExports()
  }

  return {
    windows,
    arm: (point, how) => {
      armed = { point, how }
    },
    release: Effect.suspend(() => Effect.asVoid(Deferred.succeed(held, undefined))),
    reach,
    client: (client) =>
      HttpClient.make((request) =>
        Effect.gen(function* () {
          const response = yield* client.execute(request)
          const text = yield* response.text
          const at = response.headers["x-committed-at"]
          const form = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
          if (at !== undefined && form.includes("grant_type=refresh_token")) {
            committedAt.set(JSON.parse(text).access_token, Number(at))
            yield* reach("e5")
          }
          const headers = { ...response.headers }
          delete headers["content-length"]
          return HttpClientResponse.fromWeb(request, new Response(text, { status: response.status, headers }))
        })
      ),
    store: (store) => ({
      ...store,
      commit: (write) =>
        Effect.suspend(() => {
          const { step: kind, token } = step(write)
          if (kind === "lease") {
            return Effect.zipLeft(Effect.zipRight(reach("e1"), store.commit(write)), reach("e2"))
          }
          if (kind === "other") {
            return store.commit(write)
          }
          return reach("e6").pipe(
            Effect.tap(() => Effect.sync(() => armed?.point === "e9" && armLink())),
            Effect.zipRight(store.commit(write)),
            Effect.tap(() =>
              Effect.sync(() => {
                windows.push(now() - (committedAt.get(token) ?? now()))
                committedAt.delete(token)
              })
            ),
            Effect.zipLeft(reach("e7"))
          )
        })
    })
  }
}
