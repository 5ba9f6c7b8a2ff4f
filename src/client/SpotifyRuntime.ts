/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Spotify for code without Effect: promises and async iterables on top of a layer, for the handlers of web
 * frameworks and for scripts.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { SessionKey } from "../session/Session.js"
import { withSession } from "../session/SessionService.js"
import { type Service, SpotifyClient } from "./SpotifyClient.js"

/**
 * The runtime was disposed before or during this call.
 *
 * @since 0.1.0
 * @category errors
 */
export class RuntimeDisposed extends Schema.TaggedError<RuntimeDisposed>("effect-spotify/RuntimeDisposed")(
  "RuntimeDisposed",
  {}
) {
  override get message(): string {
    return "The runtime was disposed: dispose of it only when the program ends"
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RunOptions {
  /** The session of the calls. @default the program's only session, if it has one */
  readonly session?: SessionKey | undefined
  /** Interrupts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A `ManagedRuntime` with a method to run effects and streams of the client.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpotifyRuntime<in R, out ER> extends ManagedRuntime.ManagedRuntime<R, ER> {
  /**
   * Runs the effect or stream that `f` returns. An effect runs at once and returns a promise. A stream returns
   * an iterable that fetches as it is iterated, from the start for each iteration. Leaving the loop ends it.
   *
   * Both reject with the error itself, such as `RateLimited`: distinguish errors by `_tag`. A defect rejects
   * with the thrown value, and a failed layer with its error.
   */
  readonly run: {
    <A, E>(f: (spotify: Service) => Effect.Effect<A, E, R>, options?: RunOptions): Promise<A>
    <A, E>(f: (spotify: Service) => Stream.Stream<A, E, R>, options?: RunOptions): AsyncIterable<A>
  }
  /** Ends running calls, which reject with {@link RuntimeDisposed}, and closes the layer's resources. */
  readonly dispose: () => Promise<void>
  /** The same as `dispose`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

interface Settle<A> {
  readonly resolve: (value: A) => void
  readonly reject: (reason: unknown) => void
}

/** Runs an effect in a fiber of the runtime, and returns a function that interrupts it. */
type Start<R> = <A, E>(
  effect: Effect.Effect<A, E, R>,
  signal: AbortSignal | undefined,
  settle: Settle<A>
) => () => Promise<void>

interface Ended {
  /** Once only; after that the iteration is done. */
  readonly rejects?: { readonly reason: unknown }
}

/** One iteration, in one fiber. The stream continues only when the consumer asks for more. */
const iterate = <A, E, R>(
  start: Start<R>,
  stream: Stream.Stream<A, E, R>,
  options: RunOptions
): AsyncIterator<A, undefined> => {
  const waiting: Array<Settle<IteratorResult<A, undefined>>> = []
  let items: Iterator<A> = [].values()
  let goOn: (() => void) | undefined
  let stop: (() => Promise<void>) | undefined
  let ended: Ended | undefined

  const serve = (): void => {
    while (waiting.length > 0) {
      const item = items.next()
      if (item.done !== true) {
        waiting.shift()?.resolve(item)
      } else if (ended === undefined) {
        // Pulls only after the previous values were consumed, so that no unneeded page is fetched
        const resume = goOn
        goOn = undefined
        return resume?.()
      } else {
        const { rejects } = ended
        ended = {}
        const next = waiting.shift()
        if (rejects === undefined) {
          next?.resolve({ done: true, value: undefined })
        } else {
          next?.reject(rejects.reason)
        }
      }
    }
  }
  const end = (how: Ended) => {
    items = [].values()
    ended ??= how
    serve()
  }
  const whole = Stream.runForEachChunk(stream, (chunk) =>
    Effect.async<void>((resume) => {
      items = Chunk.toReadonlyArray(chunk).values()
      goOn = () => resume(Effect.void)
      serve()
    })
  )

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        stop ??= start(selected(whole, options), options.signal, {
          resolve: () => end({}),
          reject: (reason) => end({ rejects: { reason } })
        })
        serve()
      }),
    return: () => {
      const stopped = stop?.()
      stop = () => Promise.resolve()
      end({})
      return Promise.resolve(stopped).then(() => ({ done: true, value: undefined }))
    }
  }
}

const selected = <A, E, R>(effect: Effect.Effect<A, E, R>, { session }: RunOptions) =>
  session === undefined ? effect : withSession(effect, session)

/**
 * A runtime for code without Effect. The layer is built once, at the first run. If it fails, each run rejects
 * with its error.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Spotify, SpotifyId, SpotifyRuntime } from "effect-spotify"
 *
 * const spotify = SpotifyRuntime.make(Spotify.layerClientCredentials())
 *
 * const id = SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb")
 * const artist = await spotify.run((client) => client.artists.get(id), { signal: AbortSignal.timeout(5000) })
 * console.log(artist.name)
 * for await (const album of spotify.run((client) => client.artists.albums(id))) {
 *   console.log(album.name)
 * }
 * await spotify.dispose()
 * ```
 */
export const make = <R = never, ER = never>(
  layer: Layer.Layer<R | SpotifyClient, ER>
): SpotifyRuntime<R | SpotifyClient, ER> => {
  const managed = ManagedRuntime.make(layer)
  const running = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
  let isDisposed = false

  const reasonOf = (cause: Cause.Cause<unknown>, signal: AbortSignal | undefined): unknown => {
    if (signal?.aborted === true && Cause.isInterrupted(cause)) {
      return signal.reason
    }
    return isDisposed && Cause.isInterruptedOnly(cause) ? new RuntimeDisposed() : Cause.squash(cause)
  }

  const start: Start<R | SpotifyClient> = (effect, signal, settle) => {
    if (isDisposed || signal?.aborted === true) {
      settle.reject(isDisposed ? new RuntimeDisposed() : signal?.reason)
      return () => Promise.resolve()
    }
    // oxlint-disable-next-line no-restricted-properties -- code without Effect calls here
    const fiber = managed.runFork(effect)
    running.add(fiber)
    const interrupt = () => fiber.unsafeInterruptAsFork(FiberId.none)
    signal?.addEventListener("abort", interrupt)
    fiber.addObserver((exit) => {
      running.delete(fiber)
      signal?.removeEventListener("abort", interrupt)
      Exit.match(exit, {
        onSuccess: settle.resolve,
        onFailure: (cause) => settle.reject(reasonOf(cause, signal))
      })
    })
    return () =>
      new Promise((resolve) => {
        fiber.addObserver(() => resolve())
        interrupt()
      })
  }

  const run = <A, E>(
    f: (spotify: Service) => Effect.Effect<A, E, R | SpotifyClient> | Stream.Stream<A, E, R | SpotifyClient>,
    options: RunOptions = {}
  ): Promise<A> & AsyncIterable<A> => {
    let made: ReturnType<typeof f> | undefined
    const once = Effect.map(SpotifyClient, (spotify) => (made ??= f(spotify)))
    const stream = Stream.unwrap(Effect.map(once, (it) => (Effect.isEffect(it) ? Stream.fromEffect(it) : it)))
    const iterable: AsyncIterable<A> = {
      [Symbol.asyncIterator]: () => iterate(start, stream, options)
    }
    const value = Effect.flatMap(once, (it): Effect.Effect<A | AsyncIterable<A>, E, R | SpotifyClient> =>
      Effect.isEffect(it) ? it : Effect.succeed(iterable)
    )
    const promise = new Promise<A | AsyncIterable<A>>((resolve, reject) => {
      start(selected(value, options), options.signal, { resolve, reject })
    })
    // Only the built layer shows which of the two it is; until then it is both
    return Object.assign(promise as Promise<A>, {
      [Symbol.asyncIterator]: () => {
        // The iteration reports the error
        promise.catch(() => {})
        return iterable[Symbol.asyncIterator]()
      }
    })
  }

  const disposeBuilt = managed.disposeEffect
  const disposeEffect = Effect.suspend(() => {
    isDisposed = true
    return Effect.zipRight(Fiber.interruptAll(running), disposeBuilt)
  }).pipe(
    // Without this, other users of the runtime, such as the handlers of a login, would die with a text
    Effect.zipRight(
      Effect.sync(() => void Reflect.set(managed, "runtimeEffect", Effect.die(new RuntimeDisposed())))
    )
  )
  return Object.assign(managed, { run, disposeEffect, [Symbol.asyncDispose]: () => managed.dispose() })
}
