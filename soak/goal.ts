import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Kind } from "../test/processes/backends.js"

/** What was asked for on the command line. A goal fills in the rest with its full size. */
export interface Sizes {
  readonly seed: number
  readonly count?: number | undefined
  readonly fibers?: number | undefined
  readonly processes?: number | undefined
  readonly expiries?: number | undefined
  /** Of an access token, in seconds. */
  readonly life?: number | undefined
}

/** One finding. `backend` is `-` where none is involved. */
export interface Row {
  readonly goal: string
  readonly backend: string
  readonly target: string
  readonly measured: string
  readonly count: number
  readonly seed: number
  readonly pass: boolean
}

/** Where a goal is measured: on each of the stores, or once without one. */
export type Place = Kind | "-"

export interface Goal {
  readonly id: string
  readonly places: ReadonlyArray<Place>
  readonly run: (place: Place, sizes: Sizes) => Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>
}

/** A goal that needs a store to be measured on. */
export const onStores = (
  id: string,
  kinds: ReadonlyArray<Kind>,
  run: (kind: Kind, sizes: Sizes) => Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>
): Goal => ({
  id,
  places: kinds,
  run: (place, sizes) => run(place as Kind, sizes)
})

/** A goal that needs none. */
export const alone = (
  id: string,
  run: (sizes: Sizes) => Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>
): Goal => ({ id, places: ["-"], run: (_, sizes) => run(sizes) })
