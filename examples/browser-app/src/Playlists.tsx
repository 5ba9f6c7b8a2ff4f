import { SpotifyClient } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Picture } from "./Picture.js"
import { useEffectOf } from "./useEffectOf.js"

/** Page by page, up to a hundred. */
const playlists = Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) =>
  spotify.playlists.mine().pipe(Stream.take(100), Stream.runCollect, Effect.map(Chunk.toReadonlyArray))
)

const count = (total: number | null | undefined) =>
  total == null ? "" : `${total} ${total === 1 ? "item" : "items"}`

export const Playlists = () => {
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
          result.value.map((playlist) => (
            <li key={playlist.id}>
              <Picture images={playlist.images} name={playlist.name} className="thumb" />
              <div className="playlist-text">
                <h3>{playlist.name}</h3>
                <p className="muted">
                  {[count(playlist.items?.total), playlist.owner?.display_name]
                    .filter((part) => part != null && part !== "")
                    .join(" · ")}
                </p>
              </div>
            </li>
          ))}
      </ul>
    </section>
  )
}
