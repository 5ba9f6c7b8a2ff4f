import { assert, describe, it } from "@effect/vitest"
import { Session, SessionService } from "effect-spotify"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Batcher from "../../../src/client/lists/batcher.js"
import * as GetMany from "../../../src/client/lists/getMany.js"
import type * as Fake from "../../support/fakeSpotify.js"
import { always, kind, refusal, things, token, withInterpreter } from "../call/support.js"

const range = (length: number) => Array.from({ length }, (_, index) => `id${index}`)

const together = { concurrency: "unbounded" } as const

const batching = { quotaMode: "extended", batchWindow: 0 } as const

const slowly =
  (handler: Fake.Handler): Fake.Handler =>
  (request) =>
    Effect.delay(handler(request), "20 millis")

describe("batches of single calls", () => {
  it.effect("share one request, or as many as their number needs", () =>
    withInterpreter(
      things("extended"),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const found = yield* Effect.forEach([...range(45), "id3"], (id) => get(id), together)
        assert.deepStrictEqual(
          found.map(({ id }) => id),
          [...range(45), "id3"]
        )
        assert.deepStrictEqual(
          seen.map(({ url }) => url.searchParams.get("ids")?.split(",").length),
          // The repeat comes when its batch is full already
          [20, 20, 6]
        )
        assert.strictEqual(seen.length, 3)
      })
    )
  )

  it.effect("a single one goes alone", () =>
    withInterpreter(
      things("extended"),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        yield* GetMany.get(execute, kind)("a")
        assert.strictEqual(seen[0]?.url.pathname, "/v1/things/a")
      })
    )
  )

  it.effect("only in extended mode, and only on request", () =>
    Effect.forEach(
      [
        { quotaMode: "auto", batchWindow: 0 },
        { quotaMode: "development", batchWindow: 0 },
        { quotaMode: "extended" }
      ] as const,
      (options) =>
        withInterpreter(
          things("extended"),
          options
        )((execute, seen) =>
          Effect.gen(function* () {
            const get = GetMany.get(execute, kind)
            yield* Effect.forEach(range(5), (id) => get(id), together)
            assert.strictEqual(seen.length, 5)
          })
        )
    )
  )

  it.effect("wait as long as the window, and never longer", () =>
    withInterpreter(things("extended"), { quotaMode: "extended", batchWindow: 10 })((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const first = yield* Effect.fork(get("a"))
        yield* TestClock.adjust("9 millis")
        const second = yield* Effect.fork(get("b"))
        yield* Effect.yieldNow()
        assert.strictEqual(seen.length, 0)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        assert.deepStrictEqual(
          seen.map(({ url }) => url.search),
          ["?ids=a%2Cb"]
        )
        const third = yield* Effect.fork(get("c"))
        yield* TestClock.adjust("10 millis")
        yield* Fiber.join(third)
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("never cross sessions or markets", () =>
    withInterpreter(
      things("extended"),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        yield* Effect.forEach(
          ["ann", "bob"],
          (user) =>
            Effect.forEach(
              ["SE", "DE"],
              (market) => Effect.forEach(range(3), (id) => get(id, { market }), together),
              together
            ).pipe(SessionService.withSession(Session.SessionKey(user))),
          together
        )
        assert.deepStrictEqual(
          seen
            .map(({ headers, url }) => [headers["authorization"], url.searchParams.get("market")].join(" "))
            .sort(),
          ["ann DE", "ann SE", "bob DE", "bob SE"].map((who) => `Bearer ${token}${who}`)
        )
        assert.isTrue(seen.every(({ url }) => url.searchParams.get("ids") === "id0,id1,id2"))
      })
    )
  )

  it.effect("a missing thing is only its caller's, and so is an id that Spotify refuses", () =>
    withInterpreter(
      (request) =>
        request.url.pathname.endsWith("/bad")
          ? Effect.succeed(refusal(400, "Invalid base62 id"))
          : things("extended")(request),
      batching
    )((execute) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const tags = (ids: ReadonlyArray<string>) =>
          Effect.forEach(
            ids,
            (id) => Effect.match(get(id), { onFailure: ({ _tag }) => _tag, onSuccess: (thing) => thing.id }),
            together
          )
        assert.deepStrictEqual(yield* tags(["a", "no1", "b"]), ["a", "NotFound", "b"])
        assert.deepStrictEqual(yield* tags(["a", "bad", "b"]), ["a", "RequestRejected", "b"])
      })
    )
  )

  it.effect("an outage is everybody's", () =>
    withInterpreter(
      always(() => new Response(null, { status: 503 })),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const exits = yield* Effect.forEach(range(5), (id) => Effect.exit(get(id)), together)
        assert.isTrue(exits.every(Exit.isFailure))
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("whoever is interrupted, the first included, the others get their answers", () =>
    withInterpreter(
      slowly(things("extended")),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const [first, ...others] = yield* Effect.forEach(range(4), (id) => Effect.fork(get(id)))
        yield* TestClock.adjust("10 millis")
        assert.strictEqual(seen.length, 1)
        if (first !== undefined) {
          yield* Fiber.interrupt(first)
        }
        yield* TestClock.adjust("10 millis")
        assert.strictEqual((yield* Effect.forEach(others, Fiber.join)).length, 3)
      })
    )
  )

  it.effect("when all are interrupted the request is too, and the next call begins anew", () => {
    let interrupted = 0
    return withInterpreter(
      (request) =>
        Effect.onInterrupt(slowly(things("extended"))(request), () => Effect.sync(() => interrupted++)),
      batching
    )((execute, seen) =>
      Effect.gen(function* () {
        const get = GetMany.get(execute, kind)
        const all = yield* Effect.forEach(range(3), (id) => Effect.fork(get(id)))
        yield* TestClock.adjust("10 millis")
        yield* Fiber.interruptAll(all)
        yield* TestClock.adjust("0 millis")
        assert.strictEqual(interrupted, 1)
        const next = yield* Effect.fork(get("id1"))
        yield* TestClock.adjust("20 millis")
        assert.strictEqual((yield* Fiber.join(next)).id, "id1")
        assert.strictEqual(seen.length, 2)
      })
    )
  })

  it.effect("nothing is sent for calls that are interrupted within the window", () =>
    withInterpreter(things("extended"), { quotaMode: "extended", batchWindow: 10 })((execute, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(GetMany.get(execute, kind)("a"))
        yield* TestClock.adjust("5 millis")
        yield* Fiber.interrupt(call)
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(seen.length, 0)
      })
    )
  )
})

describe("a batcher", () => {
  /** Calls by key, and the keys of each run. */
  const makeGroups = (window: number) =>
    Effect.map(Effect.scope, (scope) => {
      const batch = Batcher.make<string, string, never>(scope)
      const runs: Array<ReadonlyArray<string>> = []
      const run = (keys: ReadonlyArray<string>) =>
        Effect.sync(() => {
          runs.push(keys)
          return new Map(keys.map((key) => [key, key]))
        })
      return { runs, call: (key: string) => batch("name", key, { window, size: 2, run }) }
    })

  it.scoped("when a full group runs, the group after it stays open", () =>
    Effect.gen(function* () {
      const { call, runs } = yield* makeGroups(10)
      yield* Effect.forEach(["a", "b"], (key) => Effect.fork(call(key)))
      yield* TestClock.adjust("5 millis")
      yield* Effect.fork(call("c"))
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(runs, [["a", "b"]])
      yield* Effect.fork(call("d"))
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(runs, [
        ["a", "b"],
        ["c", "d"]
      ])
    })
  )

  it.scoped("asks for no key whose callers have all left", () =>
    Effect.gen(function* () {
      const { call, runs } = yield* makeGroups(10)
      const left = yield* Effect.fork(call("a"))
      yield* TestClock.adjust("5 millis")
      yield* Fiber.interrupt(left)
      yield* Effect.fork(call("b"))
      yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual(runs, [["b"]])
    })
  )

  it.scoped("sets no timer for a window of 0", () =>
    Effect.gen(function* () {
      const { call, runs } = yield* makeGroups(0)
      const clock = yield* Effect.clock
      const withoutTimers: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: () => Effect.dieMessage("a timer")
      })
      yield* Effect.withClock(call("a"), withoutTimers)
      assert.deepStrictEqual(runs, [["a"]])
    })
  )
})
