import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TokenStore from "../store/TokenStore.js"
import type { Records } from "../store/recordStore.js"
import type { ActiveRecord, SessionRecord } from "./sessionRecord.js"

type LeaseError =
  TokenStore.TokenStoreConflict | TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt

/** A lease of this process. Others first see it after `since`, so for them it ends later than for this process. */
export interface Lease {
  readonly version: TokenStore.Version
  readonly since: bigint
}

export interface Leases {
  /** Writes into the record that this process is refreshing. */
  readonly take: (
    key: TokenStore.StoreKey,
    expected: TokenStore.Version,
    record: ActiveRecord
  ) => Effect.Effect<Lease, LeaseError>
  /**
   * Renews the lease unless it lasts at least this long. A process that was stopped, or whose machine slept,
   * may continue after others have taken over its lease. It could then send a token that they have already
   * used.
   */
  readonly keep: (
    key: TokenStore.StoreKey,
    record: ActiveRecord,
    lease: Lease,
    need: Duration.Duration
  ) => Effect.Effect<Lease, LeaseError>
}

export const make = (options: {
  readonly store: TokenStore.Service
  readonly records: Records<SessionRecord>
  /** Identifies this process. */
  readonly owner: string
  /** How long others wait before they take the lease over. */
  readonly duration: Duration.Duration
}): Leases => {
  const { records, store } = options

  // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
  const take: Leases["take"] = (key, expected, record) =>
    Effect.gen(function* () {
      const since = yield* Clock.currentTimeNanos
      const entry = yield* records.entry({ ...record, lease: Option.some(options.owner) })
      yield* Effect.catchTag(
        store.commit({ key, expected: Option.some(expected), next: Option.some(entry) }),
        "TokenStoreUnavailable",
        Effect.fnUntraced(function* (error) {
          // If the store cannot say whether it applied the write, the record shows it
          if (error.applied === "no") {
            return yield* error
          }
          const seen = yield* store.get(key)
          if (Option.exists(seen, ({ version }) => version === entry.version)) {
            return
          }
          return yield* Option.exists(seen, ({ version }) => version === expected)
            ? error
            : new TokenStore.TokenStoreConflict({ key })
        })
      )
      return { version: entry.version, since }
    })

  return {
    take,
    keep: (key, record, lease, need) =>
      Effect.flatMap(Clock.currentTimeNanos, (now) =>
        Duration.lessThanOrEqualTo(Duration.sum(Duration.nanos(now - lease.since), need), options.duration)
          ? Effect.succeed(lease)
          : take(key, lease.version, record)
      )
  }
}
