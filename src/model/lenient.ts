import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** The values of an open enumeration that Spotify documents. */
export const KnownValues: unique symbol = Symbol.for("effect-spotify/KnownValues")

/** Marks a nullable schema whose null Spotify does not document. */
export const UndocumentedNull: unique symbol = Symbol.for("effect-spotify/UndocumentedNull")

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
export const object = <F extends Schema.Struct.Fields>(members: F): Schema.Schema<ObjectOf<F>> =>
  Schema.make<ObjectOf<F>>(
    new AST.TypeLiteral(
      Object.entries(members).map(([name, member]) => signature(name, member)),
      []
    )
  )

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

/** A list in which Spotify puts null for what it will not show. */
export const nullableItems = <A>(item: Schema.Schema<A>): Schema.Schema<ReadonlyArray<A | null>> =>
  Schema.Array(orNull(item))

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
  /** Members that get this value whatever they were. */
  readonly constants?: Readonly<Record<string, string>>
  /** What \`type\` becomes where it is absent, null or other text, since nothing else can stand there. */
  readonly type?: string
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isNone = (value: unknown): value is null | undefined => value === undefined || value === null

const isTextOrNone = (value: unknown): boolean => typeof value === "string" || isNone(value)

const compact = (list: unknown): unknown =>
  isNone(list) ? [] : Array.isArray(list) && list.includes(null) ? list.filter((item) => item !== null) : list

/** Gives the very same object if there is nothing to repair, which is the rule. */
const repairer = ({
  constants,
  defaults = {},
  lists = [],
  renamed = {},
  type
}: Repairs): ((value: Fields) => Fields) => {
  const renames = Object.entries(renamed)
  const fallbacks = Object.entries(defaults)
  return (value) => {
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
      const list = compact(value[name])
      if (list !== value[name]) {
        change(name, list)
      }
    }
    if (type !== undefined && value["type"] !== type && isTextOrNone(value["type"])) {
      change("type", type)
    }
    for (const [name, otherwise] of fallbacks) {
      if (isNone(value[name]) && isNone(changes?.[name])) {
        change(name, otherwise)
      }
    }
    return changes === undefined ? value : { ...value, ...changes }
  }
}

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
      ...(repairs.constants === undefined && repairs.defaults === undefined && repairs.type === undefined
        ? { [AST.SurrogateAnnotationId]: schema.ast }
        : undefined),
      arbitrary: (inner) => inner
    }
  )
