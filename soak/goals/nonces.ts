import { KeyRing } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as Goal from "../goal.js"

const batch = 1_000

/** F26: how many of so many sealed entries begin with 64 bits of nonce that another one had. */
export const nonces = Goal.alone("F26", (sizes) =>
  Effect.gen(function* () {
    const batches = Math.ceil((sizes.count ?? 1_000_000) / batch)
    const ring = yield* KeyRing.make({
      current: { id: "soak", key: Redacted.make(new Uint8Array(randomBytes(32))) }
    })
    const text = Redacted.make("a refresh token")
    const associated = new Uint8Array(64)
    const beginnings = new BigUint64Array(batches * batch)
    for (let from = 0; from < beginnings.length; from += batch) {
      const sealed = yield* Effect.replicateEffect(ring.current.seal(text, associated), batch, {
        concurrency: 64
      })
      sealed.forEach(({ nonce }, index) => {
        beginnings[from + index] = new DataView(nonce.buffer, nonce.byteOffset).getBigUint64(0)
      })
    }
    beginnings.sort()
    let repeated = 0
    for (let index = 1; index < beginnings.length; index++) {
      if (beginnings[index] === beginnings[index - 1]) repeated += 1
    }
    const counted = yield* ring.current.sealed
    return [
      {
        goal: "F26",
        backend: "-",
        target: "no two nonces begin alike, and the key counts every one",
        measured: `${beginnings.length} sealed: ${repeated} begin with the 64 bits of another, ${counted} counted`,
        count: beginnings.length,
        seed: sizes.seed,
        pass: repeated === 0 && counted === beginnings.length
      }
    ]
  })
)
