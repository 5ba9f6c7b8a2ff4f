import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { Forgiving, KnownValues, type Repairs, RepairsId, UndocumentedNull } from "../../model/lenient.js"

/** Something in an answer that Spotify's documentation does not have. */
export interface Finding {
  /** Such as `tracks.items[3].album.album_type`. */
  readonly path: string
  readonly kind: "UnknownValue" | "UndocumentedNull" | "UnknownMember"
  /** An excerpt of the unknown value. */
  readonly detail?: string
}

const maxFindings = 20

const excerpt = (value: unknown): string =>
  typeof value === "string"
    ? value.slice(0, 40)
    : Array.isArray(value)
      ? "a list"
      : `a value of type ${typeof value}`

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const annotation = <A>(ast: AST.AST, id: symbol): A | undefined =>
  Option.getOrUndefined(AST.getAnnotation<A>(ast, id))

/** Whether an answer's null is one of the values that are documented. */
const allowsNull = (ast: AST.AST): boolean => {
  switch (ast._tag) {
    case "Literal":
      return ast.literal === null
    case "Union":
      return annotation(ast, UndocumentedNull) !== true && ast.types.some(allowsNull)
    case "Refinement":
    case "Transformation":
      return allowsNull(ast.from)
    case "Suspend":
      return allowsNull(ast.f())
    case "UnknownKeyword":
    case "AnyKeyword":
      return true
    case "Declaration":
      // Other declarations are not looked into
      return annotation(ast, RepairsId) === undefined && annotation(ast, Forgiving) === undefined
    default:
      return false
  }
}

const accepts = (
  decoders: Map<AST.AST, (value: unknown) => boolean>,
  ast: AST.AST,
  value: unknown
): boolean => {
  const known = decoders.get(ast)
  if (known !== undefined) {
    return known(value)
  }
  const decode = ParseResult.decodeUnknownEither(Schema.make<unknown>(ast))
  const check = (input: unknown) => Either.isRight(decode(input))
  decoders.set(ast, check)
  return check(value)
}

/** The literals by which unions are told apart rule most members out before any is decoded. */
const tagsMatch = (ast: AST.AST, value: unknown): boolean => {
  switch (ast._tag) {
    case "Literal":
      return ast.literal === value
    case "TypeLiteral":
      return (
        isFields(value) &&
        ast.propertySignatures.every(
          ({ isOptional, name, type }) =>
            isOptional ||
            !AST.isLiteral(type) ||
            type.literal === null ||
            value[String(name)] === type.literal
        )
      )
    case "Declaration": {
      const [inner] = ast.typeParameters
      const repairs = annotation<Repairs>(ast, RepairsId)
      // What a repair puts in says nothing about the value
      return (
        inner === undefined ||
        repairs === undefined ||
        repairs.constants !== undefined ||
        repairs.type !== undefined ||
        tagsMatch(inner, value)
      )
    }
    case "Refinement":
    case "Transformation":
      return tagsMatch(ast.from, value)
    case "Suspend":
      return tagsMatch(ast.f(), value)
    default:
      return true
  }
}

interface Walk {
  readonly findings: Array<Finding>
  readonly decoders: Map<AST.AST, (value: unknown) => boolean>
}

const add = (walk: Walk, kind: Finding["kind"], path: string, detail?: string): void => {
  walk.findings.push(detail === undefined ? { path, kind } : { path, kind, detail })
}

const member = (path: string, name: string) => (path === "" ? name : `${path}.${name}`)

const visitFields = (
  walk: Walk,
  ast: AST.TypeLiteral,
  value: Fields,
  path: string,
  repairs: Repairs
): void => {
  const signatures = new Map(ast.propertySignatures.map((signature) => [signature.name, signature.type]))
  const oldNames = new Map(Object.entries(repairs.renamed ?? {}).map(([name, old]) => [old, name]))
  for (const [name, found] of Object.entries(value)) {
    const signature =
      signatures.get(name) ?? signatures.get(oldNames.get(name) ?? "") ?? ast.indexSignatures[0]?.type
    if (signature === undefined) {
      add(walk, "UnknownMember", member(path, name))
    } else {
      visit(walk, signature, found, member(path, name), {})
    }
  }
}

const visitList = (walk: Walk, ast: AST.TupleType, value: ReadonlyArray<unknown>, path: string): void => {
  const rest = ast.rest[0]?.type
  value.forEach((item, index) => {
    const type = ast.elements[index]?.type ?? rest
    if (type !== undefined) {
      visit(walk, type, item, `${path}[${index}]`, {})
    }
  })
}

const visitDeclaration = (walk: Walk, ast: AST.Declaration, value: unknown, path: string): void => {
  const [inner] = ast.typeParameters
  const repairs = annotation<Repairs>(ast, RepairsId)
  if (inner === undefined) {
    return
  }
  const replaced = Object.keys(repairs?.constants ?? {})[0]
  if (replaced !== undefined) {
    // Something that is not known at all has no members that could be told apart
    add(walk, "UnknownValue", member(path, replaced), excerpt(isFields(value) ? value[replaced] : value))
  } else if (repairs !== undefined) {
    visit(walk, inner, value, path, repairs)
  } else if (annotation(ast, Forgiving) === true) {
    if (accepts(walk.decoders, inner, value)) {
      visit(walk, inner, value, path, {})
    } else {
      add(walk, "UnknownValue", path, excerpt(value))
    }
  }
}

const visit = (walk: Walk, ast: AST.AST, value: unknown, path: string, repairs: Repairs): void => {
  if (walk.findings.length >= maxFindings) {
    return
  }
  if (value === null) {
    // It decoded, so where no null is documented somebody made allowance for it
    if (!allowsNull(ast)) {
      add(walk, "UndocumentedNull", path)
    }
    return
  }
  switch (ast._tag) {
    case "Literal":
      // It decoded, so it was put right
      if (ast.literal !== value) {
        add(walk, "UnknownValue", path, excerpt(value))
      }
      return
    case "StringKeyword": {
      const known = annotation<ReadonlyArray<string>>(ast, KnownValues)
      if (known !== undefined && typeof value === "string" && !known.includes(value)) {
        add(walk, "UnknownValue", path, excerpt(value))
      }
      return
    }
    case "TypeLiteral":
      if (isFields(value)) {
        visitFields(walk, ast, value, path, repairs)
      }
      return
    case "TupleType":
      if (Array.isArray(value)) {
        visitList(walk, ast, value, path)
      }
      return
    case "Union": {
      const candidates = ast.types.filter((type) => tagsMatch(type, value))
      const [only, another] = candidates
      const chosen =
        another === undefined ? only : candidates.find((type) => accepts(walk.decoders, type, value))
      if (chosen !== undefined) {
        visit(walk, chosen, value, path, {})
      }
      return
    }
    case "Refinement":
    case "Transformation":
      return visit(walk, ast.from, value, path, repairs)
    case "Suspend":
      return visit(walk, ast.f(), value, path, repairs)
    case "Declaration":
      return visitDeclaration(walk, ast, value, path)
    default:
      return
  }
}

/**
 * Lists how a value that already decoded deviates from Spotify's documentation, as far as the schema tells:
 * at most twenty deviations, and none if the value cannot be walked. It never throws.
 */
export const find = (schema: Schema.Schema.AnyNoContext): ((value: unknown) => ReadonlyArray<Finding>) => {
  const decoders: Walk["decoders"] = new Map()
  return (value) =>
    Either.getOrElse(
      Either.try(() => {
        const walk: Walk = { findings: [], decoders }
        visit(walk, schema.ast, value, "", {})
        return walk.findings
      }),
      () => []
    )
}
