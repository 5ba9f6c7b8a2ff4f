import { describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { assert } from "vitest"
import { Album } from "../../src/model/Album.js"
import { Artist } from "../../src/model/Artist.js"
import { AudioAnalysis } from "../../src/model/AudioAnalysis.js"
import { AudioFeatures } from "../../src/model/AudioFeatures.js"
import { Audiobook, SimplifiedAudiobook } from "../../src/model/Audiobook.js"
import { Category } from "../../src/model/Category.js"
import { Chapter } from "../../src/model/Chapter.js"
import {
  Copyright,
  ExternalIds,
  ExternalUrls,
  Followers,
  Image,
  Restrictions,
  ResumePoint
} from "../../src/model/Common.js"
import { Episode, UnavailableEpisode } from "../../src/model/Episode.js"
import { EmbeddedPage, RawCursorPage, RawPage } from "../../src/model/Page.js"
import {
  Actions,
  Context,
  CurrentlyPlaying,
  Device,
  PlaybackState,
  PlayHistory,
  Queue
} from "../../src/model/Playback.js"
import {
  Playable,
  Playlist,
  PlaylistItem,
  SimplifiedPlaylist,
  UnknownItem
} from "../../src/model/Playlist.js"
import { Recommendations } from "../../src/model/Recommendation.js"
import { SavedAlbum, SavedEpisode, SavedShow, SavedTrack } from "../../src/model/Saved.js"
import { RawSearchResult } from "../../src/model/SearchResult.js"
import { Show, SimplifiedShow } from "../../src/model/Show.js"
import { SimplifiedAlbum } from "../../src/model/SimplifiedAlbum.js"
import { SimplifiedArtist } from "../../src/model/SimplifiedArtist.js"
import { SimplifiedChapter } from "../../src/model/SimplifiedChapter.js"
import { SimplifiedEpisode } from "../../src/model/SimplifiedEpisode.js"
import { LinkedTrack, SimplifiedTrack } from "../../src/model/SimplifiedTrack.js"
import { LocalTrack, Track } from "../../src/model/Track.js"
import { PrivateUser, PublicUser, UserReference } from "../../src/model/User.js"

const models: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  Actions,
  Album,
  Artist,
  AudioAnalysis,
  AudioFeatures,
  Audiobook,
  Category,
  Chapter,
  Context,
  Copyright,
  CurrentlyPlaying,
  Device,
  "EmbeddedPage<Image>": EmbeddedPage(Image),
  Episode,
  ExternalIds,
  ExternalUrls,
  Followers,
  Image,
  LinkedTrack,
  LocalTrack,
  Playable,
  PlaybackState,
  PlayHistory,
  Playlist,
  PlaylistItem,
  PrivateUser,
  PublicUser,
  Queue,
  "RawCursorPage<Artist>": RawCursorPage(Artist),
  "RawPage<Artist>": RawPage(Artist),
  RawSearchResult,
  Recommendations,
  Restrictions,
  ResumePoint,
  SavedAlbum,
  SavedEpisode,
  SavedShow,
  SavedTrack,
  Show,
  SimplifiedAlbum,
  SimplifiedArtist,
  SimplifiedAudiobook,
  SimplifiedChapter,
  SimplifiedEpisode,
  SimplifiedPlaylist,
  SimplifiedShow,
  SimplifiedTrack,
  Track,
  UnavailableEpisode,
  UnknownItem,
  UserReference
}

describe("models", () => {
  it.each(Object.entries(models))("%s: what is encoded decodes to the same", (_, model) => {
    const schema = Schema.make<unknown>(model.ast)
    const encode = Schema.encodeSync(schema)
    const decode = Schema.decodeUnknownSync(schema)
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(schema), (value) => {
        assert.deepStrictEqual(decode(encode(value)), value)
      }),
      { seed: 20_261_123, numRuns: 25 }
    )
  })

  it.each(Object.entries(models))("%s: an encoded value is plain JSON data", (_, model) => {
    const schema = Schema.make<unknown>(model.ast)
    const [sample] = FastCheck.sample(Arbitrary.make(schema), { seed: 7, numRuns: 1 })
    assert.doesNotThrow(() => JSON.stringify(Schema.encodeSync(schema)(sample)))
  })
})
