import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as AST from "effect/SchemaAST"
import { assert } from "vitest"
import { all } from "../../../src/client/api/endpoints.js"
import { KnownValues } from "../../../src/model/lenient.js"
import { decodeResponse } from "../../../src/testing/operations.js"
import { turn } from "../../support/eventLoop.js"
import { answers as emulated } from "./emulated.js"
import { available, location, type Recording, refused, successes } from "./recordings.js"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

/** Where something stands in an answer. */
type Place = ReadonlyArray<string | number>

/** Every place of an answer, of each list only its ends, since its entries are alike. */
const placesOf = (value: Json, at: Place = []): ReadonlyArray<Place> =>
  Array.isArray(value)
    ? [0, value.length - 1]
        .filter((index, position) => index >= 0 && !(position === 1 && index === 0))
        .flatMap((index) => [[...at, index], ...placesOf(value[index] as Json, [...at, index])])
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, member]) => [
          [...at, name],
          ...placesOf(member as Json, [...at, name])
        ])
      : []

const at = (value: Json, place: Place): Json | undefined =>
  place.reduce<Json | undefined>(
    (found, part) =>
      typeof found === "object" && found !== null
        ? (Reflect.get(found, part) as Json | undefined)
        : undefined,
    value
  )

/** The answer with something else in one place, or without it. */
const changed = (value: Json, [part, ...rest]: Place, to: Json | undefined): Json => {
  if (part === undefined) {
    return to ?? null
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === part ? changed(item as Json, rest, to) : (item as Json)))
  }
  return Object.fromEntries(
    Object.entries(value as { readonly [name: string]: Json }).flatMap(([name, member]) =>
      name !== part
        ? [[name, member]]
        : rest.length === 0 && to === undefined
          ? []
          : [[name, changed(member, rest, to)]]
    )
  )
}

/** The names of members that hold one of a set of values. */
const enumerations = (): ReadonlySet<string> => {
  const names = new Set<string>(["type"])
  const seen = new Set<AST.AST>()
  const visit = (ast: AST.AST, name: string): void => {
    if (ast.annotations[KnownValues] !== undefined) {
      names.add(name)
    }
    if (seen.has(ast)) {
      return
    }
    seen.add(ast)
    switch (ast._tag) {
      case "TypeLiteral":
        return ast.propertySignatures.forEach(({ name, type }) => visit(type, String(name)))
      case "TupleType":
        return ast.rest.forEach(({ type }) => visit(type, name))
      case "Union":
        return ast.types.forEach((type) => visit(type, name))
      case "Declaration":
        return ast.typeParameters.forEach((type) => visit(type, name))
    }
  }
  for (const { success } of all) {
    visit(success.ast, "")
  }
  return names
}

/** Fewer of them where an answer is long. */
const thinned = (places: ReadonlyArray<Place>, most: number) => {
  const step = Math.max(1, Math.ceil(places.length / most))
  return places.filter((_, index) => index % step === 0)
}

const withPlaces = (answers: ReadonlyArray<Recording>) =>
  answers.flatMap(({ body, file, operationId }) =>
    file in refused ? [] : [{ file, operationId, body: body as Json, places: placesOf(body as Json) }]
  )

const isDecoded = (operationId: string, body: Json) =>
  Effect.map(Effect.exit(decodeResponse(operationId, body)), Exit.isSuccess)

/** Whose answers: at least so many changes of any kind, and of a value of an enumeration, are tried. */
const mutations = (answers: Effect.Effect<ReadonlyArray<Recording>>, least: readonly [number, number]) => {
  it.effect("without a member, with null, or with something else: never a defect", () =>
    Effect.gen(function* () {
      let tried = 0
      let refusals = 0
      for (const { body, file, operationId, places } of withPlaces(yield* answers)) {
        yield* turn
        for (const place of [[], ...thinned(places, 25)]) {
          for (const to of [undefined, null, "?", 7, [], {}]) {
            const result = yield* Effect.either(decodeResponse(operationId, changed(body, place, to)))
            tried += 1
            if (Either.isLeft(result)) {
              refusals += 1
              assert.strictEqual(result.left._tag, "DecodeError", `${file} ${place.join(".")}`)
            }
          }
        }
      }
      assert.isAtLeast(tried, least[0])
      assert.isAtLeast(refusals, 100)
    })
  )

  it.effect("with a member that nobody knows: always decode", () =>
    Effect.gen(function* () {
      for (const { body, file, operationId, places } of withPlaces(yield* answers)) {
        yield* turn
        const objects = [[], ...places].filter((place) => {
          const value = at(body, place)
          return typeof value === "object" && value !== null && !Array.isArray(value)
        })
        const more = objects.reduce<Json>(
          (found, place) =>
            changed(found, place, { ...(at(found, place) as object), something_new: { x: [1] } } as Json),
          body
        )
        assert.isTrue(yield* isDecoded(operationId, more), file)
      }
    })
  )

  it.effect("with a value that no enumeration has: always decode", () =>
    Effect.gen(function* () {
      const names = enumerations()
      assert.includeMembers(
        [...names],
        ["album_type", "release_date_precision", "repeat_state", "currently_playing_type", "reason", "type"]
      )
      let tried = 0
      for (const { body, file, operationId, places } of withPlaces(yield* answers)) {
        yield* turn
        const closed = places.filter(
          (place) => typeof at(body, place) === "string" && names.has(String(place.at(-1)))
        )
        for (const place of thinned(closed, 12)) {
          tried += 1
          assert.isTrue(
            yield* isDecoded(operationId, changed(body, place, "something_new")),
            `${file}: ${place.join(".")}`
          )
        }
      }
      assert.isAtLeast(tried, least[1])
    })
  )
}

describe("mutations of the emulator's answers", () => mutations(emulated, [5000, 250]))

describe.skipIf(!available)(`mutations of recorded answers (skipped without ${location})`, () =>
  mutations(Effect.sync(successes), [10_000, 1000])
)
