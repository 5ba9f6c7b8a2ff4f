import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import { assert, beforeAll } from "vitest"
import { all } from "../../../src/client/api/endpoints.js"
import type { Endpoint } from "../../../src/client/call/endpoint.js"
import { operations } from "../../../src/testing/operations.js"
import * as Document from "./openapi.js"
import { operations as documented } from "./operations.js"

type AnyEndpoint = Endpoint<never, unknown>

const inBody = "the document has it in the query as well; in the body any number fits"
const inQuery = "the document has it in the body as well; the query is what it requires, and what wins"
const byVisibility = "one of the two is needed, by the playlist's visibility"
const perUri = "one of them is needed, by what the URIs name"
const onlyMore = "works without, with less in the answer"

/** Members of the document that the descriptors leave out on purpose: by operation and member, the reason. */
const leftOut: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "get-playlist": { "query fields": "what it leaves out would be missing from the type; execute takes it" },
  "get-playlists-items": {
    "query fields": "what it leaves out would be missing from the type; execute takes it"
  },
  "get-playlists-tracks": {
    "query fields": "what it leaves out would be missing from the type; execute takes it"
  },
  "add-items-to-playlist": { "query uris": inBody, "query position": inBody },
  "add-tracks-to-playlist": { "query uris": inBody, "query position": inBody },
  "reorder-or-replace-playlists-items": { "query uris": inBody },
  "reorder-or-replace-playlists-tracks": { "query uris": inBody },
  "save-albums-user": { "body ids": inQuery },
  "remove-albums-user": { "body ids": inQuery },
  "remove-tracks-user": { "body ids": inQuery },
  "save-episodes-user": { "body ids": inQuery },
  "remove-episodes-user": { "body ids": inQuery },
  "follow-artists-users": { "body ids": inQuery },
  "unfollow-artists-users": { "body ids": inQuery },
  "check-if-user-follows-playlist": {
    "query ids": "deprecated: it can only name the current user, whom the answer is about anyway"
  }
}

/** Scopes of the document that are not needed by every call: the ones we have, and the reason. */
const scopes: Readonly<Record<string, readonly [needed: AnyEndpoint["scopes"], reason: string]>> = {
  "get-a-show": [[], onlyMore],
  "get-a-shows-episodes": [[], onlyMore],
  "get-an-episode": [[], onlyMore],
  "get-multiple-episodes": [[], onlyMore],
  "get-current-users-profile": [[], onlyMore],
  "get-users-saved-episodes": [["user-library-read"], onlyMore],
  "get-list-users-playlists": [[], onlyMore],
  "save-library-items": [[["user-library-modify", "user-follow-modify", "playlist-modify-public"]], perUri],
  "remove-library-items": [[["user-library-modify", "user-follow-modify", "playlist-modify-public"]], perUri],
  "check-library-contains": [[["user-library-read", "user-follow-read", "playlist-read-private"]], perUri],
  "upload-custom-playlist-cover": [
    ["ugc-image-upload", ["playlist-modify-public", "playlist-modify-private"]],
    byVisibility
  ],
  ...Object.fromEntries(
    [
      "change-playlist-details",
      "add-items-to-playlist",
      "add-tracks-to-playlist",
      "reorder-or-replace-playlists-items",
      "reorder-or-replace-playlists-tracks",
      "remove-items-playlist",
      "remove-tracks-playlist",
      "create-playlist",
      "create-playlist-for-user",
      "follow-playlist",
      "unfollow-playlist"
    ].map((id) => [id, [[["playlist-modify-public", "playlist-modify-private"]], byVisibility] as const])
  )
}

const extended = 40
const closed = 8

/** Every way in which we make an operation, since two methods may share one. */
const endpointsOf = (operationId: string) => all.filter((endpoint) => endpoint.operationId === operationId)

const membersOf = (endpoints: ReadonlyArray<AnyEndpoint>): ReadonlyArray<string> => [
  ...new Set(
    endpoints.flatMap(({ body, query }) => [
      ...query.map((name) => `query ${name}`),
      ...(body?.type === "json" ? body.members.map((name) => `body ${name}`) : [])
    ])
  )
]

const sorted = (names: Iterable<string>) => [...names].sort()

describe("operations", () => {
  it("are 96, each once, with names of their own", () => {
    assert.strictEqual(operations.length, 96)
    assert.strictEqual(new Set(operations.map(({ operationId }) => operationId)).size, 96)
    const names = operations.map(({ group, name }) => `${group}.${name}`)
    assert.strictEqual(new Set(names).size, 96)
  })

  it("are open to every app, to some, or to nobody new", () => {
    const count = (wanted: string) => operations.filter(({ availability }) => availability === wanted).length
    assert.strictEqual(count("extended"), extended)
    assert.strictEqual(count("closed"), closed)
    assert.strictEqual(count("all"), 96 - extended - closed)
  })

  it("that replace another one are there", () => {
    const names = all.map(({ group, name }) => `${group}.${name}`)
    for (const { name, replacement } of all) {
      assert.isTrue(
        replacement === undefined ||
          replacement.endsWith(".getMany") ||
          replacement.startsWith("search.") ||
          names.includes(replacement),
        `${name}: ${replacement}`
      )
    }
  })

  it("read, write, or command, as the method says", () => {
    for (const { idempotency, method, name } of all) {
      if (method === "GET") {
        assert.strictEqual(idempotency, "safe", name)
      } else if (method === "POST") {
        assert.strictEqual(idempotency, "command", name)
      } else {
        assert.notStrictEqual(idempotency, "safe", name)
      }
    }
  })
})

describe("what Spotify documents", () => {
  it("has the same operations", () => {
    assert.deepStrictEqual(
      sorted(operations.map(({ method, operationId, path }) => `${operationId}: ${method} ${path}`)),
      sorted(documented.map(({ method, operationId, path }) => `${operationId}: ${method} ${path}`))
    )
  })

  it("has the same query parameters and members of bodies", () => {
    for (const { body, operationId, query } of documented) {
      const endpoints = endpointsOf(operationId)
      const members = [...query.map((name) => `query ${name}`), ...body.map((name) => `body ${name}`)]
      const omitted = Object.keys(leftOut[operationId] ?? {})
      for (const name of omitted) {
        assert.include(members, name, `${operationId}: there is nothing to leave out`)
        assert.notInclude(membersOf(endpoints), name, `${operationId}: it is not left out`)
      }
      assert.deepStrictEqual(
        sorted(membersOf(endpoints)),
        sorted(members.filter((name) => !omitted.includes(name))),
        operationId
      )
    }
  })

  it("has the same scopes", () => {
    for (const { operationId, scopes: listed } of documented) {
      const [needed] = scopes[operationId] ?? [listed]
      for (const endpoint of endpointsOf(operationId)) {
        assert.deepStrictEqual(endpoint.scopes, needed, operationId)
        assert.deepStrictEqual(
          endpoint.scopes.flat().filter((scope) => !listed.includes(scope)),
          [],
          `${operationId}: scopes of ours alone`
        )
      }
    }
  })

  it("has the same kinds of answers", () => {
    for (const { answer, operationId } of documented) {
      for (const { response } of endpointsOf(operationId)) {
        assert.strictEqual(response === "discard", !answer, operationId)
      }
    }
  })
})

describe.skipIf(!Document.available)(`Spotify's document (skipped without ${Document.location})`, () => {
  beforeAll(() => Document.open(Document.file))

  it("says what operations.tsv says", () => {
    assert.deepStrictEqual(
      documented,
      Document.operations().map((operation) => ({ ...operation, answer: operation.answer !== undefined }))
    )
  })

  it("describes answers that decode, with every member and with every nullable one null", () => {
    for (const { answer, operationId } of Document.operations()) {
      const endpoints = endpointsOf(operationId).filter(({ response }) => response !== "discard")
      for (const nulls of endpoints.length === 0 ? [] : [false, true]) {
        const sample = Document.sampleOf(answer ?? {}, { nulls })
        const problems = endpoints.flatMap(({ success }) =>
          Either.match(ParseResult.decodeUnknownEither(success)(sample), {
            onLeft: (issue) => [ParseResult.TreeFormatter.formatIssueSync(issue)],
            onRight: () => []
          })
        )
        assert.isBelow(problems.length, endpoints.length, `${operationId}: ${problems.join("; ")}`)
      }
    }
  })
})
