import { SessionService, TokenStore } from "effect-spotify"
import * as Callback from "../../src/accounts/callback.js"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TokenResponse from "../../src/accounts/TokenResponse.js"
import { shown } from "../../test/support/shown.js"
import * as FakeAccounts from "../../test/support/fakeAccounts.js"
import { config } from "../../test/support/userSession.js"
import * as Goal from "../goal.js"

const canary = "canary-5e7d1c"

const text = FastCheck.oneof(
  FastCheck.string({ unit: "binary", maxLength: 300 }),
  FastCheck.json(),
  FastCheck.webUrl({ withQueryParameters: true }),
  FastCheck.array(
    FastCheck.constantFrom(
      "code",
      "state",
      "error",
      "iss",
      "=",
      "&",
      "?",
      "%",
      "%zz",
      "\r\n",
      "<script>",
      canary
    ),
    { maxLength: 20 }
  ).map((parts) => `/callback?${parts.join("")}`),
  FastCheck.record({
    access_token: FastCheck.oneof(
      FastCheck.string({ unit: "binary" }),
      FastCheck.constant(canary),
      FastCheck.anything()
    ),
    token_type: FastCheck.oneof(FastCheck.constantFrom("Bearer", "bearer", "mac"), FastCheck.anything()),
    expires_in: FastCheck.oneof(FastCheck.double(), FastCheck.string(), FastCheck.anything()),
    refresh_token: FastCheck.oneof(FastCheck.constant(canary), FastCheck.anything()),
    scope: FastCheck.anything()
  }).map((value) => {
    try {
      return JSON.stringify(value) ?? ""
    } catch {
      return ""
    }
  })
)

interface Subject {
  readonly name: string
  /** What a caller may see of it; a canary in there is a leak. */
  readonly run: (input: string) => Effect.Effect<unknown>
}

const failureOf = <A, E>(result: Either.Either<A, E>) => (Either.isLeft(result) ? result.left : "ok")

const subjects = Effect.gen(function* () {
  let stored = ""
  const store: TokenStore.Service = {
    get: () =>
      Effect.sync(() =>
        Option.some({
          version: TokenStore.Version("v"),
          payload: Redacted.make(stored),
          disposableAt: Option.none()
        })
      ),
    commit: ({ key }) => new TokenStore.TokenStoreConflict({ key }),
    atomicity: "process",
    changes: Option.none()
  }
  const context = yield* Layer.build(
    SessionService.layerAuthorizationCode().pipe(
      Layer.provide([
        FakeAccounts.make().layer,
        Layer.orDie(config),
        Layer.succeed(TokenStore.TokenStore, store)
      ])
    )
  )
  const session = yield* Effect.provide(SessionService.SessionService, context)
  const all: ReadonlyArray<Subject> = [
    { name: "callbacks", run: (input) => Effect.sync(() => failureOf(Callback.parse(input))) },
    {
      name: "token bodies",
      run: (input) => Effect.sync(() => failureOf(TokenResponse.decode(Option.some(input), 0, [])))
    },
    {
      name: "stored records",
      run: (input) =>
        Effect.suspend(() => {
          stored = input
          return Effect.either(session.session)
        })
    }
  ]
  return all
})

/** N10: whatever comes in is a typed error or a value, at once, and shows no secret. */
const inputs = Goal.alone("N10", (sizes) =>
  Effect.gen(function* () {
    const count = sizes.count ?? 1_000_000
    return yield* Effect.forEach(yield* Effect.orDie(subjects), ({ name, run }) =>
      Effect.gen(function* () {
        const batch = 10_000
        let done = 0
        let defects = 0
        let hangs = 0
        let leaks = 0
        let first: string | undefined
        for (let round = 0; done < count; round++) {
          const samples = FastCheck.sample(text, {
            seed: sizes.seed + round,
            numRuns: Math.min(batch, count - done)
          })
          for (const input of samples) {
            const began = performance.now()
            const exit = yield* Effect.exit(run(input))
            hangs += performance.now() - began > 1_000 ? 1 : 0
            if (Exit.isFailure(exit)) {
              defects += 1
              first ??= shown(exit.cause).slice(0, 500)
            } else if (input.includes(canary) && shown(exit.value).includes(canary)) {
              leaks += 1
              first ??= shown(exit.value).slice(0, 500)
            }
          }
          done += samples.length
          yield* Effect.yieldNow()
        }
        return {
          goal: "N10",
          backend: "-",
          target: "0 defects, 0 hangs over 1 s, 0 canaries",
          measured: `${done} ${name}: ${defects} defects, ${hangs} hangs, ${leaks} canaries${first === undefined ? "" : `; ${first}`}`,
          count: done,
          seed: sizes.seed,
          pass: defects + hangs + leaks === 0
        }
      })
    )
  })
)

export const fuzz = [inputs]
