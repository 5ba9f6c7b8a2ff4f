import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Model } from "./Model.js"

/*
 * How models are made. A member is required only if the thing is of no use without it: an id or a URI where
 * one is needed to go on (either is made from the other), a type that tells things apart, the address of an
 * image, the track of a saved track. All else may be missing, be null or come in another form at any time:
 *
 * - `nullish`: may be absent or null, as documented
 * - `patchy`: may be absent, as documented; null is told
 * - `expected`: every answer ought to have it; absence and null are told
 * - a text that may as well be empty, such as a name, has a `fallback`; a list is empty
 *
 * Of a value of another type nothing is left but its report, see `drift.ts`. An object that lacks what is
 * required is left out of its list, or is absent from its object; only an answer that is such an object
 * itself fails.
 */

/** The values of an open enumeration that Spotify documents. */
export const KnownValues: unique symbol = Symbol.for("effect-spotify/KnownValues")

/** Marks a nullable schema whose null Spotify does not document. */
export const UndocumentedNull: unique symbol = Symbol.for("effect-spotify/UndocumentedNull")

/** Marks the schema of a member that every answer ought to have. */
export const Expected: unique symbol = Symbol.for("effect-spotify/Expected")

/** How {@link repaired} puts an object in order before its schema sees it. */
export const RepairsId: unique symbol = Symbol.for("effect-spotify/Repairs")

/** Marks a schema of {@link forgiving}. */
export const Forgiving: unique symbol = Symbol.for("effect-spotify/Forgiving")

/**
 * Text of a type of its own that is not looked at. Ids and URIs in answers are taken as they are: odd ones
 * exist, and a page must not be lost for one of them.
 */
export const text = <A extends string>(): Schema.Schema<A> => Schema.make<A>(AST.stringKeyword)

/**
 * Text of which some values are documented. Any other passes too, since Spotify adds values without
 * notice; editors still complete the known ones.
 */
export const OpenLiteral = <const Known extends ReadonlyArray<string>>(
  ...known: Known
): Schema.Schema<Known[number] | (string & {})> =>
  Schema.make<Known[number] | (string & {})>(AST.annotations(AST.stringKeyword, { [KnownValues]: known }))

/** A member that may be absent; a shorter type than the one that Schema gives it. */
export interface Member<A> extends Schema.PropertySignature<"?:", A, never, "?:", A, false, never> {}

/** What an object of these members is. `Schema.Struct` computes the same at many times the compiler's cost. */
export type ObjectOf<F extends Schema.Struct.Fields> = {
  readonly [K in keyof F as F[K] extends { readonly _TypeToken: "?:" } ? never : K]: Schema.Schema.Type<F[K]>
} & {
  readonly [K in keyof F as F[K] extends { readonly _TypeToken: "?:" } ? K : never]?: Schema.Schema.Type<F[K]>
}

/** What concerns these members. */
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

/** The schema itself, with what a {@link Model} has more. */
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
  // The interface says what the type of each member is
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
 * An object with these members, each of which has one type before and after decoding. `Schema.Struct` looks
 * for transformations in all of them, at a fiftieth of a cold start (bench row `imports`); of one that
 * transforms, this keeps what it decodes to.
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

/** As `Schema.NullOr`, whose annotations are a second schema each. */
const nullOr = <A>(schema: Schema.Schema<A>, annotations?: AST.Annotations): Schema.Schema<A | null> =>
  Schema.make<A | null>(AST.Union.make([schema.ast, AST.null], annotations))

/** A value that may be null though no document says so. */
export const orNull = <A>(schema: Schema.Schema<A>): Schema.Schema<A | null> =>
  nullOr(schema, { [UndocumentedNull]: true })

/** A member that may be absent or, as documented, null. */
export const nullish = <A>(schema: Schema.Schema<A>): Member<A | null> => optional(nullOr(schema))

/** A member that may be absent, and null though no document says so. */
export const patchy = <A>(schema: Schema.Schema<A>): Member<A | null> => optional(orNull(schema))

/** A member that every answer ought to have, yet of which its object has no need. */
export const expected = <A>(schema: Schema.Schema<A>): Member<A | null> =>
  optional(nullOr(schema, { [UndocumentedNull]: true, [Expected]: true }))

/** A list in which Spotify puts null for what it will not show. */
export const nullableItems = <A>(item: Schema.Schema<A>): Schema.Schema<ReadonlyArray<A | null>> =>
  Schema.Array(orNull(item))

/** A list that is the whole of an answer, under this name; empty if it is absent or null. */
export const listed = <const N extends string, A>(
  name: N,
  item: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]: ReadonlyArray<A> }> =>
  repaired(Schema.make<{ readonly [K in N]: ReadonlyArray<A> }>(object({ [name]: Schema.Array(item) }).ast), {
    lists: [name]
  })

/**
 * Things in the order in which they were asked for, null for what is not there. If the list is absent or null,
 * nothing is known of any of them.
 */
export const listedByPlace = <const N extends string, A>(
  name: N,
  item: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]?: ReadonlyArray<A | null> | null }> =>
  Schema.make<{ readonly [K in N]?: ReadonlyArray<A | null> | null }>(
    object({ [name]: expected(nullableItems(item)) }).ast
  )

/** A page that is the whole of an answer, under this name; without entries if it is absent or null. */
export const paged = <const N extends string, A>(
  name: N,
  page: Schema.Schema<A>
): Schema.Schema<{ readonly [K in N]: A }> =>
  repaired(Schema.make<{ readonly [K in N]: A }>(object({ [name]: page }).ast), { fallbacks: { [name]: {} } })

/** Yes or no for each thing, in their order; null, which no document has, is no. */
export const Flags: Schema.Schema<ReadonlyArray<boolean | null>> = nullableItems(Schema.Boolean)

/** Null in place of whatever does not fit, for members that were sent in another form for a while. */
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
  /** By its name of today, the old name of a member; taken if the new one is absent or null. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Members that get this value if absent or null. */
  readonly defaults?: Readonly<Record<string, string | null>>
  /** The same for members that every answer ought to have, so that their absence is told. */
  readonly fallbacks?: Readonly<Record<string, string | number | null | Fields>>
  /** What its URI calls it; `id` and `uri` are made from each other if one of them is absent or null. */
  readonly kind?: string
  /** Of which list `omitted` counts the entries that are left out. */
  readonly counted?: string
  /** Members that get this value whatever they were. */
  readonly constants?: Readonly<Record<string, string>>
  /** Members that are known, and are left out of this object. */
  readonly others?: ReadonlyArray<string>
  /** What \`type\` becomes where it is absent, null or other text, since nothing else can stand there. */
  readonly type?: string
}

/** An object out of JSON. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const isNone = (value: unknown): value is null | undefined => value === undefined || value === null

const isTextOrNone = (value: unknown): boolean => typeof value === "string" || isNone(value)

const compact = (list: unknown): unknown =>
  isNone(list) ? [] : Array.isArray(list) && list.includes(null) ? list.filter((item) => item !== null) : list

/** Kind and id; the URIs of playlists once began with their owner. */
const uriParts = /^spotify:(?:user:[^:]+:(?=playlist:))?([a-z]+):(.+)$/

const partsOf = (uri: unknown): ReadonlyArray<string> => (typeof uri === "string" && uriParts.exec(uri)) || []

/** What the URI says that this is. */
export const kindOf = ({ uri }: Fields): string | undefined => partsOf(uri)[1]

const hrefParts = /\/v1\/(?:users\/[^/]+\/(?=playlists\/))?([a-z]+)s\/([^/?#]+)$/

/** As audiobooks and their chapters are called in URIs. */
const kindOfHref: Readonly<Record<string, string>> = { audiobook: "show", chapter: "episode" }

/** The id of a thing of this kind that its address in the Web API holds. */
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

/** Of `id` and `uri` the one that is missing, made from the other; both from `href` if that is all there is. */
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

/** Gives the very same object if there is nothing to repair, which is the rule. */
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

/** Whether a repair puts in one of the literals by which unions tell their members apart. */
const putsLiterals = ({ ast }: Schema.Schema.Any, { constants, fallbacks = {}, type }: Repairs): boolean =>
  type !== undefined ||
  constants !== undefined ||
  (AST.isTypeLiteral(ast) &&
    ast.propertySignatures.some(({ name, type }) => AST.isLiteral(type) && name in fallbacks))

/**
 * The schema of an object that comes in several shapes, which are brought to one before it is decoded. A
 * declaration rather than a transformation, which would walk every decoded value a second time.
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
      // Lets unions tell members apart by the literals within, unless a repair puts those in
      ...(putsLiterals(schema, repairs) ? undefined : { [AST.SurrogateAnnotationId]: schema.ast }),
      arbitrary: (inner) => inner
    }
  )
