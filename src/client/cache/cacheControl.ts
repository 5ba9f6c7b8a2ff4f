/** What an answer allows for its reuse (RFC 9111, section 5.2). */
export interface CacheControl {
  /** How long it is fresh, in milliseconds; 0 if it must always be revalidated. */
  readonly freshFor: number
  readonly storable: boolean
  /** Whether it is the same for every user. */
  readonly isPublic: boolean
}

const seconds = (value: string | undefined): number =>
  value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : 0

export const parse = (header: string | undefined): CacheControl => {
  const directives = new Map<string, string | undefined>()
  for (const part of (header ?? "").split(",")) {
    const [name = "", value] = part.trim().toLowerCase().split("=", 2)
    directives.set(name, value?.replaceAll('"', ""))
  }
  return {
    freshFor: directives.has("no-cache") ? 0 : seconds(directives.get("max-age")),
    storable: !directives.has("no-store"),
    isPublic: directives.has("public")
  }
}
