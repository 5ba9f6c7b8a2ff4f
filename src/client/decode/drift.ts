import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import {
  Expected,
  type Fields,
  Forgiving,
  isFields,
  isNone,
  KnownValues,
  kindOf,
  repairer,
  type Repairs,
  RepairsId,
  UndocumentedNull
} from "../../model/lenient.js"

/** A deviation of an answer from Spotify's documentation. */
export interface Finding {
  /** For example `tracks.items[3].album.album_type`. */
  readonly path: string
  readonly kind:
    "UnknownValue" | "UndocumentedNull" | "UnknownMember" | "MissingMember" | "WrongType" | "OmittedEntry"
  /** An excerpt of the unknown value. */
  readonly detail?: string
}

/** Stands for a value that cannot be used. */
export const Unusable: unique symbol = Symbol.for("effect-spotify/Unusable")

/** The usable part of an answer, or {@link Unusable}, and its deviations. */
export interface Reading {
  readonly value: unknown
  readonly findings: ReadonlyArray<Finding>
}

/** Every omitted entry is reported. */
const maxFindings = 20

const excerpt = (value: unknown): string =>
  typeof value === "string"
    ? value.slice(0, 40)
    : Array.isArray(value)
      ? "a list"
      : `a value of type ${typeof value}`

const annotation = <A>(ast: AST.Annotated, id: symbol): A | undefined =>
  Option.getOrUndefined(AST.getAnnotation<A>(ast, id))

type Findings = Array<Finding>

const add = (findings: Findings, kind: Finding["kind"], path: string, detail?: string): void => {
  if (findings.length < maxFindings || kind === "OmittedEntry") {
    findings.push(detail === undefined ? { path, kind } : { path, kind, detail })
  }
}

const member = (path: string, name: string) => (path === "" ? name : `${path}.${name}`)

/** Whether null is one of the documented values. */
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
      // Other declarations are opaque
      return annotation(ast, RepairsId) === undefined && annotation(ast, Forgiving) === undefined
    default:
      return false
  }
}

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

/** Whether null replaces an unusable value. */
const takesNull = (ast: AST.AST): boolean =>
  AST.isUnion(ast) ? ast.types.some(isNull) : AST.isDeclaration(ast) && annotation(ast, Forgiving) === true

/** A value of another type, null, or a missing value, where the object needs one. */
const unusable = (findings: Findings, value: unknown, path: string): typeof Unusable => {
  add(
    findings,
    value === null ? "UndocumentedNull" : value === undefined ? "MissingMember" : "WrongType",
    path
  )
  return Unusable
}

/**
 * Whether the value has a type that no such literal has, or is the same text in upper case. Then it does not
 * identify another kind of object.
 */
const saysNothing = ({ literal }: AST.Literal, value: unknown): boolean =>
  literal === null
    ? typeof value !== "string"
    : typeof value !== typeof literal || String(value).toLowerCase() === literal

/**
 * The literals that an object lacks, since they identify its kind. Those that its URI confirms can be added.
 * None if it is another kind.
 */
const literalsOf = (
  findings: Findings,
  ast: AST.TypeLiteral,
  value: Fields,
  path: string,
  { constants, fallbacks, kind, type }: Repairs
): Record<string, unknown> | undefined => {
  const literals: Record<string, unknown> = {}
  for (const signature of ast.propertySignatures) {
    const name = String(signature.name)
    if (!AST.isLiteral(signature.type) || constants?.[name] !== undefined) {
      continue
    }
    const found = value[name]
    if (signature.isOptional || found === signature.type.literal || (name === "type" && type !== undefined)) {
      continue
    }
    unusable(findings, found, member(path, name))
    const isOfKind = kind !== undefined && kindOf(value) === kind
    const isLacking = isNone(found) || (isOfKind && saysNothing(signature.type, found))
    if (!isLacking || !(isOfKind || fallbacks?.[name] !== undefined)) {
      return undefined
    }
    literals[name] = signature.type.literal
  }
  return literals
}

const isOptional = (signature: AST.PropertySignature | AST.IndexSignature): boolean =>
  "isOptional" in signature && signature.isOptional

const readFields = (
  findings: Findings,
  ast: AST.TypeLiteral,
  value: unknown,
  path: string,
  repairs: Repairs
): unknown => {
  if (!isFields(value)) {
    return unusable(findings, value, path)
  }
  const { constants = {}, counted, defaults = {}, renamed = {}, type } = repairs
  const seen = literalsOf(findings, ast, value, path, repairs)
  if (seen === undefined) {
    return Unusable
  }
  const signatures = new Map(ast.propertySignatures.map((signature) => [signature.name, signature]))
  const newNames = new Map(Object.entries(renamed).map(([name, old]) => [old, name]))
  for (const [name, found] of Object.entries(value)) {
    const at = member(path, name)
    const signature =
      (name in constants ? undefined : signatures.get(name)) ??
      signatures.get(newNames.get(name) ?? "") ??
      ast.indexSignatures[0]
    if (signature === undefined) {
      // A wholly unknown object has no members to distinguish
      if (repairs.constants === undefined && repairs.others?.includes(name) !== true) {
        add(findings, "UnknownMember", at)
      }
    } else if (name === "type" && typeof found === "string" && type !== undefined && found !== type) {
      add(findings, "UnknownValue", at, excerpt(found))
    } else if (!(name in seen)) {
      const read = visit(findings, signature.type, found, at)
      // Null may have its own meaning
      const isMadeNull = read === null && found !== null && AST.isUnion(signature.type)
      if (read !== Unusable && !(isMadeNull && isOptional(signature))) {
        seen[name] = read
      }
      if (name === counted && Array.isArray(found) && Array.isArray(read) && read.length < found.length) {
        seen["omitted"] = found.length - read.length
      }
    }
  }
  const whole = repairer(repairs)(seen)
  const result: Record<string, unknown> = {}
  for (const { isOptional, name: key, type } of ast.propertySignatures) {
    const name = String(key)
    const isKept = name in whole
    if (isKept) {
      result[name] = whole[name]
    }
    if (!(name in value) && !((renamed[name] ?? name) in value)) {
      // A member with a default may be absent
      const isTold = isKept ? !(name in constants || name in defaults) : !isOptional
      if ((isTold && name !== "omitted") || annotation(type, Expected) === true) {
        add(findings, "MissingMember", member(path, name))
      }
    }
    if (!isKept && !isOptional) {
      return Unusable
    }
  }
  return result
}

/** Lists in which an entry's position says what it refers to. */
const isByPlace = (ast: AST.AST | undefined): boolean =>
  ast !== undefined && (AST.isNumberKeyword(ast) || AST.isBooleanKeyword(ast))

const readList = (findings: Findings, ast: AST.TupleType, value: unknown, path: string): unknown => {
  if (!Array.isArray(value)) {
    return unusable(findings, value, path)
  }
  const list: ReadonlyArray<unknown> = value
  const rest = ast.rest[0]?.type
  const result: Array<unknown> = []
  for (const [index, item] of list.entries()) {
    const type = ast.elements[index]?.type ?? rest
    const at = `${path}[${index}]`
    const read = type === undefined ? item : visit(findings, type, item, at)
    if (read === Unusable && isByPlace(type)) {
      return Unusable
    }
    if (item !== null && (read === Unusable || read === null)) {
      add(findings, "OmittedEntry", at)
    }
    if (read !== Unusable) {
      result.push(read)
    }
  }
  return result
}

/** How far an answer is from the documentation; unknown members count little. */
const oddityOf = (findings: ReadonlyArray<Finding>): number =>
  findings.reduce((sum, { kind }) => sum + (kind === "UnknownMember" ? 0.01 : 1), 0)

/** Whether the schema accepts any value. */
const takesAll = (ast: AST.AST): boolean => annotation<Repairs>(ast, RepairsId)?.constants !== undefined

/** The closest member of a union; an unknown kind only if nothing else fits. */
const readOneOf = (
  findings: Findings,
  types: ReadonlyArray<AST.AST>,
  value: unknown,
  path: string
): unknown => {
  let best: Reading | undefined
  let least = Number.POSITIVE_INFINITY
  for (const type of types) {
    if (best === undefined || (least > 0 && !takesAll(type))) {
      const own: Findings = []
      const read = visit(own, type, value, path)
      const oddity = oddityOf(own)
      if (read !== Unusable && oddity < least) {
        best = { value: read, findings: own }
        least = oddity
      }
    }
  }
  if (best === undefined) {
    return unusable(findings, value, path)
  }
  for (const { detail, kind, path } of best.findings) {
    add(findings, kind, path, detail)
  }
  return best.value
}

const readUnion = (findings: Findings, ast: AST.Union, value: unknown, path: string): unknown => {
  const types = ast.types.filter((type) => !isNull(type))
  const [only, another] = types
  const read =
    only !== undefined && another === undefined
      ? visit(findings, only, value, path)
      : readOneOf(findings, types, value, path)
  return read === Unusable && types.length < ast.types.length ? null : read
}

const readDeclaration = (findings: Findings, ast: AST.Declaration, value: unknown, path: string): unknown => {
  const [inner] = ast.typeParameters
  if (inner === undefined) {
    return value
  }
  const repairs = annotation<Repairs>(ast, RepairsId)
  if (repairs !== undefined && AST.isTypeLiteral(inner)) {
    const replaced = Object.keys(repairs.constants ?? {})[0]
    if (replaced !== undefined && isFields(value)) {
      add(findings, "UnknownValue", member(path, replaced), excerpt(value[replaced]))
    }
    return readFields(findings, inner, value, path, repairs)
  }
  if (annotation(ast, Forgiving) !== true) {
    return value
  }
  if (visit([], inner, value, path) === value) {
    return value
  }
  add(findings, "UnknownValue", path, excerpt(value))
  return null
}

const visit = (findings: Findings, ast: AST.AST, value: unknown, path: string): unknown => {
  if (value === null) {
    if (allowsNull(ast)) {
      return null
    }
    const read = unusable(findings, value, path)
    return takesNull(ast) ? null : read
  }
  switch (ast._tag) {
    case "Literal":
      return ast.literal === value ? value : unusable(findings, value, path)
    case "StringKeyword": {
      const known = annotation<ReadonlyArray<string>>(ast, KnownValues)
      if (typeof value !== "string") {
        return unusable(findings, value, path)
      }
      if (known !== undefined && !known.includes(value)) {
        add(findings, "UnknownValue", path, excerpt(value))
      }
      return value
    }
    case "NumberKeyword": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
      if (typeof number !== "number" || !Number.isFinite(number)) {
        return unusable(findings, value, path)
      }
      if (number !== value) {
        add(findings, "WrongType", path)
      }
      return number
    }
    case "BooleanKeyword":
      if (value === "true" || value === "false") {
        add(findings, "WrongType", path)
        return value === "true"
      }
      return typeof value === "boolean" ? value : unusable(findings, value, path)
    case "TypeLiteral":
      return readFields(findings, ast, value, path, {})
    case "TupleType":
      return readList(findings, ast, value, path)
    case "Union":
      return readUnion(findings, ast, value, path)
    case "Refinement":
    case "Transformation":
      return visit(findings, ast.from, value, path)
    case "Suspend":
      return visit(findings, ast.f(), value, path)
    case "Declaration":
      return readDeclaration(findings, ast, value, path)
    default:
      return value
  }
}

/**
 * Reads as much of an answer as possible. A value of another type counts as absent. An object that lacks a
 * required member is left out, and its list or parent continues. It also returns all deviations from Spotify's
 * documentation that the schema shows: at most twenty, and every omitted entry. It never throws, and does not
 * change the answer.
 */
export const read =
  (schema: Schema.Schema.AnyNoContext) =>
  (value: unknown): Reading =>
    Either.getOrElse(
      Either.try((): Reading => {
        const findings: Findings = []
        return { value: visit(findings, schema.ast, value, ""), findings }
      }),
      (): Reading => ({ value: Unusable, findings: [] })
    )
