import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as TokenStore from "../../store/TokenStore.js"
import * as StoreKey from "../../store/storeKey.js"
import type { Closure, Closures } from "./closures.js"

/** The closed routes of the whole app, as one line of JSON. */
const StoredClosures = Schema.parseJson(
  Schema.Struct({
    v: Schema.Literal(1),
    closed: Schema.Record({
      key: Schema.String,
      value: Schema.Struct({
        until: Schema.Number,
        reason: Schema.Literal("RateLimit", "Quota", "Network")
      })
    })
  })
)

type Closed = (typeof StoredClosures.Type)["closed"]

const encode = Schema.encodeSync(StoredClosures)
const decode = Schema.decodeOption(StoredClosures)

const closedIn = (entry: Option.Option<TokenStore.Entry>): Closed =>
  entry.pipe(
    Option.flatMap(({ payload }) => decode(Redacted.value(payload))),
    Option.match({ onNone: () => ({}), onSome: ({ closed }) => closed })
  )

const later = (known: Closure | undefined, closure: Closure): Closure =>
  known !== undefined && known.until > closure.until ? known : closure

export interface SharedClosures {
  /** Publishes the closures to the other processes. */
  readonly share: (route: string, closure: Closure) => Effect.Effect<void>
  /** Signals that the gate is in use, so it should read the closures of the others. */
  readonly used: () => void
}

/** Shares through the store what one process learns from Spotify, so the others need no request to learn it. */
export const make = (options: {
  readonly clientId: string
  readonly closures: Closures
  readonly store: TokenStore.Service
  readonly pollInterval: Duration.DurationInput
}): Effect.Effect<SharedClosures, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { closures, store } = options
    const key = StoreKey.gate(options.clientId)
    let inUse = true

    const poll = Effect.suspend(() => {
      if (!inUse) {
        return Effect.void
      }
      inUse = false
      return Effect.zipWith(store.get(key), Clock.currentTimeMillis, (entry, now) => {
        for (const [route, closure] of Object.entries(closedIn(entry))) {
          if (closure.until > now) {
            closures.close(route, closure, now)
          }
        }
      })
    })

    yield* poll.pipe(
      Effect.catchAll((error) =>
        Effect.logWarning("The rate gate cannot be shared through the store for now", error)
      ),
      Effect.repeat(Schedule.spaced(options.pollInterval)),
      Effect.forkScoped
    )

    const write = (route: string, closure: Closure) =>
      TokenStore.modify(store, key, (current) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const known = Object.entries(closedIn(current)).filter(([, { until }]) => until > now)
          const closed: Record<string, Closure> = Object.fromEntries(known)
          const next = { ...closed, [route]: later(closed[route], closure) }
          const entry: TokenStore.Entry = {
            version: yield* TokenStore.newVersion,
            payload: Redacted.make(encode({ v: 1, closed: next })),
            disposableAt: Option.some(
              DateTime.unsafeMake(Math.max(...Object.values(next).map(({ until }) => until)))
            )
          }
          return [undefined, Option.some(Option.some(entry))] as const
        })
      )

    return {
      used: () => {
        inUse = true
      },
      share: (route, closure) =>
        Effect.catchAll(write(route, closure), (error) =>
          Effect.logWarning("A closed route could not be shared with the other processes", error)
        )
    }
  })
