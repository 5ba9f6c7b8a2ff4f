import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, chownSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "vitest"
import { Bench, layer, says } from "./command.js"

const json = (text: string) => JSON.parse(text)

/** All files below a directory. */
const filesBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

provided(layer(), { excludeTestServices: true })("effect-spotify", (it) => {
  it.scoped("logs in with a browser, tells who it is, gives its token, and logs out", () =>
    Effect.gen(function* () {
      const { directory, logIn, run } = yield* Bench
      const state = directory()
      const login = yield* logIn(state, "--json")
      assert.deepStrictEqual([login.code, json(login.stdout).user.id], [0, "premium-listener"])

      const status = yield* run(["status", "--json", "--state-dir", state])
      const told = json(status.stdout)
      assert.deepInclude(told, { profile: "default", session: "Active", key: "file", directory: state })
      assert.include(told.scopes, "user-library-read")
      assert.notInclude(told.scopes, "user-library-modify")
      assert.isAbove(Date.parse(told.reauthorizeBy), Date.now() + 180 * 86_400_000)

      const token = yield* run(["token", "--state-dir", state])
      assert.match(token.stdout, /^\S{100,}\n$/)
      assert.strictEqual(token.stderr, "")
      const whole = json((yield* run(["token", "--json", "--state-dir", state])).stdout)
      assert.strictEqual(`${whole.access_token}\n`, token.stdout)
      assert.isAbove(Date.parse(whole.expires_at), Date.now())

      for (const file of filesBelow(state)) {
        assert.notInclude(readFileSync(file, "utf8"), whole.access_token)
        assert.strictEqual(statSync(file).mode & 0o077, 0, file)
      }

      assert.strictEqual((yield* run(["logout", "--state-dir", state])).code, 0)
      const after = yield* run(["token", "--state-dir", state])
      assert.deepStrictEqual(after, {
        code: 4,
        stdout: "",
        stderr: `Nobody is logged in.\nRun: effect-spotify login --state-dir ${state}\n`
      })
      assert.strictEqual((yield* run(["status", "--state-dir", state])).code, 4)
    })
  )

  it.scoped("logs in without a browser, and keeps profiles apart", () =>
    Effect.gen(function* () {
      const { directory, emulator, run, start } = yield* Bench
      const state = directory()
      const login = yield* start(
        ["login", "--no-browser", "--profile", "work", "--scopes", "user-top-read", "--state-dir", state],
        { env: { SPOTIFY_CLIENT_ID: emulator.apps.public.clientId } }
      )
      const callback = yield* emulator.visit(yield* says(login, /http\S+authorize\S+/), {
        user: "free-listener"
      })
      login.child.stdin?.end(`${callback}\n`)
      const ended = yield* login.ended
      assert.strictEqual(ended.code, 0)
      assert.match(ended.stdout, /^Logged in as .+\.\n$/)
      const work = yield* run(["status", "--json", "--profile", "work", "--state-dir", state])
      assert.deepInclude(json(work.stdout), { profile: "work", scopes: ["user-top-read"] })
      const began = Date.now()
      const silent = yield* run(["login", "--no-browser", "--profile", "work", "--state-dir", state])
      assert.strictEqual(silent.code, 4)
      assert.match(silent.stderr, /The input ended before .*\nIn a terminal, run: .* --no-browser\n$/)
      // Ten minutes without it
      assert.isBelow(Date.now() - began, 60_000)
      const other = yield* run(["status", "--state-dir", state])
      assert.strictEqual(other.code, 4)
    })
  )

  it.scoped("says how to register an app, and what is wrong with a client id before a browser opens", () =>
    Effect.gen(function* () {
      const { directory, run } = yield* Bench
      const state = directory()
      const none = yield* run(["login", "--state-dir", state])
      assert.strictEqual(none.code, 3)
      assert.match(none.stderr, /dashboard.*\n.*--client-id ID\n$/)
      const wrong = yield* run(["login", "--client-id", "0".repeat(32), "--state-dir", state])
      assert.strictEqual(wrong.code, 3)
      assert.match(wrong.stderr, /client id/)
      const away = yield* run(["login", "--client-id", "0".repeat(32), "--state-dir", state], {
        env: { SPOTIFY_ACCOUNTS_URL: "http://127.0.0.1:65531" }
      })
      assert.strictEqual(away.code, 6)
      assert.notInclude(away.stderr, "sign-in")
      assert.notInclude(wrong.stderr, "http://127.0.0.1")
    })
  )

  it.scoped("warns in the last 30 days of the six months, and fails after them", () =>
    Effect.gen(function* () {
      const { directory, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state)
      const clock = join(directory(), "clock.mjs")
      writeFileSync(
        clock,
        `const ahead = Number(process.env.DAYS_AHEAD) * 86_400_000
         const Real = Date
         globalThis.Date = class extends Real {
           constructor(...args) { super(...(args.length === 0 ? [Real.now() + ahead] : args)) }
           static now() { return Real.now() + ahead }
         }`
      )
      const after = (days: number, ...args: ReadonlyArray<string>) =>
        run([...args, "--state-dir", state], {
          env: { NODE_OPTIONS: `--import=${clock}`, DAYS_AHEAD: String(days) }
        })
      const expectations = [
        [145, "Active", 0, /^$/],
        [
          160,
          "ExpiresSoon",
          0,
          /^Spotify ends this login on \d{4}-\d\d-\d\d\.\nRun: effect-spotify login .*\n$/
        ],
        [190, "Expired", 4, /^Spotify ended this login on \d{4}-\d\d-\d\d\.\nRun: effect-spotify login .*\n$/]
      ] as const
      for (const [days, session, code, words] of expectations) {
        const status = yield* after(days, "status", "--json")
        assert.deepInclude(json(status.stdout), { session })
        assert.strictEqual(status.code, code)
        assert.match(status.stderr, words)
      }
      const soon = yield* after(160, "doctor")
      assert.match(soon.stdout, /warning {2}session: Spotify ends it on .*\n +Run: effect-spotify login/)
      const over = yield* after(190, "doctor")
      assert.match(over.stdout, /fault {4}session: Spotify ended it on .*\n +Run: effect-spotify login/)
    })
  )

  it.scoped("tokens go to no other accounts service than their own", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state)
      const elsewhere = yield* run(["token", "--state-dir", state], {
        env: { SPOTIFY_ACCOUNTS_URL: "https://accounts.spotify.com" }
      })
      assert.strictEqual(elsewhere.code, 3)
      assert.include(elsewhere.stderr, emulator.accountsUrl)
    })
  )

  it.scoped("refuses a key that others may read", () =>
    Effect.gen(function* () {
      const { directory, logIn, run } = yield* Bench
      const state = directory()
      yield* logIn(state)
      chmodSync(join(state, "key.json"), 0o644)
      const token = yield* run(["token", "--state-dir", state])
      assert.strictEqual(token.code, 5)
      assert.include(token.stderr, `chmod 600 ${join(state, "key.json")}`)
      writeFileSync(join(state, "key.json"), "{}")
      chmodSync(join(state, "key.json"), 0o600)
      assert.strictEqual((yield* run(["token", "--state-dir", state])).code, 5)
    })
  )

  it.scoped(
    "keeps its key in the system's keychain where there is one, and makes no other while that is locked",
    () =>
      Effect.gen(function* () {
        const { directory, logInWith, run } = yield* Bench
        const state = directory()
        const unlocked = { env: { KEYCHAIN: join(directory(), "keychain.json") } }
        yield* logInWith(unlocked, state)
        assert.deepInclude(json((yield* run(["status", "--json", "--state-dir", state], unlocked)).stdout), {
          session: "Active",
          key: "keychain"
        })
        assert.notProperty(json(readFileSync(join(state, "key.json"), "utf8")), "key")
        const locked = yield* run(["token", "--state-dir", state])
        assert.deepStrictEqual([locked.code, locked.stdout], [5, ""])
        assert.match(locked.stderr, /keychain.*\nUnlock it/)
        assert.strictEqual((yield* run(["token", "--state-dir", state], unlocked)).code, 0)
      })
  )

  it.scoped("reads from a read-only directory, and says when it cannot write", () =>
    Effect.gen(function* () {
      const { directory, emulator, logIn, run } = yield* Bench
      const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {}
      const state = directory()
      yield* logIn(state)
      for (const path of [
        state,
        ...readdirSync(state, { recursive: true }).map((_) => join(state, String(_)))
      ]) {
        chownSync(path, nobody.uid ?? process.getuid?.() ?? 0, process.getgid?.() ?? 0)
        chmodSync(path, statSync(path).isDirectory() ? 0o500 : 0o400)
      }
      const token = yield* run(["token", "--state-dir", state], nobody)
      assert.deepStrictEqual([token.code, token.stderr], [0, ""])
      const id = ["--client-id", emulator.apps.public.clientId]
      const login = yield* run(["login", ...id, "--state-dir", state], nobody)
      assert.strictEqual(login.code, 5)
      assert.match(
        login.stderr,
        /^The sessions in \S+ cannot be .* \(EACCES\)\. No token was lost\.\nCheck its owner.*--state-dir\.\n$/
      )
      assert.notInclude(login.stderr, "sign-in")
    })
  )

  it.scoped("says that the disk is full", () =>
    Effect.gen(function* () {
      const { directory, emulator, run } = yield* Bench
      const state = directory()
      const login = yield* run(
        ["login", "--client-id", emulator.apps.public.clientId, "--state-dir", state],
        {
          through: ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
        }
      )
      assert.strictEqual(login.code, 5)
      assert.match(
        login.stderr,
        /cannot be read or written \(EFBIG\)\.\nThe disk is full: .*--state-dir\.\n$/
      )
      assert.deepStrictEqual(filesBelow(state), [])
    })
  )

  it.scoped("has no colours in a pipe, help for each command, and code 2 for a wrong use", () =>
    Effect.gen(function* () {
      const { run } = yield* Bench
      const help = yield* run(["login", "--help"])
      assert.strictEqual(help.code, 0)
      assert.include(help.stdout, "--no-browser")
      assert.notInclude(help.stdout, "\u001b")
      const all = yield* run([])
      assert.match(all.stdout, /- drift {5}Call every read operation once/)
      const completions = yield* run(["--completions", "bash"])
      assert.include(completions.stdout, "logout")
      const wrong = yield* run(["tokens"])
      assert.deepStrictEqual([wrong.code, wrong.stdout], [2, ""])
      assert.strictEqual((yield* run(["status", "--profile", "../x"])).code, 2)
    })
  )

  it.scoped("SIGINT ends a login with code 130, and leaves no session", () =>
    Effect.gen(function* () {
      const { directory, emulator, run, start } = yield* Bench
      const state = directory()
      const login = yield* start([
        "login",
        `--state-dir=${state}`,
        `--client-id=${emulator.apps.public.clientId}`,
        "--redirect-uri=http://127.0.0.1/callback"
      ])
      yield* says(login, /sign-in/)
      login.child.kill("SIGINT")
      assert.strictEqual((yield* login.ended).code, 130)
      assert.strictEqual((yield* run(["status", "--state-dir", state])).code, 4)
    })
  )
})

provided(layer({ accessTokenLifetime: "4 seconds" }), { excludeTestServices: true })(
  "effect-spotify with tokens that end",
  (it) => {
    it.scoped("commands at once, of which one is killed, lose no token", () =>
      Effect.gen(function* () {
        const { directory, emulator, logIn, run, start } = yield* Bench
        const state = directory()
        yield* logIn(state)
        yield* emulator.controls.setRotation("always")
        yield* Effect.sleep("4 seconds")
        const tokens = yield* Effect.all(
          Array.from({ length: 4 }, () => run(["token", "--state-dir", state])),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          tokens.map(({ code }) => code),
          [0, 0, 0, 0]
        )

        yield* emulator.controls.setRotation("never")
        yield* emulator.controls.faults.plan([
          { fault: { kind: "latency", delay: "1 minute" }, target: "accounts", path: "/api/token", times: 1 }
        ])
        yield* Effect.sleep("4 seconds")
        const killed = yield* start(["token", "--state-dir", state])
        yield* Effect.repeat(emulator.controls.faults.injected, { until: (_) => _.length > 0 })
        killed.child.kill("SIGKILL")
        yield* killed.ended
        const next = yield* run(["token", "--state-dir", state])
        assert.strictEqual(next.code, 0)
        const [, takeover = ""] =
          /^Waiting for .*another command.*\n.* takes over at (\S+)\.\n$/.exec(next.stderr) ?? []
        // It waits no longer than it says, and for no other time
        assert.approximately(Date.now(), Date.parse(takeover), 8_000)

        yield* emulator.controls.revokeGrant()
        yield* Effect.sleep("4 seconds")
        const revoked = yield* run(["token", "--state-dir", state])
        assert.strictEqual(revoked.code, 4)
        assert.match(revoked.stderr, /Revoked.*\nRun: effect-spotify login --state-dir .*\n$/)
        assert.strictEqual(
          json((yield* run(["status", "--json", "--state-dir", state])).stdout).session,
          "Rejected"
        )
      })
    )
  }
)
