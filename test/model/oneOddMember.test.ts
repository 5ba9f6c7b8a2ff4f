/** Whichever one member of whichever answer is odd, nothing else is lost, and strict decoding tells it. */
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { all } from "../../src/client/api/endpoints.js"
import * as Decode from "../../src/client/decode/decode.js"
import {
  Expected,
  isFields,
  KnownValues,
  type Repairs,
  RepairsId,
  UndocumentedNull
} from "../../src/model/lenient.js"

type Path = ReadonlyArray<string | number>

/** A value within an answer, and what the documentation lets it be. */
interface Place {
  readonly path: Path
  readonly value: unknown
  readonly mayBeNull: boolean
  readonly mayBeAbsent: boolean
}

const annotation = <A>(ast: AST.Annotated, id: symbol): A | undefined =>
  Option.getOrUndefined(AST.getAnnotation<A>(ast, id))

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

const repairsOf = (ast: AST.AST): Repairs => annotation<Repairs>(ast, RepairsId) ?? {}

/** The kinds of things that can stand here, without null and without what is of no known kind. */
const kindsOf = ({ types }: AST.Union): ReadonlyArray<AST.AST> =>
  types.filter((type) => !isNull(type) && repairsOf(type).constants === undefined)

/** How many answers it takes to show each kind of thing once. */
const widthOf = (ast: AST.AST): number => {
  switch (ast._tag) {
    case "Union":
      return kindsOf(ast).reduce((sum, kind) => sum + widthOf(kind), 0)
    case "TypeLiteral":
      return Math.max(1, ...ast.propertySignatures.map(({ type }) => widthOf(type)))
    case "Declaration":
      return ast.typeParameters[0] === undefined ? 1 : widthOf(ast.typeParameters[0])
    default:
      return 1
  }
}

/** An answer with all that the schema knows, each list of which has an entry that stays whole. */
const wholeOf = (ast: AST.AST, turn: number, path: Path, places: Array<Place>, repairs: Repairs): unknown => {
  switch (ast._tag) {
    case "Literal":
      return ast.literal
    case "NumberKeyword":
      return turn + 1
    case "BooleanKeyword":
      return false
    case "Union": {
      const kinds = kindsOf(ast)
      const kind = kinds[turn % kinds.length]
      return kind === undefined ? null : wholeOf(kind, turn, path, places, repairs)
    }
    case "Declaration": {
      const [inner] = ast.typeParameters
      return inner === undefined ? {} : wholeOf(inner, turn, path, places, repairsOf(ast))
    }
    case "TupleType": {
      const item = ast.rest[0]?.type ?? AST.stringKeyword
      const kinds = widthOf(item)
      // In the first answer all kinds are odd in their turn
      const odd = turn === 0 ? kinds : 0
      return Array.from({ length: kinds + 1 }, (_, index) => {
        const at = [...path, index]
        const value = wholeOf(item, index, at, index < odd ? places : [], {})
        if (index < odd) {
          // A list that is shorter by one is no deviation
          places.push({ path: at, value, mayBeNull: allowsNull(item), mayBeAbsent: true })
        }
        return value
      })
    }
    case "TypeLiteral":
      return Object.fromEntries(
        ast.propertySignatures.flatMap(({ isOptional, name: key, type }) => {
          const name = String(key)
          const at = [...path, name]
          const { defaults = {}, kind } = repairs
          if (name === "omitted") {
            return []
          }
          const made = wholeOf(type, turn, at, places, {})
          const value =
            kind === undefined || made === null
              ? made
              : name === "id"
                ? `i${turn}`
                : name === "uri"
                  ? `spotify:${kind === "local" ? "local:artist:album" : kind}:i${turn}`
                  : made
          places.push({
            path: at,
            value,
            mayBeNull: allowsNull(type) || name in defaults,
            mayBeAbsent: (isOptional && annotation(type, Expected) !== true) || name in defaults
          })
          return [[name, value]]
        })
      )
    default:
      return annotation<ReadonlyArray<string>>(ast, KnownValues)?.[0] ?? `text ${turn}`
  }
}

const allowsNull = (ast: AST.AST): boolean =>
  isNull(ast) || (AST.isUnion(ast) && ast.types.some(isNull) && annotation(ast, UndocumentedNull) !== true)

const absent = Symbol("absent")

/** Two values of other types, which take turns. */
const othersOf = (value: unknown): readonly [unknown, unknown] =>
  Array.isArray(value)
    ? ["text", {}]
    : typeof value === "object"
      ? ["text", []]
      : typeof value === "string"
        ? [7, {}]
        : ["text", []]

const withOdd = (value: unknown, [step, ...rest]: Path, odd: unknown): unknown => {
  if (step === undefined) {
    return odd
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === step ? withOdd(item, rest, odd) : item))
  }
  const { [step]: member, ...others } = value as Record<string, unknown>
  const after = withOdd(member, rest, odd)
  return after === absent ? others : { ...others, [step]: after }
}

/** How much of the path is still there, or -1 if something that does not lie on it has changed. */
const spared = (good: unknown, got: unknown, [step, ...rest]: Path): number => {
  if (step === undefined) {
    return 0
  }
  const on = (length: number) => (length < 0 ? -1 : length + 1)
  if (Array.isArray(good) && Array.isArray(got)) {
    const others = (list: ReadonlyArray<unknown>) => list.filter((_, index) => index !== step)
    if (got.length < good.length) {
      return isDeepStrictEqual(got, others(good)) ? 0 : -1
    }
    const item: unknown = got[Number(step)]
    return !isDeepStrictEqual(others(got), others(good))
      ? -1
      : item === null
        ? 0
        : on(spared(good[Number(step)], item, rest))
  }
  if (isFields(good) && isFields(got)) {
    const { [step]: before, ...others } = good
    const { [step]: after, omitted = 0, ...remaining } = got
    const lost = Array.isArray(before) && Array.isArray(after) ? before.length - after.length : 0
    const isCounted = !("limit" in good) || rest.length === 0 || omitted === lost
    return !isDeepStrictEqual(others, remaining) || !isCounted
      ? -1
      : after === undefined || after === null
        ? 0
        : on(spared(before, after, rest))
  }
  return 0
}

/** What a thing is of no use without; and lists of numbers, in which each has its place. */
const necessary = [
  /^(.*\.)?(images|icons)\[\d\]\.url$/,
  /^\[\d\]\.url$/,
  /^(categories\.items\[\d\]\.)?id$/,
  /^seeds\[\d\]\.id$/,
  /^(bars|beats|sections|segments|tatums)\[\d\]\.(start|duration)$/,
  /^segments\[\d\]\.(pitches|timbre)\[\d\]$/,
  /^items\[\d\]\.(album|track|episode|show)$/
]

/** Null says that it is gone, text that it is there. */
const tellsKind = /^items\[\d\]\.episode\.name$/

const format = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    ""
  )

let told = 0
const lenient = Decode.make({
  strict: false,
  onDrift: () =>
    Effect.sync(() => {
      told += 1
    })
})
const strict = Decode.make({ strict: true, onDrift: undefined })

type AnyEndpoint = (typeof all)[number]

const decode = (by: Decode.Decode, endpoint: AnyEndpoint, body: unknown) =>
  Effect.either(
    Effect.map(by(endpoint, 200, JSON.stringify(body)), (value) =>
      Option.isOption(value) ? Option.getOrNull(value) : value
    )
  )

/** All but of the largest answers, whose parts are answers of their own. */
const sampled = (places: ReadonlyArray<Place>): ReadonlyArray<Place> => {
  const stride = Math.ceil(places.length / 150)
  return places.filter((_, index) => index % stride === 0)
}

/** One operation for each schema. */
const endpoints = [
  ...new Map(
    all.filter(({ response }) => response !== "discard").map((endpoint) => [endpoint.success.ast, endpoint])
  ).values()
]

describe("an answer in which one member is null, absent or of another type", () => {
  for (const endpoint of endpoints) {
    it.effect(
      `${endpoint.operationId}: nothing else is lost, and strict mode tells it`,
      () =>
        Effect.gen(function* () {
          const { ast } = endpoint.success as Schema.Schema<unknown>
          const faults: Array<string> = []
          for (let turn = 0; turn < widthOf(ast); turn++) {
            const places: Array<Place> = []
            const whole = wholeOf(ast, turn, [], places, {})
            const good = Either.getOrThrow(yield* decode(strict, endpoint, whole))
            for (const [index, { mayBeAbsent, mayBeNull, path, value }] of sampled(places).entries()) {
              const isEntry = typeof path.at(-1) === "number"
              const odds = [
                ...(value === null ? [] : [null]),
                ...(isEntry ? [] : [absent]),
                othersOf(value)[index % 2]
              ]
              for (const odd of odds) {
                const body = withOdd(whole, path, odd)
                const name = format(path)
                const label = `${name}: ${odd === absent ? "absent" : JSON.stringify(odd)}`
                told = 0
                const read = yield* decode(lenient, endpoint, body)
                const isNecessary = necessary.some((rule) => rule.test(name))
                const least = path.length - (isNecessary ? 2 : 1)
                const left = Either.isRight(read) ? spared(good, read.right, path) : -1
                const isFailureMeant = least < 0 && Either.isLeft(read)
                if (left < least && !isFailureMeant && !tellsKind.test(name)) {
                  faults.push(`${label} left ${left} of ${path.length}`)
                }
                const isDocumented = odd === null ? mayBeNull : odd === absent && mayBeAbsent
                if ((told > 0 || Either.isLeft(read)) === isDocumented) {
                  faults.push(`${label} ${isDocumented ? "is documented" : "is not told"}`)
                }
                // What is told fails in strict mode, save of a command that was done; a sample, as it takes long
                if (
                  odds.indexOf(odd) === index % 7 &&
                  endpoint.response !== "written" &&
                  Either.isRight(yield* decode(strict, endpoint, body)) !== isDocumented
                ) {
                  faults.push(`${label} in strict mode`)
                }
              }
            }
          }
          assert.deepStrictEqual(faults, [])
        }),
      30_000
    )
  }
})
