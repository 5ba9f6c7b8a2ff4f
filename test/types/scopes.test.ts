import { assert, beforeAll, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** In the folder of the other tests, so that imports resolve as they do there; it exists in memory only. */
const path = `${root}test/types/inMemory.ts`

/** Marks where a hover is asked for: before the name. */
const source = `
import { SpotifyClient, type SpotifyId } from "effect-spotify"
import * as Effect from "effect/Effect"
declare const id: SpotifyId.PlaylistId
export const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.withScopes("user-library-read")
  spotify.me.topTracks()
  spotify.me.topTracksPage()
  spotify.playlists.create({ name: "Mine" })
  spotify.playlists.uploadCover(id, new Uint8Array())
  yield* spotify.player.devices
  const favourites = (_: SpotifyClient.Scoped<"user-top-read">) => {}
  favourites(spotify)
  return [
    spotify.albums./*albums*/get,
    spotify.library./*saved*/savedTracks,
    spotify.library./*page*/savedTracksPage,
    spotify.me./*missing*/topTracks,
    /*client*/spotify,
    spotify./*group*/library
  ]
})
SpotifyClient.withScopes(/*scope*/"")
SpotifyClient.requiredScopes([/*operation*/""])
`

let service: ts.LanguageService
let diagnostics: ReadonlyArray<ts.Diagnostic>

beforeAll(() => {
  const { config } = ts.readConfigFile(`${root}tsconfig.test.json`, (file) => readFileSync(file, "utf8"))
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [path] }, ts.sys, root)
  service = ts.createLanguageService({
    getCompilationSettings: () => ({
      ...options,
      noEmit: true,
      composite: false,
      incremental: false,
      noUnusedLocals: false
    }),
    getScriptFileNames: () => [path],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = file === path ? source : ts.sys.readFile(file)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === path || ts.sys.fileExists(file),
    readFile: (file) => (file === path ? source : ts.sys.readFile(file))
  })
  // Here, for it takes the time of a whole compilation
  diagnostics = service.getSemanticDiagnostics(path)
})

const errors = () =>
  diagnostics.map(({ messageText, start }) => ({
    line: source.slice(0, start).split("\n").length,
    text: ts.flattenDiagnosticMessageText(messageText, "\n")
  }))

const at = (mark: string) => source.indexOf(`/*${mark}*/`) + `/*${mark}*/`.length

const hover = (mark: string) =>
  ts.displayPartsToString(service.getQuickInfoAtPosition(path, at(mark))?.displayParts)

const completions = (mark: string) =>
  (service.getCompletionsAtPosition(path, at(mark) + 1, undefined)?.entries ?? []).map(({ name }) => name)

describe("withScopes, as the compiler tells it", () => {
  it("names the missing scope at the call", () => {
    const notCallable = (scopes: string) =>
      `This expression is not callable.\n  Type 'MissingScope<${scopes}>' has no call signatures.`
    assert.deepStrictEqual(errors().slice(0, 6), [
      { line: 7, text: notCallable('"user-top-read"') },
      { line: 8, text: notCallable('"user-top-read"') },
      { line: 9, text: notCallable('"playlist-modify-private" | "playlist-modify-public"') },
      { line: 10, text: notCallable('"ugc-image-upload"') },
      {
        line: 11,
        text: `Type 'MissingScope<"user-read-playback-state">' must have a '[Symbol.iterator]()' method that returns an iterator.`
      },
      {
        line: 13,
        text: `Argument of type 'Scoped<"user-library-read">' is not assignable to parameter of type 'Scoped<"user-top-read">'.\n  Type '"user-top-read"' is not assignable to type '"user-library-read"'.`
      }
    ])
  })

  it("shows short types on hover", () => {
    assert.deepStrictEqual(
      {
        albums: hover("albums"),
        saved: hover("saved"),
        page: hover("page"),
        missing: hover("missing"),
        client: hover("client"),
        group: hover("group")
      },
      {
        albums:
          "(property) AlbumsApi.get: (id: SpotifyId.AlbumId, options?: MarketOptions) => Effect.Effect<Album, SpotifyError>",
        saved: "(property) savedTracks: (options?: MarketStreamOptions) => Stream<SavedTrack, SpotifyError>",
        page: "(property) savedTracksPage: (options?: MarketPageOptions) => Effect.Effect<Page<SavedTrack>, SpotifyError>",
        missing: '(property) topTracks: SpotifyClient.MissingScope<"user-top-read">',
        client: 'const spotify: SpotifyClient.Scoped<"user-library-read">',
        group: '(property) library: SpotifyClient.ScopedGroup<"library", "user-library-read">'
      }
    )
  })

  it("completes scopes and operations", () => {
    assert.includeMembers(completions("scope"), ["user-top-read", "playlist-modify-public"])
    assert.includeMembers(completions("operation"), ["me.topTracks", "library.savedTracksPage", "albums.get"])
  })
})
