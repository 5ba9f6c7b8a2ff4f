import { assert, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TokenStore } from "effect-spotify"
import * as Ends from "../../src/store/ends.js"

const entry = (at: number | undefined): TokenStore.Entry => ({
  version: TokenStore.Version(""),
  payload: Redacted.make(""),
  disposableAt: Option.map(Option.fromNullable(at), DateTime.unsafeMake)
})

it("what has ended is taken out earliest first, whatever was noted before", () => {
  const note = FastCheck.tuple(
    FastCheck.nat(20),
    FastCheck.option(FastCheck.option(FastCheck.nat(50), { nil: undefined }), { nil: null })
  )
  FastCheck.assert(
    FastCheck.property(FastCheck.array(note, { maxLength: 100 }), FastCheck.nat(50), (notes, now) => {
      const ends = Ends.make<number>()
      const model = new Map<number, number>()
      for (const [key, at] of notes) {
        ends.note(key, at === null ? Option.none() : Option.some(entry(at)))
        model.delete(key)
        if (at !== null && at !== undefined) {
          model.set(key, at)
        }
      }
      const taken = [1, 3, 100].flatMap((limit) => ends.take(now, limit))
      const due = [...model].filter(([, at]) => at <= now)
      assert.sameMembers(
        taken,
        due.map(([key]) => key)
      )
      assert.deepStrictEqual(
        taken.map((key) => model.get(key)),
        due.map(([, at]) => at).sort((a, b) => a - b)
      )
    })
  )
})
