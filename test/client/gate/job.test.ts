/** Long jobs against the emulator, which counts as Spotify does: a day takes some milliseconds. */
import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  RateGate,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as LeapingClock from "../../support/leapingClock.js"

const day = 24 * 60 * 60 * 1000

const quota: SpotifyEmulator.Quota = { limit: 600, window: "24 hours", per: "account" }

const budget: RateGate.Budget = { name: "day", limit: 600, window: "24 hours", account: "developer" }

/** The statuses of all answers of the Web API, by day. */
const ledger = () => {
  const days: Array<number> = []
  let refused = 0
  const onRequest = ({ at, status, target }: SpotifyEmulator.RequestRecord) =>
    Effect.sync(() => {
      if (target === "api") {
        const index = Math.floor(at / day)
        days[index] = (days[index] ?? 0) + 1
        refused += status === 429 ? 1 : 0
      }
    })
  return { days, onRequest, refused: () => refused }
}

const other = { clientId: "another-app", clientSecret: Redacted.make("secret") }

const emulator = (onRequest: SpotifyEmulator.Options["onRequest"]) =>
  SpotifyEmulator.layer({ quotas: [quota], onRequest, apps: [{ ...other, redirectUris: [] }] })

/** A client as a process has it, with a gate of its own over the store. */
const client = (
  store: TokenStore.Service,
  options: { readonly app?: typeof other; readonly onBudget?: RateGate.Options["onBudget"] } = {}
) =>
  Effect.gen(function* () {
    const { accountsUrl, apiUrl, apps } = yield* SpotifyEmulator.SpotifyEmulator
    const context = yield* Layer.build(
      SpotifyClient.layer({ maxRateLimitWait: 0 }).pipe(
        Layer.provide(
          RateGate.layerShared({ budgets: [budget], onBudget: options.onBudget, pollInterval: "1 hour" })
        ),
        Layer.provide(SessionService.layerClientCredentials()),
        Layer.provide(Layer.succeed(TokenStore.TokenStore, store)),
        Layer.provide(SpotifyConfig.layer({ ...(options.app ?? apps.confidential), accountsUrl, apiUrl }))
      )
    )
    return Context.get(context, SpotifyClient.SpotifyClient)
  })

const artistId = Effect.map(SpotifyEmulator.SpotifyEmulator, ({ catalogue }) =>
  SpotifyId.ArtistId.make(catalogue.artists[0]?.id ?? "")
)

/** Makes calls until so many are made or one is refused. Returns their number, and when to go on. */
const run = (spotify: SpotifyClient.Service, calls: number, priority: "foreground" | "background") =>
  Effect.gen(function* () {
    const id = yield* artistId
    for (let made = 0; made < calls; made++) {
      const result = yield* Effect.either(spotify.artists.get(id))
      if (Either.isLeft(result)) {
        const error = result.left
        return error._tag === "RateLimited" && error.budget === "day"
          ? { made, retryAt: error.retryAt.epochMillis }
          : yield* error
      }
    }
    return { made: calls, retryAt: Infinity }
  }).pipe(CallOptions.withOptions({ priority }))

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, number) => total + number, 0)

describe("a job over 5,000 calls with 600 a day", () => {
  it.effect(
    "makes 600 on each day and meets no 429",
    () => {
      const { days, onRequest, refused } = ledger()
      const { clock, setTime } = LeapingClock.make()
      return Effect.gen(function* () {
        const spotify = yield* client(yield* TokenStore.makeMemory)
        let left = 5000
        while (left > 0) {
          const { made, retryAt } = yield* run(spotify, left, "foreground")
          left -= made
          yield* left > 0 ? setTime(retryAt) : Effect.void
        }
        assert.deepStrictEqual(days, [600, 600, 600, 600, 600, 600, 600, 600, 200])
        assert.strictEqual(refused(), 0)
      }).pipe(Effect.scoped, Effect.provide(emulator(onRequest)), Effect.withClock(clock))
    },
    300_000
  )

  it.effect(
    "in the background leaves a tenth to users, who are never refused",
    () => {
      const { days, onRequest, refused } = ledger()
      const { clock, setTime } = LeapingClock.make()
      return Effect.gen(function* () {
        const spotify = yield* client(yield* TokenStore.makeMemory)
        let left = 5000
        let served = 0
        for (let step = 0; left > 0; step++) {
          assert.isBelow(step, 60)
          left -= (yield* run(spotify, left, "background")).made
          served += (yield* run(spotify, 12, "foreground")).made
          assert.strictEqual(served, 12 * (step + 1))
          yield* setTime((step + 1) * 6 * 3_600_000)
        }
        assert.strictEqual(sum(days), 5000 + served)
        assert.isAtMost(Math.max(...days), 600)
        assert.isAtLeast(Math.min(...days.slice(0, -1)), 540)
        assert.strictEqual(refused(), 0)
      }).pipe(Effect.scoped, Effect.provide(emulator(onRequest)), Effect.withClock(clock))
    },
    300_000
  )

  it.effect(
    "is shared by two client ids of one account, who together meet no 429",
    () => {
      const { days, onRequest, refused } = ledger()
      const { clock, setTime } = LeapingClock.make()
      return Effect.gen(function* () {
        const store = yield* TokenStore.makeMemory
        const clients = [yield* client(store), yield* client(store, { app: other })]
        let left = 5000
        let now = 0
        while (left > 0) {
          const runs = yield* Effect.forEach(clients, (spotify) => run(spotify, left / 2, "foreground"), {
            concurrency: "unbounded"
          })
          left -= sum(runs.map(({ made }) => made))
          now = Math.max(now + 3_600_000, ...runs.map(({ retryAt }) => (retryAt === Infinity ? 0 : retryAt)))
          yield* setTime(now)
        }
        assert.strictEqual(sum(days), 5000)
        assert.isAtMost(Math.max(...days), 600)
        assert.isAtMost(days.length, 10)
        assert.strictEqual(refused(), 0)
      }).pipe(Effect.scoped, Effect.provide(emulator(onRequest)), Effect.withClock(clock))
    },
    300_000
  )

  it.effect("goes on where it was after a restart amid a day", () => {
    const { days, onRequest, refused } = ledger()
    const { clock } = LeapingClock.make()
    return Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const made = yield* Effect.replicateEffect(
        Effect.scoped(Effect.flatMap(client(store), (spotify) => run(spotify, 250, "foreground"))),
        5
      )
      assert.deepStrictEqual(
        made.map(({ made }) => made),
        [250, 250, 100, 0, 0]
      )
      assert.deepStrictEqual(days, [600])
      assert.strictEqual(refused(), 0)
    }).pipe(Effect.provide(emulator(onRequest)), Effect.withClock(clock))
  })

  it.effect("warns before the end, and opens exactly when it says", () => {
    const { onRequest, refused } = ledger()
    const { clock, setTime } = LeapingClock.make()
    const events: Array<string> = []
    return Effect.gen(function* () {
      const spotify = yield* client(yield* TokenStore.makeMemory, {
        onBudget: ({ _tag, budget }) =>
          Effect.sync(() => {
            events.push(`${_tag} ${budget.used}`)
          })
      })
      yield* setTime(90_000)
      const { made, retryAt } = yield* run(spotify, 1000, "foreground")
      assert.strictEqual(made, 600)
      assert.deepStrictEqual(events, ["Low 480", "Ended 600"])
      const [status] = (yield* spotify.status).budgets
      assert.deepStrictEqual(status?.left, Option.some(0))
      assert.deepStrictEqual(status?.opensAt, Option.some(DateTime.unsafeMake(retryAt)))
      yield* setTime(retryAt - 1)
      assert.strictEqual((yield* run(spotify, 1, "foreground")).made, 0)
      yield* setTime(retryAt)
      assert.strictEqual((yield* run(spotify, 1, "foreground")).made, 1)
      assert.strictEqual(refused(), 0)
    }).pipe(Effect.scoped, Effect.provide(emulator(onRequest)), Effect.withClock(clock))
  })
})
