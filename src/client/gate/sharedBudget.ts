import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as BoundedStore from "../../store/boundedStore.js"
import * as TokenStore from "../../store/TokenStore.js"
import * as Budget from "./budget.js"
import * as RollingCount from "./rollingCount.js"

const Calls = Schema.Tuple(Schema.Number, Schema.Number)

/** The calls of all processes, as one line of JSON. */
const StoredBudget = Schema.parseJson(
  Schema.Struct({
    v: Schema.Literal(1),
    calls: Schema.Array(Calls),
    /** By process: the calls that it may have made since it last wrote, and when they count if it is gone. */
    held: Schema.Record({ key: Schema.String, value: Calls }),
    ended: Schema.Number,
    since: Schema.Number,
    learned: Schema.optional(Schema.Struct({ limit: Schema.Number, at: Schema.Number }))
  })
)

type Stored = typeof StoredBudget.Type

const encode = Schema.encodeSync(StoredBudget)
const decode = Schema.decodeOption(StoredBudget)

const storedIn = (entry: Option.Option<TokenStore.Entry>): Option.Option<Stored> =>
  Option.flatMap(entry, ({ payload }) => decode(Redacted.value(payload)))

/** Permits that this process may use without asking the store. */
interface Permits {
  /** For any call. */
  readonly free: number
  /** Not for background work. */
  readonly reserved: number
}

const none: Permits = { free: 0, reserved: 0 }

/** The most permits that a process takes at a time. */
const maxBlock = 50

/**
 * A share of what is left, so that the last permits do not wait in one process while another needs them.
 */
const block = (left: number): number => Math.max(1, Math.min(maxBlock, Math.floor(left / 8)))

/** The limit on one access to the store, since a call waits for it. */
const storeTimeout = Duration.seconds(3)

/** The time for which a process goes on alone before it tries a failed store again, in milliseconds. */
const alone = 5000

/** The time for which a refusal is believed before the store is read again, in milliseconds. */
const believed = 2000

/** For how long permits may be used, in milliseconds. It grows with the window. */
const minTerm = 5000
const maxTerm = 60_000

/** The longest time that a call may take after its permit has expired, in milliseconds. */
const maxGrace = 30_000

/**
 * A budget that all processes with this store share. Each takes permits in blocks, which count as used until it
 * has returned them or written when the calls were. So the processes together never exceed the budget; what a
 * process held when it was killed is lost for one window.
 */
export const make = (options: {
  readonly spec: Budget.Spec
  readonly key: TokenStore.StoreKey
  readonly store: TokenStore.Service
  readonly pollInterval: Duration.DurationInput
}): Effect.Effect<Budget.Budget, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { key, spec } = options
    const store = BoundedStore.make(options.store, storeTimeout)
    const holder: string = yield* TokenStore.newVersion
    const began = yield* Clock.currentTimeMillis
    const mutex = yield* Effect.makeSemaphore(1)
    const limits = Budget.limitsOf(spec)
    const level = Budget.levels(spec)
    const term = Math.max(minTerm, Math.min(maxTerm, spec.window / 20))
    const pollInterval = Duration.min(options.pollInterval, Duration.millis(term / 2))
    const grace = Math.min(maxGrace, spec.window)

    /** As of the last exchange with the store. */
    let counted = RollingCount.make(spec.window)
    let others: ReadonlyArray<RollingCount.Calls> = []
    let lesson: Budget.Lesson = { since: began, learned: undefined }
    let ended = 0
    /** Calls that the store does not know. */
    let unwritten = RollingCount.make(spec.window)
    let inFlight = 0
    let permits = none
    let permitsUntil = 0
    let aloneUntil = 0
    let isAlone = false
    let isUsed = true
    const refused = { foreground: { checked: -Infinity }, background: { checked: -Infinity } }

    const heldByOthers = () => others.reduce((sum, [, calls]) => sum + calls, 0)

    const unused = () => permits.free + permits.reserved

    /** The calls that this process made, or may make without asking. */
    const own = (now: number) => unwritten.total(now) + inFlight + unused()

    /** Calls that began or may begin, as far as this process knows. */
    const taken = (now: number) => counted.total(now) + heldByOthers() + own(now)

    const grant = (background: boolean, taken: number, now: number): Permits => {
      const limit = limits(lesson, now)
      const free = limit.background - taken
      const left = limit.foreground - taken
      return ended > now
        ? none
        : free > 0
          ? { free: Math.min(free, block(free)), reserved: 0 }
          : !background && left > 0
            ? { free: 0, reserved: Math.min(left, block(left)) }
            : none
    }

    const receive = (granted: Permits, now: number) => {
      permits = { free: permits.free + granted.free, reserved: permits.reserved + granted.reserved }
      permitsUntil = now + term
    }

    const adopt = (stored: Stored) => {
      ended = Math.max(ended, stored.ended)
      const learned =
        stored.learned !== undefined && stored.learned.at > (lesson.learned?.at ?? -Infinity)
          ? stored.learned
          : lesson.learned
      lesson = { since: Math.min(lesson.since, stored.since), learned }
    }

    /** Writes what this process did, and takes permits if it needs some. */
    const exchange = (wanted: "foreground" | "background" | undefined) =>
      Effect.suspend(() => {
        const written = unwritten
        unwritten = RollingCount.make(spec.window)
        return TokenStore.modify(store, key, (current) =>
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            const stored = storedIn(current)
            Option.map(stored, adopt)
            const all = RollingCount.make(
              spec.window,
              Option.match(stored, { onNone: () => [], onSome: ({ calls }) => calls })
            )
            for (const [at, calls] of written.entries(now)) {
              all.add(at, calls)
            }
            const held: Record<string, RollingCount.Calls> = {}
            for (const [id, [until, calls]] of Object.entries(
              Option.match(stored, { onNone: () => ({}), onSome: ({ held }) => held })
            )) {
              if (id !== holder && until > now) {
                held[id] = [until, calls]
              } else if (id !== holder) {
                all.add(until, calls)
              }
            }
            const known = Object.values(held)
            const before = own(now)
            const granted =
              wanted === undefined
                ? none
                : grant(
                    wanted === "background",
                    all.total(now) + known.reduce((sum, [, calls]) => sum + calls, 0) + before,
                    now
                  )
            const mine = before + granted.free + granted.reserved
            const until = now + term + grace
            const hasNews =
              mine > 0 ||
              written.total(now) > 0 ||
              Option.match(stored, {
                onNone: () => ended > now,
                onSome: (stored) =>
                  holder in stored.held || ended > stored.ended || lesson.learned?.at !== stored.learned?.at
              })
            const next: Stored = {
              v: 1,
              calls: all.entries(now),
              held: mine === 0 ? held : { ...held, [holder]: [until, mine] },
              ended,
              since: lesson.since,
              learned: lesson.learned
            }
            const entry: TokenStore.Entry = {
              version: yield* TokenStore.newVersion,
              payload: Redacted.make(encode(next)),
              disposableAt: Option.some(
                DateTime.unsafeMake(
                  Math.max(
                    ended,
                    until + spec.window,
                    (lesson.learned?.at ?? 0) + Budget.remembered * spec.window
                  )
                )
              )
            }
            return [
              { all, known, granted, now },
              hasNews ? Option.some(Option.some(entry)) : Option.none()
            ] as const
          })
        ).pipe(
          Effect.onExit((exit) =>
            Effect.map(Clock.currentTimeMillis, (now) => {
              // A write that may have happened is repeated, so that its calls may count twice but never not at all
              if (exit._tag === "Failure") {
                for (const [at, calls] of written.entries(now)) {
                  unwritten.add(at, calls)
                }
              }
            })
          ),
          Effect.map(({ all, granted, known, now }) => {
            counted = all
            others = known
            isAlone = false
            receive(granted, now)
          }),
          Effect.catchAll((error) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              aloneUntil = now + alone
              const isNews = !isAlone
              isAlone = true
              return isNews
                ? Effect.logWarning(
                    "A budget cannot be shared through the store for now: this process counts alone",
                    error
                  ).pipe(Effect.annotateLogs({ budget: spec.name }))
                : Effect.void
            })
          )
        )
      })

    const isReady = (background: boolean, now: number): boolean => {
      if (now >= permitsUntil) {
        // The others count these as used only for a while
        permits = none
      }
      return ended <= now && (permits.free > 0 || (!background && permits.reserved > 0))
    }

    const kindOf = (background: boolean) => (background ? "background" : "foreground")

    const refill = Effect.fnUntraced(function* (background: boolean) {
      const now = yield* Clock.currentTimeMillis
      if (isReady(background, now)) {
        return
      }
      if (now >= aloneUntil) {
        yield* exchange(kindOf(background))
      }
      const then = yield* Clock.currentTimeMillis
      if (isAlone && !isReady(background, then)) {
        receive(grant(background, taken(then), then), then)
      }
      refused[kindOf(background)].checked = isReady(background, then) ? -Infinity : then
    }, mutex.withPermits(1))

    const opensAt = (background: boolean, now: number): number | undefined => {
      const over = taken(now) - limits(lesson, now)[kindOf(background)] + 1
      return over <= 0
        ? undefined
        : // Another process may return what it holds
          Math.min(counted.opensAt(over, now), ...others.map(([until]) => Math.max(until, now)))
    }

    const status = (now: number): Budget.Status => {
      const used = taken(now) - unused()
      const { foreground, known } = limits(lesson, now)
      return {
        limit: known,
        used,
        ended: ended > now ? ended : undefined,
        opensAt: ended > now ? ended : used < foreground ? undefined : opensAt(false, now)
      }
    }

    const exchanged = mutex.withPermits(1)(exchange(undefined))

    const settle = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const hasNews = isUsed || own(now) > 0
      if (!isUsed) {
        permits = none
      }
      isUsed = false
      return now >= aloneUntil && hasNews ? exchanged : Effect.void
    })

    yield* Effect.addFinalizer(() =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const held = own(now)
        permits = none
        return held > 0 ? exchanged : Effect.void
      })
    )
    yield* settle.pipe(Effect.repeat(Schedule.spaced(pollInterval)), Effect.forkScoped)

    return {
      spec,
      refusal: (background, now) =>
        ended > now
          ? ended
          : !isReady(background, now) && refused[kindOf(background)].checked + believed > now
            ? opensAt(background, now)
            : undefined,
      isReady,
      take: () => {
        isUsed = true
        inFlight += 1
        permits =
          permits.free > 0
            ? { free: permits.free - 1, reserved: permits.reserved }
            : { free: 0, reserved: permits.reserved - 1 }
      },
      refill,
      end: (counts, now) => {
        inFlight -= 1
        if (counts) {
          unwritten.add(now, 1)
        }
      },
      close: (until, now) => {
        lesson = Budget.learn(spec, lesson, counted.total(now) + unwritten.total(now), now)
        ended = Math.max(ended, until)
        isUsed = true
      },
      worse: (now) => level(ended > now, taken(now) - unused(), limits(lesson, now).known),
      status
    }
  })
