import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert } from "vitest"
import { all } from "../../src/api/endpoints.js"
import type { Endpoint } from "../../src/internal/endpoint.js"

interface Recorded {
  readonly file: string
  /** Method and route template. */
  readonly endpoint: string
  readonly status: number
  readonly kind: string
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")
const folder = path.resolve(root, "../shared/spotify/recorded")
const index = path.join(folder, "index.json")
const available = fs.existsSync(index)

const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, "utf8"))

/** A route that was renamed answers as its successor does. */
const routeOf = (endpoint: string) =>
  endpoint.replace(/^(GET \/playlists\/\{playlist_id\})\/tracks$/, "$1/items")

/** Answers that are not to be decoded, each with its reason. */
const refused: Readonly<Record<string, string>> = {
  "JMPerez-spotify-web-api-js/playlist_cover_image.json":
    "listed under the playlist's route, yet from /images",
  "rinukkusu-spotify-dart/v1__me__audiobooks.json":
    "no answer of Spotify's: a sample after a document that wraps audiobooks, while recorded ones are bare"
}

const problemOf = (
  endpoints: ReadonlyArray<Endpoint<never, unknown>>,
  answer: unknown
): string | undefined => {
  const results = endpoints.map((endpoint) => ParseResult.decodeUnknownEither(endpoint.success)(answer))
  // Operations that share a route differ in what they answer
  return results.some(Either.isRight)
    ? undefined
    : results
        .flatMap((result) =>
          Either.isLeft(result)
            ? ParseResult.ArrayFormatter.formatIssueSync(result.left).map(
                ({ message, path }) => `${path.map(String).join(".")}: ${message.slice(0, 120)}`
              )
            : []
        )
        .join("; ")
}

describe("answers recorded from Spotify", () => {
  it.skipIf(!available)(`decode (skipped without ${path.relative(root, index)})`, () => {
    const recorded = read(index) as ReadonlyArray<Recorded>
    const problems: Array<string> = []
    const routes = new Set<string>()
    let decoded = 0
    for (const { endpoint, file, status } of recorded) {
      const endpoints = all.filter(
        ({ method, path, response }) => response === "json" && `${method} ${path}` === routeOf(endpoint)
      )
      if (status === 200 && endpoints.length > 0) {
        const problem = problemOf(endpoints, read(path.join(folder, file)))
        routes.add(endpoint)
        if (problem === undefined) {
          assert.notProperty(refused, file, "this one decodes by now")
          decoded += 1
        } else if (!(file in refused)) {
          problems.push(`${file}: ${problem}`)
        }
      }
    }
    assert.deepStrictEqual(problems, [])
    console.log(
      `${decoded} recorded answers of ${routes.size} routes decode, ${Object.keys(refused).length} refused`
    )
    assert.isAtLeast(decoded, 100)
  })
})
