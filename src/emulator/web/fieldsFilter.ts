import * as Either from "effect/Either"

/**
 * The members of an object to keep; `true` keeps a whole member. A group with only exclusions keeps all other
 * members.
 */
interface Group {
  readonly kept: ReadonlyMap<string, Group | true>
  readonly dropped: ReadonlySet<string>
}

export type Filter = Group

interface Parsed {
  readonly group: Group
  readonly rest: string
}

const merge = (left: Group | true | undefined, right: Group | true): Group | true =>
  left === undefined
    ? right
    : left === true || right === true
      ? true
      : {
          kept: new Map([
            ...left.kept,
            ...[...right.kept].map(([name, group]) => [name, merge(left.kept.get(name), group)] as const)
          ]),
          dropped: new Set([...left.dropped, ...right.dropped])
        }

const nested = (names: ReadonlyArray<string>, inner: Group | true): Group | true =>
  names.reduceRight<Group | true>(
    (group, name) => ({ kept: new Map([[name, group]]), dropped: new Set() }),
    inner
  )

const item = /^\s*(!?)([A-Za-z_][\w.]*)\s*/

/** More than any answer has. The limit is needed because groups are parsed and applied recursively. */
const deepest = 64

/** Parses a list of names, up to the end or the closing parenthesis. */
const parseGroup = (text: string, level = 0): Parsed | undefined => {
  const kept = new Map<string, Group | true>()
  const dropped = new Set<string>()
  let rest = text
  for (;;) {
    const found = item.exec(rest)
    const [first = "", ...more] = (found?.[2] ?? "").split(".")
    if (found === null || first === "" || level + more.length > deepest) {
      return undefined
    }
    rest = rest.slice(found[0].length)
    let inner: Group | true = true
    if (rest.startsWith("(")) {
      const group = parseGroup(rest.slice(1), level + more.length + 1)
      if (group === undefined || !group.rest.startsWith(")")) {
        return undefined
      }
      inner = group.group
      rest = group.rest.slice(1).trimStart()
    }
    if (found[1] === "!") {
      dropped.add(first)
    } else {
      kept.set(first, merge(kept.get(first), nested(more, inner)))
    }
    if (!rest.startsWith(",")) {
      return { group: { kept, dropped }, rest }
    }
    rest = rest.slice(1)
  }
}

/**
 * Parses the `fields` parameter of playlists: `name,items(added_at,item(!album))`, with `.` for a nested
 * member. The left is the error text.
 */
export const parse = (text: string): Either.Either<Filter, string> => {
  const parsed = parseGroup(text)
  return parsed === undefined || parsed.rest !== ""
    ? Either.left("Invalid field filter")
    : Either.right(parsed.group)
}

/** Applies the filter to a value. In a list it applies to each element. */
export const apply = (filter: Filter | true, value: unknown): unknown => {
  if (filter === true || typeof value !== "object" || value === null) {
    return value
  }
  if (Array.isArray(value)) {
    return value.map((each: unknown) => apply(filter, each))
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): ReadonlyArray<readonly [string, unknown]> => {
      const inner = filter.kept.get(name)
      return filter.dropped.has(name) || (inner === undefined && filter.kept.size > 0)
        ? []
        : [[name, apply(inner ?? true, member)]]
    })
  )
}
