/** As much of `spotify-web-api-node`, which comes without types, as the tests use. */
declare module "spotify-web-api-node" {
  interface Response {
    // Each call has a body of its own, and the library describes none of them
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    readonly body: any
    readonly headers: Readonly<Record<string, string>>
    readonly statusCode: number
  }

  type Call = (...args: ReadonlyArray<unknown>) => Promise<Response>

  class SpotifyWebApi {
    constructor(credentials: {
      readonly clientId?: string
      readonly clientSecret?: string
      readonly redirectUri?: string
      readonly accessToken?: string
      readonly refreshToken?: string
    })
    createAuthorizeURL(scopes: ReadonlyArray<string>, state?: string, showDialog?: boolean): string
    setAccessToken(token: string): void
    setRefreshToken(token: string): void
    readonly clientCredentialsGrant: Call
    readonly authorizationCodeGrant: Call
    readonly refreshAccessToken: Call
    readonly getMe: Call
    readonly getUser: Call
    readonly getTrack: Call
    readonly getTracks: Call
    readonly getAlbum: Call
    readonly getAlbums: Call
    readonly getAlbumTracks: Call
    readonly getArtist: Call
    readonly getArtists: Call
    readonly getArtistAlbums: Call
    readonly getArtistTopTracks: Call
    readonly search: Call
    readonly searchTracks: Call
    readonly getMyTopArtists: Call
    readonly getMyTopTracks: Call
    readonly getFollowedArtists: Call
    readonly followArtists: Call
    readonly unfollowArtists: Call
    readonly isFollowingArtists: Call
    readonly getMySavedTracks: Call
    readonly addToMySavedTracks: Call
    readonly removeFromMySavedTracks: Call
    readonly containsMySavedTracks: Call
    readonly getMySavedAlbums: Call
    readonly addToMySavedAlbums: Call
    readonly containsMySavedAlbums: Call
    readonly getMySavedShows: Call
    readonly containsMySavedShows: Call
    readonly getUserPlaylists: Call
    readonly createPlaylist: Call
    readonly getPlaylist: Call
    readonly getPlaylistTracks: Call
    readonly changePlaylistDetails: Call
    readonly addTracksToPlaylist: Call
    readonly reorderTracksInPlaylist: Call
    readonly replaceTracksInPlaylist: Call
    readonly removeTracksFromPlaylist: Call
    readonly removeTracksFromPlaylistByPosition: Call
    readonly uploadCustomPlaylistCoverImage: Call
    readonly followPlaylist: Call
    readonly unfollowPlaylist: Call
  }

  export default SpotifyWebApi
}
