import { describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { assert } from "vitest"
import { PlaybackState } from "../../src/model/Playback.js"
import * as Change from "../../src/model/PlaybackChange.js"
import * as Fixture from "./fixtures.js"

const decode = Schema.decodeUnknownSync(PlaybackState)

const state = (given: object = {}): PlaybackState =>
  decode({ ...Fixture.playbackState(Fixture.track(1)), ...given })

const seen = (given: object, at: number): Change.Observation => ({ state: Option.some(state(given)), at })

const tags = (before: Change.Observation, after: Change.Observation) =>
  Change.diff(before, after).map(({ _tag }) => _tag)

const device = Fixture.device

describe("diff", () => {
  it("starts and stops", () => {
    const some = seen({}, 5000)
    assert.deepStrictEqual(tags(Change.nothing, some), ["Started"])
    assert.deepStrictEqual(tags(some, { state: Option.none(), at: 6000 }), ["Stopped"])
    assert.deepStrictEqual(tags(Change.nothing, Change.nothing), [])
  })

  it("says nothing while music goes on, as exactly as clocks are", () => {
    const before = seen({ progress_ms: 10_000 }, 0)
    for (const progress_ms of [15_000, 13_000, 17_500]) {
      assert.deepStrictEqual(tags(before, seen({ progress_ms }, 5000)), [])
    }
    const paused = seen({ is_playing: false, progress_ms: 10_000 }, 0)
    assert.deepStrictEqual(tags(paused, seen({ is_playing: false, progress_ms: 10_000 }, 3_600_000)), [])
  })

  it("tells jumps, and an item that begins again", () => {
    const before = seen({ progress_ms: 10_000 }, 0)
    assert.deepStrictEqual(Change.diff(before, seen({ progress_ms: 90_000 }, 5000)), [
      { _tag: "Seeked", position_ms: 90_000, state: state({ progress_ms: 90_000 }) }
    ])
    assert.deepStrictEqual(tags(before, seen({ progress_ms: 0 }, 5000)), ["Seeked"])
    // The track takes 201 seconds
    const end = seen({ progress_ms: 199_000 }, 0)
    assert.deepStrictEqual(tags(end, seen({ progress_ms: 3000 }, 5000)), ["ItemRestarted"])
    assert.deepStrictEqual(tags(end, seen({ progress_ms: 100_000 }, 5000)), ["Seeked"])
  })

  it("takes a pause in between for no jump", () => {
    const before = seen({ progress_ms: 10_000 }, 0)
    for (const progress_ms of [10_000, 40_000, 70_000]) {
      assert.deepStrictEqual(tags(before, seen({ is_playing: false, progress_ms }, 60_000)), ["Paused"])
    }
    const paused = seen({ is_playing: false, progress_ms: 10_000 }, 0)
    assert.deepStrictEqual(tags(paused, seen({ progress_ms: 11_000 }, 60_000)), ["Resumed"])
    assert.deepStrictEqual(tags(paused, seen({ progress_ms: 200_000 }, 60_000)), ["Seeked", "Resumed"])
  })

  it("tells everything else that changed, in a fixed order", () => {
    const before = seen({}, 0)
    assert.deepStrictEqual(
      tags(
        before,
        seen(
          {
            device: { ...device, id: "other", volume_percent: 1 },
            context: null,
            item: Fixture.track(2),
            is_playing: false,
            shuffle_state: true,
            repeat_state: "track",
            progress_ms: 0
          },
          5000
        )
      ),
      ["DeviceChanged", "ContextChanged", "ItemChanged", "Paused", "ShuffleChanged", "RepeatChanged"]
    )
    assert.deepStrictEqual(
      Change.diff(before, seen({ device: { ...device, volume_percent: 12 } }, 0)).map((change) =>
        change._tag === "VolumeChanged" ? change.volume_percent : change._tag
      ),
      [12]
    )
  })

  it("an advertisement is another item, without a name", () => {
    const [change] = Change.diff(seen({}, 0), seen({ item: null, currently_playing_type: "ad" }, 0))
    assert.strictEqual(change?._tag, "ItemChanged")
    assert.isNull(change?._tag === "ItemChanged" ? change.item : "")
  })

  it("waits for a progress that Spotify sent again", () => {
    const first = Change.observe(Change.nothing, Option.some(state({ progress_ms: 10_000 })), 0)
    const stale = Change.observe(first, Option.some(state({ progress_ms: 10_000 })), 5000)
    assert.strictEqual(stale.at, 0)
    const next = Change.observe(stale, Option.some(state({ progress_ms: 20_000 })), 10_000)
    assert.strictEqual(next.at, 10_000)
    assert.deepStrictEqual(Change.diff(first, stale), [])
    assert.deepStrictEqual(Change.diff(stale, next), [])
  })

  it("never throws, and sees no change between equal states at one time", () => {
    const states = Arbitrary.make(PlaybackState)
    FastCheck.assert(
      FastCheck.property(states, states, FastCheck.nat(), (before, after, at) => {
        Change.diff({ state: Option.some(before), at }, { state: Option.some(after), at: at + 1 })
        const same = { state: Option.some(after), at }
        assert.deepStrictEqual(Change.diff(same, same), [])
      }),
      { seed: 5, numRuns: 50 }
    )
  })
})
