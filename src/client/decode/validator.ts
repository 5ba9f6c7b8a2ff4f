import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { Expected, type Fields, isFields, isNone, type Repairs, RepairsId } from "../../model/lenient.js"

/*
 * Schema's decoder costs about twice as much as `JSON.parse`, because it allocates a result for each member of
 * an answer. Nearly every answer is valid and needs no repair. The closures made here check this at less than a
 * fifth of the cost of `JSON.parse` (bench row `validation`). They generate no code, which a content security
 * policy would forbid. Schema handles the values that they refuse, and says what is wrong.
 */

/** Stands for a value that Schema has to check. */
export const Refused: unique symbol = Symbol.for("effect-spotify/Refused")

/** The decoded value, which is the same one if there was nothing to repair, or {@link Refused}. */
export interface Check {
  (value: unknown): unknown
}

/** The kinds of values that `typeof` distinguishes. */
const primitives: Partial<Record<AST.AST["_tag"], string>> = {
  StringKeyword: "string",
  NumberKeyword: "number",
  BooleanKeyword: "boolean"
}

/** What is known about a schema without calling anything. */
interface Shape {
  readonly nullable: boolean
  /** The `typeof` of every valid value. If that is sufficient, there is no check. */
  readonly primitive: string | undefined
  readonly check: Check | undefined
}

/** A literal that a member of an object must equal. Unions are distinguished by it. */
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

/** Schema's own decoder, for the parts that are not plain. Made on demand, since few values need it. */
const bySchema = (ast: AST.AST): Check => {
  let decode: ((value: unknown) => Either.Either<unknown, ParseResult.ParseIssue>) | undefined
  return (value) => {
    decode ??= ParseResult.decodeUnknownEither(Schema.make<unknown>(ast))
    const result = decode(value)
    return Either.isRight(result) ? result.right : Refused
  }
}

const strings: Check = (value) => {
  if (!Array.isArray(value)) {
    return Refused
  }
  const list: ReadonlyArray<unknown> = value
  for (let index = 0; index < list.length; index++) {
    if (typeof list[index] !== "string") {
      return Refused
    }
  }
  return value
}

const array = ({ check, nullable, primitive }: Shape): Check => {
  if (primitive === "string" && check === undefined && !nullable) {
    return strings
  }
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

/** A member of an object. A class, so that all have one layout and the loop over them stays fast. */
class Member implements Shape {
  readonly name: string
  readonly type: AST.AST
  /** Whether Schema handles an object without it. */
  readonly required: boolean
  /** Whether any value is valid. */
  readonly any: boolean
  readonly nullable: boolean
  readonly primitive: string | undefined
  readonly check: Check | undefined

  constructor(name: string, type: AST.AST, required: boolean, shape: Shape | undefined) {
    this.name = name
    this.type = type
    this.required = required
    this.any = shape === undefined
    this.nullable = shape?.nullable ?? true
    this.primitive = shape?.primitive
    this.check = shape?.check
  }
}

const unknownMember = (name: string): Member => new Member(name, AST.unknownKeyword, false, undefined)

/** The most members whose order is cached. */
const longest = 64

/**
 * Iterates over the members that an object has, not those that it may have. A look-up by name costs more than
 * all the rest. Objects of one kind have their members in one order, which is cached.
 */
const object = (members: ReadonlyArray<Member>): Check => {
  const byName = new Map(members.map((member) => [member.name, member]))
  const wanted = members.filter(({ required }) => required).length
  const order: Array<Member> = []
  return (value) => {
    if (!isFields(value)) {
      return Refused
    }
    let changed: Record<string, unknown> | undefined
    let found = 0
    let at = 0
    // JSON objects inherit nothing that this would find
    for (const name in value) {
      let member = order[at]
      if (member === undefined || member.name !== name) {
        member = byName.get(name) ?? unknownMember(name)
        if (at < longest) {
          order[at] = member
        }
      }
      at += 1
      const before = value[name]
      if (member.required) {
        found += 1
      }
      const { check, primitive } = member
      if (
        (primitive === "string" ? typeof before === "string" : typeof before === primitive) ||
        (before === null && member.nullable) ||
        member.any
      ) {
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
    return found === wanted ? (changed ?? value) : Refused
  }
}

const isInUpperCase = (value: unknown, literal: AST.LiteralValue): boolean =>
  typeof value === "string" && value !== literal && value.toLowerCase() === literal

/**
 * The same order as Schema's: members with a matching literal, then those without one. A value whose literal
 * matches but that is invalid is not tried as another kind, since one odd member would turn a track into an
 * unknown item.
 */
const union = (members: ReadonlyArray<{ readonly tag: Tag | undefined; readonly check: Check }>): Check => {
  const tagged = members.flatMap(({ check, tag }) => (tag === undefined ? [] : [{ check, ...tag }]))
  const others = members.flatMap(({ check, tag }) => (tag === undefined ? [check] : []))
  return (value) => {
    if (tagged.length > 0 && isFields(value)) {
      let isOfKind = false
      for (const { check, literal, name } of tagged) {
        if (value[name] === literal) {
          const result = check(value)
          if (result !== Refused) {
            return result
          }
          isOfKind = true
        }
      }
      if (isOfKind || tagged.some(({ literal, name }) => isInUpperCase(value[name], literal))) {
        return Refused
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

/** Whether a repair would change the object without anything to report. */
const needsRepair = ({
  constants,
  defaults,
  fallbacks,
  kind,
  lists,
  renamed,
  type
}: Repairs): ((value: Fields) => boolean) => {
  // An object that does not say its kind may be a known one
  const told = [...Object.keys({ ...fallbacks, ...constants }), ...(kind === undefined ? [] : ["id", "uri"])]
  const renames = Object.entries(renamed ?? {})
  const fixed = Object.entries(type === undefined ? { ...constants } : { ...constants, type })
  const wanted = [...Object.keys(defaults ?? {}), ...renames.map(([name]) => name)]
  const full = lists ?? []
  return (value) => {
    for (const name of told) {
      if (isNone(value[name])) {
        return false
      }
    }
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

/** The shapes of schemas, each made once. Schema handles a schema that contains itself from that point on. */
type Known = Map<AST.AST, Shape>

const checkOnly = (check: Check): Shape => ({ nullable: false, primitive: undefined, check })

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

const wholeOf = ({ check, nullable, primitive }: Shape): Check => {
  if (check !== undefined && primitive === undefined && !nullable) {
    return check
  }
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

const literal =
  (expected: AST.LiteralValue): Check =>
  (value) =>
    value === expected ? value : Refused

/** The list after its repair: present and without nulls. */
const withoutNulls = (known: Known, type: AST.AST): Check => {
  const item = type._tag === "TupleType" && type.elements.length === 0 ? type.rest[0] : undefined
  const shape = item === undefined ? undefined : shapeOf(known, item.type)
  if (shape !== undefined && (shape.check === undefined || shape.check(null) === Refused)) {
    return array({ ...shape, nullable: false })
  }
  const check = wholeOf(shapeOf(known, type))
  return (value) => (Array.isArray(value) && !value.includes(null) ? check(value) : Refused)
}

/** The member of an object that needs no repair. */
const unrepaired = (
  known: Known,
  member: Member,
  { constants, defaults, fallbacks, lists, renamed, type }: Repairs
): Member => {
  const { name } = member
  const changed = (shape: Shape) => new Member(name, member.type, true, shape)
  const fixed = name === "type" && type !== undefined ? type : constants?.[name]
  if (fixed !== undefined) {
    const check = wholeOf(member)
    return changed(checkOnly((value) => (value === fixed ? check(value) : Refused)))
  }
  if (lists?.includes(name) === true) {
    return changed(checkOnly(withoutNulls(known, member.type)))
  }
  return name in { ...defaults, ...fallbacks, ...renamed }
    ? changed({ nullable: false, primitive: member.primitive, check: member.check })
    : member
}

/** An object that lacks an expected member is checked by Schema, so that the absence is reported. */
const memberOf = (known: Known, name: string, type: AST.AST, isOptional: boolean): Member =>
  type.annotations[Expected] === true
    ? new Member(name, type, true, { ...shapeOf(known, type), nullable: false })
    : new Member(name, type, !isOptional, shapeOf(known, type))

/** The members of an object, or none if it has something that only Schema handles. */
const membersOf = (known: Known, ast: AST.TypeLiteral): ReadonlyArray<Member> =>
  ast.indexSignatures.length > 0
    ? []
    : ast.propertySignatures.flatMap(({ isOptional, name, type }) =>
        typeof name === "string" ? [memberOf(known, name, type, isOptional)] : []
      )

const objectOf = (known: Known, ast: AST.TypeLiteral): Shape => {
  const members = membersOf(known, ast)
  return checkOnly(
    members.length === 0 || members.length < ast.propertySignatures.length ? bySchema(ast) : object(members)
  )
}

/** The check of an object that needs no repair. It may refuse one that needs none. */
const asItIs = (known: Known, inner: AST.AST, repairs: Repairs): Check | undefined => {
  if (inner._tag !== "TypeLiteral" || !isPlain(inner)) {
    return undefined
  }
  const members = membersOf(known, inner)
  const names = new Set(members.map(({ name }) => name))
  const isWhole = [
    ...(repairs.lists ?? []),
    ...Object.keys({ ...repairs.constants, ...repairs.defaults, ...repairs.fallbacks, ...repairs.renamed }),
    ...(repairs.type === undefined ? [] : ["type"])
  ].every((name) => names.has(name))
  return isWhole && members.length === inner.propertySignatures.length
    ? object(members.map((member) => unrepaired(known, member, repairs)))
    : undefined
}

const repairedOf = (known: Known, ast: AST.Declaration): Shape => {
  const [inner] = ast.typeParameters
  const repairs = ast.annotations[RepairsId] as Repairs | undefined
  const slow = bySchema(ast)
  if (inner === undefined || repairs === undefined) {
    return checkOnly(slow)
  }
  const check = asItIs(known, inner, repairs)
  if (check === undefined) {
    return checkOnly(slow)
  }
  const needed = needsRepair(repairs)
  const tag = tagOf(ast)
  return checkOnly((value) => {
    const result = check(value)
    if (result !== Refused || !isFields(value)) {
      return result
    }
    // Another kind, as its literal shows before Schema has to check it
    return tag !== undefined && value[tag.name] !== tag.literal
      ? Refused
      : needed(value)
        ? slow(value)
        : Refused
  })
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
    case "Literal":
      return ast.literal === null
        ? { nullable: true, primitive: undefined, check: undefined }
        : checkOnly(literal(ast.literal))
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
 * A check of values from `JSON.parse`. It accepts the same values as the schema and returns the same results,
 * except that unknown members stay where they are.
 */
export const make = (ast: AST.AST): Check => wholeOf(shapeOf(shapes, ast))
