import { assert, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

const page = readFileSync(path("docs/telemetry.md"), "utf8")

const sources = readdirSync(path("src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !/^(emulator|testing|cli)\//.test(name))
  .map((name) => readFileSync(path(`src/${name}`), "utf8"))
  .join("\n")

const named = (pattern: RegExp) => [...sources.matchAll(pattern)].map(([, name]) => name ?? "")

const notListed = (names: ReadonlyArray<string>) => names.filter((name) => !page.includes(`\`${name}\``))

it("the telemetry page lists every metric", () => {
  const metrics = named(/"(spotify_[a-z_]+(?:_total|_ms))"/g)
  assert.isAtLeast(metrics.length, 8)
  assert.deepStrictEqual(notListed(metrics), [])
})

it("the telemetry page lists every span with a fixed name", () => {
  const spans = named(/(?:Effect\.fn|withSpan)\("([\w.]+)"/g)
  assert.isAtLeast(spans.length, 15)
  assert.deepStrictEqual(notListed(spans), [])
})
