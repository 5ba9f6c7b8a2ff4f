/** The names of parameters do not matter. */
const nameless = (route: string): string => route.replaceAll(/\{[^}]*\}/g, "{}")

/**
 * Whether a route is among those of a pattern: `GET /artists/{id}`, `GET /playlists*` with any rest, or
 * `/playlists*` with any method.
 */
export const make = (pattern: string): ((route: string) => boolean) => {
  const isOpen = pattern.endsWith("*")
  const start = nameless(isOpen ? pattern.slice(0, -1) : pattern)
  const hasMethod = pattern.includes(" ")
  return (route) => {
    const given = nameless(hasMethod ? route : route.slice(route.indexOf(" ") + 1))
    return isOpen ? given.startsWith(start) : given === start
  }
}
