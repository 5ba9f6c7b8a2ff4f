import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"

const src = Path.join(import.meta.dirname, "../../src")

/** Every expression of the source, with where it stands. */
const expressions = Fs.readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const tree = ts.createSourceFile(file, Fs.readFileSync(Path.join(src, file), "utf8"), 99, true)
    const found: Array<{ readonly place: string; readonly pattern: RegExp }> = []
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf("/")
        const flags = node.text.slice(end + 1)
        found.push({
          place: `${file}: ${node.text}`,
          pattern: new RegExp(node.text.slice(1, end), flags.includes("g") ? flags : `${flags}g`)
        })
      }
      ts.forEachChild(node, visit)
    }
    visit(tree)
    return found
  })

const size = 65_536

/** What makes an expression start at every place and read on to the end: its own literals, and what often does. */
const pumps = (source: string): ReadonlyArray<string> => {
  const literal = source
    .replace(/\\[bBdDwWsS]|\(\?[:=!]|\(\?<[^>]*>|[\^$*+?.()|[\]{}]/g, " ")
    .replaceAll("\\", "")
    .split(/\s+/)
    .filter((part) => part !== "")
  const whole = literal.length === 0 ? "x" : literal.join("")
  return [
    ...new Set([
      ...literal,
      whole,
      `${whole} `,
      "a",
      "0",
      "/",
      "=",
      "<",
      " ",
      "\n",
      "\t",
      "%2",
      ":",
      "-",
      "..",
      "a ",
      "<a"
    ])
  ]
}

const timed = (run: () => void): number => {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const from = performance.now()
    run()
    best = Math.min(best, performance.now() - from)
    if (best < 20) {
      break
    }
  }
  return best
}

/** A scan that looks at every character once. */
const plain = Math.max(
  timed(() => {
    assert.strictEqual("a".repeat(size).replace(/b/g, ""), "a".repeat(size))
  }),
  0.1
)

describe("regular expressions", () => {
  it("none takes more time than grows with its input, over 64 KiB of its worst", () => {
    assert.isAbove(expressions.length, 50)
    const slow: Array<string> = []
    for (const { pattern, place } of expressions) {
      for (const pump of pumps(pattern.source)) {
        for (const text of [
          pump.repeat(Math.ceil(size / pump.length)),
          `${pump.repeat(Math.ceil(size / pump.length))}\u0000`
        ]) {
          const took = timed(() => void text.replace(pattern, ""))
          if (took > 400 * plain) {
            slow.push(`${place} over ${JSON.stringify(pump)}: ${took.toFixed(0)} ms`)
          }
        }
      }
    }
    assert.deepStrictEqual(slow, [])
  })
})
