import { layer as provided } from "@effect/vitest"
import type { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "vitest"
import { Bench, layer } from "./command.js"

const json = (text: string) => JSON.parse(text)

/** The lines of a doctor, by what they are about. */
const states = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    json(stdout).map(({ check, state }: { readonly check: string; readonly state: string }) => [check, state])
  )

/** A refresh token as another tool has it, of an app with a secret. */
const otherLogin = ({ accountsUrl, apps: { confidential }, redirectUri, visit }: SpotifyEmulator.Service) =>
  Effect.gen(function* () {
    const query = new URLSearchParams({
      client_id: confidential.clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "user-top-read"
    })
    const callback = yield* Effect.orDie(visit(`${accountsUrl}/authorize?${query}`))
    const secret = Redacted.value(confidential.clientSecret)
    const answer = yield* Effect.promise(() =>
      fetch(`${accountsUrl}/api/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${confidential.clientId}:${secret}`)}` },
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: new URL(callback).searchParams.get("code") ?? "",
          redirect_uri: redirectUri
        })
      }).then((response) => response.text())
    )
    return { refreshToken: json(answer).refresh_token as string, id: confidential.clientId, secret, answer }
  })

provided(layer(), { excludeTestServices: true })("effect-spotify doctor and import", (it) => {
  it.scoped("a doctor tells what is right, what is wrong, and what to do", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn, run } = yield* Bench
      const state = directory()
      const doctor = (...args: ReadonlyArray<string>) => run(["doctor", ...args, "--state-dir", state])
      const nobody = yield* doctor("--json")
      assert.strictEqual(nobody.code, 1)
      assert.deepInclude(states(nobody.stdout), { directory: "ok", key: "warning", session: "fault" })

      yield* logIn(state)
      const well = yield* doctor("--json", "--live")
      assert.deepStrictEqual([well.code, well.stderr], [0, ""])
      assert.deepStrictEqual(new Set(Object.values(states(well.stdout))), new Set(["ok"]), well.stdout)
      assert.includeMembers(Object.keys(states(well.stdout)), ["clock", "Premium", "quota mode", "scopes"])

      yield* emulator.controls.setAllowedUsers([], { clientId: emulator.apps.public.clientId })
      const refused = yield* doctor("--live")
      assert.strictEqual(refused.code, 1)
      assert.match(refused.stdout, /fault {4}allow-list: .*\n +Add the user/)
      yield* emulator.controls.setAllowedUsers("everybody", {
        clientId: emulator.apps.public.clientId
      })

      yield* emulator.controls.faults.setClockSkew("10 minutes")
      yield* emulator.controls.rateLimitNext({ retryAfter: "2 hours" })
      const limited = yield* doctor("--live", "--json")
      assert.deepInclude(states(limited.stdout), { "rate limit": "fault", clock: "fault" })
      yield* emulator.controls.faults.setClockSkew("0 seconds")

      chmodSync(join(state, "key.json"), 0o644)
      const open = yield* doctor()
      assert.strictEqual(open.code, 1)
      assert.include(open.stdout, `Run: chmod 600 ${join(state, "key.json")}`)
    })
  )

  it.scoped("takes over the logins of other tools, and replaces none of its own", () =>
    Effect.gen(function* () {
      const { directory, emulator, run } = yield* Bench
      const state = directory()
      const other = yield* otherLogin(emulator)
      const at = (...args: ReadonlyArray<string>) => [...args, "--state-dir", state]
      const env = { SPOTIFY_CLIENT_ID: other.id, SPOTIFY_CLIENT_SECRET: other.secret }

      const file = join(state, "spotipy.json")
      writeFileSync(file, other.answer)
      const spotipy = yield* run(at("import", "--from", "spotipy", "--file", file, "--profile", "spotipy"), {
        env: { SPOTIPY_CLIENT_ID: other.id, SPOTIPY_CLIENT_SECRET: other.secret }
      })
      assert.strictEqual(spotipy.code, 0, spotipy.stderr)
      assert.match(spotipy.stdout, /^Imported the login of /)
      const status = yield* run(at("status", "--json", "--profile", "spotipy"), { env })
      assert.deepInclude(json(status.stdout), { session: "Active", scopes: ["user-top-read"] })
      const secretless = yield* run(at("token", "--profile", "spotipy"))
      assert.strictEqual(secretless.code, 3)
      assert.include(secretless.stderr, "SPOTIFY_CLIENT_SECRET")

      const again = yield* run(at("import", "--from", "spotipy", "--file", file, "--profile", "spotipy"), {
        env
      })
      assert.strictEqual(again.code, 2)

      const fromEnv = { ...env, SPOTIFY_REFRESH_TOKEN: other.refreshToken }
      assert.strictEqual((yield* run(at("import", "--from", "env"), { env: fromEnv })).code, 0)
      assert.strictEqual((yield* run(at("token"), { env })).code, 0)

      // As spotipy writes it without a scope, and for a user name
      const home = directory()
      const unscoped = JSON.stringify({ ...json(other.answer), scope: null, expires_at: 1_764_000_000 })
      const named = join(home, "..", ".cache-ines")
      writeFileSync(named, unscoped)
      const usual = yield* run(at("import", "--from", "spotipy", "--profile", "usual"), {
        env: { ...env, SPOTIPY_CLIENT_USERNAME: "ines" }
      })
      rmSync(named)
      assert.strictEqual(usual.code, 0, usual.stderr)

      // As rspotify writes it, where spotify-player keeps it
      mkdirSync(join(home, ".cache", "spotify-player"), { recursive: true })
      writeFileSync(
        join(home, ".cache", "spotify-player", "user_client_token.json"),
        JSON.stringify({
          access_token: "a",
          expires_in: 3600,
          expires_at: "2026-11-29T12:00:00Z",
          refresh_token: "wrong",
          scope: "user-top-read user-library-read"
        })
      )
      const player = at("import", "--from", "spotify-player", "--profile", "player", "--client-id", other.id)
      const elsewhere = yield* run(player)
      assert.match(elsewhere.stderr, /cannot be read\.\n/)
      const found = yield* run(player, { env: { HOME: home, XDG_CACHE_HOME: "/nonexistent" } })
      assert.isAbove(found.code ?? 0, 2)
      assert.notInclude(found.stderr, "cannot be read")

      writeFileSync(file, JSON.stringify({ refresh_token: "wrong" }))
      const refused = yield* run(
        at(
          "import",
          "--from",
          "spotify-player",
          "--file",
          file,
          "--profile",
          "other",
          "--client-id",
          other.id
        )
      )
      assert.isAbove(refused.code ?? 0, 2)
      assert.notInclude(refused.stderr, "wrong")
      assert.strictEqual((yield* run(at("import", "--from", "spotipy", "--profile", "none"))).code, 2)
    })
  )
})
