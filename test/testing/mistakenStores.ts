import { TokenStore } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

/** A mistake that stores make, and what the cases that must find it have in their names. */
export interface Mistake {
  readonly found: RegExp
  /** It fails with a defect, which is found as such. */
  readonly dies?: true
  readonly in: (store: TokenStore.Service) => TokenStore.Service
}

const withKeys = (rename: (key: string) => string) => (store: TokenStore.Service) => ({
  ...store,
  get: (at: TokenStore.StoreKey) => store.get(TokenStore.StoreKey(rename(at))),
  commit: (write: TokenStore.Write) => store.commit({ ...write, key: TokenStore.StoreKey(rename(write.key)) })
})

const withEntries =
  (change: (entry: TokenStore.Entry) => TokenStore.Entry) => (store: TokenStore.Service) => ({
    ...store,
    commit: (write: TokenStore.Write) => store.commit({ ...write, next: Option.map(write.next, change) })
  })

const withPayloads = (change: (payload: string) => string) =>
  withEntries((entry) => ({ ...entry, payload: Redacted.make(change(Redacted.value(entry.payload))) }))

const withVersions = (change: (version: string) => string) => (store: TokenStore.Service) => ({
  ...store,
  commit: (write: TokenStore.Write) =>
    store.commit({
      ...write,
      expected: Option.map(write.expected, (version) => TokenStore.Version(change(version))),
      next: Option.map(write.next, (entry) => ({
        ...entry,
        version: TokenStore.Version(change(entry.version))
      }))
    })
})

/** Stores with one mistake each, by what they do wrong. */
export const mistakes: Record<string, Mistake> = {
  "overwrites whatever is there": {
    found: /creating what exists|C8|C9|sent again after/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.flatMap(store.get(write.key), (current) =>
          store.commit({ ...write, expected: Option.map(current, ({ version }) => version) })
        )
    })
  },
  "forgets everything": {
    found: /read back|keeps|100 replacements|increments|count/,
    in: (store) => ({ ...store, get: () => Effect.succeedNone })
  },
  "does not recognise its own write": {
    found: /D4: a (creation|replacement)|D5: one/,
    in: (store) => {
      const seen = new Set<string>()
      return {
        ...store,
        commit: (write) =>
          Effect.suspend(() => {
            const id = Option.match(write.next, { onNone: () => "", onSome: ({ version }) => version })
            if (id !== "" && seen.has(id)) {
              return new TokenStore.TokenStoreConflict({ key: write.key })
            }
            seen.add(id)
            return store.commit(write)
          })
      }
    }
  },
  "takes whatever it has seen for its own write sent again": {
    found: /sent again after|arrives after/,
    in: (store) => {
      const seen = new Set<string>()
      return {
        ...store,
        commit: (write) =>
          store.commit(write).pipe(
            Effect.tap(() =>
              Effect.sync(() => Option.map(write.next, ({ version }) => seen.add(`${write.key} ${version}`)))
            ),
            Effect.catchTag("TokenStoreConflict", (error) =>
              Option.exists(write.next, ({ version }) => seen.has(`${write.key} ${version}`))
                ? Effect.void
                : Effect.fail(error)
            )
          )
      }
    }
  },
  "takes a deletion of what is absent for done": {
    found: /deletion sent again|deleting what is absent/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Option.isNone(write.next)
          ? Effect.flatMap(store.get(write.key), (current) =>
              Option.isNone(current) ? Effect.void : store.commit(write)
            )
          : store.commit(write)
    })
  },
  "reads, waits and then writes": {
    found: /at once exactly one|count to|storm/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.gen(function* () {
          const current = yield* store.get(write.key)
          const version = Option.map(current, (found) => found.version)
          if (!Option.getEquivalence((a: string, b: string) => a === b)(version, write.expected)) {
            return yield* store.commit(write)
          }
          yield* Effect.yieldNow()
          const now = yield* store.get(write.key)
          yield* store.commit({ ...write, expected: Option.map(now, (found) => found.version) })
        })
    })
  },
  "counts versions instead of taking the writer's": {
    found: /C8/,
    in: (store) => {
      const known = new Map<string, string>()
      const count = (key: string, version: string) => {
        const of = [...known.keys()].filter((name) => name.startsWith(`${key} `)).length
        known.set(`${key} ${version}`, known.get(`${key} ${version}`) ?? String(of))
        return TokenStore.Version(known.get(`${key} ${version}`) ?? "")
      }
      return {
        ...store,
        commit: (write) =>
          store
            .commit({
              ...write,
              expected: Option.map(write.expected, (version) => count(write.key, version)),
              next: Option.map(write.next, (next) => ({ ...next, version: count(write.key, next.version) }))
            })
            .pipe(
              Effect.tap(() =>
                Effect.sync(() => {
                  if (Option.isNone(write.next)) {
                    for (const name of known.keys()) {
                      known.set(name, name.startsWith(`${write.key} `) ? "0" : (known.get(name) ?? ""))
                    }
                  }
                })
              )
            )
      }
    }
  },
  "answers from a cache": {
    found: /read anew|reads the winner|its own commit|replacing the expected/,
    in: (store) => {
      const cache = new Map<string, Option.Option<TokenStore.Entry>>()
      return {
        ...store,
        get: (at) =>
          Effect.suspend(() => {
            const known = cache.get(at)
            return known !== undefined && Option.isSome(known)
              ? Effect.succeed(known)
              : Effect.tap(store.get(at), (found) => Effect.sync(() => cache.set(at, found)))
          })
      }
    }
  },
  "tears entries": {
    found: /readers during writes|interrupted replacement/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.gen(function* () {
          if (Option.isSome(write.next) && Option.isSome(write.expected)) {
            const old = yield* store.get(write.key)
            if (Option.isSome(old) && old.value.version !== write.next.value.version) {
              const half = { ...write.next.value, payload: old.value.payload }
              yield* store.commit({ ...write, next: Option.some(half) })
              yield* Effect.yieldNow()
              yield* store.commit({ ...write, expected: Option.some(half.version), next: Option.none() })
              return yield* store.commit({ ...write, expected: Option.none() })
            }
          }
          yield* store.commit(write)
        })
    })
  },
  "leaves a mark where something was deleted": {
    found: /deleted record can be created again|C8|C10: of creations over/,
    in: (store) => {
      const deleted = new Set<string>()
      return {
        ...store,
        commit: (write) =>
          deleted.has(write.key)
            ? new TokenStore.TokenStoreConflict({ key: write.key })
            : Effect.tap(store.commit(write), () =>
                Effect.sync(() => Option.isNone(write.next) && deleted.add(write.key))
              )
      }
    }
  },
  "deletes whatever is there when nothing is expected": {
    found: /nothing expected conflicts/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Option.isNone(write.next) && Option.isNone(write.expected)
          ? TokenStore.remove(store, write.key)
          : store.commit(write)
    })
  },
  "ignores the case of keys": { found: /case alone/, in: withKeys((key) => key.toLowerCase()) },
  "trims keys": { found: /blank alone/, in: withKeys((key) => key.trim()) },
  "normalizes keys": { found: /normalization alone/, in: withKeys((key) => key.normalize("NFC")) },
  "ends keys at NUL": { found: /after a NUL/, in: withKeys((key) => key.split("\0")[0] ?? "") },
  "cuts keys at 255": { found: /512 bytes/, in: withKeys((key) => key.slice(0, 255)) },
  "cuts keys at 512 and does not say so": { found: /10 KB/, in: withKeys((key) => key.slice(0, 512)) },
  "cleans keys up": { found: /unusual characters/, in: withKeys((key) => key.replace(/[^a-z0-9]/gi, "_")) },
  "unescapes keys": { found: /unescaped/, in: withKeys((key) => key.replaceAll("%2F", "/")) },
  "trims payloads": { found: /blanks and line breaks/, in: withPayloads((text) => text.trim()) },
  "drops a byte order mark": {
    found: /byte order mark/,
    in: withPayloads((text) => text.replace(/^\ufeff/, ""))
  },
  "normalizes payloads": { found: /normalizations/, in: withPayloads((text) => text.normalize("NFC")) },
  "normalizes line breaks": {
    found: /line breaks/,
    in: withPayloads((text) => text.replaceAll("\r\n", "\n"))
  },
  "reads numbers in payloads": {
    found: /looks like a number/,
    in: withPayloads((text) => (/^[0-9.]+$/.test(text) ? String(Number(text)) : text))
  },
  "keeps 65,535 bytes": { found: /64 KiB/, in: withPayloads((text) => text.slice(0, 65_535)) },
  "ignores the case of versions": { found: /versions/, in: withVersions((version) => version.toLowerCase()) },
  "trims versions": { found: /versions/, in: withVersions((version) => version.trim()) },
  "reads numbers in versions": {
    found: /looks like a number/,
    in: withVersions((version) => (/^[0-9e]+$/.test(version) ? String(Number(version)) : version))
  },
  "keeps 32 characters of a version": {
    found: /64 characters/,
    in: withVersions((version) => version.slice(0, 32))
  },
  "keeps everything for ever": {
    found: /fewer than a tenth/,
    in: withEntries((entry) => ({ ...entry, disposableAt: Option.none() }))
  },
  "drops entries before their time": {
    found: /not disposable yet|in 2200/,
    in: (store) => ({
      ...store,
      get: (at) =>
        Effect.map(
          store.get(at),
          Option.filter(({ disposableAt }) => Option.isNone(disposableAt))
        )
    })
  },
  "counts seconds in 32 bits": {
    found: /2200|tells the time/,
    in: withEntries((entry) => ({
      ...entry,
      disposableAt: Option.map(entry.disposableAt, (time) =>
        DateTime.unsafeMake(((time.epochMillis / 1000) | 0) * 1000)
      )
    }))
  },
  "hides disposable entries from readers alone": {
    found: /stands in nobody's way/,
    in: (store) => {
      const hidden = new Map<string, boolean>()
      return {
        ...store,
        get: (at) => (hidden.get(at) === true ? Effect.succeedNone : store.get(at)),
        commit: (write) =>
          hidden.get(write.key) === true
            ? new TokenStore.TokenStoreConflict({ key: write.key })
            : Effect.tap(store.commit(write), () =>
                Effect.sync(() => {
                  const past = Option.exists(
                    Option.flatMap(write.next, ({ disposableAt }) => disposableAt),
                    (time) => time.epochMillis < 0
                  )
                  hidden.set(write.key, past)
                })
              )
      }
    }
  },
  "keeps the time of the entry before": {
    found: /time of an entry is replaced/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.flatMap(store.get(write.key), (current) =>
          store.commit({
            ...write,
            next: Option.map(write.next, (next) => ({
              ...next,
              disposableAt: Option.orElse(next.disposableAt, () =>
                Option.flatMap(current, ({ disposableAt }) => disposableAt)
              )
            }))
          })
        )
    })
  },
  "shows payloads in its errors": {
    found: /F24: a conflict shows/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.mapError(store.commit(write), (error) =>
          Object.assign(error, {
            statement: {
              parameters: [
                Option.match(write.next, {
                  onNone: () => "",
                  onSome: ({ payload }) => Redacted.value(payload)
                })
              ]
            }
          })
        )
    })
  },
  "answers with the payload in the open": {
    found: /F24: an entry/,
    in: (store) => ({
      ...store,
      get: (at) =>
        Effect.map(store.get(at), (found) =>
          Option.map(found, (entry) => ({ ...entry, row: { payload: Redacted.value(entry.payload) } }))
        )
    })
  },
  "names another key in a conflict": {
    found: /names the key/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Effect.mapError(store.commit(write), () => new TokenStore.TokenStoreConflict({ key: "row 7" }))
    })
  },
  "writes when a commit is made": {
    found: /only when it runs/,
    in: (store) => ({
      ...store,
      commit: (write) => Effect.exit(store.commit(write)).pipe(Effect.runSync)
    })
  },
  "finds what every object has": {
    found: /every object of JavaScript/,
    in: (store) => {
      const rows: Record<string, TokenStore.Entry> = {}
      return { ...store, get: (at) => Effect.sync(() => Option.fromNullable(rows[at])) }
    }
  },
  "refuses what is too large with a defect": {
    dies: true,
    found: /D15/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Option.exists(write.next, ({ payload }) => Redacted.value(payload).length > 100_000)
          ? Effect.die(new Error("QuotaExceededError"))
          : store.commit(write)
    })
  },
  "loses what is there when a write is too large": {
    found: /D15/,
    in: (store) => ({
      ...store,
      commit: (write) =>
        Option.exists(write.next, ({ payload }) => Redacted.value(payload).length > 100_000)
          ? Effect.zipRight(
              TokenStore.remove(store, write.key),
              new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
            )
          : store.commit(write)
    })
  },
  "stays locked when a write is interrupted": {
    found: /interrupted/,
    in: (store) => {
      let locked = false
      return {
        ...store,
        commit: (write) =>
          Effect.suspend(() => {
            if (locked) {
              return new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
            }
            locked = true
            return Effect.zipLeft(
              Effect.zipRight(Effect.yieldNow(), store.commit(write)),
              Effect.sync(() => {
                locked = false
              })
            )
          })
      }
    }
  },
  "tells of changes that were none": {
    found: /changes/,
    in: (store) => ({
      ...store,
      changes: Option.some(() => Stream.make(TokenStore.Version("never written")))
    })
  },
  "reaches an unknown distance": {
    found: /how far/,
    in: (store) => ({ ...store, atomicity: "galaxy" as "shared" })
  }
}
