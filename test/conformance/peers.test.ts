/**
 * Clients of Spotify that we did not write, against the emulator as its command starts it. What they complete
 * here they complete against Spotify; what Spotify refuses them, so does the emulator.
 */
import {
  type AccessToken,
  InMemoryCachingStrategy,
  type IRedirectionStrategy,
  SpotifyApi
} from "@spotify/web-api-ts-sdk"
import { assert, layer } from "@effect/vitest"
import { Scope } from "effect-spotify"
import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import * as OpenId from "openid-client"
import SpotifyWebApi from "spotify-web-api-node"
import { afterEach, beforeEach, describe, vi } from "vitest"
import { at, browse, Emulator, EmulatorLayer, failure, picture } from "./peers/emulator.js"

type Spotify = Emulator["Type"]

const callback = "http://127.0.0.1:53682/peers/callback"

const scopes = [...Scope.all]

layer(EmulatorLayer, { timeout: "30 seconds" })("clients of others", (it) => {
  const peer = (name: string, run: (spotify: Spotify) => Promise<void>) =>
    it.effect(name, () => Effect.flatMap(Emulator, (spotify) => Effect.promise(() => run(spotify))))

  /** Tokens of the user for the app with the secret. */
  const tokensOf = async (spotify: Spotify, asked: ReadonlyArray<string> = scopes) => {
    const config = configurationOf(spotify, spotify.clientId, OpenId.ClientSecretBasic(spotify.clientSecret))
    const url = OpenId.buildAuthorizationUrl(config, { redirect_uri: callback, scope: asked.join(" ") })
    return OpenId.authorizationCodeGrant(config, await browse(url))
  }

  const configurationOf = (spotify: Spotify, clientId: string, authentication: OpenId.ClientAuth) => {
    const config = new OpenId.Configuration(
      {
        issuer: spotify.accountsUrl,
        authorization_endpoint: `${spotify.accountsUrl}/authorize`,
        token_endpoint: `${spotify.accountsUrl}/api/token`
      },
      clientId,
      {},
      authentication
    )
    // The emulator has no certificate
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    OpenId.allowInsecureRequests(config)
    return config
  }

  describe("openid-client", () => {
    const refusal = async (promise: Promise<unknown>) => {
      const error = await failure(promise)
      assert.instanceOf(error, OpenId.ResponseBodyError)
      return [error.status, error.error, error.error_description]
    }

    for (const [name, authentication] of [
      ["Basic", OpenId.ClientSecretBasic],
      ["form", OpenId.ClientSecretPost]
    ] as const) {
      peer(`code with secret (${name}): exchange once, refresh, client credentials`, async (spotify) => {
        const config = configurationOf(spotify, spotify.clientId, authentication(spotify.clientSecret))
        const state = OpenId.randomState()
        const verifier = OpenId.randomPKCECodeVerifier()
        const sent = await browse(
          OpenId.buildAuthorizationUrl(config, {
            redirect_uri: callback,
            scope: "user-read-private user-read-email",
            state,
            code_challenge: await OpenId.calculatePKCECodeChallenge(verifier),
            code_challenge_method: "S256"
          })
        )
        const checks = { expectedState: state, pkceCodeVerifier: verifier }
        const tokens = await OpenId.authorizationCodeGrant(config, sent, checks)
        assert.deepStrictEqual(tokens.scope?.split(" ").sort(), ["user-read-email", "user-read-private"])
        assert.strictEqual(tokens.expires_in, 3600)
        assert.deepStrictEqual(await refusal(OpenId.authorizationCodeGrant(config, sent, checks)), [
          400,
          "invalid_grant",
          "Invalid authorization code"
        ])

        const refreshed = await OpenId.refreshTokenGrant(config, tokens.refresh_token ?? "")
        assert.isUndefined(refreshed.refresh_token)
        assert.notStrictEqual(refreshed.access_token, tokens.access_token)
        const app = await OpenId.clientCredentialsGrant(config)
        assert.isUndefined(app.refresh_token)
        assert.isTrue(typeof app.access_token === "string" && app.token_type === "bearer")
      })
    }

    peer("PKCE without secret: exchange, rotation, revocation", async (spotify) => {
      const config = configurationOf(spotify, spotify.publicClientId, OpenId.None())
      const verifier = OpenId.randomPKCECodeVerifier()
      const url = OpenId.buildAuthorizationUrl(config, {
        redirect_uri: spotify.redirectUri,
        scope: "user-top-read",
        code_challenge: await OpenId.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256"
      })
      const wrong = OpenId.authorizationCodeGrant(config, await browse(url), {
        pkceCodeVerifier: OpenId.randomPKCECodeVerifier()
      })
      assert.deepStrictEqual(await refusal(wrong), [400, "invalid_grant", "code_verifier was incorrect"])

      const tokens = await OpenId.authorizationCodeGrant(config, await browse(url), {
        pkceCodeVerifier: verifier
      })
      const first = tokens.refresh_token ?? ""
      await spotify.control(spotify.controls.rotation)
      const second = (await OpenId.refreshTokenGrant(config, first)).refresh_token ?? ""
      assert.isTrue(second !== "" && second !== first)
      const revoked = [400, "invalid_grant", "Refresh token revoked"]
      assert.deepStrictEqual(await refusal(OpenId.refreshTokenGrant(config, first)), revoked)
      await spotify.control(spotify.controls.rotation.replace("always", "never"))
      assert.isUndefined((await OpenId.refreshTokenGrant(config, second)).refresh_token)
      await spotify.control(spotify.controls.revokeGrant)
      assert.deepStrictEqual(await refusal(OpenId.refreshTokenGrant(config, second)), revoked)
    })

    peer("a refused consent, and a state of somebody else", async (spotify) => {
      const config = configurationOf(
        spotify,
        spotify.clientId,
        OpenId.ClientSecretBasic(spotify.clientSecret)
      )
      const login = () =>
        browse(OpenId.buildAuthorizationUrl(config, { redirect_uri: callback, state: "mine" }))
      await spotify.decide("deny")
      const refused = await login()
      await spotify.decide("allow")
      const error = await failure(OpenId.authorizationCodeGrant(config, refused, { expectedState: "mine" }))
      assert.instanceOf(error, OpenId.AuthorizationResponseError)
      assert.strictEqual(error.error, "access_denied")
      await failure(OpenId.authorizationCodeGrant(config, await login(), { expectedState: "theirs" }))
    })

    peer("reads why a token is refused from the header", async (spotify) => {
      const config = configurationOf(
        spotify,
        spotify.clientId,
        OpenId.ClientSecretBasic(spotify.clientSecret)
      )
      const { access_token } = await tokensOf(spotify)
      const me = () =>
        OpenId.fetchProtectedResource(config, access_token, new URL(`${spotify.apiUrl}/me`), "GET")
      assert.strictEqual((await me()).status, 200)
      await spotify.control(spotify.controls.expireAccessTokens)
      const error = await failure(me())
      assert.instanceOf(error, OpenId.WWWAuthenticateChallengeError)
      assert.deepInclude(error.cause[0]?.parameters, {
        realm: "spotify",
        error: "invalid_token",
        error_description: "The access token expired"
      })
    })

    peer("a client that is not known, or not by this secret", async (spotify) => {
      const credentials = (id: string, secret: string) =>
        refusal(OpenId.clientCredentialsGrant(configurationOf(spotify, id, OpenId.ClientSecretBasic(secret))))
      assert.deepStrictEqual(await credentials("nobody", "x"), [400, "invalid_client", "Invalid client"])
      assert.deepStrictEqual(await credentials(spotify.clientId, "x"), [
        400,
        "invalid_client",
        "Invalid client secret"
      ])
    })
  })

  describe("@spotify/web-api-ts-sdk", () => {
    // It names Spotify's hosts itself, and calls the global fetch for tokens
    const { fetch } = globalThis
    const hosts: { spotify: Spotify | undefined } = { spotify: undefined }

    beforeEach(() => {
      vi.stubGlobal("fetch", (url: string | URL, init?: RequestInit) =>
        fetch(hosts.spotify === undefined ? url : at(hosts.spotify, String(url)), init)
      )
    })

    afterEach(() => {
      vi.unstubAllGlobals()
    })

    const sdk = (name: string, run: (spotify: Spotify) => Promise<void>) =>
      peer(name, (spotify) => {
        hosts.spotify = spotify
        return run(spotify)
      })

    const loggedIn = async (spotify: Spotify, asked?: ReadonlyArray<string>) => {
      const { access_token, refresh_token = "" } = await tokensOf(spotify, asked)
      const token = { access_token, refresh_token, token_type: "Bearer", expires_in: 3600 }
      return SpotifyApi.withAccessToken(spotify.clientId, token)
    }

    const said = async (promise: Promise<unknown>) => String(await failure(promise))

    sdk("client credentials: the catalogue", async (spotify) => {
      const api = SpotifyApi.withClientCredentials(spotify.clientId, spotify.clientSecret)
      const { ids } = spotify
      const album = await api.albums.get(ids.album, "SE")
      assert.strictEqual(album.id, ids.album)
      assert.strictEqual((await api.albums.get([ids.album, ids.album])).length, 2)
      assert.strictEqual((await api.albums.tracks(ids.album, "SE", 2)).total, album.total_tracks)
      assert.strictEqual((await api.artists.get(ids.artist)).type, "artist")
      assert.strictEqual((await api.artists.get([ids.artist]))[0]?.id, ids.artist)
      assert.isAbove((await api.artists.albums(ids.artist, "album,single", "SE", 50)).items.length, 0)
      assert.isAbove((await api.artists.topTracks(ids.artist, "SE")).tracks.length, 0)
      assert.strictEqual((await api.tracks.get(ids.track)).id, ids.track)
      assert.strictEqual((await api.tracks.get([ids.track]))[0]?.id, ids.track)
      const found = await api.search(spotify.search, ["album", "artist", "track", "playlist"], "SE", 50)
      for (const page of [found.albums, found.artists, found.tracks]) {
        assert.isAbove(page.total, 0)
      }
      assert.include(await said(api.albums.get("4aawyAB9vmqN3uQ7FjRGTy")), "Resource not found")
      assert.include(await said(api.currentUser.profile()), "Bad or expired token")
    })

    sdk("PKCE in a browser, and a refresh", async (spotify) => {
      let leave: (url: string) => void = () => {}
      const left = new Promise<string>((resolve) => {
        leave = resolve
      })
      const redirectionStrategy: IRedirectionStrategy = {
        redirect: async (url) => leave(String(url)),
        onReturnFromRedirect: async () => {}
      }
      const api = SpotifyApi.withUserAuthorization(spotify.publicClientId, callback, scopes, {
        redirectionStrategy,
        cachingStrategy: new InMemoryCachingStrategy()
      })
      const history = { replaceState: () => {} }
      const { crypto } = globalThis
      vi.stubGlobal("document", { title: "" })
      vi.stubGlobal("window", { location: new URL(callback), history, crypto })
      assert.isFalse((await api.authenticate()).authenticated)
      vi.stubGlobal("window", { location: await browse(at(spotify, await left)), history, crypto })
      assert.isTrue((await api.authenticate()).authenticated)
      assert.strictEqual((await api.currentUser.profile()).id, spotify.user)

      const old = await api.getAccessToken()
      assert.isNotNull(old)
      const expired: AccessToken = { ...old, expires: 1 }
      const later = SpotifyApi.withAccessToken(spotify.publicClientId, expired)
      assert.strictEqual((await later.currentUser.profile()).id, spotify.user)
      assert.notStrictEqual((await later.getAccessToken())?.access_token, old.access_token)
    })

    sdk("the user's own things", async (spotify) => {
      const { currentUser } = await loggedIn(spotify)
      const { ids } = spotify
      assert.isString((await currentUser.profile()).email)
      assert.isAbove((await currentUser.topItems("artists", "short_term", 5)).items.length, 0)
      assert.isAbove((await currentUser.topItems("tracks", undefined, 5)).items.length, 0)
      const followed = await currentUser.followedArtists(undefined, 1)
      const [artist] = followed.artists.items
      assert.isDefined(artist)
      await currentUser.unfollowArtistsOrUsers([artist.id], "artist")
      assert.deepStrictEqual(await currentUser.followsArtistsOrUsers([artist.id], "artist"), [false])
      await currentUser.followArtistsOrUsers([artist.id], "artist")
      assert.deepStrictEqual(await currentUser.followsArtistsOrUsers([artist.id], "artist"), [true])

      assert.isAbove((await currentUser.tracks.savedTracks(5, 0, "SE")).items.length, 0)
      assert.isAbove((await currentUser.albums.savedAlbums(5)).items.length, 0)
      assert.isAbove((await currentUser.episodes.savedEpisodes("SE", 5)).items.length, 0)
      assert.isArray((await currentUser.audiobooks.savedAudiobooks(5)).items)
      const [saved] = (await currentUser.shows.savedShows(5)).items
      const show = saved?.show.id ?? ""
      await currentUser.shows.removeSavedShows([show])
      assert.deepStrictEqual(await currentUser.shows.hasSavedShow([show]), [false])
      await currentUser.shows.saveShows([show])
      assert.deepStrictEqual(await currentUser.shows.hasSavedShow([show]), [true])
      // It sends a bare array, which Spotify refuses since October 2024 (spotify/spotify-web-api-ts-sdk#131)
      assert.include(await said(currentUser.tracks.saveTracks([ids.track])), "Missing required field: ids")
      assert.strictEqual((await currentUser.tracks.hasSavedTracks([ids.track])).length, 1)
      assert.strictEqual((await currentUser.albums.hasSavedAlbums([ids.album])).length, 1)
    })

    sdk("playlists", async (spotify) => {
      const { currentUser, playlists, search } = await loggedIn(spotify)
      const [a = "", b = "", c = ""] = (
        await search(spotify.search, ["track"], undefined, 10)
      ).tracks.items.map(({ uri }) => uri)
      const { id } = await playlists.createPlaylist(spotify.user, { name: "SDK", public: false })
      const content = async () => (await playlists.getPlaylistItems(id)).items.map(({ track }) => track.uri)
      await playlists.addItemsToPlaylist(id, [a, b])
      await playlists.addItemsToPlaylist(id, [c], 0)
      assert.deepStrictEqual(await content(), [c, a, b])
      assert.isString((await playlists.movePlaylistItems(id, 0, 1, 3)).snapshot_id)
      assert.deepStrictEqual(await content(), [a, b, c])
      await playlists.removeItemsFromPlaylist(id, { tracks: [{ uri: b }] })
      assert.deepStrictEqual(await content(), [a, c])
      await playlists.changePlaylistDetails(id, { name: "Renamed", description: "By the SDK" })
      const read = await playlists.getPlaylist(id)
      assert.deepStrictEqual([read.name, read.tracks.total, read.owner.id], ["Renamed", 2, spotify.user])
      await playlists.addCustomPlaylistCoverImage(id, picture)
      assert.strictEqual((await playlists.getPlaylistCoverImage(id)).length, 1)
      const mine = await currentUser.playlists.playlists(50)
      assert.include(
        mine.items.map((playlist) => playlist.id),
        id
      )
      assert.isAbove((await playlists.getUsersPlaylists(spotify.user, 50)).total, 0)
      await currentUser.playlists.unfollow(id)
      assert.deepStrictEqual(await currentUser.playlists.isFollowing(id, [spotify.user]), [false])
    })

    sdk("sees what befalls a token and an app", async (spotify) => {
      const api = await loggedIn(spotify, ["user-read-private"])
      await spotify.control(spotify.controls.rateLimitNext)
      assert.include(await said(api.currentUser.profile()), "exceeded its rate limits")
      assert.include(await said(api.currentUser.topItems("tracks")), "Insufficient client scope")
      await spotify.control(spotify.controls.expireAccessTokens)
      assert.include(await said(api.currentUser.profile()), "Bad or expired token")
    })
  })

  describe("spotify-web-api-node", () => {
    const load = createRequire(import.meta.url)

    interface Builder {
      readonly withScheme: (scheme: string) => Builder
      readonly withHost: (host: string) => Builder
      readonly withPort: (port: number) => Builder
    }

    /** Its requests begin at builders that name Spotify's hosts. */
    const redirect = (spotify: Spotify) => {
      const { hostname, port } = new URL(spotify.accountsUrl)
      const modules: ReadonlyArray<{ builder: (token?: string) => Builder }> = [
        load("spotify-web-api-node/src/authentication-request"),
        load("spotify-web-api-node/src/webapi-request")
      ]
      for (const module of modules) {
        const { builder } = module
        module.builder = (token) =>
          builder(token).withScheme("http").withHost(hostname).withPort(Number(port))
      }
    }

    let redirected = false

    const node = (
      name: string,
      run: (spotify: Spotify, api: SpotifyWebApi, login: () => Promise<string>) => Promise<void>
    ) =>
      peer(name, async (spotify) => {
        if (!redirected) {
          redirect(spotify)
          redirected = true
        }
        const api = new SpotifyWebApi({
          clientId: spotify.clientId,
          clientSecret: spotify.clientSecret,
          redirectUri: callback
        })
        const login = async () => {
          const sent = await browse(api.createAuthorizeURL(scopes, "a state", true))
          assert.strictEqual(sent.searchParams.get("state"), "a state")
          const { body } = await api.authorizationCodeGrant(sent.searchParams.get("code"))
          api.setAccessToken(body.access_token)
          api.setRefreshToken(body.refresh_token)
          return String(body.access_token)
        }
        await run(spotify, api, login)
      })

    interface Refusal {
      readonly name: string
      readonly statusCode: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: { readonly error: unknown; readonly error_description?: string }
    }

    const refusal = async (promise: Promise<unknown>) => {
      const error = await failure(promise)
      assert.instanceOf(error, Error)
      return error as Error & Refusal
    }

    node("code, refresh, and a refresh after the token expired", async (spotify, api, login) => {
      const token = await login()
      await spotify.control(spotify.controls.expireAccessTokens)
      const expired = await refusal(api.getMe())
      assert.deepStrictEqual(
        [expired.name, expired.statusCode, expired.body.error],
        ["WebapiRegularError", 401, { status: 401, message: "The access token expired" }]
      )
      const { body } = await api.refreshAccessToken()
      assert.notStrictEqual(body.access_token, token)
      api.setAccessToken(body.access_token)
      assert.strictEqual((await api.getMe()).body.id, spotify.user)
      const twice = await refusal(api.authorizationCodeGrant("no such code"))
      assert.deepStrictEqual(
        [twice.name, twice.statusCode, twice.body],
        [
          "WebapiAuthenticationError",
          400,
          { error: "invalid_grant", error_description: "Invalid authorization code" }
        ]
      )
    })

    node("a rate limit that says how long", async (spotify, api, login) => {
      await login()
      await spotify.control(spotify.controls.rateLimitNext)
      const limited = await refusal(api.getMe())
      assert.deepStrictEqual([limited.statusCode, limited.headers["retry-after"]], [429, "1"])
      assert.strictEqual((await api.getMe()).statusCode, 200)
    })

    node("client credentials: the catalogue", async (spotify, api) => {
      api.setAccessToken((await api.clientCredentialsGrant()).body.access_token)
      const { ids, search } = spotify
      assert.strictEqual((await api.getTrack(ids.track, { market: "SE" })).body.id, ids.track)
      assert.strictEqual((await api.getTracks([ids.track])).body.tracks[0].id, ids.track)
      assert.strictEqual((await api.getAlbum(ids.album)).body.id, ids.album)
      assert.strictEqual((await api.getAlbums([ids.album, ids.album])).body.albums.length, 2)
      assert.strictEqual((await api.getAlbumTracks(ids.album, { limit: 1 })).body.items.length, 1)
      assert.strictEqual((await api.getArtist(ids.artist)).body.id, ids.artist)
      assert.strictEqual((await api.getArtists([ids.artist])).body.artists[0].id, ids.artist)
      assert.isAbove((await api.getArtistAlbums(ids.artist, { limit: 50 })).body.total, 0)
      assert.isAbove((await api.getArtistTopTracks(ids.artist, "SE")).body.tracks.length, 0)
      assert.isAbove((await api.search(search, ["track", "album"], { limit: 50 })).body.albums.total, 0)
      assert.isAbove((await api.searchTracks(search)).body.tracks.total, 0)
      assert.strictEqual((await api.getUser(spotify.user)).body.type, "user")
      assert.strictEqual((await refusal(api.getMe())).statusCode, 401)
    })

    node("the user's own things", async (spotify, api, login) => {
      await login()
      const { album, artist, track } = spotify.ids
      assert.isAbove((await api.getMyTopArtists({ limit: 5 })).body.total, 0)
      assert.isAbove((await api.getMyTopTracks({ time_range: "long_term" })).body.total, 0)
      assert.isAbove((await api.getFollowedArtists({ limit: 1 })).body.artists.total, 0)
      await api.followArtists([artist])
      assert.deepStrictEqual((await api.isFollowingArtists([artist])).body, [true])
      await api.unfollowArtists([artist])
      assert.deepStrictEqual((await api.isFollowingArtists([artist])).body, [false])
      assert.isAbove((await api.getMySavedTracks({ limit: 5 })).body.total, 0)
      assert.strictEqual((await api.addToMySavedTracks([track])).statusCode, 200)
      assert.deepStrictEqual((await api.containsMySavedTracks([track])).body, [true])
      assert.strictEqual((await api.removeFromMySavedTracks([track])).statusCode, 200)
      assert.deepStrictEqual((await api.containsMySavedTracks([track])).body, [false])
      assert.isAbove((await api.getMySavedAlbums({ limit: 5 })).body.total, 0)
      assert.strictEqual((await api.containsMySavedAlbums([album])).body.length, 1)
      // Albums it sends as a bare array, which Spotify no longer takes
      assert.strictEqual((await refusal(api.addToMySavedAlbums([album]))).statusCode, 400)
      const { items } = (await api.getMySavedShows()).body
      assert.deepStrictEqual((await api.containsMySavedShows([items[0].show.id])).body, [true])
    })

    node("playlists", async (spotify, api, login) => {
      await login()
      const [a, b, c] = (await api.searchTracks(spotify.search)).body.tracks.items.map(
        ({ uri }: { uri: string }) => uri
      )
      const made = await api.createPlaylist("Node", { public: false, description: "By the library" })
      assert.strictEqual(made.statusCode, 201)
      const { id } = made.body
      const content = async () =>
        (await api.getPlaylistTracks(id, { limit: 100 })).body.items.map(
          ({ track }: { track: { uri: string } }) => track.uri
        )
      assert.strictEqual((await api.addTracksToPlaylist(id, [a, b])).statusCode, 201)
      await api.addTracksToPlaylist(id, [c], { position: 0 })
      assert.deepStrictEqual(await content(), [c, a, b])
      await api.reorderTracksInPlaylist(id, 0, 3, { range_length: 1 })
      assert.deepStrictEqual(await content(), [a, b, c])
      const { snapshot_id } = (await api.getPlaylist(id)).body
      await api.removeTracksFromPlaylist(id, [{ uri: b }], { snapshot_id })
      assert.deepStrictEqual(await content(), [a, c])
      await api.removeTracksFromPlaylistByPosition(id, [0], (await api.getPlaylist(id)).body.snapshot_id)
      assert.deepStrictEqual(await content(), [c])
      await api.replaceTracksInPlaylist(id, [b, a, a])
      assert.deepStrictEqual(await content(), [b, a, a])
      await api.changePlaylistDetails(id, { name: "Renamed", public: true })
      assert.strictEqual((await api.getPlaylist(id)).body.name, "Renamed")
      const uploaded = await api.uploadCustomPlaylistCoverImage(id, picture.toString("base64"))
      assert.strictEqual(uploaded.statusCode, 202)
      assert.isAbove((await api.getUserPlaylists({ limit: 50 })).body.total, 0)
      assert.isAbove((await api.getUserPlaylists(spotify.user)).body.total, 0)
      assert.strictEqual((await api.unfollowPlaylist(id)).statusCode, 200)
      assert.strictEqual((await api.followPlaylist(id, { public: false })).statusCode, 200)
    })
  })
})
