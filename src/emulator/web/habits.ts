/**
 * Behaviour of Spotify that its documentation does not mention. A habit is on by default if Spotify always
 * shows it, and off if Spotify showed it for some time or in some answers only.
 *
 * @since 0.1.0
 * @category models
 */
export interface Habits {
  /**
   * The answer to a successful player command: 200 and a random text that is not JSON, 202 without a body, or
   * the documented 204. Spotify has sent the text since July 2024: spotify/spotify-web-api-ts-sdk #127 and
   * #136, JohnnyCrazy/SpotifyAPI-NET #980; 202: vergoh/micropython-spotify-status-display #2.
   *
   * @default "text"
   */
  readonly playerAnswer: "text" | "accepted" | "no content"
  /**
   * The links of `/me/playlists` point to `/users/{id}/playlists`, which is closed to apps in development
   * mode. Recorded in March 2026, joostlek/python-spotify.
   *
   * @default true
   */
  readonly closedPlaylistLinks: boolean
  /**
   * Since November 2024 a search result has null in place of a Spotify playlist that the app may not read:
   * JohnnyCrazy/SpotifyAPI-NET #1012 and #1033, spotify/spotify-web-api-ts-sdk #141. Without the habit the
   * result leaves it out.
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
   * Pages of saved albums and of a show's episodes have null for an entry that is gone or not available in
   * the market: recorded by joostlek/python-spotify; spotify/spotify-web-api-ts-sdk #141,
   * ramsayleung/rspotify PR #526. Without the habit the entry is left out.
   *
   * @default true
   */
  readonly nullsInPages: boolean
  /**
   * The `items` of an empty search result are null instead of an empty list: fondberg/spotcast PR #604.
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
   * Apps with the extended API get the members that Spotify renamed in February 2026 under both names:
   * recorded in March 2026; ramsayleung/rspotify #560 and #563. Without the habit they get only the new name.
   *
   * @default true
   */
  readonly bothSpellings: boolean
  /**
   * The disallowed player actions are in `actions.disallows`, and only the true flags are sent. The schema
   * has them in `actions`. Seen in all recorded playback; ramsayleung/rspotify PR #557.
   *
   * @default true
   */
  readonly nestedDisallows: boolean
  /**
   * Undocumented members: `primary_color` and `video_thumbnail` of playlists and their entries, `followers`
   * of playlists, `episode` and `track` inside entries, `smart_shuffle` of playback, `is_playable` of albums
   * (recorded; felix-hilden/tekore 5.4.0).
   *
   * @default true
   */
  readonly undocumentedMembers: boolean
  /**
   * Chapters have the type `chapter`, although the documentation says `episode`: recorded by
   * joostlek/python-spotify.
   *
   * @default true
   */
  readonly chapterType: boolean
  /**
   * Some integers have the form of Java doubles, `85.0` and `4.9022656E7`, as from January to March 2024:
   * ramsayleung/rspotify #452, JohnnyCrazy/SpotifyAPI-NET #928 and #952, zmb3/spotify
   * #243.
   *
   * @default false
   */
  readonly integralFloats: boolean
  /**
   * `album_type` in upper case, as in some answers: felix-hilden/tekore 4.6.0.
   *
   * @default false
   */
  readonly upperCaseAlbumType: boolean
  /**
   * The duration of a local track is an object, as from December 2023 into 2024: spotify-web-api-java #381
   * and PR #413, felix-hilden/tekore 5.3.0.
   *
   * @default false
   */
  readonly localDurationObject: boolean
  /**
   * The form of error bodies: the documented object, the object without its message
   * (jwilsson/spotify-web-api-php #281), an empty body (stiefenm/spoton #118, spotify/web-api #1006), plain
   * text, or the form of the Web Playback back end. Audio features and analysis lack the message in every
   * form.
   *
   * @default "object"
   */
  readonly errorBody: "object" | "without message" | "empty" | "text" | "string"
  /**
   * Missing, invalid and expired tokens all get the message `Missing/invalid/expired access token`:
   * jwilsson/spotify-web-api-php 7.2.0. Off by default, because existing clients refresh on the older texts.
   *
   * @default false
   */
  readonly combinedTokenMessage: boolean
  /**
   * For how many milliseconds after a command the playback still shows the state before it. Spotify does not
   * guarantee when commands take effect; users report up to a few seconds.
   *
   * @default 0
   */
  readonly playbackLag: number
  /**
   * In lists, every second playlist lacks its `name` and `snapshot_id`: spotify/web-api #828, and #395 where
   * all names were null.
   *
   * @default false
   */
  readonly namelessPlaylists: boolean
  /**
   * In lists, every second playlist has an owner whose members are null, except `type`: spotify/web-api #896.
   *
   * @default false
   */
  readonly nullOwners: boolean
  /**
   * The images of playlists lack all members, including `url`. No report shows this. It is
   * {@link nullPlaylistImages} one level deeper.
   *
   * @default false
   */
  readonly emptyImages: boolean
  /**
   * Every second entry of a playlist does not say who added it, `added_by: {}`: spotify/ios-sdk #256.
   *
   * @default false
   */
  readonly emptyAddedBy: boolean
  /**
   * In lists of saved and recently played items, every second entry has null as its item. No report shows
   * this. It is {@link nullPlaylistItems} in other lists.
   *
   * @default false
   */
  readonly nullSavedItems: boolean
  /**
   * A single playlist has only the `href` and `total` of its entries, as in lists, and no page:
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
   * The answer to the creation of a playlist: the playlist, one whose `name` and `description` are null
   * (spotify/web-api #898), or 201 without a body. No report shows the last. It is {@link addAnswer} for
   * another call.
   *
   * @default "playlist"
   */
  readonly createAnswer: "playlist" | "nulls" | "empty"
  /**
   * The answer to an addition to a playlist: the new `snapshot_id`, an object without it, or 201 without a
   * body: spotify-web-api-java #3, spotify/spotify-web-api-ts-sdk #122.
   *
   * @default "snapshot"
   */
  readonly addAnswer: "snapshot" | "object" | "empty"
  /**
   * Every page has an `offset` of 0, whatever was requested: spotify/web-api #152. The links are correct.
   *
   * @default false
   */
  readonly zeroOffsets: boolean
  /**
   * A page has at most 20 entries, but the requested `limit`. `next` points to the first entry that is not on
   * the page. spotify/web-api #115 shows more entries than the stated `limit`.
   *
   * @default false
   */
  readonly shortPages: boolean
  /**
   * One in this many pages after the first is empty, with zeros for `limit`, `offset` and `total`, and no
   * `next`; 0 means none. At Spotify it was one in a hundred: spotify/ios-streaming-sdk #481 and #701.
   *
   * @default 0
   */
  readonly zeroPages: number
  /**
   * One in this many calls is refused with 401 `Access token missing`, although the token is valid; 0 means
   * none. Seen in July 2026: thlucas1/homeassistantcomponent_spotifyplus #237, LargeModGames/spotatui #395.
   *
   * @default 0
   */
  readonly missingTokens: number
  /**
   * The player answers 401 `Permissions missing` if the token lacks a scope: spotipy-dev/spotipy #657, #684
   * and #1205. Without the habit it is 403, as for other calls.
   *
   * @default false
   */
  readonly unauthorizedScopes: boolean
  /**
   * One in this many reads gets a 304 although the request was not conditional; 0 means none. No report shows
   * this at Spotify, but a cache in between could do it.
   *
   * @default 0
   */
  readonly unaskedNotModified: number
  /**
   * One in this many reads gets a 200 without a body; 0 means none: spotify/web-api #461.
   *
   * @default 0
   */
  readonly emptyBodies: number
  /**
   * One in this many reads gets a 200 with only the first half of the body; 0 means none:
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
