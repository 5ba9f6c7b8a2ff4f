import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { all } from "../../../src/client/api/endpoints.js"
import * as Drift from "../../../src/client/decode/drift.js"
import * as Validator from "../../../src/client/decode/validator.js"
import * as fixtures from "../../model/fixtures.js"
import { Track } from "../../../src/model/Track.js"

type Json = null | boolean | number | string | Array<Json> | { [name: string]: Json }

/** Numbers from 0 up to `most`, the same ones in each run. */
const numbers = (seed: number) => {
  let state = seed
  return (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}

/** Every place of a value that can be changed: the container, and the name within. */
const placesOf = (value: Json): Array<readonly [Array<Json> | { [name: string]: Json }, string]> =>
  value === null || typeof value !== "object"
    ? []
    : Object.keys(value).flatMap((name) => [
        [value, name] as const,
        ...placesOf((value as { [name: string]: Json })[name] ?? null)
      ])

const odd: ReadonlyArray<() => Json> = [
  () => null,
  () => "",
  () => "artist",
  () => "episode",
  () => "track",
  () => 0,
  () => -1.5,
  () => true,
  () => [],
  () => [null],
  () => [{}],
  () => ({}),
  () => ({ type: "episode", name: "x" }),
  () => ({ 0: "list-like", length: 1 })
]

/** Damages up to three places of the value: another value, none at all, or a member nobody knows. */
const damage = (value: Json, below: (most: number) => number): Json => {
  const copy = structuredClone(value)
  for (let times = below(4); times > 0; times--) {
    const places = placesOf(copy)
    const place = places[below(places.length)]
    if (place === undefined) {
      return (odd[below(odd.length)] ?? (() => null))()
    }
    const [container, name] = place
    const way = below(4)
    if (way === 0) {
      Reflect.deleteProperty(container, name)
      if (Array.isArray(container)) {
        container.length = 0
      }
    } else if (way === 1) {
      Reflect.set(container, Array.isArray(container) ? container.length : "unheard_of", name)
    } else {
      Reflect.set(container, name, (odd[below(odd.length)] ?? (() => null))())
    }
  }
  return copy
}

/** Whether all that the schema decoded stands in the value; members that it does not know may be there too. */
const stands = (decoded: unknown, value: unknown): boolean =>
  Array.isArray(decoded)
    ? Array.isArray(value) &&
      value.length === decoded.length &&
      decoded.every((item, index) => stands(item, value[index]))
    : typeof decoded === "object" && decoded !== null
      ? typeof value === "object" &&
        value !== null &&
        Object.entries(decoded).every(([name, member]) => stands(member, Reflect.get(value, name)))
      : Object.is(decoded, value)

/** One operation for each schema. */
const answers = [
  ...new Map(
    all.filter(({ response }) => response !== "discard").map((endpoint) => [endpoint.success.ast, endpoint])
  ).values()
]

const valuesPerSchema = 12

/** Whether Schema has less to tell of an answer: it takes a track with one odd member for something unknown. */
const isPoorer = (decoded: unknown): boolean =>
  /"original_type":"(track|episode)"/.test(JSON.stringify(decoded))

const isDamage = ({ kind }: Drift.Finding) =>
  kind === "MissingMember" || kind === "WrongType" || kind === "OmittedEntry"

const runs = Math.ceil(104_000 / (answers.length * valuesPerSchema))

const sizeOf = (value: Json): number => JSON.stringify(value).length

/** Valid answers; of many that were made up the short ones, which are as odd as the long ones. */
const valuesOf = (schema: Schema.Schema<unknown>): ReadonlyArray<Json> => {
  const encode = Schema.encodeSync(schema)
  return FastCheck.sample(Arbitrary.make(schema), { seed: 7, numRuns: valuesPerSchema * 3 })
    .map((sample) => JSON.parse(JSON.stringify(encode(sample))) as Json)
    .sort((one, other) => sizeOf(one) - sizeOf(other))
    .slice(0, valuesPerSchema)
}

describe("validator", () => {
  const below = numbers(20_261_124)
  const verdicts = { taken: 0, refused: 0, told: 0, missed: 0 }

  it.each(answers)(
    "has the verdicts and the values of Schema on damaged answers of $operationId",
    (endpoint) => {
      const schema = Schema.make<unknown>(endpoint.success.ast)
      const check = Validator.make(endpoint.success.ast)
      const read = Drift.read(schema)
      const decode = ParseResult.decodeUnknownEither(schema)
      for (const value of valuesOf(schema)) {
        for (let run = 0; run < runs; run++) {
          const answer = damage(value, below)
          const before = JSON.stringify(answer)
          const checked = check(answer)
          const decoded = decode(answer)
          assert.strictEqual(JSON.stringify(answer), before, "the answer was changed")
          const { findings, value: made } = read(answer)
          if (Either.isRight(decoded)) {
            assert.notStrictEqual(made, Drift.Unusable, `nothing is made of ${before}`)
          }
          if (Either.isRight(decoded) && !findings.some(isDamage) && !isPoorer(decoded.right)) {
            assert.deepStrictEqual(made, decoded.right)
          }
          if (Either.isLeft(decoded)) {
            assert.strictEqual(checked, Validator.Refused, `took ${before}`)
            verdicts.refused += 1
          } else if (checked === Validator.Refused) {
            // It is read with care then, so nothing is lost but time
            verdicts[findings.length === 0 ? "missed" : "told"] += 1
          } else {
            assert.isTrue(stands(decoded.right, checked), `another value for ${before}`)
            verdicts.taken += 1
          }
        }
      }
    }
  )

  it("was asked about a hundred thousand answers and took nearly all good ones", () => {
    const { missed, refused, taken, told } = verdicts
    assert.isAtLeast(missed + refused + taken + told, 100_000)
    assert.isAtLeast(refused, 10_000)
    assert.isAtLeast(taken, 10_000)
    assert.isAtMost(missed / (missed + taken), 0.01, JSON.stringify(verdicts))
  })

  it("gives the very same object where there is nothing to repair, with members that nobody knows", () => {
    const track = { ...fixtures.track(1), unheard_of: 1 }
    assert.strictEqual(Validator.make(Track.ast)(track), track)
  })

  it("repairs a copy", () => {
    const track = { ...fixtures.track(1), artists: null }
    const repaired = Validator.make(Track.ast)(track)
    assert.deepStrictEqual(Reflect.get(Object(repaired), "artists"), [])
    assert.isNull(track.artists)
  })

  it("leaves what it cannot look into to Schema", () => {
    const Odd = Schema.Struct({
      at: Schema.NumberFromString,
      rest: Schema.Record({ key: Schema.String, value: Schema.Int })
    })
    const check = Validator.make(Odd.ast)
    assert.deepStrictEqual(check({ at: "1", rest: { a: 1 } }), { at: 1, rest: { a: 1 } })
    assert.strictEqual(check({ at: "1", rest: { a: 1.5 } }), Validator.Refused)
    assert.strictEqual(check({ at: 1, rest: {} }), Validator.Refused)
  })
})
