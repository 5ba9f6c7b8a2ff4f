import { assert, describe, it } from "@effect/vitest"
import { type SessionService, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as V8 from "node:v8"
import * as Vm from "node:vm"
import * as WorkerClock from "../processes/workerClock.js"
import { turn } from "../support/eventLoop.js"
import * as FakeAccounts from "../support/fakeAccounts.js"
import { activeRecord, as, open } from "./support.js"

V8.setFlagsFromString("--expose-gc")
const collectGarbage = Vm.runInNewContext("gc") as () => void

/** The least of three looks, as what others in this process left behind may just be on its way out. */
const megabytes = Effect.gen(function* () {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < 3; look++) {
    yield* Effect.sleep("20 millis")
    collectGarbage()
    least = Math.min(least, process.memoryUsage().heapUsed / 1e6)
  }
  return least
})

/** Every key has a session that began just now, but for nobody's. */
const everybody: TokenStore.Service = {
  atomicity: "process",
  changes: Option.none(),
  commit: () => Effect.dieMessage("nothing is refreshed here"),
  get: (key) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const payload = activeRecord({ obtainedAt: now, expiresAt: now + 3600_000 })
      return key.endsWith("-nobody")
        ? Option.none()
        : Option.some({
            version: yield* TokenStore.newVersion,
            payload: Redacted.make(payload),
            disposableAt: Option.none()
          })
    })
}

const use = (session: SessionService.Service, name: string, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => index),
    (index) =>
      Effect.zipRight(
        index % 500 === 0 ? turn : Effect.void,
        Effect.exit(as(`${index}-${name}`)(session.accessToken))
      ),
    { discard: true }
  )

describe("many sessions in one process", () => {
  // Not under the TestClock, which remembers every sleep that was ever interrupted
  it.scopedLive(
    "B16: 10,000 keys leave no flight behind, and no token once they are over and others come",
    () => {
      const { clock, setOffset } = WorkerClock.make({ offset: 0, rate: 1, origin: Date.now() })
      return Effect.gen(function* () {
        const server = FakeAccounts.make()
        const { session } = yield* open(server, everybody, { sessions: "many" })
        yield* use(session, "warm", 500)
        const empty = yield* megabytes

        yield* use(session, "nobody", 10_000)
        // A flight that stayed would take more than 400 bytes, 4 MB for all
        assert.isBelow((yield* megabytes) - empty, 3, "MB after keys without a session")

        yield* use(session, "first", 10_000)
        const full = (yield* megabytes) - empty
        // N12 has 100,000 of them in less than 100; of so few the growth of tables weighs more
        assert.isBelow(full, 12, "MB with 10,000 live tokens")

        setOffset(2 * 3600_000)
        yield* use(session, "later", 200)
        assert.isBelow((yield* megabytes) - empty, full * 0.5, "MB when the first are over")
        assert.strictEqual(server.requests.length, 0)
      }).pipe(Effect.withClock(clock))
    }
  )
})
