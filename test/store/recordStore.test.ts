import { assert, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as RecordStore from "../../src/store/recordStore.js"

const key = TokenStore.StoreKey("effect-spotify:client:session:default")

const records = Effect.map(TokenStore.makeMemory, (store) => ({
  store,
  records: RecordStore.make(store, Schema.Struct({ v: Schema.Literal(1), name: Schema.String }))
}))

it.effect("what is written is read, with its version and until its end", () =>
  Effect.gen(function* () {
    const { records: all, store } = yield* records
    assert.deepStrictEqual(yield* all.read(key), Option.none())
    const end = DateTime.unsafeMake(1_000)
    const entry = yield* all.entry({ v: 1, name: "one" }, end)
    assert.deepStrictEqual(entry.disposableAt, Option.some(end))
    assert.deepStrictEqual((yield* all.entry({ v: 1, name: "one" })).disposableAt, Option.none())
    yield* TokenStore.set(store, key, entry)
    assert.deepStrictEqual(
      yield* all.read(key),
      Option.some({ version: entry.version, record: { v: 1 as const, name: "one" } })
    )
  })
)

it.effect("what is not such a record has a reason: newer than this version, no record, or too long", () =>
  Effect.gen(function* () {
    const { records: all } = yield* records
    const version = yield* TokenStore.newVersion
    const reasonOf = (text: string) =>
      Either.match(all.decode(key, { version, payload: Redacted.make(text), disposableAt: Option.none() }), {
        onRight: () => undefined,
        onLeft: (error) => {
          assert.strictEqual(error.version, version)
          return error.reason
        }
      })
    assert.isUndefined(reasonOf('{"v":1,"name":"one"}'))
    for (const text of ['{"v":2}', '{"v":2,"name":"one"}', '{"v":1.5}']) {
      assert.strictEqual(reasonOf(text), "SchemaVersion", text)
    }
    for (const text of [
      "",
      "{",
      "null",
      "2",
      '"text"',
      "[]",
      "{}",
      '{"v":1}',
      '{"v":"2","name":"one"}',
      '{"v":[2],"name":"one"}',
      '{"v":0,"name":"one"}',
      '{"v":true,"name":"one"}'
    ]) {
      assert.strictEqual(reasonOf(text), "Decode", text)
    }
    const of = (length: number) => `{"v":1,"name":"${"x".repeat(length - '{"v":1,"name":""}'.length)}"}`
    assert.isUndefined(reasonOf(of(64 * 1024)))
    assert.strictEqual(reasonOf(of(64 * 1024 + 1)), "TooLarge")
  })
)
