import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A connection to IndexedDB. It opens on first use, and again after the browser closes it. */
export interface Database {
  /** Fails with the browser's reason. */
  readonly connection: Effect.Effect<IDBDatabase, Failure>
}

/** Why there is no connection, or why a transaction failed. `Refused` holds the browser's error. */
export type Failure =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Insecure" }
  | { readonly _tag: "Blocked" }
  | { readonly _tag: "Refused"; readonly error: unknown }

const open = (name: string, upgrade: (database: IDBDatabase) => void) =>
  Effect.async<IDBDatabase, Failure>((resume) => {
    // An attacker on the network can change such a page and read its tokens
    if (globalThis.isSecureContext === false) {
      return resume(Effect.fail({ _tag: "Insecure" }))
    }
    let request: IDBOpenDBRequest
    try {
      // Even reading the property throws where the user forbids storage
      if (globalThis.indexedDB == null) {
        return resume(Effect.fail({ _tag: "Missing" }))
      }
      request = globalThis.indexedDB.open(name, 1)
    } catch (error) {
      return resume(Effect.fail({ _tag: "Refused", error }))
    }
    let wanted = true
    const fail = (failure: Failure) => {
      wanted = false
      resume(Effect.fail(failure))
    }
    request.addEventListener("upgradeneeded", () => upgrade(request.result))
    request.addEventListener("blocked", () => fail({ _tag: "Blocked" }))
    request.addEventListener("error", (event) => {
      // Firefox logs an unhandled error to the console
      event.preventDefault()
      fail({ _tag: "Refused", error: request.error })
    })
    request.addEventListener("success", () => {
      if (wanted) {
        resume(Effect.succeed(request.result))
      } else {
        request.result.close()
      }
    })
    return Effect.sync(() => {
      wanted = false
    })
  })

export const make = (
  name: string,
  upgrade: (database: IDBDatabase) => void
): Effect.Effect<Database, never, Scope.Scope> =>
  Effect.gen(function* () {
    let current: IDBDatabase | undefined

    const forget = (database: IDBDatabase) => {
      database.close()
      if (current === database) {
        current = undefined
      }
    }

    const adopt = (database: IDBDatabase): IDBDatabase => {
      if (current !== undefined) {
        database.close()
        return current
      }
      // The user cleared the site's data, or the disk failed
      database.addEventListener("close", () => forget(database))
      // Another tab deletes the database or runs a newer version of this library: do not block it
      database.addEventListener("versionchange", () => forget(database))
      current = database
      return database
    }

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (current !== undefined) {
          forget(current)
        }
      })
    )

    return {
      connection: Effect.suspend(() =>
        current === undefined ? Effect.map(open(name, upgrade), adopt) : Effect.succeed(current)
      )
    }
  })

/**
 * Runs one transaction, and succeeds once it is complete. For a strict one this means on disk. `body` gets
 * the object store and a function that sets the result. An exception in `body` aborts the transaction.
 */
export const transaction = <A>(
  database: IDBDatabase,
  storeName: string,
  mode: IDBTransactionMode,
  body: (store: IDBObjectStore, answer: (value: A) => void) => void
): Effect.Effect<A, Failure> =>
  Effect.async<A, Failure>((resume) => {
    const refuse = (error: unknown) => resume(Effect.fail({ _tag: "Refused", error }))
    let result: { readonly value: A } | undefined
    try {
      const transaction = database.transaction(storeName, mode, { durability: "strict" })
      transaction.addEventListener("complete", () => {
        if (result === undefined) {
          refuse(undefined)
        } else {
          resume(Effect.succeed(result.value))
        }
      })
      transaction.addEventListener("abort", () => refuse(transaction.error))
      transaction.addEventListener("error", (event) => event.preventDefault())
      body(transaction.objectStore(storeName), (value) => {
        result = { value }
      })
    } catch (error) {
      refuse(error)
    }
  })
