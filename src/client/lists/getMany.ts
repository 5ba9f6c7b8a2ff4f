import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ManyOptions } from "../api/Options.js"
import { type InvalidParameter, NotFound, type SpotifyError } from "../SpotifyError.js"
import * as Batcher from "./batcher.js"
import { byPlace } from "./byIds.js"
import { type Endpoint, type Execute, invalid } from "../call/endpoint.js"
import { callOf } from "../call/request.js"
import * as TimeLimit from "../call/timeLimit.js"

/** A kind of object that every app can read one by one, and some apps in batches. */
export interface Kind<P extends OneId, Q extends Ids, One, A, W> {
  readonly single: Endpoint<P, One>
  /** Takes the parameters of the single operation, with ids in place of the id. */
  readonly batch: Endpoint<Q, W>
  /** The most ids of one batch. */
  readonly size: number
  /** The objects of a batch in the order of its ids, null for those that do not exist. */
  readonly itemsOf: (answer: W) => ReadonlyArray<A | null> | null | undefined
  /** The part of an object that a batch returns, if a single answer has more. */
  readonly itemOf: (one: One) => A
}

interface OneId {
  readonly id: string
}

interface Ids {
  readonly ids: ReadonlyArray<string>
}

/** Infers the types of a kind. */
export const kind = <P extends OneId, Q extends Ids, One, A, W>(
  parts: Kind<P, Q, One, A, W>
): Kind<P, Q, One, A, W> => parts

/** The other parameters of the operations. */
type Rest<P extends OneId> = Omit<P, "id">

// The rest and an id or ids are the parameters, which the types cannot express
const withId = <P extends OneId>(options: Rest<P>, id: P["id"]): P => ({ ...options, id }) as unknown as P

const withIds = <P extends OneId, Q extends Ids>(options: Rest<P>, ids: ReadonlyArray<string>): Q =>
  ({ ...options, ids }) as unknown as Q

const defaultConcurrency = 8

/** A comma would shift the answers of the others. */
const invalidIds = (
  endpoint: Endpoint<never, unknown>,
  ids: ReadonlyArray<string>,
  concurrency: number
): InvalidParameter | undefined =>
  ids.some((id) => id === "" || id.includes(","))
    ? invalid(endpoint, "ids", "holds something that is not an id")
    : concurrency >= 1
      ? undefined
      : invalid(endpoint, "concurrency", "is not a number of at least 1")

const isClosed = (error: SpotifyError): boolean =>
  error._tag === "Forbidden" && error.reason === "OperationClosed"

type Found<Id, A> = ReadonlyMap<Id, A>

const batchOf =
  <P extends OneId, Q extends Ids, One, A, W>(
    execute: Execute,
    { batch, itemsOf }: Kind<P, Q, One, A, W>,
    options: Rest<P>
  ) =>
  (ids: ReadonlyArray<P["id"]>): Effect.Effect<Found<P["id"], A>, SpotifyError> =>
    Effect.map(
      Effect.flatMap(execute(batch, withIds<P, Q>(options, ids)), (answer) =>
        byPlace(batch, ids, itemsOf(answer))
      ),
      (found) => new Map([...found].flatMap(([id, item]) => (item === null ? [] : [[id, item] as const])))
    )

/**
 * Reads objects by their ids, in the order of the ids, none for those that do not exist: in batches if the app
 * may, otherwise one by one. If that is unknown, the first batch shows it.
 */
export const getMany =
  <P extends OneId, Q extends Ids, One, A, W>(execute: Execute, kind: Kind<P, Q, One, A, W>) =>
  (
    ids: ReadonlyArray<P["id"]>,
    given?: Rest<P> & ManyOptions
  ): Effect.Effect<ReadonlyArray<Option.Option<A>>, SpotifyError> => {
    const { concurrency = defaultConcurrency, ...rest } = { ...given }
    // The remaining options are the parameters of the operations
    const options = rest as unknown as Rest<P>
    const distinct = [...new Set(ids)]
    const problem = invalidIds(kind.single, distinct, concurrency)
    if (problem !== undefined) {
      return Effect.fail(problem)
    }

    const single = (id: P["id"]): Effect.Effect<Found<P["id"], A>, SpotifyError> =>
      execute(kind.single, withId<P>(options, id)).pipe(
        Effect.map((one): Found<P["id"], A> => new Map([[id, kind.itemOf(one)]])),
        Effect.catchTag("NotFound", () => Effect.succeed(new Map<P["id"], A>()))
      )
    const singles = Effect.forEach(distinct, single, { concurrency })

    const batch = batchOf(execute, kind, options)
    const batches = (from: number) =>
      Effect.forEach(
        Chunk.chunksOf(Chunk.unsafeFromArray(distinct.slice(from)), kind.size),
        (chunk) => batch(Chunk.toReadonlyArray(chunk)),
        { concurrency }
      )
    const orSingles = (found: typeof singles) => Effect.catchIf(found, isClosed, () => singles)

    const parts = Effect.flatMap(
      // One id takes one request either way
      execute.quota === undefined || distinct.length <= 1
        ? Effect.succeed("closed" as const)
        : execute.quota.accessOf(kind.batch),
      (access) => {
        switch (access) {
          case "closed":
            return singles
          case "open":
            return orSingles(batches(0))
          case "unknown":
            // If batches are closed, concurrent ones would all be refused
            return orSingles(
              Effect.zipWith(batch(distinct.slice(0, kind.size)), batches(kind.size), (first, others) => [
                first,
                ...others
              ])
            )
        }
      }
    )
    return Effect.map(TimeLimit.together(parts), (parts) => {
      const all = new Map(parts.flatMap((part) => [...part]))
      return ids.map((id) => Option.fromNullable(all.get(id)))
    })
  }

/** Reads an object, batched with concurrent reads if the program enabled that. */
export const get = <P extends OneId, Q extends Ids, A, W>(
  execute: Execute,
  kind: Kind<P, Q, A, A, W>
): ((id: P["id"], given?: Rest<P>) => Effect.Effect<A, SpotifyError>) => {
  const { batching } = execute.quota ?? {}
  const alone = (id: P["id"], options: Rest<P>) => execute(kind.single, withId<P>(options, id))
  // An empty object is valid, since all members of the options are optional
  const optionsOf = (given: Rest<P> | undefined): Rest<P> => given ?? ({} as Rest<P>)
  if (batching === undefined) {
    return (id, given) => alone(id, optionsOf(given))
  }
  const join = Batcher.make<P["id"], A, SpotifyError>(batching.scope)
  return (id, given) => {
    const options = optionsOf(given)
    const joined = Effect.flatMap(batching.session, (session) =>
      join(JSON.stringify([session, options]), id, {
        window: batching.window,
        size: kind.size,
        run: (ids) =>
          TimeLimit.unhurried(
            ids.length === 1
              ? Effect.map(alone(ids[0] ?? id, options), (one) => new Map([[id, one]]))
              : batchOf(execute, kind, options)(ids)
          )
      })
    )
    return TimeLimit.shared(joined).pipe(
      Effect.flatMap((found) => {
        const one = found.get(id)
        return one === undefined
          ? new NotFound({ ...callOf(kind.single), description: "not in the batch" })
          : Effect.succeed(one)
      }),
      // One bad id in a batch must not fail the others
      Effect.catchIf(
        (error) => error._tag === "RequestRejected" || isClosed(error),
        () => alone(id, options)
      ),
      (call) => batching.bounded(kind.single, call)
    )
  }
}
