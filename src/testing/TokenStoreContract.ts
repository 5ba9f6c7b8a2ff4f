/**
 * Tests of what every token store must do. They run on any store, in any test framework.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { TokenStore } from "../store/TokenStore.js"
import * as Combinators from "./contract/combinators.js"
import * as Content from "./contract/content.js"
import type { Case } from "./contract/contractCase.js"
import * as Disposal from "./contract/disposal.js"
import * as Failures from "./contract/failures.js"
import * as Listing from "./contract/listing.js"
import * as Keys from "./contract/keys.js"
import * as Races from "./contract/races.js"
import * as Resending from "./contract/resending.js"
import * as SingleWriter from "./contract/singleWriter.js"

export {
  /**
   * @since 0.1.0
   * @category tests
   */
  replaceable
} from "./contract/combinators.js"

/** @since 0.1.0 */
export { type Case, ContractViolation } from "./contract/contractCase.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How many expired entries the store must drop during a third as many writes. A smaller number makes the
   * contract faster when each write goes to disk. @default 3000
   */
  readonly ended?: number | undefined
}

/**
 * The {@link cases} with options.
 *
 * @since 0.1.0
 * @category tests
 */
export const casesWith = (options: Options): ReadonlyArray<Case> => [
  ...SingleWriter.cases,
  ...Resending.cases,
  ...Races.cases,
  ...Keys.cases,
  ...Listing.cases,
  ...Content.cases,
  ...Disposal.cases,
  Disposal.drops(options.ended ?? 3000),
  ...Combinators.cases,
  ...Failures.cases
]

/**
 * The cases. Run each with the store as a layer; a failure says what the store did. They work with a
 * `TestClock`, unless the store itself waits.
 *
 * @since 0.1.0
 * @category tests
 * @example
 * ```ts
 * import { layer } from "@effect/vitest"
 * import { TokenStore } from "effect-spotify"
 * import { TokenStoreContract } from "effect-spotify/testing"
 *
 * // One store for all cases. With `it.effect` and `Effect.provide` each case has its own store
 * layer(TokenStore.layerMemory)("my store", (it) => {
 *   for (const { name, run } of TokenStoreContract.cases) {
 *     it.effect(name, () => run)
 *   }
 * })
 * ```
 */
export const cases: ReadonlyArray<Case> = casesWith({})

/**
 * A case that failed, with the reason.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly name: string
  readonly cause: Cause.Cause<Effect.Effect.Error<Case["run"]>>
}

/**
 * Runs all cases in sequence and returns those that fail, for scripts without a test framework. The list is
 * empty for a store that keeps the contract.
 *
 * @since 0.1.0
 * @category tests
 * @example
 * ```ts
 * import { TokenStore } from "effect-spotify"
 * import { TokenStoreContract } from "effect-spotify/testing"
 * import * as Cause from "effect/Cause"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   for (const { cause, name } of yield* TokenStoreContract.failures) {
 *     yield* Console.error(`${name}: ${Cause.pretty(cause)}`)
 *   }
 * }).pipe(Effect.provide(TokenStore.layerMemory))
 * ```
 */
export const failures: Effect.Effect<ReadonlyArray<Failure>, never, TokenStore> = Effect.map(
  Effect.forEach(cases, ({ name, run }) =>
    run.pipe(
      Effect.as<ReadonlyArray<Failure>>([]),
      Effect.catchAllCause((cause) => Effect.succeed([{ name, cause }]))
    )
  ),
  (found) => found.flat()
)
