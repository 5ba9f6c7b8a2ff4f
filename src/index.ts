/**
 * Spotify for Effect. Five parts, arrows only downward: `SpotifyClient` calls the Web API with a token from
 * `SessionService`, which keeps its records in a `TokenStore` and gets its tokens from `Accounts`;
 * `LoginService` begins and completes a user's login.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as AlbumsApi from "./client/api/AlbumsApi.js"
/** @since 0.1.0 */
export * as ArtistsApi from "./client/api/ArtistsApi.js"
/** @since 0.1.0 */
export * as AudiobooksApi from "./client/api/AudiobooksApi.js"
/** @since 0.1.0 */
export * as BrowseApi from "./client/api/BrowseApi.js"
/** @since 0.1.0 */
export * as ChaptersApi from "./client/api/ChaptersApi.js"
/** @since 0.1.0 */
export * as EpisodesApi from "./client/api/EpisodesApi.js"
/** @since 0.1.0 */
export * as LibraryApi from "./client/api/LibraryApi.js"
/** @since 0.1.0 */
export * as MarketsApi from "./client/api/MarketsApi.js"
/** @since 0.1.0 */
export * as MeApi from "./client/api/MeApi.js"
/** @since 0.1.0 */
export * as Options from "./client/api/Options.js"
/** @since 0.1.0 */
export * as PlayerApi from "./client/api/PlayerApi.js"
/** @since 0.1.0 */
export * as PlaylistsApi from "./client/api/PlaylistsApi.js"
/** @since 0.1.0 */
export * as RecommendationsApi from "./client/api/RecommendationsApi.js"
/** @since 0.1.0 */
export * as SearchApi from "./client/api/SearchApi.js"
/** @since 0.1.0 */
export * as ShowsApi from "./client/api/ShowsApi.js"
/** @since 0.1.0 */
export * as TracksApi from "./client/api/TracksApi.js"
/** @since 0.1.0 */
export * as UsersApi from "./client/api/UsersApi.js"
/** @since 0.1.0 */
export * as Accounts from "./accounts/Accounts.js"
/** @since 0.1.0 */
export * as AuthError from "./accounts/AuthError.js"
/** @since 0.1.0 */
export * as Pkce from "./accounts/Pkce.js"
/** @since 0.1.0 */
export * as RedirectUri from "./accounts/RedirectUri.js"
/** @since 0.1.0 */
export * as Scope from "./accounts/Scope.js"
/** @since 0.1.0 */
export * as Session from "./session/Session.js"
/** @since 0.1.0 */
export * as SessionEvent from "./session/SessionEvent.js"
/** @since 0.1.0 */
export * as Token from "./accounts/Token.js"
/** @since 0.1.0 */
export * as FetchTransport from "./http/FetchTransport.js"
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
export * as Model from "./model/Model.js"
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
export * as SpotifyDate from "./model/SpotifyDate.js"
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
export * as Spotify from "./programs/Spotify.js"
/** @since 0.1.0 */
export * as SpotifyClient from "./client/SpotifyClient.js"
/** @since 0.1.0 */
export * as SpotifyConfig from "./accounts/SpotifyConfig.js"
/** @since 0.1.0 */
export * as SpotifyError from "./client/SpotifyError.js"
/** @since 0.1.0 */
export * as SpotifyRuntime from "./client/SpotifyRuntime.js"
/** @since 0.1.0 */
export * as DurableObjectTokenStore from "./store/DurableObjectTokenStore.js"
/** @since 0.1.0 */
export * as WebApi from "./client/WebApi.js"
/** @since 0.1.0 */
export * as EncryptedTokenStore from "./store/EncryptedTokenStore.js"
/** @since 0.1.0 */
export * as KeyRing from "./store/KeyRing.js"
/** @since 0.1.0 */
export * as KeyValueTokenStore from "./store/KeyValueTokenStore.js"
/** @since 0.1.0 */
export * as TokenStore from "./store/TokenStore.js"
