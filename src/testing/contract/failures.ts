/**
 * Failures of a store: refusals, interruption, and what their errors reveal.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TokenStore from "../../store/TokenStore.js"
import {
  type Case,
  ContractViolation,
  create,
  entry,
  expect,
  holds,
  holdsAtMost,
  holdsOneOf,
  key,
  limited,
  make,
  remove,
  replace,
  show
} from "./contractCase.js"

/** All text in a value that a logger or an inspector could reach. */
const visible = (value: unknown, seen = new Set<unknown>()): string => {
  if (typeof value === "string") {
    return value
  }
  if (!Predicate.isObject(value) || Redacted.isRedacted(value) || seen.has(value)) {
    return String(value)
  }
  seen.add(value)
  const parts = value instanceof Map || value instanceof Set ? [...value] : []
  for (const name of Reflect.ownKeys(value)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, name)
    parts.push(String(name), visible(descriptor?.value, seen))
  }
  return parts.map((part) => visible(part, seen)).join("\n")
}

const shows = (value: unknown): string =>
  [visible(value), String(value), JSON.stringify(value), Cause.pretty(Cause.fail(value))].join("\n")

/** The number of yields after which the fiber is interrupted. */
const interruptions = [0, 1, 2, 3, 5, 8, 13, 21]

const interruptAfter = Effect.fnUntraced(function* <A, E>(turns: number, effect: Effect.Effect<A, E>) {
  const fiber = yield* Effect.fork(effect)
  yield* Effect.repeatN(Effect.yieldNow(), turns)
  yield* Fiber.interrupt(fiber)
})

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  make("a conflict names the key", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const result = yield* Effect.either(store.commit(remove(at, yield* entry("first"))))
      yield* expect(
        Either.isLeft(result) && result.left._tag === "TokenStoreConflict" && result.left.key === at,
        `must fail with a TokenStoreConflict of ${at}`,
        // @effect-diagnostics-next-line preferSchemaOverJson:off -- the shape does not matter here
        Either.isLeft(result) ? JSON.stringify(result.left) : "it succeeded"
      )
    })
  ),
  make("F24: a conflict shows neither the payload that is there nor the one that was refused", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("canary-there")))
      const result = yield* Effect.either(store.commit(create(at, yield* entry("canary-refused"))))
      const text = shows(Either.isLeft(result) ? result.left : result)
      const leaks = ["canary-there", "canary-refused"].flatMap((canary) => [canary, btoa(canary)])
      yield* expect(
        Either.isLeft(result) && !leaks.some((leak) => text.includes(leak)),
        "must refuse the write without a payload in the error",
        Either.isLeft(result) ? "the error shows one" : "it took the write"
      )
    })
  ),
  make("F24: an entry that was read does not show its payload", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("canary-there")))
      const found = yield* store.get(at)
      yield* expect(
        Option.isSome(found) &&
          Redacted.isRedacted(found.value.payload) &&
          !shows(found.value).includes("canary-there"),
        "must answer with a Redacted payload and no other copy of it",
        Option.isSome(found) ? "the payload can be seen" : show(found)
      )
    })
  ),
  make("a refused write leaves what was there, for readers and for the next writer", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      for (let attempt = 0; attempt < 10; attempt++) {
        const wrong = yield* entry("wrong")
        yield* Effect.either(store.commit(create(at, wrong)))
        yield* Effect.either(store.commit(replace(at, wrong, wrong)))
        yield* Effect.either(store.commit(remove(at, wrong)))
        yield* holds(store, at, Option.some(first))
      }
      yield* store.commit(replace(at, first, second))
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("D15: a payload of 1 MiB is kept whole, or refused with a typed error at no loss", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const large = yield* entry("x".repeat(1024 * 1024))
      yield* store.commit(create(at, first))
      const written = yield* Effect.either(store.commit(replace(at, first, large)))
      const read = yield* Effect.either(store.get(at))
      const expected = Either.isRight(written) ? large : first
      yield* expect(
        Either.isLeft(read)
          ? // A store whose reads have their own limit may refuse at the next read instead
            Either.isRight(written) &&
              read.left._tag === "TokenStoreCorrupt" &&
              read.left.reason === "TooLarge"
          : Option.exists(read.right, ({ version }) => version === expected.version) &&
              Option.exists(
                read.right,
                ({ payload }) => Redacted.value(payload) === Redacted.value(expected.payload)
              ),
        `must hold the ${Either.isRight(written) ? "large entry it took" : "entry before the one it refused"}`,
        Either.isLeft(read) ? `reading failed with ${read.left._tag}` : show(read.right)
      )
    })
  ),
  make("F21: a key of 10 KB is a record of its own, or refused with a typed error", (store) =>
    Effect.gen(function* () {
      const base = `${yield* key()}${"k".repeat(10_000)}`
      const first = yield* entry("first")
      const written = yield* Effect.either(store.commit(create(TokenStore.StoreKey(`${base}1`), first)))
      if (Either.isRight(written)) {
        yield* holds(store, TokenStore.StoreKey(`${base}1`), Option.some(first))
        yield* holds(store, TokenStore.StoreKey(`${base}2`), Option.none())
        yield* holds(store, TokenStore.StoreKey(base.slice(0, 512)), Option.none())
      }
    })
  ),
  make("an interrupted replacement leaves the old entry or the new one, and later writes work", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      let current = yield* entry("start".padEnd(20_000, "0"))
      yield* store.commit(create(at, current))
      for (const turns of interruptions) {
        const next = yield* entry(`${turns}`.padEnd(1000 * turns, String(turns % 10)))
        yield* interruptAfter(turns, store.commit(replace(at, current, next)))
        yield* holdsOneOf(store, at, [current, next])
        const after = yield* entry(`after ${turns}`)
        yield* TokenStore.set(limited(store, 20), at, after)
        yield* holds(store, at, Option.some(after))
        current = after
      }
    })
  ),
  make("an interrupted creation leaves nothing or the entry, and later writes work", (store) =>
    Effect.gen(function* () {
      for (const turns of interruptions) {
        const at = yield* key()
        const first = yield* entry("first".padEnd(20_000, "0"))
        yield* interruptAfter(turns, store.commit(create(at, first)))
        yield* holdsAtMost(store, at, first)
        const after = yield* entry("after")
        yield* TokenStore.set(limited(store, 20), at, after)
        yield* holds(store, at, Option.some(after))
      }
    })
  ),
  make("an interrupted deletion leaves the entry or nothing, and later writes work", (store) =>
    Effect.gen(function* () {
      for (const turns of interruptions) {
        const at = yield* key()
        const first = yield* entry("first")
        yield* store.commit(create(at, first))
        yield* interruptAfter(turns, store.commit(remove(at, first)))
        yield* holdsAtMost(store, at, first)
        const after = yield* entry("after")
        yield* TokenStore.set(limited(store, 20), at, after)
        yield* holds(store, at, Option.some(after))
      }
    })
  ),
  make("an interrupted read costs nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      for (const turns of interruptions) {
        yield* interruptAfter(turns, store.get(at))
      }
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("changes, where the store has them, tell a version that was written", (store) =>
    Option.match(store.changes, {
      onNone: () => Effect.void,
      // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
      onSome: (changes) =>
        Effect.gen(function* () {
          const at = yield* key()
          const written = new Set<TokenStore.Version>()
          const write = Effect.gen(function* () {
            const next = yield* entry("next")
            written.add(next.version)
            yield* TokenStore.set(limited(store, 20), at, next)
          })
          const heard = yield* Stream.runHead(changes(at)).pipe(
            // Nothing signals when a listener is ready, so changes are written until it hears one
            Effect.raceFirst(
              Effect.zipRight(Effect.repeat(write, Schedule.spaced("50 millis")), Effect.never)
            ),
            Effect.timeoutFail({
              duration: "10 seconds",
              onTimeout: () =>
                new ContractViolation({
                  expectation: "must tell of a change within 10 seconds",
                  found: `it was silent over ${written.size} changes`
                })
            })
          )
          yield* expect(
            Option.exists(heard, (version) => written.has(version)),
            "must tell a version that was written to the key",
            Option.getOrElse(heard, () => "the stream ended")
          )
          // Notifications of a store take real time, even under a TestClock
        }).pipe(Effect.withClock(Clock.make()))
    })
  )
]
