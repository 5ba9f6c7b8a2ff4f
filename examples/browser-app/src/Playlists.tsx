import { type Playlist, SpotifyClient } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { useMemo } from "react"
import { icons, type Playing } from "./NowPlaying.js"
import { Picture } from "./Picture.js"
import { useAction, useEffectOf } from "./useEffectOf.js"

/** Page by page, up to a hundred. */
const playlists = Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) =>
  spotify.playlists.mine().pipe(Stream.take(100), Stream.runCollect, Effect.map(Chunk.toReadonlyArray))
)

/** Where music plays now, or on the first device that can, and then what plays. */
const start = ({ uri }: Playlist.SimplifiedPlaylist) =>
  Effect.gen(function* () {
    const { player } = yield* SpotifyClient.SpotifyClient
    yield* player.play({ context_uri: uri }).pipe(
      Effect.catchIf(
        (error) => error._tag === "NotFound" && error.reason === "NO_ACTIVE_DEVICE",
        (error) =>
          Effect.flatMap(player.devices, (devices) => {
            const device = devices.find(({ id, is_restricted }) => id != null && is_restricted !== true)
            return device?.id == null
              ? Effect.fail(error)
              : player.play({ context_uri: uri, device_id: device.id })
          })
      )
    )
    return yield* player.state()
  })

const Card = (props: {
  readonly playlist: Playlist.SimplifiedPlaylist
  readonly onState: (state: Playing) => void
}) => {
  const { onState, playlist } = props
  const { isRunning, problem, run } = useAction(
    useMemo(() => start(playlist), [playlist]),
    onState
  )
  const detail = [count(playlist.items?.total), playlist.owner?.display_name]
  return (
    <li>
      <Picture images={playlist.images} name={playlist.name} className="thumb" />
      <div className="playlist-text">
        <h3>{playlist.name}</h3>
        {problem === undefined ? (
          <p className="muted">{detail.filter((part) => part != null && part !== "").join(" · ")}</p>
        ) : (
          <p className="alert" role="alert">
            {problem}
          </p>
        )}
      </div>
      <button
        type="button"
        className="control"
        aria-label={`Play ${playlist.name}`}
        onClick={run}
        disabled={isRunning}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d={icons.play} />
        </svg>
      </button>
    </li>
  )
}

const count = (total: number | null | undefined) =>
  total == null ? "" : `${total} ${total === 1 ? "item" : "items"}`

export const Playlists = ({ onState }: { readonly onState: (state: Playing) => void }) => {
  const result = useEffectOf(playlists)
  return (
    <section aria-label="Playlists" aria-busy={result._tag === "Loading"}>
      <h2>Your playlists</h2>
      {result._tag === "Failed" && (
        <p className="problem" role="alert">
          {result.message}
        </p>
      )}
      {result._tag === "Done" && result.value.length === 0 && (
        <p className="muted">There are none yet. Make one in Spotify.</p>
      )}
      <ul className="playlists">
        {result._tag === "Loading" && Array.from({ length: 6 }, (_, i) => <li key={i} className="waiting" />)}
        {result._tag === "Done" &&
          result.value.map((playlist) => <Card key={playlist.id} playlist={playlist} onState={onState} />)}
      </ul>
    </section>
  )
}
