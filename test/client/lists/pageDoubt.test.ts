/** Which pages are asked for again, and which of those are taken if they stay the same. */
import { assert, describe, it } from "@effect/vitest"
import {
  type AnyPage,
  doubtOf,
  isRepeated,
  type Known,
  type Place,
  sizeOf
} from "../../../src/client/lists/pageDoubt.js"

const page = (members: Record<string, unknown> = {}) =>
  ({
    href: "",
    items: ["c", "d"],
    limit: 2,
    next: null,
    offset: 2,
    total: 4,
    ...members
  }) as unknown as AnyPage

const known = (members: Partial<Known> = {}): Known => ({ total: 4, first: ["a", "b"], empty: 0, ...members })

/** The second page of a list of four. */
const place = (members: Partial<Place> = {}): Place => ({
  offset: 2,
  limit: 2,
  known: known(),
  estimated: false,
  ...members
})

const first = place({ offset: 0, known: undefined })

describe("the size of a list's pages", () => {
  it("is the one asked for, else the page's own, else Spotify's most", () => {
    assert.strictEqual(sizeOf(page({ limit: 20 }), place({ limit: 10 })), 10)
    assert.strictEqual(sizeOf(page({ limit: 20 }), place({ limit: undefined })), 20)
    for (const limit of [0, null, undefined]) {
      assert.strictEqual(sizeOf(page({ limit }), place({ limit: undefined })), 50)
    }
  })
})

describe("a page with the first page's entries", () => {
  const same = (members: Record<string, unknown> = {}) => page({ items: ["a", "b"], ...members })

  it("repeats it if it says so, or if the list was said to have ended", () => {
    assert.isTrue(isRepeated(same({ offset: 0 }), place()))
    assert.isTrue(isRepeated(same({ offset: undefined }), place({ known: known({ total: undefined }) })))
    assert.isTrue(isRepeated(same(), place({ known: known({ total: 2 }) })))
    assert.isTrue(isRepeated(same({ offset: undefined }), place({ known: known({ total: 1 }) })))
  })

  it("does not if it says that it is the page asked for, and the list was said to go on", () => {
    assert.isFalse(isRepeated(same(), place()))
    assert.isFalse(isRepeated(same({ offset: undefined }), place()))
    assert.isFalse(isRepeated(same(), place({ known: known({ total: 3 }) })))
    assert.isFalse(isRepeated(same(), place({ known: known({ total: undefined }) })))
    assert.isFalse(isRepeated(same({ offset: 0 }), first))
  })

  it("is one with other entries or with none", () => {
    assert.isFalse(isRepeated(page({ offset: 0 }), place()))
    assert.isFalse(isRepeated(same({ offset: 0, items: [] }), place({ known: known({ first: [] }) })))
    assert.isFalse(isRepeated(same({ offset: 0, items: [null] }), place({ known: known({ first: [null] }) })))
  })
})

describe("the doubt about a page", () => {
  const none = (members: Record<string, unknown> = {}) => page({ items: [], ...members })

  it("is none where everything fits", () => {
    for (const [one, at] of [
      [page(), place()],
      [page({ items: ["a", "b"], next: "more", offset: 0 }), first],
      [page({ total: 3, items: ["c"] }), place()],
      [none({ total: 0, limit: 2 }), first],
      [none({ total: 2 }), place({ known: known({ total: 2 }) })],
      [none({ limit: 0, total: 0 }), place({ known: known({ total: 2 }) })],
      [page({ total: 400 }), place({ estimated: true })],
      [page({ total: 400, next: "more" }), place()]
    ] as const) {
      assert.isUndefined(doubtOf(one, at), JSON.stringify([one, at]))
    }
  })

  it("without entries is one of zeros, which a first page may be", () => {
    assert.deepStrictEqual(doubtOf(none({ limit: 0, total: 0 }), first), {
      problem: "has neither entries nor a limit",
      bearable: true
    })
    for (const [one, problem] of [
      [none({ limit: 0 }), "has neither entries nor a limit"],
      [none({ total: 0 }), "has neither entries nor a total"],
      [none({ total: undefined }), "has neither entries nor a total"],
      [none({ total: null, items: null, limit: null }), "has neither entries nor a total"]
    ] as const) {
      assert.deepStrictEqual(doubtOf(one, place()), { problem, bearable: false }, problem)
    }
    const unknown = place({ known: undefined })
    assert.deepStrictEqual(doubtOf(none({ limit: 0 }), unknown)?.bearable, false)
    assert.deepStrictEqual(doubtOf(none({ limit: 0 }), { ...unknown, offset: Number.NaN })?.bearable, true)
  })

  it("that says nothing at all is the same", () => {
    const nothing = page({ items: undefined, total: undefined, limit: undefined })
    assert.deepStrictEqual(doubtOf(nothing, first), { problem: "says nothing", bearable: true })
    assert.deepStrictEqual(doubtOf(nothing, place({ known: undefined })), {
      problem: "says nothing",
      bearable: false
    })
    assert.strictEqual(
      doubtOf(page({ items: undefined, limit: undefined }), first)?.problem,
      "has no entries, although the list has 4"
    )
    assert.isUndefined(doubtOf(page({ items: undefined, total: undefined }), first))
  })

  it("without entries before the end is taken where more may follow or no more than it was left", () => {
    const problem = (total: number) => `has no entries, although the list has ${total}`
    assert.deepStrictEqual(doubtOf(none(), place()), { problem: problem(4), bearable: true })
    assert.deepStrictEqual(doubtOf(none({ total: 5 }), place()), { problem: problem(5), bearable: false })
    assert.deepStrictEqual(doubtOf(none({ total: 5, next: "more" }), place()), {
      problem: problem(5),
      bearable: true
    })
    assert.deepStrictEqual(doubtOf(none({ total: 5 }), place({ estimated: true })), {
      problem: problem(5),
      bearable: true
    })
    assert.deepStrictEqual(doubtOf(none({ total: undefined, next: "more" }), first), {
      problem: "has no entries",
      bearable: true
    })
  })

  it("is that it repeats the first one, which it may at the end of the list", () => {
    const repeated = page({ items: ["a", "b"], offset: 0 })
    assert.deepStrictEqual(doubtOf(repeated, place()), { problem: "repeats the first page", bearable: false })
    assert.deepStrictEqual(doubtOf({ ...repeated, total: 2 }, place()), {
      problem: "repeats the first page",
      bearable: true
    })
  })

  it("is that the list is shorter than earlier pages said, or that it ends before its end", () => {
    const long = place({ known: known({ total: 9 }) })
    assert.deepStrictEqual(doubtOf(page({ total: 3 }), long), {
      problem: "says that the list has 3 entries, and earlier ones said 9",
      bearable: false
    })
    assert.isUndefined(doubtOf(page({ total: 4 }), long))
    assert.isUndefined(doubtOf(page({ total: 3 }), place()))
    assert.deepStrictEqual(doubtOf(page({ total: undefined }), long), {
      problem: "is the last one with 2 entries, although the list has 9",
      bearable: true
    })
    assert.deepStrictEqual(doubtOf(page({ total: 5 }), place()), {
      problem: "is the last one with 2 entries, although the list has 5",
      bearable: true
    })
  })
})
