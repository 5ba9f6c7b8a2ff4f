/** Answers that were recorded from Spotify, where this machine has them. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { operations } from "../../../src/testing/operations.js"

interface Entry {
  readonly file: string
  /** Method and route template. */
  readonly endpoint: string
  readonly status: number
}

export interface Recording {
  readonly file: string
  readonly operationId: string
  readonly body: unknown
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..")
const folder = path.resolve(root, "../shared/spotify/recorded")
const index = path.join(folder, "index.json")

export const available = fs.existsSync(index)

/** For the names of tests that are skipped. */
export const location = path.relative(root, index)

/** Answers that are not to be decoded, each with its reason. */
export const refused: Readonly<Record<string, string>> = {
  "JMPerez-spotify-web-api-js/playlist_cover_image.json":
    "listed under the playlist's route, yet from /images"
}

/** Answers of which entries are left out: how many, and why. */
export const omitted: Readonly<Record<string, readonly [number, string]>> = {
  "kaaes-spotify-web-api-android/user-playlists.json": [
    1,
    "of 2015: the list of starred tracks, which Spotify has given up, is a playlist without an id"
  ],
  "rinukkusu-spotify-dart/v1__me__audiobooks.json": [
    1,
    "no answer of Spotify's: a sample after a document that wraps audiobooks, while recorded ones are bare"
  ]
}

export const successes = (): ReadonlyArray<Recording> =>
  (JSON.parse(fs.readFileSync(index, "utf8")) as ReadonlyArray<Entry>).flatMap(
    ({ endpoint, file, status }) => {
      const operation = operations.find(({ method, path }) => `${method} ${path}` === endpoint)
      return operation === undefined || status >= 300
        ? []
        : [
            {
              file,
              operationId: operation.operationId,
              body: JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as unknown
            }
          ]
    }
  )
