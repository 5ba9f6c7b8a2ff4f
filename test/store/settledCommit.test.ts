/** Every way in which a compare-and-set without an acknowledgement can end. */
import { assert, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Backend, settle } from "../../src/store/settledCommit.js"

const key = TokenStore.StoreKey("effect-spotify:client:session:default")

const write = (expected: string | null, next: string | null): TokenStore.Write => ({
  key,
  expected: Option.map(Option.fromNullable(expected), TokenStore.Version),
  next: Option.map(Option.fromNullable(next), (version) => ({
    version: TokenStore.Version(version),
    payload: Redacted.make("payload"),
    disposableAt: Option.none()
  }))
})

const lost = new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "unknown" })
const refusedByServer = new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
const down = new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" })

type Sent = "done" | "refused" | TokenStore.TokenStoreUnavailable

/** A backend whose sends and looks give these, one after the other, and how the write ended. */
const outcome = (
  wanted: TokenStore.Write,
  sends: ReadonlyArray<Sent>,
  looks: ReadonlyArray<string | null | TokenStore.TokenStoreUnavailable>
) => {
  const left = { sends: [...sends], looks: [...looks] }
  const backend: Backend = {
    send: Effect.suspend(() => {
      const next = left.sends.shift()
      return typeof next === "string"
        ? Effect.succeed(next)
        : (next ?? Effect.dieMessage("one send too many"))
    }),
    look: Effect.suspend(() => {
      const next = left.looks.shift()
      return next === undefined
        ? Effect.dieMessage("one look too many")
        : typeof next === "string" || next === null
          ? Effect.succeed(Option.map(Option.fromNullable(next), TokenStore.Version))
          : next
    })
  }
  return Effect.match(settle(wanted, backend), {
    onSuccess: () => "done",
    onFailure: (error) => (error._tag === "TokenStoreUnavailable" ? error.applied : error._tag)
  }).pipe(Effect.tap(() => assert.deepStrictEqual(left, { sends: [], looks: [] })))
}

const conflict = "TokenStoreConflict"

it.effect("a write that is acknowledged is looked up only if it was refused", () =>
  Effect.gen(function* () {
    const replace = write("old", "new")
    assert.strictEqual(yield* outcome(replace, ["done"], []), "done")
    assert.strictEqual(yield* outcome(replace, ["refused"], ["other"]), conflict)
    assert.strictEqual(yield* outcome(replace, ["refused"], [null]), conflict)
    // The driver sent it twice, and the first copy was applied
    assert.strictEqual(yield* outcome(replace, ["refused"], ["new"]), "done")
    assert.strictEqual(yield* outcome(write("old", null), ["refused"], [null]), conflict)
    assert.strictEqual(yield* outcome(replace, [refusedByServer], []), "no")
  })
)

it.effect(
  "a replacement without an answer is done if it is there, and is sent again if nothing happened",
  () =>
    Effect.gen(function* () {
      const replace = write("old", "new")
      assert.strictEqual(yield* outcome(replace, [lost], ["new"]), "done")
      assert.strictEqual(yield* outcome(replace, [lost], ["other"]), conflict)
      assert.strictEqual(yield* outcome(replace, [lost], [null]), conflict)
      assert.strictEqual(yield* outcome(replace, [lost, "done"], ["old"]), "done")
      assert.strictEqual(yield* outcome(replace, [lost, "refused"], ["old", "new"]), "done")
      assert.strictEqual(yield* outcome(replace, [lost, "refused"], ["old", "other"]), conflict)
      assert.strictEqual(yield* outcome(replace, [lost, lost], ["old"]), "unknown")
      // The second copy was not applied, which says nothing of the first
      assert.strictEqual(yield* outcome(replace, [lost, refusedByServer], ["old"]), "unknown")
      assert.strictEqual(yield* outcome(replace, [lost], [down]), "unknown")
    })
)

it.effect("so is a creation", () =>
  Effect.gen(function* () {
    const create = write(null, "new")
    assert.strictEqual(yield* outcome(create, [lost], ["new"]), "done")
    assert.strictEqual(yield* outcome(create, [lost], ["other"]), conflict)
    assert.strictEqual(yield* outcome(create, [lost, "done"], [null]), "done")
    assert.strictEqual(yield* outcome(create, [lost, "refused"], [null, "new"]), "done")
    assert.strictEqual(yield* outcome(create, [lost, "refused"], [null, "other"]), conflict)
  })
)

it.effect("a deletion without an answer is nobody's if the record is gone", () =>
  Effect.gen(function* () {
    const remove = write("old", null)
    assert.strictEqual(yield* outcome(remove, [lost], [null, null]), "unknown")
    assert.strictEqual(yield* outcome(remove, [lost], ["other", "other"]), conflict)
    assert.strictEqual(yield* outcome(remove, [lost, "done"], ["old"]), "done")
    assert.strictEqual(yield* outcome(remove, [lost, "refused"], ["old", null, null]), "unknown")
    assert.strictEqual(yield* outcome(remove, [lost, "refused"], ["old", "other", "other"]), conflict)
  })
)
