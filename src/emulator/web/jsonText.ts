/** The members that Spotify sent as doubles in early 2024. */
const doubles = new Set([
  "disc_number",
  "duration_ms",
  "height",
  "popularity",
  "total_tracks",
  "track_number",
  "width"
])

/** An integer in the form of a Java double: with a fraction, or with an exponent from ten million on. */
export const double = (value: number): string => {
  if (Math.abs(value) < 10_000_000) {
    return `${value}.0`
  }
  const [mantissa = "", exponent = ""] = value.toExponential().split("e+")
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${exponent}`
}

const isDouble = (name: string, parent: string): boolean =>
  doubles.has(name) || (name === "total" && parent === "followers")

/** JSON with the integers of certain members in the form of doubles, which JSON.stringify cannot do. */
export const withDoubles = (value: unknown, name = "", parent = ""): string => {
  if (typeof value === "number" && Number.isInteger(value) && isDouble(name, parent)) {
    return double(value)
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => withDoubles(item, "", name)).join(",")}]`
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [`${JSON.stringify(key)}:${withDoubles(member, key, name)}`]
    )
    return `{${members.join(",")}}`
  }
  return JSON.stringify(value)
}
