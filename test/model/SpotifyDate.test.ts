import { assert, describe, it } from "@effect/vitest"
import { SpotifyDate } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const timeOf = (text: string | null | undefined) =>
  Option.getOrNull(Option.map(SpotifyDate.time(text), DateTime.formatIso))

const releaseOf = (release_date?: string | null, release_date_precision?: string | null) =>
  Option.getOrNull(
    Option.map(
      SpotifyDate.release({
        ...(release_date !== undefined && { release_date }),
        ...(release_date_precision !== undefined && { release_date_precision })
      }),
      ({ date, precision }) => `${DateTime.formatIso(date)} ${precision}`
    )
  )

describe("SpotifyDate", () => {
  it("time reads what Spotify writes, and as UTC what names no zone", () => {
    assert.strictEqual(timeOf("2026-11-29T12:30:45Z"), "2026-11-29T12:30:45.000Z")
    assert.strictEqual(timeOf("2026-11-29T12:30:45.123Z"), "2026-11-29T12:30:45.123Z")
    assert.strictEqual(timeOf("2026-11-29T12:30:45+01:00"), "2026-11-29T11:30:45.000Z")
    assert.strictEqual(timeOf("2026-11-29T12:30:45"), "2026-11-29T12:30:45.000Z")
  })

  it("time is none for what is no time", () => {
    for (const text of [undefined, null, "", "1", "2026", "yesterday", "2026-13-01T00:00:00Z"]) {
      assert.isNull(timeOf(text), String(text))
    }
    assert.isNull(timeOf("1970-01-01T00:00:00Z"))
    assert.isNotNull(timeOf("1970-01-01T00:00:01Z"))
  })

  it("release is as exact as the date is written, or as its precision says if that is less", () => {
    assert.strictEqual(releaseOf("1981", "year"), "1981-01-01T00:00:00.000Z year")
    assert.strictEqual(releaseOf("1981-12", "month"), "1981-12-01T00:00:00.000Z month")
    assert.strictEqual(releaseOf("1981-12-15", "day"), "1981-12-15T00:00:00.000Z day")
    assert.strictEqual(releaseOf("1981-12-15", "year"), "1981-01-01T00:00:00.000Z year")
    assert.strictEqual(releaseOf("1981", "day"), "1981-01-01T00:00:00.000Z year")
    for (const precision of [undefined, null, "decade"]) {
      assert.strictEqual(releaseOf("1981-12", precision), "1981-12-01T00:00:00.000Z month")
    }
    const end = Option.map(SpotifyDate.release({ release_date: "1981-12" }), ({ date, precision }) =>
      DateTime.formatIsoDateUtc(DateTime.endOf(date, precision))
    )
    assert.deepStrictEqual(end, Option.some("1981-12-31"))
  })

  it("release is none for what is no date", () => {
    for (const text of [
      undefined,
      null,
      "",
      "0000",
      "0000-00-00",
      "19-8",
      "1981-13",
      "1981-02-31",
      "81-12-15x"
    ]) {
      assert.isNull(releaseOf(text, "day"), String(text))
    }
  })
})
