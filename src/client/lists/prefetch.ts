import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Known } from "./pageDoubt.js"

/** One page of a list that is paged by offset, and what it says about the rest. */
export interface Fetched<A> {
  readonly offset: number
  readonly items: Chunk.Chunk<A>
  /** Where the list continues, if it does. */
  readonly next: number | undefined
  /** Where the list ends, if known. */
  readonly end: number | undefined
  /** What later pages are checked against. */
  readonly known: Known | undefined
}

type Fetch<A, E> = (offset: number, known: Known | undefined) => Effect.Effect<Fetched<A>, E>

interface Ahead<A, E> {
  readonly offset: number
  readonly page: Fiber.RuntimeFiber<Fetched<A>, E>
}

interface State<A, E> {
  readonly last: Fetched<A>
  /** Pages in progress, in order. */
  readonly ahead: ReadonlyArray<Ahead<A, E>>
}

/**
 * The pages after the first one: up to `count` are fetched concurrently and emitted in order. Nothing is
 * requested until more than the first page is needed. The stream owns the requests: when it ends, fails or is
 * interrupted, they are interrupted too.
 */
const after = <A, E>(first: Fetched<A>, fetch: Fetch<A, E>, count: number): Stream.Stream<A, E> =>
  Stream.unwrapScoped(
    Effect.map(Effect.scope, (scope) => {
      const start = (known: Known | undefined) => (offset: number) =>
        Effect.map(Effect.forkIn(fetch(offset, known), scope), (page): Ahead<A, E> => ({ offset, page }))

      /** Further offsets to request. If no end is known, only the next one. */
      const wanted = ({ ahead, last }: State<A, E>, next: number): ReadonlyArray<number> => {
        // Pages have the length of Spotify's last one, which may be shorter than requested
        const step = next - last.offset
        const from = next + ahead.length * step
        return Array.from({ length: count - ahead.length }, (_, index) => from + index * step).filter(
          (offset) => offset === next || offset < (last.end ?? 0)
        )
      }

      const step = (
        state: State<A, E>
      ): Effect.Effect<Option.Option<readonly [Chunk.Chunk<A>, State<A, E>]>, E> => {
        const { next } = state.last
        if (next === undefined) {
          return Effect.succeedNone
        }
        const size = next - state.last.offset
        if (state.ahead.some(({ offset }, index) => offset !== next + index * size)) {
          // Spotify's pages now have another length: continue from here
          return Effect.zipRight(
            Fiber.interruptAll(state.ahead.map(({ page }) => page)),
            Effect.suspend(() => step({ last: state.last, ahead: [] }))
          )
        }
        return Effect.gen(function* () {
          const more = yield* Effect.forEach(wanted(state, next), start(state.last.known))
          const [head, ...ahead] = [...state.ahead, ...more]
          if (head === undefined) {
            return Option.none()
          }
          const page = yield* Effect.flatten(Fiber.await(head.page))
          return Option.some([page.items, { last: page, ahead }] as const)
        })
      }

      return Stream.unfoldChunkEffect<State<A, E>, A, E, never>({ last: first, ahead: [] }, step)
    })
  )

/** A list whose pages are fetched ahead of their use. */
export const prefetched = <A, E>(offset: number, fetch: Fetch<A, E>, count: number): Stream.Stream<A, E> =>
  Stream.unwrap(
    Effect.map(fetch(offset, undefined), (first) =>
      Stream.concat(Stream.fromChunk(first.items), after(first, fetch, count))
    )
  )
