import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Endpoint from "../call/endpoint.js"
import * as Paging from "./paging.js"
import { DecodeError, type InvalidParameter, type SpotifyError } from "../SpotifyError.js"
import { callOf } from "../call/request.js"

type AnyEndpoint = Endpoint.Endpoint<never, unknown>

/** What an operation on several objects needs. @internal */
export interface Ids<out Id extends string> {
  readonly ids: ReadonlyArray<Id>
}

/** Spotify treats duplicates inconsistently. */
const distinct = <K>(keys: ReadonlyArray<K>): ReadonlyArray<K> => [...new Set(keys)]

/** A comma or an empty text would shift the answers of the others. */
const invalidKeys = (
  endpoint: AnyEndpoint,
  parameter: string,
  keys: ReadonlyArray<string>
): InvalidParameter | undefined =>
  keys.some((key) => key === "" || key.includes(","))
    ? Endpoint.invalid(
        endpoint,
        parameter,
        `holds something that is not ${parameter === "uris" ? "a URI" : "an id"}`
      )
    : undefined

/**
 * The answer for each object. Only the position connects the two, since with a market another id may come back.
 * An answer without its list says nothing about any object.
 */
export const byPlace = <K, A>(
  endpoint: AnyEndpoint,
  keys: ReadonlyArray<K>,
  answers: ReadonlyArray<A> | null | undefined
): Effect.Effect<ReadonlyMap<K, A>, DecodeError> =>
  answers === undefined || answers === null
    ? Effect.succeed(new Map())
    : answers.length === keys.length
      ? Effect.succeed(new Map(answers.map((answer, index) => [keys[index] as K, answer])))
      : new DecodeError({
          ...callOf(endpoint),
          path: "",
          problem: `${answers.length} answers to ${keys.length} questions`
        })

/** Runs an operation on any number of objects, in sequential requests of a limited size. @internal */
export const each = <K extends string>(
  endpoint: AnyEndpoint,
  parameter: "ids" | "uris",
  keys: ReadonlyArray<K>,
  size: number,
  run: (chunk: ReadonlyArray<K>) => Effect.Effect<void, SpotifyError>
): Effect.Effect<void, SpotifyError> =>
  Paging.checked(
    invalidKeys(endpoint, parameter, keys),
    Paging.writeInChunks<K, void>(endpoint, distinct(keys), size, undefined, run)
  )

/**
 * Asks about any number of objects, in requests of a limited size, and returns the answer for each. @internal
 */
export const ask = <K extends string, A>(
  endpoint: AnyEndpoint,
  parameter: "ids" | "uris",
  keys: ReadonlyArray<K>,
  size: number,
  run: (chunk: ReadonlyArray<K>) => Effect.Effect<ReadonlyArray<A> | null | undefined, SpotifyError>
): Effect.Effect<ReadonlyMap<K, A>, SpotifyError> =>
  Paging.checked(
    invalidKeys(endpoint, parameter, keys),
    Paging.inChunks<K, ReadonlyMap<K, A>>(distinct(keys), size, new Map(), (chunk, previous) =>
      Effect.map(
        Effect.flatMap(run(chunk), (answers) => byPlace(endpoint, chunk, answers)),
        (found) => new Map([...previous, ...found])
      )
    )
  )

const withIds = <P extends Ids<string>>(options: Omit<P, "ids"> | undefined, ids: P["ids"]): P =>
  // Together these are the parameters, which the types cannot express
  ({ ...options, ids }) as unknown as P

/** Objects by their ids, in the order of the ids, none for an id that does not exist. @internal */
export const several =
  <P extends Ids<string>, W, A>(
    execute: Endpoint.Execute,
    endpoint: Endpoint.Endpoint<P, W>,
    size: number,
    itemsOf: (answer: W) => ReadonlyArray<A | null> | null | undefined
  ) =>
  (ids: P["ids"], options?: Omit<P, "ids">): Effect.Effect<ReadonlyArray<Option.Option<A>>, SpotifyError> =>
    Effect.map(
      ask(endpoint, "ids", ids, size, (chunk) =>
        Effect.map(execute(endpoint, withIds<P>(options, chunk)), itemsOf)
      ),
      (found) => ids.map((id) => Option.fromNullable(found.get(id)))
    )

/** Saves, removes or follows. @internal */
export const write =
  <P extends Ids<string>>(execute: Endpoint.Execute, endpoint: Endpoint.Endpoint<P, void>, size: number) =>
  (ids: P["ids"], options?: Omit<P, "ids">): Effect.Effect<void, SpotifyError> =>
    each(endpoint, "ids", ids, size, (chunk) => execute(endpoint, withIds<P>(options, chunk)))

/** Like the above, for booleans. @internal */
export const askWhether = <K extends string>(
  endpoint: AnyEndpoint,
  parameter: "ids" | "uris",
  keys: ReadonlyArray<K>,
  size: number,
  run: (chunk: ReadonlyArray<K>) => Effect.Effect<ReadonlyArray<boolean | null>, SpotifyError>
): Effect.Effect<ReadonlyMap<K, boolean>, SpotifyError> =>
  ask(endpoint, parameter, keys, size, (chunk) =>
    Effect.map(run(chunk), (answers) => answers.map((answer) => answer ?? false))
  )

/** Returns for each id whether it is saved or followed. @internal */
export const contains =
  <P extends Ids<string>>(
    execute: Endpoint.Execute,
    endpoint: Endpoint.Endpoint<P, ReadonlyArray<boolean | null>>,
    size: number
  ) =>
  (
    ids: P["ids"],
    options?: Omit<P, "ids">
  ): Effect.Effect<ReadonlyMap<P["ids"][number], boolean>, SpotifyError> =>
    askWhether(endpoint, "ids", ids, size, (chunk) => execute(endpoint, withIds<P>(options, chunk)))
