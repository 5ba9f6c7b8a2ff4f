import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type Repairs, RepairsId } from "./lenient.js"

/*
 * Schema's decoder costs about twice what `JSON.parse` does, as it allocates a result for each member of an
 * answer. Nearly every answer is valid and needs no repair, which the closures made here find out at less
 * than a fifth of `JSON.parse` (bench row `validation`). They generate no code, which a content security
 * policy would forbid. What they refuse is left to Schema, which also says what is wrong.
 */

/** Stands for a value that Schema has to look at. */
export const Refused: unique symbol = Symbol.for("effect-spotify/Refused")

/** The decoded value, which is the very same one if there was nothing to repair, or {@link Refused}. */
export interface Check {
  (value: unknown): unknown
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The kinds of values that `typeof` tells apart. */
const primitives: Partial<Record<AST.AST["_tag"], string>> = {
  StringKeyword: "string",
  NumberKeyword: "number",
  BooleanKeyword: "boolean"
}

/** What is known of a schema without calling anything. */
interface Shape {
  readonly nullable: boolean
  /** What `typeof` says of a valid value; if nothing else is valid, there is no check. */
  readonly primitive: string | undefined
  readonly check: Check | undefined
}

/** A literal that a member of an object must be, by which unions are told apart. */
interface Tag {
  readonly name: string
  readonly literal: AST.LiteralValue
}

const tagOf = (ast: AST.AST): Tag | undefined => {
  switch (ast._tag) {
    case "TypeLiteral": {
      for (const { isOptional, name, type } of ast.propertySignatures) {
        if (AST.isLiteral(type) && !isOptional && typeof name === "string") {
          return { name, literal: type.literal }
        }
      }
      return undefined
    }
    case "Declaration":
      return Option.match(AST.getSurrogateAnnotation(ast), { onNone: () => undefined, onSome: tagOf })
    default:
      return undefined
  }
}

/** Schema's own decoder, for the parts that are not plain. */
const bySchema = (ast: AST.AST): Check => {
  const decode = ParseResult.decodeUnknownEither(Schema.make<unknown>(ast))
  return (value) => {
    const result = decode(value)
    return Either.isRight(result) ? result.right : Refused
  }
}

const array = (item: Shape): Check => {
  const { check, nullable, primitive } = item
  return (value) => {
    if (!Array.isArray(value)) {
      return Refused
    }
    const list: ReadonlyArray<unknown> = value
    let changed: Array<unknown> | undefined
    for (let index = 0; index < list.length; index++) {
      const before = list[index]
      if (typeof before === primitive || (before === null && nullable)) {
        continue
      }
      const after = check === undefined ? Refused : check(before)
      if (after === Refused) {
        return Refused
      }
      if (after !== before) {
        changed ??= [...list]
        changed[index] = after
      }
    }
    return changed ?? value
  }
}

interface Member extends Shape {
  readonly name: string
  readonly optional: boolean
}

const object = (members: ReadonlyArray<Member>): Check => {
  return (value) => {
    if (!isFields(value)) {
      return Refused
    }
    let changed: Record<string, unknown> | undefined
    for (const { check, name, nullable, optional, primitive } of members) {
      const before = value[name]
      // JSON has no undefined, so this one is absent
      if (before === undefined) {
        if (optional) {
          continue
        }
        return Refused
      }
      if (typeof before === primitive || (before === null && nullable)) {
        continue
      }
      const after = check === undefined ? Refused : check(before)
      if (after === Refused) {
        return Refused
      }
      if (after !== before) {
        changed ??= { ...value }
        changed[name] = after
      }
    }
    return changed ?? value
  }
}

/** The same order as Schema's: those whose literal fits, then those without one. */
const union = (members: ReadonlyArray<{ readonly tag: Tag | undefined; readonly check: Check }>): Check => {
  const tagged = members.flatMap(({ check, tag }) => (tag === undefined ? [] : [{ check, ...tag }]))
  const others = members.flatMap(({ check, tag }) => (tag === undefined ? [check] : []))
  return (value) => {
    if (tagged.length > 0 && isFields(value)) {
      for (const { check, literal, name } of tagged) {
        if (value[name] === literal) {
          const result = check(value)
          if (result !== Refused) {
            return result
          }
        }
      }
    }
    for (const check of others) {
      const result = check(value)
      if (result !== Refused) {
        return result
      }
    }
    return Refused
  }
}

const isNone = (value: unknown): boolean => value === undefined || value === null

/** Whether a repair would change the object. */
const needsRepair = ({
  constants,
  defaults,
  lists,
  renamed,
  type
}: Repairs): ((value: Fields) => boolean) => {
  const renames = Object.entries(renamed ?? {})
  const fixed = Object.entries(type === undefined ? { ...constants } : { ...constants, type })
  const wanted = [...Object.keys(defaults ?? {}), ...renames.map(([name]) => name)]
  const full = lists ?? []
  return (value) => {
    for (const [name, constant] of fixed) {
      if (value[name] !== constant) {
        return true
      }
    }
    for (const name of full) {
      const list = value[name]
      if (!Array.isArray(list) || list.includes(null)) {
        return true
      }
    }
    for (const name of wanted) {
      if (isNone(value[name])) {
        return true
      }
    }
    return false
  }
}

/** The shapes of schemas, each made once. A schema that contains itself is left to Schema from there on. */
type Known = Map<AST.AST, Shape>

const checkOnly = (check: Check): Shape => ({ nullable: false, primitive: undefined, check })

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

const wholeOf = ({ check, nullable, primitive }: Shape): Check => {
  const rest = check ?? (() => Refused)
  return (value) => (typeof value === primitive || (value === null && nullable) ? value : rest(value))
}

const unionOf = (known: Known, { types }: AST.Union): Shape => {
  const nullable = types.some(isNull)
  const others = types.filter((type) => !isNull(type))
  const [only] = others
  if (only !== undefined && others.length === 1) {
    return { ...shapeOf(known, only), nullable: nullable || shapeOf(known, only).nullable }
  }
  return {
    nullable,
    primitive: undefined,
    check: union(others.map((type) => ({ tag: tagOf(type), check: wholeOf(shapeOf(known, type)) })))
  }
}

const isPlain = (ast: AST.AST): boolean =>
  ast.annotations[AST.ParseOptionsAnnotationId] === undefined &&
  ast.annotations[AST.DecodingFallbackAnnotationId] === undefined

const objectOf = (known: Known, ast: AST.TypeLiteral): Shape => {
  const members: Array<Member> = []
  for (const { isOptional, name, type } of ast.propertySignatures) {
    if (typeof name !== "string" || name in Object.prototype) {
      return checkOnly(bySchema(ast))
    }
    members.push({ ...shapeOf(known, type), name, optional: isOptional })
  }
  // The literals first, as they rule out most objects of another kind
  const weight = ({ check, primitive }: Member) => (primitive === undefined && check !== undefined ? 1 : 0)
  return ast.indexSignatures.length > 0 || members.length === 0
    ? checkOnly(bySchema(ast))
    : checkOnly(object(members.sort((one, other) => weight(one) - weight(other))))
}

const repairedOf = (known: Known, ast: AST.Declaration): Shape => {
  const [inner] = ast.typeParameters
  const repairs = ast.annotations[RepairsId] as Repairs | undefined
  const slow = bySchema(ast)
  if (inner === undefined || repairs === undefined) {
    return checkOnly(slow)
  }
  const needed = needsRepair(repairs)
  const check = wholeOf(shapeOf(known, inner))
  return checkOnly((value) => (isFields(value) && needed(value) ? slow(value) : check(value)))
}

const made = (known: Known, ast: AST.AST): Shape => {
  if (!isPlain(ast)) {
    return checkOnly(bySchema(ast))
  }
  const primitive = primitives[ast._tag]
  if (primitive !== undefined) {
    return { nullable: false, primitive, check: undefined }
  }
  switch (ast._tag) {
    case "Literal": {
      const { literal } = ast
      return literal === null
        ? { nullable: true, primitive: undefined, check: undefined }
        : checkOnly((value) => (value === literal ? value : Refused))
    }
    case "Union":
      return unionOf(known, ast)
    case "TupleType": {
      const [item] = ast.rest
      return ast.elements.length === 0 && ast.rest.length === 1 && item !== undefined
        ? checkOnly(array(shapeOf(known, item.type)))
        : checkOnly(bySchema(ast))
    }
    case "TypeLiteral":
      return objectOf(known, ast)
    case "Declaration":
      return repairedOf(known, ast)
    default:
      return checkOnly(bySchema(ast))
  }
}

const shapeOf = (known: Known, ast: AST.AST): Shape => {
  const before = known.get(ast)
  if (before !== undefined) {
    return before
  }
  const shape = made(known, ast)
  known.set(ast, shape)
  return shape
}

const shapes: Known = new Map()

/**
 * A check of values that came out of `JSON.parse`. Its verdict is the schema's, and so is the value that it
 * gives, except that members which the schema does not know stay where they are.
 */
export const make = (ast: AST.AST): Check => wholeOf(shapeOf(shapes, ast))
