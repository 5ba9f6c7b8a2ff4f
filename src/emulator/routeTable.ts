/** A route that fits a path, with what stands at the places of its parameters. */
export interface Match<A> {
  readonly route: A
  readonly params: Readonly<Record<string, string>>
}

const decode = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

const fit = (
  template: ReadonlyArray<string>,
  segments: ReadonlyArray<string>
): Readonly<Record<string, string>> | undefined => {
  if (template.length !== segments.length) {
    return undefined
  }
  const params: Record<string, string> = {}
  for (const [position, part] of template.entries()) {
    const segment = decode(segments[position] ?? "")
    if (segment === undefined || (!part.startsWith(":") && part !== segment)) {
      return undefined
    }
    if (part.startsWith(":")) {
      params[part.slice(1)] = segment
    }
  }
  return params
}

/**
 * Every route that fits the path, whatever its method, so that the caller can tell a wrong method from an
 * unknown path. Literal paths come before those with parameters. One slash at the end is let pass, since
 * some clients send it.
 */
export const make = <A extends { readonly path: string }>(
  routes: ReadonlyArray<A>
): ((path: string) => ReadonlyArray<Match<A>>) => {
  const templates = routes
    .map((route) => ({ route, template: route.path.split("/") }))
    .sort((left, right) => left.route.path.split(":").length - right.route.path.split(":").length)
  return (path) => {
    const segments = path.replace(/(?<=.)\/$/, "").split("/")
    return templates.flatMap(({ route, template }) => {
      const params = fit(template, segments)
      return params === undefined ? [] : [{ route, params }]
    })
  }
}
