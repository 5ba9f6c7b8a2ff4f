import type * as Model from "./catalogue/model.js"
import { librariesOf } from "./state.js"

const count = (number: number, kind: string): string => `${number} ${kind}${number === 1 ? "" : "s"}`

const kindOf = (uri: string): string => uri.split(":")[1] ?? ""

const playlist = ({ collaborative, id, items, name, public: shown }: Model.Playlist): string =>
  `  playlist  spotify:playlist:${id}  ${name}: ${count(items.length, "item")}, ${collaborative ? "collaborative" : shown ? "public" : "private"}`

const device = ({ id, name, restricted, type, volume }: Model.Device): string =>
  [
    `  device    ${id ?? "(no id)"}  ${name}: ${type}`,
    volume === null ? "no volume" : `volume ${volume}`,
    ...(restricted ? ["takes no commands"] : [])
  ].join(", ")

/** The number of each kind, in order of first appearance. */
const counts = (uris: ReadonlyArray<string>): string => {
  const kinds = [...new Set(uris.map(kindOf))]
  return kinds.map((kind) => count(uris.filter((uri) => kindOf(uri) === kind).length, kind)).join(", ")
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [title, ...lines, ""]

/** Lists the catalogue's content, for authors of programs and tests that use it. */
export const describe = (catalogue: Model.Catalogue): string => {
  const libraries = librariesOf(catalogue)
  const isFollowed = (uri: string) => ["artist", "playlist", "user"].includes(kindOf(uri))
  const users = catalogue.users.flatMap(({ country, displayName, id, product }) => {
    const saved = (libraries.get(id)?.saved ?? []).map(({ uri }) => uri)
    return section(`${id}  ${displayName}, ${product}, ${country}`, [
      ...catalogue.playlists.filter(({ ownerId }) => ownerId === id).map(playlist),
      `  saved     ${counts(saved.filter((uri) => !isFollowed(uri))) || "nothing"}`,
      `  follows   ${counts(saved.filter(isFollowed)) || "nobody"}`,
      ...(catalogue.devices ?? []).filter(({ userId }) => userId === id).map(device)
    ])
  })
  const artists = catalogue.artists.map(({ id, name }) => {
    const own = catalogue.albums.filter(({ artistIds }) => artistIds.includes(id))
    return `  spotify:artist:${id}  ${name}: ${count(own.length, "album")}`
  })
  const shows = catalogue.shows.map(
    ({ episodeIds, id, name }) => `  spotify:show:${id}  ${name}: ${count(episodeIds.length, "episode")}`
  )
  const audiobooks = catalogue.audiobooks.map(
    ({ chapterIds, id, name }) => `  spotify:show:${id}  ${name}: ${count(chapterIds.length, "chapter")}`
  )
  const known = new Set(catalogue.users.map(({ id }) => id))
  const others = catalogue.playlists.filter(({ ownerId }) => !known.has(ownerId)).map(playlist)
  return [
    ...users,
    ...section("artists", artists),
    ...section("podcasts", shows),
    ...section("audiobooks", audiobooks),
    ...section("playlists of others", others)
  ]
    .join("\n")
    .trimEnd()
}
