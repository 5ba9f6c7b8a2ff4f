import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { expectNoLeak, shown } from "../support/canaries.js"
import { accessToken, run } from "../support/userSession.js"

describe("secrets", () => {
  it.effect("F24: a whole life of a session shows none of its secrets", () => {
    const secrets = new Set(["canary-client-secret"])
    return expectNoLeak(
      () => [...secrets],
      run()((server, store) =>
        Effect.gen(function* () {
          server.rotate = true
          const login = yield* LoginService.LoginService
          const sessions = yield* SessionService.SessionService
          const { state } = yield* login.begin()
          yield* Effect.logInfo("session", sessions, login, store)
          yield* login.complete(`http://127.0.0.1:8888/callback?code=canary-code&state=${state}`, { state })
          for (const request of server.requests) {
            secrets.add(request.form.get("code_verifier") ?? "canary-code")
          }
          secrets.add("canary-code")
          yield* Effect.exit(
            login.complete(`http://127.0.0.1:8888/callback?code=canary-code&state=${state}`, { state })
          )
          for (let expiry = 0; expiry < 3; expiry++) {
            secrets.add(server.refreshToken)
            secrets.add(yield* accessToken)
            yield* TestClock.adjust("1 hour")
          }
          yield* Effect.logInfo(yield* sessions.session, yield* sessions.accessToken)
          server.refreshToken = "canary-another"
          yield* TestClock.adjust("2 hours")
          const error = yield* Effect.flip(accessToken)
          yield* Effect.logError("failed", error)
          return yield* error
        })
      )
    ).pipe(
      Effect.flip,
      Effect.map((error) => assert.include(shown(error), "ReauthorizationRequired"))
    )
  })

  it.effect("the check itself finds a secret in each place it looks at", () =>
    Effect.gen(function* () {
      const leaks = [
        Effect.logDebug("it is canary-leak"),
        Effect.void.pipe(Effect.withSpan("canary-leak")),
        Effect.annotateCurrentSpan("token", "canary-leak").pipe(Effect.withSpan("span")),
        Effect.succeed({ deep: { inside: "canary-leak" } }),
        Effect.exit(Effect.fail(new Error("canary-leak"))),
        Effect.die(new Error("canary-leak"))
      ]
      for (const leak of leaks) {
        const exit = yield* Effect.exit(expectNoLeak(() => ["canary-leak"], leak as Effect.Effect<unknown>))
        assert.isTrue(exit._tag === "Failure" && shown(exit).includes("a secret was seen"))
      }
      yield* expectNoLeak(() => ["canary-leak"], Effect.succeed(Redacted.make("canary-leak")))
    })
  )
})
