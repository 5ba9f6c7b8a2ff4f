/**
 * A process with a budget over a shared store. It makes calls one after another and prints the outcome of each
 * on a line. Its only argument is its `Settings` as JSON.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { RateGate, SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Backends from "./backends.js"

export interface Settings {
  readonly backend: Backends.Backend
  readonly clientId: string
  readonly clientSecret: string
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly limit: number
  /** It makes this many calls, and ends. */
  readonly calls: number
}

const settings: Settings = JSON.parse(process.argv[2] ?? "{}")

const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const call = Effect.match(spotify.search("a", { types: ["track"] }), {
    onFailure: (error) => error._tag,
    onSuccess: () => "done"
  })
  yield* Effect.replicateEffect(
    Effect.tap(call, (outcome) => Effect.sync(() => process.stdout.write(`${outcome}\n`))),
    settings.calls,
    { discard: true }
  )
})

const { accountsUrl, apiUrl, clientId } = settings

program.pipe(
  Effect.provide(
    SpotifyClient.layer({ maxRateLimitWait: 0 }).pipe(
      Layer.provide(
        RateGate.layerShared({
          budgets: [{ name: "hour", limit: settings.limit, window: "1 hour", account: "developer" }]
        })
      ),
      Layer.provide(SessionService.layerClientCredentials()),
      Layer.provide([
        Backends.layer(settings.backend),
        FetchHttpClient.layer,
        SpotifyConfig.layer({
          accountsUrl,
          apiUrl,
          clientId,
          clientSecret: Redacted.make(settings.clientSecret)
        })
      ])
    )
  ),
  Effect.provide(Logger.remove(Logger.defaultLogger)),
  NodeRuntime.runMain
)
