import * as Catalogue from "../emulator/Catalogue.js"
import type { Image } from "../model/Common.js"
import * as SpotifyId from "../model/SpotifyId.js"
import type * as SpotifyUri from "../model/SpotifyUri.js"

/**
 * Some members of an object and of its nested objects. Branded strings, such as ids, keep their type.
 *
 * @since 0.1.0
 * @category models
 */
export type Overrides<A> = A extends string
  ? A
  : A extends ReadonlyArray<infer Item>
    ? ReadonlyArray<Overrides<Item>>
    : A extends object
      ? { readonly [K in keyof A]?: Overrides<A[K]> | undefined }
      : A

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mergeMembers = (base: object, given: object): object => {
  const members: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(given)) {
    const before = members[name]
    if (value !== undefined) {
      members[name] = isObject(before) && isObject(value) ? mergeMembers(before, value) : value
    }
  }
  return members
}

/** Lists in the overrides must hold complete entries. */
export const merge = <A extends object>(base: A, given: Overrides<A>): A =>
  // The type of Overrides gives each override the type of its member
  mergeMembers(base, given as object) as A

/** Completes a nested object. Null stays null. */
export const inner = <A, B>(make: (given: B) => A, given: B | null | undefined, otherwise: B): A | null =>
  given === null ? null : make(given ?? otherwise)

export const api = "https://api.spotify.com/v1"

interface Named<K extends SpotifyId.Kind> {
  readonly id?: SpotifyId.IdOf[K] | undefined
  readonly name?: string | undefined
  readonly uri?: SpotifyUri.SpotifyUri | undefined
}

/** The members that name an object. They agree with each other. */
export const identity = <K extends SpotifyId.Kind>(kind: K, given: Named<K>, kindInUri: string = kind) => {
  const name = given.name ?? `Test ${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
  // All three sources have the form of an id, and the brand exists only as a type
  const id = (given.id ??
    SpotifyId.idOf(given.uri?.split(":").at(-1) ?? "") ??
    Catalogue.idOf(`${kind}:${name}`)) as SpotifyId.IdOf[K]
  return {
    external_urls: { spotify: `https://open.spotify.com/${kindInUri}/${id}` },
    href: `${api}/${kind}s/${id}`,
    id,
    name,
    type: kind,
    uri: `spotify:${kindInUri}:${id}` as SpotifyUri.SpotifyUri
  }
}

/** Three sizes of one picture, or the test's own pictures, which need no URL. */
export const imagesOf = (
  id: string,
  given: ReadonlyArray<Overrides<Image>> = [640, 300, 64].map((width) => ({ height: width, width }))
): ReadonlyArray<Image> =>
  given.map((image, index) => merge<Image>({ url: `https://i.scdn.co/image/${id}-${index}` }, image))

/** {@link merge} for objects with pictures. */
export const illustrate = <A extends { readonly id: string; readonly images: ReadonlyArray<Image> }>(
  base: Omit<A, "images"> & { readonly id: string },
  given: Overrides<A> & { readonly images?: ReadonlyArray<Overrides<Image>> | undefined }
): A => mergeMembers(base, { ...given, images: imagesOf(base.id, given.images) }) as A
