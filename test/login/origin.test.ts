import { assert, it } from "@effect/vitest"
import * as Headers from "@effect/platform/Headers"
import * as Origin from "../../src/login/origin.js"

const headers = (fields: Record<string, string>) => Headers.fromInput(fields)

it("a person sees the answer to a navigation, or in old browsers to what takes a page", () => {
  for (const [fields, expected] of [
    [{ "sec-fetch-mode": "navigate" }, true],
    [{ "sec-fetch-mode": "navigate", accept: "application/json" }, true],
    [{ "sec-fetch-mode": "cors", accept: "text/html" }, false],
    [{ "sec-fetch-mode": "" }, false],
    [{ accept: "text/html,application/xhtml+xml" }, true],
    [{ accept: "*/*" }, false],
    [{}, false]
  ] as const) {
    assert.strictEqual(Origin.isNavigation(headers(fields)), expected, JSON.stringify(fields))
  }
})

it("another site's link is told from the app's own, a typed address and an old browser", () => {
  for (const [site, expected] of [
    [undefined, false],
    ["same-origin", false],
    ["none", false],
    ["same-site", true],
    ["cross-site", true]
  ] as const) {
    const fields = site === undefined ? {} : { "sec-fetch-site": site }
    assert.strictEqual(Origin.isForeignLink(headers(fields)), expected, site)
  }
})

it("what another site loads without its user is told from a page that it opens", () => {
  for (const [fields, expected] of [
    [{ "sec-fetch-site": "cross-site" }, false],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, false],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, true],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, true],
    [{ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, false],
    [{ "sec-fetch-mode": "cors" }, false]
  ] as const) {
    assert.strictEqual(Origin.isForeignResource(headers(fields)), expected, JSON.stringify(fields))
  }
})
