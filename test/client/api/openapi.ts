/** Reads an OpenAPI document of Spotify's, as far as the tests and `npm run drift` ask. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import type { Operation as Facts } from "./operations.js"

type Node = Readonly<Record<string, unknown>>

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..")

/** Where this machine may have the document. */
export const file = path.resolve(root, "../shared/spotify/openapi-official.yml")

export const available = fs.existsSync(file)

/** For the names of tests that are skipped. */
export const location = path.relative(root, file)

let document: Node = {}

/** Reads the document that the functions below are about. */
export const open = (from: string): void => {
  document = parse(fs.readFileSync(from, "utf8")) as Node
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const follow = (value: unknown): Node => {
  const node = isNode(value) ? value : {}
  const reference = node["$ref"]
  return typeof reference === "string"
    ? follow(
        reference
          .split("/")
          .slice(1)
          .reduce<unknown>((found, part) => (isNode(found) ? found[part] : undefined), document)
      )
    : node
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The members of an object, with those of what it is made of. */
const propertiesOf = (schema: Node): Node =>
  Object.assign(
    {},
    ...listOf(schema["allOf"]).map((part) => propertiesOf(follow(part))),
    isNode(schema["properties"]) ? schema["properties"] : {}
  )

export interface Operation extends Omit<Facts, "answer"> {
  /** The schema of the answer, if it has one. */
  readonly answer: Node | undefined
}

const schemaOf = (content: unknown, type: string): Node | undefined => {
  const found = isNode(content) ? content[type] : undefined
  return isNode(found) ? follow(found["schema"]) : undefined
}

const operationOf = (route: string, method: string, operation: Node): Operation => {
  const parameters = listOf(operation["parameters"]).map(follow)
  const body = schemaOf(follow(operation["requestBody"])["content"], "application/json")
  const responses = isNode(operation["responses"]) ? operation["responses"] : {}
  const success = Object.keys(responses).find((status) => status.startsWith("2")) ?? ""
  const security = listOf(operation["security"]).flatMap((entry) =>
    isNode(entry) ? listOf(entry["oauth_2_0"]) : []
  )
  return {
    operationId: String(operation["operationId"]),
    method: method.toUpperCase(),
    path: route,
    query: parameters.filter((parameter) => parameter["in"] === "query").map(({ name }) => String(name)),
    body: body === undefined ? [] : Object.keys(propertiesOf(body)),
    scopes: security.map(String),
    answer: schemaOf(follow(responses[success])["content"], "application/json")
  }
}

export const operations = (): ReadonlyArray<Operation> =>
  Object.entries(follow(document["paths"])).flatMap(([route, methods]) =>
    Object.entries(follow(methods))
      .filter(([method]) => ["get", "put", "post", "delete"].includes(method))
      .map(([method, operation]) => operationOf(route, method, follow(operation)))
  )

/** An answer with every member: examples and first values where the schema has them. */
export const sampleOf = (
  given: Node,
  options: { readonly nulls: boolean },
  from: ReadonlyArray<Node> = []
): unknown => {
  const schema = follow(given)
  if (options.nulls && schema["nullable"] === true) {
    return null
  }
  if (schema["example"] !== undefined) {
    return schema["example"]
  }
  if (schema["default"] !== undefined) {
    return schema["default"]
  }
  const [value] = listOf(schema["enum"])
  if (value !== undefined) {
    return value
  }
  const [choice] = listOf(schema["oneOf"])
  if (choice !== undefined) {
    return sampleOf(follow(choice), options, from)
  }
  const [part, ...others] = listOf(schema["allOf"])
  if (part !== undefined && others.length === 0 && schema["properties"] === undefined) {
    return sampleOf(follow(part), options, from)
  }
  const properties = Object.entries(propertiesOf(schema))
  if (properties.length > 0) {
    return Object.fromEntries(
      properties
        // Nothing of Spotify's goes round in a circle for ever
        .filter(([, member]) => from.filter((one) => one === follow(member)).length < 2)
        .map(([name, member]) => [name, sampleOf(follow(member), options, [...from, schema])])
    )
  }
  switch (schema["type"]) {
    case "array":
      return [sampleOf(follow(schema["items"]), options, from)]
    case "boolean":
      return true
    case "integer":
    case "number":
      return 1
    case "object":
      return {}
    default:
      return "string"
  }
}
