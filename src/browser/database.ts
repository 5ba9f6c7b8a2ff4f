import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A connection to IndexedDB, opened when it is first needed and again after the browser has closed it. */
export interface Database {
  /** Fails with what the browser gave as the reason. */
  readonly connection: Effect.Effect<IDBDatabase, Failure>
}

/** The browser's own word, or that there is nothing to ask. */
export type Failure =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Insecure" }
  | { readonly _tag: "Blocked" }
  | { readonly _tag: "Refused"; readonly error: unknown }

const open = (name: string, upgrade: (database: IDBDatabase) => void) =>
  Effect.async<IDBDatabase, Failure>((resume) => {
    // A page that others on the way can change would hand them the tokens
    if (globalThis.isSecureContext === false) {
      return resume(Effect.fail({ _tag: "Insecure" }))
    }
    let request: IDBOpenDBRequest
    try {
      // Even to name it throws where the user forbids storage
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
      // Firefox reports an error that nobody handled to the console
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
      // Another tab deletes the database or runs a newer version of this library: do not stand in its way
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
 * Runs one transaction and answers when it is complete, which for a strict one means on disk. `body` gets the
 * object store and a way to say what the answer will be; an exception in it aborts the transaction.
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
