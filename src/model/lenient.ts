import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Model } from "./Model.js"

/*
 * How models are made. A member is required only if the object is useless without it: an id or a URI that later
 * calls need (each is made from the other), a type that distinguishes objects, the address of an image, the
 * track of a saved track. Any other member may be missing, be null or have another form at any time:
 *
 * - `nullish`: may be absent or null, as documented
 * - `patchy`: may be absent, as documented; null is reported
 * - `expected`: every answer should have it; absence and null are reported
 * - text that may be empty, such as a name, has a `fallback`; a list may be empty
 *
 * A value of another type is dropped and only reported, see `drift.ts`. An object that lacks a required member
 * is left out of its list, or is absent from its parent. Only an answer that is itself such an object fails.
 */

/** The values of an open enumeration that Spotify documents. */
export const KnownValues: unique symbol = Symbol.for("effect-spotify/KnownValues")

/** Marks a nullable schema whose null is undocumented. */
export const UndocumentedNull: unique symbol = Symbol.for("effect-spotify/UndocumentedNull")

/** Marks the schema of a member that every answer should have. */
export const Expected: unique symbol = Symbol.for("effect-spotify/Expected")

/** How {@link repaired} normalizes an object before its schema sees it. */
export const RepairsId: unique symbol = Symbol.for("effect-spotify/Repairs")

/** Marks a schema of {@link forgiving}. */
export const Forgiving: unique symbol = Symbol.for("effect-spotify/Forgiving")

/**
 * Branded text that is not checked. Ids and URIs in answers are accepted as they are: odd ones exist, and one
 * of them must not fail a page.
 */
export const text = <A extends string>(): Schema.Schema<A> => Schema.make<A>(AST.stringKeyword)

/**
 * Text with some documented values. Any other text is accepted too, since Spotify adds values without notice.
 * Editors still complete the known ones.
 */
export const OpenLiteral = <const Known extends ReadonlyArray<string>>(
  ...known: Known
): Schema.Schema<Known[number] | (string & {})> =>
  Schema.make<Known[number] | (string & {})>(AST.annotations(AST.stringKeyword, { [KnownValues]: known }))

/** A member that may be absent. The type is shorter than Schema's own. */
export interface Member<A> extends Schema.PropertySignature<"?:", A, never, "?:", A, false, never> {}

/**
 * The type of an object with these members. `Schema.Struct` computes the same at many times the compiler's
 * cost.
 */
export type ObjectOf<F extends Schema.Struct.Fields> = {
  readonly [K in keyof F as F[K] extends { readonly _TypeToken: "?:" } ? never : K]: Schema.Schema.Type<F[K]>
} & {
  readonly [K in keyof F as F[K] extends { readonly _TypeToken: "?:" } ? K : never]?: Schema.Schema.Type<F[K]>
}

/** The repairs that concern these members. */
const repairsOf = (names: ReadonlyArray<string>, repairs: Repairs): Repairs => {
  const isNamed = (name: string | undefined) => name !== undefined && names.includes(name)
  const named = <A>(values: Readonly<Record<string, A>> | undefined) =>
    Record.filter(values ?? {}, (_, name) => isNamed(name))
  const { constants, counted, kind, lists = [], type } = repairs
  return {
    lists: lists.filter(isNamed),
    renamed: named(repairs.renamed),
    defaults: named(repairs.defaults),
    fallbacks: named(repairs.fallbacks),
    ...(constants && { constants: named(constants) }),
    ...(kind !== undefined && { kind }),
    ...(counted !== undefined && isNamed(counted) && { counted }),
    ...(type !== undefined && isNamed("type") && { type })
  }
}

/** The schema itself with the additional members of a {@link Model}. */
const modelOf = <A>(
  schema: Schema.Schema<A>,
  fields: Schema.Struct.Fields,
  repairs: Repairs = {}
): Model<A> => {
  const annotated = schema.annotations.bind(schema)
  const parts = {
    fields,
    annotations: (annotations: Schema.Annotations.Schema<A>) =>
      modelOf(annotated(annotations), fields, repairs),
    pick: (...keys: ReadonlyArray<string>) => {
      const picked = object(Record.filter(fields, (_, name) => keys.includes(name)))
      const others = [...Object.keys(fields), ...Object.values(repairs.renamed ?? {})]
      return model(picked, { ...repairsOf(keys, repairs), others })
    },
    extend: (members: Schema.Struct.Fields) =>
      repaired(Schema.make<unknown>(Schema.Struct({ ...fields, ...members }).ast), repairs)
  }
  // The interface already says each member's type
  return Object.assign(schema, parts) as unknown as Model<A>
}

const signature = (name: PropertyKey, member: Schema.Struct.Field): AST.PropertySignature => {
  if (!Schema.isPropertySignature(member)) {
    return new AST.PropertySignature(name, member.ast, false, true)
  }
  const { ast } = member
  const { annotations, isOptional, type } = ast._tag === "PropertySignatureDeclaration" ? ast : ast.to
  return new AST.PropertySignature(name, type, isOptional, true, annotations)
}

/**
 * An object with these members, each of which has the same type before and after decoding. `Schema.Struct`
 * searches all of them for transformations, which takes a fiftieth of a cold start (bench row `imports`). For a
 * member that transforms, this keeps its decoded type.
 */
export const object = <F extends Schema.Struct.Fields>(members: F): Model<ObjectOf<F>> =>
  modelOf(
    Schema.make<ObjectOf<F>>(
      new AST.TypeLiteral(
        Object.entries(members).map(([name, member]) => signature(name, member)),
        []
      )
    ),
    members
  )

/** An object that comes in several shapes: see {@link repaired}. */
export const model = <A>(object: Model<A>, repairs: Repairs): Model<A> =>
  modelOf(repaired(object, repairs), object.fields, repairs)

/** A member that may be absent. */
export const optional = <A>(schema: Schema.Schema<A>): Member<A> =>
  // Without `exact` each member becomes a union with undefined, which doubles the cost of decoding
  Schema.optionalWith(schema, { exact: true })

/** Like `Schema.NullOr`, whose annotations are an extra schema each. */
const nullOr = <A>(schema: Schema.Schema<A>, annotations?: AST.Annotations): Schema.Schema<A | null> =>
  Schema.make<A | null>(AST.Union.make([schema.ast, AST.null], annotations))

/** A value that may be null although this is undocumented. */
export const orNull = <A>(schema: Schema.Schema<A>): Schema.Schema<A | null> =>
  nullOr(schema, { [UndocumentedNull]: true })

/** A member that may be absent or, as documented, null. */
export const nullish = <A>(schema: Schema.Schema<A>): Member<A | null> => optional(nullOr(schema))

/** A member that may be absent, or null although this is undocumented. */
export const patchy = <A>(schema: Schema.Schema<A>): Member<A | null> => optional(orNull(schema))

/** A member that every answer should have, but that its object can do without. */
export const expected = <A>(schema: Schema.Schema<A>): Member<A | null> =>
  optional(nullOr(schema, { [UndocumentedNull]: true, [Expected]: true }))

/** A list in which Spotify sends null for hidden entries. */
export const nullableItems = <A>(item: Schema.Schema<A>): Schema.Schema<ReadonlyArray<A | null>> =>
  Schema.Array(orNull(item))

/** A list that is the whole answer, under this name; empty if it is absent or null. */
export const listed = <const N extends string, A>(
  name: N,
  item: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]: ReadonlyArray<A> }> =>
  repaired(Schema.make<{ readonly [K in N]: ReadonlyArray<A> }>(object({ [name]: Schema.Array(item) }).ast), {
    lists: [name]
  })

/**
 * Objects in the requested order, null for those that do not exist. If the list is absent or null, nothing is
 * known about any of them.
 */
export const listedByPlace = <const N extends string, A>(
  name: N,
  item: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]?: ReadonlyArray<A | null> | null }> =>
  Schema.make<{ readonly [K in N]?: ReadonlyArray<A | null> | null }>(
    object({ [name]: expected(nullableItems(item)) }).ast
  )

/** A page that is the whole answer, under this name; without entries if it is absent or null. */
export const paged = <const N extends string, A>(
  name: N,
  page: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]: A }> =>
  repaired(Schema.make<{ readonly [K in N]: A }>(object({ [name]: page }).ast), { fallbacks: { [name]: {} } })

/** A boolean for each object, in their order. Null, which is undocumented, means false. */
export const Flags: Schema.Schema<ReadonlyArray<boolean | null>> = nullableItems(Schema.Boolean)

/** Replaces any value that does not fit by null, for members that were sent in another form for a while. */
export const forgiving = <A>(schema: Schema.Schema<A>): Schema.Schema<A | null> =>
  Schema.declare(
    [schema],
    {
      decode: (inner) => {
        const is = ParseResult.is(inner)
        return (input) => Either.right(is(input) ? input : null)
      },
      encode: () => (input) => Either.right(input as A | null)
    },
    { [Forgiving]: true, arbitrary: (inner) => (fc) => fc.option(inner(fc)) }
  )

/** What {@link repaired} does to an object. */
export interface Repairs {
  /** Lists that become empty if absent or null, and lose their nulls. */
  readonly lists?: ReadonlyArray<string>
  /** The old name of a member, by its current name; used if the new one is absent or null. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Members that get this value if absent or null. */
  readonly defaults?: Readonly<Record<string, string | null>>
  /** Like `defaults`, for members that every answer should have, so their absence is reported. */
  readonly fallbacks?: Readonly<Record<string, string | number | null | Fields>>
  /** The object's kind in its URI. `id` and `uri` are made from each other if one of them is absent or null. */
  readonly kind?: string
  /** The list whose left-out entries `omitted` counts. */
  readonly counted?: string
  /** Members that always get this value. */
  readonly constants?: Readonly<Record<string, string>>
  /** Known members that are left out of this object. */
  readonly others?: ReadonlyArray<string>
  /** The value of `type` if it is absent, null or other text, since no other value is possible here. */
  readonly type?: string
}

/** An object from JSON. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const isNone = (value: unknown): value is null | undefined => value === undefined || value === null

const isTextOrNone = (value: unknown): boolean => typeof value === "string" || isNone(value)

const compact = (list: unknown): unknown =>
  isNone(list) ? [] : Array.isArray(list) && list.includes(null) ? list.filter((item) => item !== null) : list

/** The kind and the id. The URIs of playlists once began with their owner. */
const uriParts = /^spotify:(?:user:[^:]+:(?=playlist:))?([a-z]+):(.+)$/

const partsOf = (uri: unknown): ReadonlyArray<string> => (typeof uri === "string" && uriParts.exec(uri)) || []

/** The kind that the URI names. */
export const kindOf = ({ uri }: Fields): string | undefined => partsOf(uri)[1]

const hrefParts = /\/v1\/(?:users\/[^/]+\/(?=playlists\/))?([a-z]+)s\/([^/?#]+)$/

/** Audiobooks and their chapters have these kinds in URIs. */
const kindOfHref: Readonly<Record<string, string>> = { audiobook: "show", chapter: "episode" }

/** The id of an object of this kind from its address in the Web API. */
const idOfHref = (kind: string, href: unknown): string | undefined => {
  const [, of = "", found] = (typeof href === "string" && hrefParts.exec(href)) || []
  return (kindOfHref[of] ?? of) === kind ? found : undefined
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Makes the missing one of `id` and `uri` from the other, or both from `href` if neither is there. */
const identityOf = (kind: string, { href, id, uri }: Fields): Fields | undefined => {
  if (isNone(uri)) {
    const known = isNone(id) ? decoded(idOfHref(kind, href) ?? "") : id
    return typeof known === "string" && known !== ""
      ? { id: known, uri: `spotify:${kind}:${encodeURIComponent(known)}` }
      : undefined
  }
  const [, of, found = ""] = isNone(id) ? partsOf(uri) : []
  const known = of === kind && !found.includes(":") ? decoded(found) : undefined
  return known === undefined ? undefined : { id: known }
}

const repairers = new WeakMap<Repairs, (value: Fields) => Fields>()

/** Returns the same object if there is nothing to repair, which is the normal case. */
export const repairer = (repairs: Repairs): ((value: Fields) => Fields) => {
  const known = repairers.get(repairs)
  if (known !== undefined) {
    return known
  }
  const { constants, counted, defaults = {}, fallbacks = {}, kind, lists = [], renamed = {}, type } = repairs
  const renames = Object.entries(renamed)
  const otherwise = Object.entries<unknown>({ ...defaults, ...fallbacks })
  const repair = (value: Fields): Fields => {
    let changes: Record<string, unknown> | undefined = constants && { ...constants }
    const change = (name: string, to: unknown) => {
      changes ??= {}
      changes[name] = to
    }
    for (const [name, old] of renames) {
      if (isNone(value[name]) && !isNone(value[old])) {
        change(name, value[old])
      }
    }
    for (const name of lists) {
      const before = value[name]
      const list = compact(before)
      if (list !== before) {
        change(name, list)
        if (name === counted && Array.isArray(before) && Array.isArray(list)) {
          change("omitted", before.length - list.length)
        }
      }
    }
    if (type !== undefined && value["type"] !== type && isTextOrNone(value["type"])) {
      change("type", type)
    }
    for (const [name, to] of otherwise) {
      if (isNone(value[name]) && isNone(changes?.[name])) {
        change(name, to)
      }
    }
    const identity = kind === undefined ? undefined : identityOf(kind, value)
    return changes === undefined && identity === undefined ? value : { ...value, ...identity, ...changes }
  }
  repairers.set(repairs, repair)
  return repair
}

/** Whether a repair adds one of the literals by which unions distinguish their members. */
const putsLiterals = ({ ast }: Schema.Schema.Any, { constants, fallbacks = {}, type }: Repairs): boolean =>
  type !== undefined ||
  constants !== undefined ||
  (AST.isTypeLiteral(ast) &&
    ast.propertySignatures.some(({ name, type }) => AST.isLiteral(type) && name in fallbacks))

/**
 * The schema of an object that comes in several shapes, which are unified before decoding. It is a declaration,
 * because a transformation would walk every decoded value a second time.
 */
export const repaired = <A, I>(schema: Schema.Schema<A, I>, repairs: Repairs): Schema.Schema<A, I> =>
  Schema.declare(
    [schema],
    {
      decode: (inner) => {
        const decode = ParseResult.decodeUnknown(inner)
        const repair = repairer(repairs)
        return (input, options) => decode(isFields(input) ? repair(input) : input, options)
      },
      encode: (inner) => {
        const encode = ParseResult.encodeUnknown(inner)
        return (input, options) => encode(input, options)
      }
    },
    {
      [RepairsId]: repairs,
      // Lets unions distinguish members by the literals in the schema, unless a repair adds them
      ...(putsLiterals(schema, repairs) ? undefined : { [AST.SurrogateAnnotationId]: schema.ast }),
      arbitrary: (inner) => inner
    }
  )
