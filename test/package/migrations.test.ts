import { assert, describe, it } from "@effect/vitest"
import { SpotifyApi } from "@spotify/web-api-ts-sdk"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Fs from "node:fs"
import SpotifyWebApi from "spotify-web-api-node"
import * as Groups from "../../src/client/groups.js"

/** The public methods of an object, and those of the objects in it. */
const methodsOf = (value: object, prefix = ""): ReadonlyArray<string> => {
  const prototypes: Array<object> = []
  for (let it = value; it !== Object.prototype && it !== null; it = Object.getPrototypeOf(it)) {
    prototypes.push(it)
  }
  const names = prototypes
    .flatMap((it) => Object.getOwnPropertyNames(it))
    .filter((name) => !/^(constructor|paramsFor)$|^_|Request$/.test(name) || name === "makeRequest")
  return [...new Set(names)].flatMap((name): ReadonlyArray<string> => {
    const member: unknown = Reflect.get(value, name)
    if (typeof member === "function") {
      return [prefix + name]
    }
    return Predicate.isRecord(member) && !["api", "sdkConfig", "authenticationStrategy"].includes(name)
      ? methodsOf(member, `${prefix}${name}.`)
      : []
  })
}

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? "")

/** The rows of all tables of a guide: the names in the left cell, those in the right one. */
const rowsOf = (guide: string) =>
  Fs.readFileSync(new URL(`../../docs/${guide}.md`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map(quoted))
    .map(([, theirs = [], ours = []]) => ({ theirs, ours }))

const methods = Object.entries(Groups.make(() => Effect.never)).flatMap(([group, members]) =>
  Object.keys(members).map((name) => `${group}.${name}`)
)

const groups = [...new Set(methods.map((method) => method.split(".")[0]))]

const guides: ReadonlyArray<{ readonly guide: string; readonly theirs?: ReadonlyArray<string> }> = [
  // Neither is on npm: the guide says of which version its left column is
  { guide: "from-spotipy" },
  { guide: "from-spotify-web-api-php" },
  { guide: "from-spotify-web-api-node", theirs: methodsOf(new SpotifyWebApi({})) },
  {
    guide: "from-web-api-ts-sdk",
    theirs: [
      ...methodsOf(SpotifyApi.withClientCredentials("id", "secret")),
      ...Object.getOwnPropertyNames(SpotifyApi).filter((name) => /^(with|perform)/.test(name))
    ]
  }
]

describe.each(guides)("$guide", ({ guide, theirs }) => {
  it("has every method of the other library once, and no other", () => {
    const named = rowsOf(guide).flatMap((row) => row.theirs)
    assert.deepStrictEqual([...named].sort(), [...new Set(theirs ?? named)].sort())
  })

  it("names methods of this one that are there", () => {
    const ours = rowsOf(guide)
      .flatMap((row) => row.ours)
      .filter((name) => groups.includes(name.split(".")[0]))
    assert.isAbove(ours.length, 50)
    assert.deepStrictEqual(
      ours.filter((name) => !methods.includes(name)),
      []
    )
  })
})
