import { assert, expect, it } from "@effect/vitest"
import { operations } from "effect-spotify/testing"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { all } from "../../src/client/api/endpoints.js"

const availabilities = {
  all: "every app",
  extended: "extended quota mode",
  closed: "apps of before November 2024"
}

const pagings = { none: "", offset: "pages", cursor: "pages by cursor" }

const code = (text: string) => `\`${text}\``

const row = (endpoint: (typeof all)[number]) =>
  [
    code(`${endpoint.group}.${endpoint.name}`),
    code(`${endpoint.method} ${endpoint.path}`),
    endpoint.scopes
      .map((scope) => (Array.isArray(scope) ? scope : [scope]).map((name) => code(String(name))).join(" or "))
      .join(", ") + (endpoint.scopesForPrivate === true ? " (for what is private)" : ""),
    endpoint.replacement === undefined
      ? availabilities[endpoint.availability]
      : `${availabilities[endpoint.availability]}; for every app: ${code(endpoint.replacement)}`,
    [
      pagings[endpoint.paging],
      endpoint.maxLimit === undefined
        ? ""
        : `${endpoint.maxLimit.extended} at once, ${endpoint.maxLimit.development} in development mode`
    ]
      .filter((text) => text !== "")
      .join(", ")
  ].join(" | ")

const groups = Object.entries(Arr.groupBy(all, ({ group }) => group))

const page = `# The operations of the Web API

All ${operations.length} operations, made from the descriptors that the client itself uses. A method not in the list is made of
these, such as \`albums.getMany\`, which takes one request for 20 albums where the app may and one for each where not.

${groups
  .map(
    ([group, endpoints]) => `## \`${group}\`

| method | request | scopes | open to | list |
| --- | --- | --- | --- | --- |
${endpoints.map((endpoint) => `| ${row(endpoint)} |`).join("\n")}
`
  )
  .join("\n")}`

it.effect("docs/operations.md is what the descriptors say (vitest -u writes it)", () =>
  Effect.gen(function* () {
    assert.strictEqual(operations.length, 96)
    yield* Effect.promise(() => expect(page).toMatchFileSnapshot("../../docs/operations.md"))
  })
)
