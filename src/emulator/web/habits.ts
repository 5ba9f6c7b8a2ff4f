/**
 * What Spotify does that its documentation does not say. A habit is on where Spotify always has it, and off where it
 * had it for a while or in some answers only.
 *
 * @since 0.1.0
 * @category models
 */
export interface Habits {
  /**
   * What a player command that worked is answered with: 200 and a random text that is not JSON, 202 without
   * a body, or the documented 204. Since July 2024 it is the text: spotify/spotify-web-api-ts-sdk #127 and
   * #136, JohnnyCrazy/SpotifyAPI-NET #980; 202: vergoh/micropython-spotify-status-display #2.
   *
   * @default "text"
   */
  readonly playerAnswer: "text" | "accepted" | "no content"
  /**
   * The links of `/me/playlists` lead to `/users/{id}/playlists`, which is closed to apps in development
   * mode: recorded in March 2026, joostlek/python-spotify.
   *
   * @default true
   */
  readonly closedPlaylistLinks: boolean
  /**
   * A search finds a null for a playlist of Spotify's own that the app may not see, since November 2024:
   * JohnnyCrazy/SpotifyAPI-NET #1012 and #1033, spotify/spotify-web-api-ts-sdk #141. Without the habit it does
   * not find it.
   *
   * @default true
   */
  readonly nullsInSearch: boolean
  /**
   * A removed track stays in its playlists as an entry whose `item` is null: spotify/web-api #958 and #1049.
   * Without the habit the entry is left out.
   *
   * @default true
   */
  readonly nullPlaylistItems: boolean
  /**
   * Pages of saved albums and of a show's episodes have a null for what is gone or does not play in the
   * market: recorded by joostlek/python-spotify; spotify/spotify-web-api-ts-sdk #141, ramsayleung/rspotify
   * PR #526. Without the habit it is left out.
   *
   * @default true
   */
  readonly nullsInPages: boolean
  /**
   * The `items` of a search that found nothing are null instead of an empty list: fondberg/spotcast PR #604.
   *
   * @default false
   */
  readonly nullSearchPage: boolean
  /**
   * The `images` of a playlist without a cover are null instead of an empty list: recorded;
   * ramsayleung/rspotify #480 and #529, felix-hilden/tekore 5.3.0.
   *
   * @default false
   */
  readonly nullPlaylistImages: boolean
  /**
   * The totals of playlists in lists are null: aome510/spotify-player #398.
   *
   * @default false
   */
  readonly nullPlaylistTotals: boolean
  /**
   * Tracks that are not relinked have an empty `linked_from`: ramsayleung/rspotify #486 and #487.
   *
   * @default false
   */
  readonly emptyLinkedFrom: boolean
  /**
   * Apps with the extended API get what Spotify renamed in February 2026 under both names: recorded in March
   * 2026; ramsayleung/rspotify #560 and #563. Without the habit they get the new one only.
   *
   * @default true
   */
  readonly bothSpellings: boolean
  /**
   * The flags of what a player may not do are in `actions.disallows`, the true ones only, where the schema
   * has them in `actions`: all recorded playback; ramsayleung/rspotify PR #557.
   *
   * @default true
   */
  readonly nestedDisallows: boolean
  /**
   * Members that are in no document: `primary_color` and `video_thumbnail` of playlists and their entries,
   * `followers` of playlists, `episode` and `track` inside entries, `smart_shuffle` of playback, `is_playable`
   * of albums (recorded; felix-hilden/tekore 5.4.0).
   *
   * @default true
   */
  readonly undocumentedMembers: boolean
  /**
   * Chapters have the type `chapter`, where the document says `episode`: recorded by joostlek/python-spotify.
   *
   * @default true
   */
  readonly chapterType: boolean
  /**
   * Some whole numbers are written as Java writes its doubles, `85.0` and `4.9022656E7`, as they were from
   * January to March 2024: ramsayleung/rspotify #452, JohnnyCrazy/SpotifyAPI-NET #928 and #952, zmb3/spotify
   * #243.
   *
   * @default false
   */
  readonly integralFloats: boolean
  /**
   * `album_type` in capitals, as in some answers: felix-hilden/tekore 4.6.0.
   *
   * @default false
   */
  readonly upperCaseAlbumType: boolean
  /**
   * The duration of a local track is an object, as it was from December 2023 into 2024:
   * spotify-web-api-java #381 and PR #413, felix-hilden/tekore 5.3.0.
   *
   * @default false
   */
  readonly localDurationObject: boolean
  /**
   * How refusals are written: the documented object, the object without its message
   * (jwilsson/spotify-web-api-php #281), nothing (stiefenm/spoton #118, spotify/web-api #1006), plain text, or
   * the form of the Web Playback back end. Audio features and analysis lack the message in every form.
   *
   * @default "object"
   */
  readonly errorBody: "object" | "without message" | "empty" | "text" | "string"
  /**
   * Missing, bad and expired tokens are all answered with `Missing/invalid/expired access token`:
   * jwilsson/spotify-web-api-php 7.2.0. Off, because clients in use know the older texts and refresh on them.
   *
   * @default false
   */
  readonly combinedTokenMessage: boolean
  /**
   * For how many milliseconds after a command the playback reads as before it. Spotify does not guarantee
   * when commands take effect; users report up to a few seconds.
   *
   * @default 0
   */
  readonly playbackLag: number
  /**
   * In lists every second playlist lacks its `name` and `snapshot_id`: spotify/web-api #828, and #395 where all
   * names were null.
   *
   * @default false
   */
  readonly namelessPlaylists: boolean
  /**
   * In lists every second playlist has an owner whose members are null, `type` apart: spotify/web-api #896.
   *
   * @default false
   */
  readonly nullOwners: boolean
  /**
   * The images of playlists lack all members, `url` too. No report shows it: it is {@link nullPlaylistImages}
   * one level deeper.
   *
   * @default false
   */
  readonly emptyImages: boolean
  /**
   * Every second entry of a playlist says nothing of who added it, `added_by: {}`: spotify/ios-sdk #256.
   *
   * @default false
   */
  readonly emptyAddedBy: boolean
  /**
   * Every second entry of saved and of recently played things has a null for the thing. No report shows it: it
   * is {@link nullPlaylistItems} in another list.
   *
   * @default false
   */
  readonly nullSavedItems: boolean
  /**
   * A playlist that is read alone has no page of entries, but their `href` and `total`, as in lists:
   * home-assistant/core #162818.
   *
   * @default false
   */
  readonly playlistItemsLink: boolean
  /**
   * The track of every second playlist entry and play lacks `explicit` and `album`: ramsayleung/rspotify #576
   * and #578; plays without an album are recorded from 2016 and 2017.
   *
   * @default false
   */
  readonly bareTracks: boolean
  /**
   * What the making of a playlist is answered with: the playlist, one whose `name` and `description` are null
   * (spotify/web-api #898), or 201 without a body. No report shows the last: it is {@link addAnswer} elsewhere.
   *
   * @default "playlist"
   */
  readonly createAnswer: "playlist" | "nulls" | "empty"
  /**
   * What an addition to a playlist is answered with: the new `snapshot_id`, an object without it, or 201
   * without a body: spotify-web-api-java #3, spotify/spotify-web-api-ts-sdk #122.
   *
   * @default "snapshot"
   */
  readonly addAnswer: "snapshot" | "object" | "empty"
  /**
   * Every page says that its `offset` is 0, whatever was asked for: spotify/web-api #152. The links are right.
   *
   * @default false
   */
  readonly zeroOffsets: boolean
  /**
   * A page has no more than 20 entries, and says the `limit` that was asked for; `next` leads to the first that
   * is not on it. spotify/web-api #115 shows more entries than the `limit` that is said.
   *
   * @default false
   */
  readonly shortPages: boolean
  /**
   * One in this many pages behind the first is empty, with zeros for `limit`, `offset` and `total`, and no
   * `next`; 0 is none. It was one in a hundred: spotify/ios-streaming-sdk #481 and #701.
   *
   * @default 0
   */
  readonly zeroPages: number
  /**
   * One in this many calls is refused with 401 `Access token missing`, although the token is good; 0 is none. In
   * July 2026: thlucas1/homeassistantcomponent_spotifyplus #237, LargeModGames/spotatui #395.
   *
   * @default 0
   */
  readonly missingTokens: number
  /**
   * The player answers 401 `Permissions missing` where the token lacks a scope: spotipy-dev/spotipy #657, #684
   * and #1205. Without the habit it is 403, as elsewhere.
   *
   * @default false
   */
  readonly unauthorizedScopes: boolean
  /**
   * One in this many readings is answered with 304 although it did not ask for changes alone; 0 is none. No
   * report shows it of Spotify: a cache on the way would do it.
   *
   * @default 0
   */
  readonly unaskedNotModified: number
  /**
   * One in this many readings is answered with 200 and no body; 0 is none: spotify/web-api #461.
   *
   * @default 0
   */
  readonly emptyBodies: number
  /**
   * One in this many readings is answered with 200 and the first half of the body; 0 is none:
   * music-assistant/support #1795.
   *
   * @default 0
   */
  readonly cutBodies: number
}

export const defaults: Habits = {
  playerAnswer: "text",
  closedPlaylistLinks: true,
  nullsInSearch: true,
  nullPlaylistItems: true,
  nullsInPages: true,
  nullSearchPage: false,
  nullPlaylistImages: false,
  nullPlaylistTotals: false,
  emptyLinkedFrom: false,
  bothSpellings: true,
  nestedDisallows: true,
  undocumentedMembers: true,
  chapterType: true,
  integralFloats: false,
  upperCaseAlbumType: false,
  localDurationObject: false,
  errorBody: "object",
  combinedTokenMessage: false,
  playbackLag: 0,
  namelessPlaylists: false,
  nullOwners: false,
  emptyImages: false,
  emptyAddedBy: false,
  nullSavedItems: false,
  playlistItemsLink: false,
  bareTracks: false,
  createAnswer: "playlist",
  addAnswer: "snapshot",
  zeroOffsets: false,
  shortPages: false,
  zeroPages: 0,
  missingTokens: 0,
  unauthorizedScopes: false,
  unaskedNotModified: 0,
  emptyBodies: 0,
  cutBodies: 0
}
