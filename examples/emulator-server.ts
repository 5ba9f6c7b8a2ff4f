/**
 * The emulator as a server, for an app in any language: starts it on a free port, says how to use it, shows
 * that it answers with nothing but `fetch`, and ends. `npx effect-spotify emulator` is the same as a command
 * that goes on until it is stopped.
 *
 *     npx tsx examples/emulator-server.ts
 */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import assert from "node:assert/strict"
import { createServer } from "node:http"

const EmulatorLayer = SpotifyEmulator.layerServer().pipe(
  Layer.provide(NodeHttpServer.layerServer(() => createServer(), { host: "127.0.0.1", port: 0 }))
)

/** What an app in any language does: a token, then a call. No library, so that nothing is hidden. */
const call = async (emulator: SpotifyEmulator.Service) => {
  const { clientId, clientSecret } = emulator.apps.confidential
  // One call at a time and then no more: otherwise open connections would hold the server up at its end
  const headers = { connection: "close" }
  const token = await fetch(`${emulator.accountsUrl}/api/token`, {
    method: "POST",
    headers: { ...headers, authorization: `Basic ${btoa(`${clientId}:${Redacted.value(clientSecret)}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" })
  })
  const { access_token } = (await token.json()) as { readonly access_token: string }
  const get = (path: string) =>
    fetch(`${emulator.apiUrl}${path}`, { headers: { ...headers, authorization: `Bearer ${access_token}` } })

  const found = await get("/search?q=lumen&type=track&limit=1")
  console.log(`GET /search  ${found.status}`)
  assert.equal(found.status, 200)

  // A bad day, over HTTP
  await fetch(`${emulator.accountsUrl}/_control/faults`, {
    method: "POST",
    headers,
    body: JSON.stringify({ rules: [{ fault: { kind: "rateLimit", retryAfter: "14 hours" } }] })
  })
  const limited = await get("/search?q=lumen&type=track&limit=1")
  console.log(`GET /search  ${limited.status}, Retry-After ${limited.headers.get("retry-after")}`)
  assert.equal(limited.headers.get("retry-after"), "50400")
}

const program = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const { confidential } = emulator.apps
  yield* Console.log(`Point your app here, and open ${emulator.accountsUrl}/ in a browser:

  instead of https://accounts.spotify.com   ${emulator.accountsUrl}
  instead of https://api.spotify.com/v1     ${emulator.apiUrl}
  client id                                 ${confidential.clientId}
  client secret (exists here only)          ${Redacted.value(confidential.clientSecret)}
  redirect URI                              any http://127.0.0.1 address
`)
  yield* Effect.promise(() => call(emulator))
})

program.pipe(Effect.provide(EmulatorLayer), NodeRuntime.runMain)
