// npm run drift -- openapi.yml: what an OpenAPI document of Spotify's has that the descriptors and models do not,
// and the other way round. Exits with 1 if there is anything.
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import { all } from "../src/client/api/endpoints.js"
import * as Document from "../test/client/api/openapi.js"
import { operations as known } from "../test/client/api/operations.js"

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error("Usage: npm run drift -- openapi.yml")
  process.exit(2)
}
Document.open(file)
const documented = Document.operations()

const byId = <A extends { readonly operationId: string }>(operations: ReadonlyArray<A>) =>
  new Map(operations.map((operation) => [operation.operationId, operation]))

const differences = (title: string, before: ReadonlyArray<string>, after: ReadonlyArray<string>) => [
  ...after.filter((name) => !before.includes(name)).map((name) => `new ${title} ${name}`),
  ...before.filter((name) => !after.includes(name)).map((name) => `${title} ${name} is gone`)
]

/** Members that the models leave out on purpose. */
const leftOut: ReadonlyArray<readonly [operations: RegExp, member: RegExp, reason: string]> = [
  [
    /playlist|search/,
    /(^|\.)tracks?$/,
    "the old names of items and item, which models give under the new ones"
  ],
  [/current/, /^actions\./, "Spotify sends them within actions.disallows"],
  [/currently-playing/, /^(device|repeat_state|shuffle_state)$/, "of the whole playback state only"]
]

const isLeftOut = (operationId: string, line: string): boolean =>
  leftOut.some(
    ([operations, member]) => operations.test(operationId) && member.test(line.replace("new member ", ""))
  )

/** The members of a sample that its decoding drops, since no model has them. */
const unknownMembers = (sample: unknown, decoded: unknown, path: string): ReadonlyArray<string> => {
  if (Array.isArray(sample)) {
    const entries: ReadonlyArray<unknown> = Array.isArray(decoded) ? decoded : []
    return sample.flatMap((entry, index) => unknownMembers(entry, entries[index], `${path}[]`))
  }
  if (typeof sample !== "object" || sample === null || typeof decoded !== "object" || decoded === null) {
    return []
  }
  return Object.entries(sample).flatMap(([name, value]) =>
    name in decoded
      ? unknownMembers(value, (decoded as Record<string, unknown>)[name], `${path}.${name}`)
      : [`new member ${path}.${name}`.replace("member .", "member ")]
  )
}

const answer = (operation: Document.Operation): ReadonlyArray<string> => {
  const schemas: ReadonlyArray<Schema.Schema.AnyNoContext> = all
    .filter(({ operationId, response }) => operationId === operation.operationId && response !== "discard")
    .map(({ success }) => success)
  if (operation.answer === undefined || schemas.length === 0) {
    return []
  }
  const sample = Document.sampleOf(operation.answer, { nulls: false })
  const results = schemas.map((schema) => ParseResult.decodeUnknownEither(schema)(sample))
  const decoded = results.find(Either.isRight)
  return decoded === undefined
    ? results.flatMap((result) =>
        Either.isLeft(result)
          ? [`the answer does not decode: ${ParseResult.TreeFormatter.formatIssueSync(result.left)}`]
          : []
      )
    : unknownMembers(sample, decoded.right, "")
}

const before = byId(known)
const after = byId(documented)
const report = [
  ...documented.flatMap((operation) => {
    const old = before.get(operation.operationId)
    const lines =
      old === undefined
        ? ["new operation"]
        : [
            ...(old.method === operation.method && old.path === operation.path
              ? []
              : [`was ${old.method} ${old.path}`]),
            ...differences("query parameter", old.query, operation.query),
            ...differences("member of the body", old.body, operation.body),
            ...differences("scope", old.scopes, operation.scopes),
            ...answer(operation).filter((line) => !isLeftOut(operation.operationId, line))
          ]
    return [...new Set(lines)].map(
      (line) => `${operation.method} ${operation.path} (${operation.operationId}): ${line}`
    )
  }),
  ...known
    .filter(({ operationId }) => !after.has(operationId))
    .map(({ method, operationId, path }) => `${method} ${path} (${operationId}): the operation is gone`)
]
report.forEach((line) => console.log(line))
console.log(`${documented.length} operations, ${report.length} differences`)
process.exitCode = report.length === 0 ? 0 : 1
