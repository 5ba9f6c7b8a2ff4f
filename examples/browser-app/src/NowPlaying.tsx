import { type Playback, type Playlist, SpotifyClient } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { useEffect, useMemo, useState } from "react"
import { Picture } from "./Picture.js"
import { useAction, useEffectOf } from "./useEffectOf.js"

export type Playing = Option.Option<Playback.PlaybackState>

/** Now, and then every five seconds: Spotify tells nobody by itself. */
const states = (onState: (state: Playing) => void) =>
  Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) =>
    Stream.repeatEffectWithSchedule(spotify.player.state(), Schedule.spaced("5 seconds")).pipe(
      Stream.runForEach((state) => Effect.sync(() => onState(state)))
    )
  )

const command = (name: "play" | "pause" | "next" | "previous") =>
  Effect.gen(function* () {
    const { player } = yield* SpotifyClient.SpotifyClient
    yield* player[name]()
    return yield* player.state()
  })

const commands = {
  play: command("play"),
  pause: command("pause"),
  next: command("next"),
  previous: command("previous")
}

export const icons = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  next: "M6 5.5v13l9-6.5zM16 5h3v14h-3z",
  previous: "M18 5.5v13l-9-6.5zM5 5h3v14H5z"
}

const labels = { play: "Play", pause: "Pause", next: "Next", previous: "Previous" }

const Control = (props: {
  readonly name: keyof typeof commands
  readonly onState: (state: Playing) => void
  readonly onProblem: (problem: string | undefined) => void
}) => {
  const { isRunning, problem, run } = useAction(commands[props.name], props.onState)
  const { onProblem } = props
  useEffect(() => onProblem(problem), [problem, onProblem])
  const isMain = props.name === "play" || props.name === "pause"
  return (
    <button
      type="button"
      className={isMain ? "control main" : "control"}
      aria-label={labels[props.name]}
      onClick={run}
      disabled={isRunning}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={icons[props.name]} />
      </svg>
    </button>
  )
}

/** Nothing is named during advertisements and in private sessions. */
const describe = (item: Playlist.Playable | null) => {
  const title = item?.name ?? "Something without a name"
  const duration = item != null && "duration_ms" in item ? (item.duration_ms ?? 0) : 0
  switch (item?.type) {
    case "track":
      return {
        title,
        duration,
        by: item.artists.map((artist) => artist.name).join(", "),
        from: item.album?.name ?? "",
        images: item.album?.images ?? []
      }
    case "episode":
      return { title, duration, by: "Podcast", from: "", images: item.images }
    default:
      return { title, duration, by: "", from: "", images: [] }
  }
}

const clock = (milliseconds: number) =>
  `${Math.floor(milliseconds / 60_000)}:${String(Math.floor(milliseconds / 1000) % 60).padStart(2, "0")}`

/** Counts on between two answers of Spotify. */
const useProgress = (state: Playback.PlaybackState, duration: number): number => {
  const [extra, setExtra] = useState(0)
  useEffect(() => {
    setExtra(0)
    const began = performance.now()
    const timer = state.is_playing ? setInterval(() => setExtra(performance.now() - began), 500) : undefined
    return () => clearInterval(timer)
  }, [state])
  return Math.min((state.progress_ms ?? 0) + extra, duration)
}

const Player = (props: {
  readonly state: Playback.PlaybackState
  readonly onState: (state: Playing) => void
}) => {
  const { onState, state } = props
  const [problem, setProblem] = useState<string>()
  const { by, duration, from, images, title } = describe(state.item)
  const progress = useProgress(state, duration)
  return (
    <section className="now" aria-label="Now playing">
      <Picture images={images} name={title} className="cover" width={400} />
      <div className="now-text">
        <p className="device">
          <span className={state.is_playing ? "dot playing" : "dot"} />
          {state.is_playing ? "Playing" : "Paused"}
          {state.device?.name === undefined ? "" : ` on ${state.device.name}`}
        </p>
        <h1>{title}</h1>
        <p className="by">{by}</p>
        {from !== "" && <p className="muted">{from}</p>}
        <div className="progress">
          <span>{clock(progress)}</span>
          <progress max={Math.max(duration, 1)} value={progress} aria-label="Progress" />
          <span>{clock(duration)}</span>
        </div>
        <div className="controls">
          <Control name="previous" onState={onState} onProblem={setProblem} />
          <Control name={state.is_playing ? "pause" : "play"} onState={onState} onProblem={setProblem} />
          <Control name="next" onState={onState} onProblem={setProblem} />
        </div>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </section>
  )
}

export const NowPlaying = (props: {
  /** Undefined until Spotify has answered. */
  readonly state: Playing | undefined
  readonly onState: (state: Playing) => void
}) => {
  const { onState, state } = props
  const watched = useEffectOf(useMemo(() => states(onState), [onState]))
  if (watched._tag === "Failed") {
    return (
      <section className="now empty">
        <p className="problem" role="alert">
          {watched.message}
        </p>
      </section>
    )
  }
  if (state === undefined) {
    return <section className="now empty" aria-busy="true" aria-label="Now playing" />
  }
  return Option.match(state, {
    onNone: () => (
      <section className="now empty" aria-label="Now playing">
        <div>
          <h1>Nothing is playing</h1>
          <p className="muted">Start one of your playlists here, or anything in Spotify on any device.</p>
        </div>
      </section>
    ),
    onSome: (playing) => <Player state={playing} onState={onState} />
  })
}
