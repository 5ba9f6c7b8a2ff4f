/**
 * Spotify for Effect. Five parts, arrows only downward: `SpotifyClient` calls the Web API with a token from
 * `SessionService`, which keeps its records in a `TokenStore` and gets its tokens from `Accounts`;
 * `LoginService` begins and completes a user's login.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as Albums from "./api/Albums.js"
/** @since 0.1.0 */
export * as Artists from "./api/Artists.js"
/** @since 0.1.0 */
export * as Audiobooks from "./api/Audiobooks.js"
/** @since 0.1.0 */
export * as Browse from "./api/Browse.js"
/** @since 0.1.0 */
export * as Chapters from "./api/Chapters.js"
/** @since 0.1.0 */
export * as Episodes from "./api/Episodes.js"
/** @since 0.1.0 */
export * as Library from "./api/Library.js"
/** @since 0.1.0 */
export * as Markets from "./api/Markets.js"
/** @since 0.1.0 */
export * as Me from "./api/Me.js"
/** @since 0.1.0 */
export * as Options from "./api/Options.js"
/** @since 0.1.0 */
export * as Player from "./api/Player.js"
/** @since 0.1.0 */
export * as Playlists from "./api/Playlists.js"
/** @since 0.1.0 */
export * as Recommendations from "./api/Recommendations.js"
/** @since 0.1.0 */
export * as Search from "./api/Search.js"
/** @since 0.1.0 */
export * as Shows from "./api/Shows.js"
/** @since 0.1.0 */
export * as Tracks from "./api/Tracks.js"
/** @since 0.1.0 */
export * as Users from "./api/Users.js"
/** @since 0.1.0 */
export * as Accounts from "./auth/Accounts.js"
/** @since 0.1.0 */
export * as AuthError from "./auth/AuthError.js"
/** @since 0.1.0 */
export * as Callback from "./auth/Callback.js"
/** @since 0.1.0 */
export * as Pkce from "./auth/Pkce.js"
/** @since 0.1.0 */
export * as RedirectUri from "./auth/RedirectUri.js"
/** @since 0.1.0 */
export * as ReturnTo from "./auth/ReturnTo.js"
/** @since 0.1.0 */
export * as Scope from "./auth/Scope.js"
/** @since 0.1.0 */
export * as Session from "./auth/Session.js"
/** @since 0.1.0 */
export * as SessionEvent from "./auth/SessionEvent.js"
/** @since 0.1.0 */
export * as Token from "./auth/Token.js"
/** @since 0.1.0 */
export * as WebCrypto from "./auth/WebCrypto.js"
/** @since 0.1.0 */
export * as Headless from "./login/Headless.js"
/** @since 0.1.0 */
export * as LoginRoutes from "./login/LoginRoutes.js"
/** @since 0.1.0 */
export * as CallOptions from "./CallOptions.js"
/** @since 0.1.0 */
export * as LoginService from "./LoginService.js"
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
export * as Paging from "./Paging.js"
/** @since 0.1.0 */
export * as RateGate from "./RateGate.js"
/** @since 0.1.0 */
export * as ResponseCache from "./ResponseCache.js"
/** @since 0.1.0 */
export * as SessionService from "./SessionService.js"
/** @since 0.1.0 */
export * as SpotifyClient from "./SpotifyClient.js"
/** @since 0.1.0 */
export * as SpotifyConfig from "./SpotifyConfig.js"
/** @since 0.1.0 */
export * as SpotifyError from "./SpotifyError.js"
/** @since 0.1.0 */
export * as EncryptedTokenStore from "./stores/EncryptedTokenStore.js"
/** @since 0.1.0 */
export * as KeyRing from "./stores/KeyRing.js"
/** @since 0.1.0 */
export * as KeyValueTokenStore from "./stores/KeyValueTokenStore.js"
/** @since 0.1.0 */
export * as TokenStore from "./TokenStore.js"
