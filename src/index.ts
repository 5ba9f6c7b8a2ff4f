/**
 * Spotify for Effect. Five parts, arrows only downward: `SpotifyClient` calls the Web API with a token from
 * `SessionService`, which keeps its records in a `TokenStore` and gets its tokens from `Accounts`;
 * `LoginService` begins and completes a user's login.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as Albums from "./client/api/Albums.js"
/** @since 0.1.0 */
export * as Artists from "./client/api/Artists.js"
/** @since 0.1.0 */
export * as Audiobooks from "./client/api/Audiobooks.js"
/** @since 0.1.0 */
export * as Browse from "./client/api/Browse.js"
/** @since 0.1.0 */
export * as Chapters from "./client/api/Chapters.js"
/** @since 0.1.0 */
export * as Episodes from "./client/api/Episodes.js"
/** @since 0.1.0 */
export * as Library from "./client/api/Library.js"
/** @since 0.1.0 */
export * as Markets from "./client/api/Markets.js"
/** @since 0.1.0 */
export * as Me from "./client/api/Me.js"
/** @since 0.1.0 */
export * as Options from "./client/api/Options.js"
/** @since 0.1.0 */
export * as Player from "./client/api/Player.js"
/** @since 0.1.0 */
export * as Playlists from "./client/api/Playlists.js"
/** @since 0.1.0 */
export * as Recommendations from "./client/api/Recommendations.js"
/** @since 0.1.0 */
export * as Search from "./client/api/Search.js"
/** @since 0.1.0 */
export * as Shows from "./client/api/Shows.js"
/** @since 0.1.0 */
export * as Tracks from "./client/api/Tracks.js"
/** @since 0.1.0 */
export * as Users from "./client/api/Users.js"
/** @since 0.1.0 */
export * as Accounts from "./accounts/Accounts.js"
/** @since 0.1.0 */
export * as AuthError from "./accounts/AuthError.js"
/** @since 0.1.0 */
export * as Callback from "./accounts/Callback.js"
/** @since 0.1.0 */
export * as Pkce from "./accounts/Pkce.js"
/** @since 0.1.0 */
export * as RedirectUri from "./accounts/RedirectUri.js"
/** @since 0.1.0 */
export * as ReturnTo from "./accounts/ReturnTo.js"
/** @since 0.1.0 */
export * as Scope from "./accounts/Scope.js"
/** @since 0.1.0 */
export * as Session from "./session/Session.js"
/** @since 0.1.0 */
export * as SessionEvent from "./session/SessionEvent.js"
/** @since 0.1.0 */
export * as Token from "./accounts/Token.js"
/** @since 0.1.0 */
export * as WebCrypto from "./accounts/WebCrypto.js"
/** @since 0.1.0 */
export * as Headless from "./login/Headless.js"
/** @since 0.1.0 */
export * as LoginRoutes from "./login/LoginRoutes.js"
/** @since 0.1.0 */
export * as CallOptions from "./client/CallOptions.js"
/** @since 0.1.0 */
export * as LoginService from "./session/LoginService.js"
/** @since 0.1.0 */
export * as Metrics from "./Metrics.js"
/** @since 0.1.0 */
export * as Album from "./model/Album.js"
/** @since 0.1.0 */
export * as Artist from "./model/Artist.js"
/** @since 0.1.0 */
export * as AudioAnalysis from "./model/AudioAnalysis.js"
/** @since 0.1.0 */
export * as AudioFeatures from "./model/AudioFeatures.js"
/** @since 0.1.0 */
export * as Audiobook from "./model/Audiobook.js"
/** @since 0.1.0 */
export * as Category from "./model/Category.js"
/** @since 0.1.0 */
export * as Chapter from "./model/Chapter.js"
/** @since 0.1.0 */
export * as Common from "./model/Common.js"
/** @since 0.1.0 */
export * as Episode from "./model/Episode.js"
/** @since 0.1.0 */
export * as Page from "./model/Page.js"
/** @since 0.1.0 */
export * as Playback from "./model/Playback.js"
/** @since 0.1.0 */
export * as PlaybackChange from "./model/PlaybackChange.js"
/** @since 0.1.0 */
export * as PlayerErrorReason from "./model/PlayerErrorReason.js"
/** @since 0.1.0 */
export * as Playlist from "./model/Playlist.js"
/** @since 0.1.0 */
export * as Recommendation from "./model/Recommendation.js"
/** @since 0.1.0 */
export * as Saved from "./model/Saved.js"
/** @since 0.1.0 */
export * as SearchResult from "./model/SearchResult.js"
/** @since 0.1.0 */
export * as Show from "./model/Show.js"
/** @since 0.1.0 */
export * as SimplifiedAlbum from "./model/SimplifiedAlbum.js"
/** @since 0.1.0 */
export * as SimplifiedArtist from "./model/SimplifiedArtist.js"
/** @since 0.1.0 */
export * as SimplifiedChapter from "./model/SimplifiedChapter.js"
/** @since 0.1.0 */
export * as SimplifiedEpisode from "./model/SimplifiedEpisode.js"
/** @since 0.1.0 */
export * as SimplifiedTrack from "./model/SimplifiedTrack.js"
/** @since 0.1.0 */
export * as SpotifyId from "./model/SpotifyId.js"
/** @since 0.1.0 */
export * as SpotifyUri from "./model/SpotifyUri.js"
/** @since 0.1.0 */
export * as Track from "./model/Track.js"
/** @since 0.1.0 */
export * as User from "./model/User.js"
/** @since 0.1.0 */
export * as Paging from "./client/Paging.js"
/** @since 0.1.0 */
export * as RateGate from "./client/RateGate.js"
/** @since 0.1.0 */
export * as ResponseCache from "./client/ResponseCache.js"
/** @since 0.1.0 */
export * as SessionService from "./session/SessionService.js"
/** @since 0.1.0 */
export * as SpotifyClient from "./client/SpotifyClient.js"
/** @since 0.1.0 */
export * as SpotifyConfig from "./accounts/SpotifyConfig.js"
/** @since 0.1.0 */
export * as SpotifyError from "./client/SpotifyError.js"
/** @since 0.1.0 */
export * as EncryptedTokenStore from "./store/EncryptedTokenStore.js"
/** @since 0.1.0 */
export * as KeyRing from "./store/KeyRing.js"
/** @since 0.1.0 */
export * as KeyValueTokenStore from "./store/KeyValueTokenStore.js"
/** @since 0.1.0 */
export * as TokenStore from "./store/TokenStore.js"
