/** What Spotify documents of its operations, as facts: `operations.tsv` has a line for each. */
import * as fs from "node:fs"

export interface Operation {
  readonly operationId: string
  readonly method: string
  readonly path: string
  /** Whether a success has a JSON body. */
  readonly answer: boolean
  readonly query: ReadonlyArray<string>
  /** The members of a JSON body. */
  readonly body: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<string>
}

const words = (cell: string) => cell.split(" ").filter((word) => word !== "")

export const operations: ReadonlyArray<Operation> = fs
  .readFileSync(new URL("operations.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [operationId = "", method = "", path = "", answer, query = "", body = "", scopes = ""] =
      line.split("\t")
    return {
      operationId,
      method,
      path,
      answer: answer === "answer",
      query: words(query),
      body: words(body),
      scopes: words(scopes)
    }
  })
