/**
 * What Spotify does beside its documentation. A habit is on where Spotify always has it, and off where it
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
  playbackLag: 0
}
