import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Backends from "../../test/processes/backends.js"
import * as Fleet from "../../test/processes/fleet.js"
import { quantile } from "../../test/processes/kills.js"
import * as Goal from "../goal.js"

const kinds = ["redis", "postgres", "mariadb", "file", "sqlite", "encrypted"] as const

const entry = (text: string) =>
  Effect.map(TokenStore.newVersion, (version): TokenStore.Entry => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.none()
  }))

/** At the 99th percentile, in milliseconds. */
const limits: Partial<Record<Backends.Kind, number>> = { redis: 3, postgres: 10, mariadb: 10, file: 30 }

/** N13: one write after the other, and many at once of which one wins. */
const writes = Goal.onStores("N13", kinds, (kind, sizes) =>
  Effect.gen(function* () {
    const store = yield* Backends.open(yield* Backends.acquire(kind))
    const count = sizes.count ?? 10_000
    const times: Array<number> = []
    const one = TokenStore.StoreKey("n13:latency")
    let current = Option.none<TokenStore.Version>()
    for (let i = 0; i < Math.min(count, 2_000); i++) {
      const next = yield* entry("x".repeat(700))
      const began = performance.now()
      yield* store.commit({ key: one, expected: current, next: Option.some(next) })
      times.push(performance.now() - began)
      current = Option.some(next.version)
    }
    times.sort((a, b) => a - b)
    const race = TokenStore.StoreKey("n13:race")
    let winners = 0
    let expected = Option.none<TokenStore.Version>()
    const rounds = Math.ceil(count / 10)
    for (let round = 0; round < rounds; round++) {
      const rivals = yield* Effect.replicateEffect(entry(String(round)), 64)
      const won = yield* Effect.forEach(
        rivals,
        (rival) =>
          Effect.match(store.commit({ key: race, expected, next: Option.some(rival) }), {
            onFailure: () => [],
            onSuccess: () => [rival.version]
          }),
        { concurrency: "unbounded" }
      )
      winners += won.flat().length
      expected = Option.fromNullable(won.flat()[0])
    }
    const p99 = quantile(times, 0.99)
    const limit = limits[kind]
    const row = { goal: "N13", backend: kind, seed: sizes.seed }
    return [
      {
        ...row,
        target: limit === undefined ? "for the record" : `p99 of a write at most ${limit} ms`,
        measured: `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
        count: times.length,
        pass: limit === undefined || p99 <= limit
      },
      {
        ...row,
        target: "one winner in each race of 64",
        measured: `${winners} winners in ${rounds} races`,
        count: rounds,
        pass: winners === rounds
      }
    ]
  })
)

const modesBelow = (directory: string): ReadonlyArray<string> =>
  Fs.readdirSync(directory, { withFileTypes: true }).flatMap((found) => {
    const path = Path.join(directory, found.name)
    const mode = (Fs.statSync(path).mode & 0o777).toString(8)
    return [`${found.isDirectory() ? "d" : "f"}${mode}`, ...(found.isDirectory() ? modesBelow(path) : [])]
  })

/** N14: eight processes that count together, through compare-and-set alone. */
const increments = Goal.onStores("N14", ["file"], (kind, sizes) =>
  Effect.gen(function* () {
    const backend = yield* Backends.acquire(kind)
    const times = sizes.count ?? 10_000
    const processes = sizes.processes ?? 8
    const workers = yield* Fleet.spawnMany(processes, {
      backend,
      accountsUrl: "http://127.0.0.1:1",
      seed: sizes.seed
    })
    const acknowledged = yield* Effect.forEach(
      workers,
      (worker) => worker.must({ op: "increment", key: "n14", times }),
      { concurrency: "unbounded" }
    )
    const store = yield* Backends.open(backend)
    const final = yield* store.get(TokenStore.StoreKey("n14"))
    const sum = acknowledged.map(Number).reduce((a, b) => a + b, 0)
    const counted = Option.match(final, {
      onNone: () => 0,
      onSome: ({ payload }) => Number(Redacted.value(payload))
    })
    const modes = backend.kind === "file" ? [...new Set(modesBelow(backend.directory))].sort() : []
    return [
      {
        goal: "N14",
        backend: kind,
        target: "the sum is what was acknowledged; modes 0700 and 0600 throughout",
        measured: `${counted} counted, ${sum} acknowledged by ${processes} processes; modes ${modes.join(" ")}`,
        count: sum,
        seed: sizes.seed,
        pass:
          counted === sum &&
          sum === times * processes &&
          modes.every((mode) => mode === "d700" || mode === "f600")
      }
    ]
  })
)

export const stores = [writes, increments]
