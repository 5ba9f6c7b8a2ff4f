import { assert, describe, it } from "@effect/vitest"
import { problem } from "../../../src/client/call/response.js"

const token = "BQDx7Kf0pRmZ2wNcV5tYhL8sGjUeA3iO_qT-canaryToken9fEw1"

const size = 65_536

describe("the description of a failure", () => {
  it("holds the text of a page without its markup, scripts and styles", () => {
    const page = `<html><HEAD><title>x</title></HEAD><style>b{}</style><body><h1>Too large</h1>\n<p>limit < 5</p>`
    assert.strictEqual(problem(page, token).description, "Too large limit")
    assert.strictEqual(problem("limit < 5", token).description, "limit < 5")
    assert.strictEqual(problem("<style>a", token).description, "a")
    assert.strictEqual(problem("", token).description, "no message")
  })

  it("holds no part of a token, whether cut, folded to one case or wrapped, sent or somebody else's", () => {
    for (const echo of [
      token,
      token.slice(0, 20),
      token.slice(11),
      token.toLowerCase(),
      token.toUpperCase(),
      token.replace(/(.{10})/g, "$1\n"),
      token.replace(/(.{9})/g, "$1<br>"),
      ...["\u200b", "\u00ad", ".", ":", '"', ", ", "/", "\u0301", "-\n"].map((by) =>
        token.replace(/(.{3})/g, (part) => part + by)
      ),
      [...token].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join(""),
      ...[
        (code: string) => `%${code}`,
        (code: string) => `&#x${code};`,
        (code: string) => `&#${Number.parseInt(code, 16)};`,
        (code: string) => `\\u00${code}`,
        (code: string) => `\\x${code}`,
        (code: string) => `${code} `
      ].map((spell) => [...token].map((letter) => spell((letter.codePointAt(0) ?? 0).toString(16))).join("")),
      "AQBmWx5R8n0vKd3TfYhLs2GjUeC7iOpZ_qN"
    ]) {
      for (const body of [`bad header ${echo} here`, JSON.stringify({ error: { message: `in ${echo}` } })]) {
        const plain = (text: string) =>
          text
            .replaceAll("<br>", "")
            .normalize("NFKD")
            .replace(/[^\da-z]/gi, "")
            .toLowerCase()
        const shown = plain(problem(body, token).description)
        const compact = plain(echo)
        for (let i = 0; i + 8 <= compact.length; i++) {
          assert.notInclude(shown, compact.slice(i, i + 8), echo)
        }
      }
    }
    const words =
      "Invalid limit: 100%, see https://developer.spotify.com/documentation, RFC 9110 (2022-06) 10 20 30"
    assert.strictEqual(problem(words, token).description, words)
    const id = "playlist 37i9dQZF1DXcBWIGoYBM5M was not found"
    assert.strictEqual(problem(id, token).description, id)
  })

  it("shows one mark in the place of a part of a token, and the rest as it was", () => {
    const letters = "BQDx7Kf0pRmZ2wNcV5tYhL8sGjUeA3iO"
    for (const echo of [letters, letters.slice(8), letters.slice(0, 8), letters + letters]) {
      assert.strictEqual(problem(`bad header "${echo}" here`, letters).description, 'bad header "…" here')
    }
    assert.strictEqual(problem(`${letters}, ${letters}`, letters).description, "…, …")
    assert.strictEqual(problem(letters.slice(0, 7), letters).description, letters.slice(0, 7))
    assert.strictEqual(problem("nothing of it", "").description, "nothing of it")
  })

  it("is read in time that grows with the length of the body", () => {
    const timed = (body: string) => {
      const runs = Array.from({ length: 5 }, () => {
        const from = performance.now()
        problem(body, token)
        return performance.now() - from
      })
      return Math.min(...runs)
    }
    const plain = timed("a ".repeat(size / 2))
    for (const piece of ["<", "<style", "<style>", "<script><", "</", "<a ", "< >", "\n", token]) {
      const worst = timed(piece.repeat(Math.ceil(size / piece.length)))
      assert.isBelow(worst, 20 * plain + 20, piece)
    }
  })
})
