import { assert } from "@effect/vitest"
import { createHash } from "node:crypto"

/** A page loads nothing and runs nothing, and its style is the one that its own policy names. */
export const assertStatic = (body: string, policy: string | null | undefined): void => {
  assert.notMatch(body, /<script|<link|<img|style=|https?:/)
  const [, style = ""] = /<style>([^<]+)<\/style>/.exec(body) ?? []
  const digest = createHash("sha256").update(style).digest("base64")
  assert.include(policy ?? "", `default-src 'none'; style-src 'sha256-${digest}';`)
}
