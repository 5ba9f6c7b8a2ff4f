import { LoginService, Session, SessionService, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as V8 from "node:v8"
import * as Vm from "node:vm"
import * as WorkerClock from "../../test/processes/workerClock.js"
import * as FakeAccounts from "../../test/support/fakeAccounts.js"
import { config, login } from "../../test/support/userSession.js"
import * as Goal from "../goal.js"

V8.setFlagsFromString("--expose-gc")
const collect = Vm.runInNewContext("gc") as () => void

const layer = (server: FakeAccounts.FakeAccounts, store: TokenStore.Service, sessions: "one" | "many") =>
  SessionService.layerAuthorizationCode({ sessions }).pipe(
    Layer.provide([server.layer, Layer.orDie(config), Layer.succeed(TokenStore.TokenStore, store)])
  )

/** Calls per second of processor time, and bytes of garbage for each. */
const measure = <E>(effect: Effect.Effect<unknown, E>, count: number) =>
  Effect.gen(function* () {
    const loop = Effect.suspend(() => {
      let left = count
      return Effect.whileLoop({ while: () => left-- > 0, body: () => effect, step: () => {} })
    })
    yield* loop
    collect()
    const heap = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    yield* loop
    const { system, user } = process.cpuUsage(cpu)
    return { perSecond: (count / (system + user)) * 1e6, heap: process.memoryUsage().heapUsed - heap }
  })

const median = (numbers: ReadonlyArray<number>) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

const minute = 60_000
const hour = 60 * minute

/** The least of three looks, as what was used last may just be on its way out. */
const heap = Effect.gen(function* () {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < 3; look++) {
    yield* Effect.sleep("20 millis")
    collect()
    least = Math.min(least, process.memoryUsage().heapUsed)
  }
  return least
})

/** How many characters the tokens have: what is counted besides them, and about as many as Spotify's have. */
const lengths = { short: { access: 12, refresh: 12 }, long: { access: 250, refresh: 131 } }

type Lengths = (typeof lengths)["short"]

const secret = (kind: string, key: string, length: number) => `${kind}-${key}-`.padEnd(length, "x")

const recordOf = (key: string, now: number, length: Lengths) =>
  JSON.stringify({
    v: 1,
    _tag: "Active",
    authorizationId: `of-${key}`.padEnd(22, "-").slice(-22),
    authorizedAt: now,
    token: {
      accessToken: secret("a", key, length.access),
      refreshToken: secret("r", key, length.refresh),
      scopes: ["user-read-private", "user-top-read", "playlist-modify-private"],
      obtainedAt: now,
      expiresAt: now + hour
    },
    lease: null,
    nextAttemptAt: null,
    failures: 0
  })

/** Every key has a session. It keeps none of them, so that all memory is the service's. */
const everybody = (length: Lengths): TokenStore.Service => ({
  atomicity: "process",
  changes: Option.none(),
  commit: () => Effect.void,
  get: (key) =>
    Effect.zipWith(TokenStore.newVersion, Clock.currentTimeMillis, (version, now) =>
      Option.some({
        version,
        payload: Redacted.make(recordOf(key.slice(key.lastIndexOf(":") + 1), now, length)),
        disposableAt: Option.none()
      })
    )
})

/**
 * The memory of so many sessions, in bytes, after each of the events of their lives. With `touched` they have
 * an idle timeout too, as those of `LoginRoutes`.
 */
const lives = (sessions: number, active: number, length: Lengths, touched = false) => {
  const { clock, setOffset } = WorkerClock.make({ offset: 0, rate: 1, origin: Date.now() })
  let offset = 0
  const pass = (millis: number) =>
    Effect.sync(() => {
      offset += millis
      setOffset(offset)
    })
  return Effect.gen(function* () {
    const service = yield* SessionService.SessionService
    const { touch } = yield* LoginService.LoginService
    const use = touched
      ? Effect.zipRight(touch({ idleTimeout: "1 hour" }), service.accessToken)
      : service.accessToken
    const each = <E>(count: number, effect: Effect.Effect<unknown, E>) =>
      Effect.forEach(
        Array.from({ length: count }, (_, i) => i),
        (i) =>
          // A turn of the event loop now and then, for what runs in the background
          Effect.zipRight(
            i % 1000 === 999 ? Effect.sleep(0) : Effect.void,
            SessionService.withSession(effect, Session.SessionKey(`user-${i}`))
          ),
        { discard: true }
      )
    /** The active sessions alone, for so many minutes. */
    const go = (minutes: number) =>
      Effect.repeatN(Effect.zipRight(pass(minute / 4), each(active, use)), minutes * 4 - 1)

    yield* each(1000, Effect.zipRight(use, service.signOut))
    const empty = yield* heap
    const look = Effect.map(heap, (now) => now - empty)
    yield* each(sessions, use)
    const inUse = yield* look
    yield* go(10)
    const idle = yield* look
    yield* pass(2 * hour)
    yield* go(10)
    const expired = yield* look
    yield* each(active, service.signOut)
    const over = yield* look
    yield* each(sessions / 10, use)
    yield* each(sessions / 10, service.signOut)
    const signedOut = yield* look
    return { inUse, idle, expired, over, signedOut }
  }).pipe(
    Effect.provide(layer(FakeAccounts.make(), everybody(length), "many")),
    Effect.withClock(clock),
    Effect.orDie
  )
}

/** The memory of the records of so many sessions in `TokenStore.layerMemory`, in bytes. */
const records = (sessions: number) =>
  Effect.gen(function* () {
    const store = yield* TokenStore.makeMemory
    const before = yield* heap
    yield* Effect.forEach(
      Array.from({ length: sessions }, (_, i) =>
        TokenStore.StoreKey(`effect-spotify:client:session:user-${i}`)
      ),
      (key) =>
        Effect.flatMap(everybody(lengths.long).get(key), (next) =>
          store.commit({ key, expected: Option.none(), next })
        ),
      { discard: true }
    )
    const after = yield* heap
    yield* store.get(TokenStore.StoreKey("kept until here"))
    return after - before
  }).pipe(Effect.orDie)

/** N12: the token from memory, over and over. */
const hot = Goal.alone("N12", (sizes) =>
  Effect.gen(function* () {
    const count = sizes.count ?? 500_000
    const server = FakeAccounts.make()
    const rounds = yield* Effect.gen(function* () {
      const session = yield* SessionService.SessionService
      yield* login
      const bare = Effect.sync(() => 1)
      const all: Array<{ ours: number; bare: number; garbage: number }> = []
      for (let round = 0; round < 7; round++) {
        const ours = yield* measure(session.accessToken, count)
        const floor = yield* measure(bare, count)
        // A small count, so that no collection falls into the measurement
        const few = yield* measure(session.accessToken, 2_000)
        const loop = yield* measure(bare, 2_000)
        all.push({
          ours: ours.perSecond,
          bare: floor.perSecond,
          garbage: Math.max(0, few.heap - loop.heap) / 2_000
        })
      }
      return all
    }).pipe(Effect.provide(layer(server, yield* TokenStore.makeMemory, "one")), Effect.orDie)
    const reads = median(rounds.map(({ ours }) => ours))
    const ratio = median(rounds.map(({ bare, ours }) => bare / ours))
    const garbage = median(rounds.map(({ garbage }) => garbage))

    const sessions = sizes.fibers ?? 100_000
    const active = Math.ceil(sessions / 100)
    const short = yield* lives(sessions, active, lengths.short)
    const long = yield* lives(sessions, active, lengths.long)
    const touched = yield* lives(sessions, active, lengths.long, true)
    const inStore = yield* records(sessions)
    const mb = (bytes: number) => (Math.max(0, bytes) / 1e6).toFixed(1)
    const row = { goal: "N12", backend: "-", seed: sizes.seed }
    const life = (what: string, { expired, idle, inUse, over, signedOut }: typeof long, each: number) => ({
      ...row,
      target: `${what}: at most ${each} bytes each, and 100 once they are over`,
      measured:
        `${mb(inUse)} MB for ${sessions} in use, ${mb(idle)} MB while ${active} are, ${mb(expired)} MB once the ` +
        `tokens of the others are over, ${mb(over)} MB with all signed out; ${mb(signedOut)} MB after ` +
        `${sessions / 10} other sign-outs`,
      count: sessions,
      // Tables of V8 stay as large as they were
      pass: Math.max(inUse, idle) <= sessions * each && Math.max(expired, over, signedOut) <= sessions * 100
    })
    return [
      {
        ...row,
        target:
          "at least 1,000,000 reads per second and core on an idle machine, at most 3 times a bare Effect.sync",
        measured: `${(reads / 1e6).toFixed(2)} M/s, ${ratio.toFixed(2)} times a bare Effect.sync of the same run`,
        count,
        pass: reads >= 1e6 && ratio <= 3
      },
      {
        ...row,
        target: "at most 200 bytes of garbage for each read besides that of the loop, 0 I/O",
        measured: `${garbage.toFixed(0)} bytes, ${server.requests.length - 1} requests besides the login's`,
        count: 2_000,
        pass: garbage <= 200 && server.requests.length === 1
      },
      life("sessions with short tokens, without their store", short, 600),
      life("with tokens as long as Spotify's", long, 850),
      life("with an idle timeout too", touched, 1100),
      {
        ...row,
        target: "their records in TokenStore.layerMemory: at most 2 KB each",
        measured: `${mb(inStore)} MB`,
        count: sessions,
        pass: inStore / sessions <= 2000
      }
    ]
  })
)

export const hotPath = [hot]
