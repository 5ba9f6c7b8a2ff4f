/** A route that matches a path, with the values of its parameters. */
export interface Match<A> {
  readonly routes: ReadonlyMap<string, A>
  readonly params: Readonly<Record<string, string>>
}

interface Node<A> {
  readonly literal: Map<string, Node<A>>
  parameter: { readonly node: Node<A> } | undefined
  /** By method, each with the names of its path parameters. */
  readonly routes: Map<string, A>
  readonly names: Array<string>
}

const node = <A>(): Node<A> => ({ literal: new Map(), parameter: undefined, routes: new Map(), names: [] })

const step = <A>(from: Node<A>, part: string): Node<A> => {
  if (part.startsWith(":")) {
    from.parameter ??= { node: node() }
    return from.parameter.node
  }
  const next = from.literal.get(part) ?? node<A>()
  from.literal.set(part, next)
  return next
}

const add = <A extends { readonly path: string; readonly method: string }>(root: Node<A>, route: A): void => {
  const parts = route.path.split("/").slice(1)
  const end = parts.reduce(step, root)
  end.names.splice(0, Infinity, ...parts.filter((part) => part.startsWith(":")).map((part) => part.slice(1)))
  end.routes.set(route.method, route)
}

const decode = (segment: string): string | undefined => {
  try {
    return segment.includes("%") ? decodeURIComponent(segment) : segment
  } catch {
    return undefined
  }
}

const walk = <A>(
  at: Node<A>,
  parts: ReadonlyArray<string>,
  position: number,
  values: ReadonlyArray<string>
): Match<A> | undefined => {
  const part = parts[position]
  if (part === undefined) {
    return at.routes.size === 0
      ? undefined
      : {
          routes: at.routes,
          params: Object.fromEntries(at.names.map((name, index) => [name, values[index] ?? ""]))
        }
  }
  const text = decode(part)
  if (text === undefined) {
    return undefined
  }
  const literal = at.literal.get(text)
  return (
    (literal === undefined ? undefined : walk(literal, parts, position + 1, values)) ??
    (at.parameter === undefined || text === ""
      ? undefined
      : walk(at.parameter.node, parts, position + 1, [...values, text]))
  )
}

/**
 * The routes at a path, by method, so that the caller can tell a wrong method from an unknown path. Literal
 * paths take precedence over parameters. One trailing slash is accepted, since some clients send it.
 */
export const make = <A extends { readonly path: string; readonly method: string }>(
  routes: ReadonlyArray<A>
): ((path: string) => Match<A> | undefined) => {
  const root = node<A>()
  for (const route of routes) {
    add(root, route)
  }
  return (path) => {
    const parts = path.split("/").slice(1)
    return walk(root, parts.at(-1) === "" ? parts.slice(0, -1) : parts, 0, [])
  }
}
