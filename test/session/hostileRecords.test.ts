import { assert, describe, it } from "@effect/vitest"
import { SessionService, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { accessToken, login, run } from "../support/userSession.js"

const inSession = run()

const at = TokenStore.StoreKey("effect-spotify:client:session:default")

const put = (store: TokenStore.Service, text: string) =>
  Effect.flatMap(TokenStore.newVersion, (version) =>
    TokenStore.set(store, at, { version, payload: Redacted.make(text), disposableAt: Option.none() })
  )

const textOf = (store: TokenStore.Service) =>
  Effect.map(Effect.flatten(store.get(at)), ({ payload }) => Redacted.value(payload))

/** A record as the library writes it, for what follows to spoil. */
const genuine = (store: TokenStore.Service) =>
  Effect.map(Effect.zipRight(login, textOf(store)), (text): Record<string, unknown> => JSON.parse(text))

/** All members of a record, those of its parts included. */
const paths = (value: unknown, prefix: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, part]) => [[...prefix, name], ...paths(part, [...prefix, name])])
    : []

const withValue = (record: Record<string, unknown>, path: ReadonlyArray<string>, value: unknown): unknown => {
  const [name, ...rest] = path
  if (name === undefined) {
    return value
  }
  return { ...record, [name]: withValue(record[name] as Record<string, unknown>, rest, value) }
}

describe("F20: records that somebody else put into the store", () => {
  it.effect("nesting of any depth is refused before it costs anything", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        for (const [depth, reason] of [
          [10_000, "Decode"],
          [30_000, "Decode"],
          [1_000_000, "TooLarge"]
        ] as const) {
          for (const [open, close] of [
            ["[", "]"],
            ['{"a":', "}"]
          ] as const) {
            yield* put(store, open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth))
            const error = yield* Effect.flip(accessToken)
            assert.isTrue(error._tag === "TokenStoreCorrupt", error._tag)
            assert.isTrue(
              error._tag === "TokenStoreCorrupt" &&
                (error.reason === reason || (open !== "[" && error.reason === "TooLarge"))
            )
          }
        }
        assert.strictEqual(server.requests.length, 0)
      })
    )
  )

  it.effect("a wrong type in any member is corrupt, and the record stays for whoever mends it", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const record = yield* genuine(store)
        yield* TestClock.adjust("2 hours")
        const before = server.requests.length
        const members = paths(record)
        assert.isAbove(members.length, 10)
        let accepted = 0
        for (const path of members) {
          for (const wrong of [{}, [[]], true, -1.5, "\u0000", null, "__proto__"]) {
            const spoiled = withValue(record, path, wrong)
            yield* put(store, JSON.stringify(spoiled))
            const exit = yield* Effect.exit(
              Effect.flatMap(SessionService.SessionService, ({ session }) => session)
            )
            if (Exit.isSuccess(exit)) {
              // The one or other type is right somewhere: a text where a text belongs
              accepted += 1
            } else {
              assert.include(
                String(exit.cause),
                "TokenStoreCorrupt",
                `${path.join(".")} ${JSON.stringify(wrong)}`
              )
              assert.strictEqual(yield* textOf(store), JSON.stringify(spoiled))
            }
          }
        }
        assert.isBelow(accepted, members.length * 3)
        assert.strictEqual(server.requests.length, before)
      })
    )
  )

  it.effect("a member that is missing anywhere is corrupt, or was never needed", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const record = yield* genuine(store)
        yield* TestClock.adjust("2 hours")
        const before = server.requests.length
        let refused = 0
        for (const path of paths(record)) {
          yield* put(store, JSON.stringify(withValue(record, path, undefined)))
          const exit = yield* Effect.exit(
            Effect.flatMap(SessionService.SessionService, ({ session }) => session)
          )
          if (Exit.isFailure(exit)) {
            refused += 1
            assert.include(String(exit.cause), "TokenStoreCorrupt")
          }
        }
        assert.isAbove(refused, 5)
        assert.strictEqual(server.requests.length, before)
      })
    )
  )

  it.effect("times beyond all calendars are corrupt, and never make a token good for ever", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const record = yield* genuine(store)
        for (const time of [8.64e15 + 1, -8.64e15 - 1, 1e300, Number.MAX_SAFE_INTEGER]) {
          yield* put(store, JSON.stringify(withValue(record, ["token", "expiresAt"], time)))
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(
            error._tag === "TokenStoreCorrupt" && error.reason === "Decode",
            `${time} ${error._tag}`
          )
        }
        yield* put(store, JSON.stringify(record).replace(/"expiresAt":\d+/, '"expiresAt":1e999'))
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreCorrupt")
        assert.strictEqual(server.grants, 0)
      })
    )
  )

  it.effect("__proto__ and constructor are members like others, and change no object", () =>
    inSession((_, store) =>
      Effect.gen(function* () {
        const record = yield* genuine(store)
        const text = JSON.stringify(record)
        for (const extra of [
          '"__proto__":{"polluted":true}',
          '"constructor":{"prototype":{"polluted":true}}',
          '"token":{"__proto__":{"polluted":true}}'
        ]) {
          yield* put(store, `{${extra},${text.slice(1)}`)
          yield* Effect.exit(accessToken)
          assert.isFalse("polluted" in {})
        }
        // Only from the prototype: a record that has nothing of its own
        yield* put(store, `{"__proto__":${text}}`)
        const error = yield* Effect.flip(
          Effect.flatMap(SessionService.SessionService, ({ session }) => session)
        )
        assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Decode")
      })
    )
  )

  it.effect("a pending login in the place of a session is corrupt", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* put(
          store,
          JSON.stringify({
            v: 1,
            _tag: "Pending",
            key: "default",
            verifier: "verifier",
            redirectUri: null,
            scopes: [],
            expiresAt: 600_000
          })
        )
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Decode")
        assert.strictEqual(server.requests.length, 0)
      })
    )
  )

  it.effect("1,000 random texts and damaged records are typed, and never ask Spotify", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const text = JSON.stringify(yield* genuine(store))
        yield* TestClock.adjust("2 hours")
        const before = server.requests.length
        const damage = FastCheck.oneof(
          FastCheck.string({ maxLength: 200 }),
          FastCheck.json(),
          FastCheck.tuple(
            FastCheck.nat(text.length - 1),
            FastCheck.string({ minLength: 1, maxLength: 3 })
          ).map(([index, noise]) => text.slice(0, index) + noise + text.slice(index + noise.length)),
          FastCheck.nat(text.length - 1).map((length) => text.slice(0, length))
        )
        for (const sample of FastCheck.sample(damage, { numRuns: 1000, seed: 20 })) {
          yield* put(store, sample)
          const exit = yield* Effect.exit(
            Effect.flatMap(SessionService.SessionService, ({ session }) => session)
          )
          assert.isTrue(
            Exit.isSuccess(exit) || String(exit.cause).includes("TokenStoreCorrupt"),
            sample.slice(0, 80)
          )
        }
        assert.strictEqual(server.requests.length, before)
      })
    )
  )
})
