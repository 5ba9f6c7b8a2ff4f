/**
 * Keeps session records in the browser's IndexedDB, for pages and workers without a server of their own.
 *
 * Any script that runs on the page can read the records. One XSS hole, in the page or in a package it loads,
 * gives the tokens away, and encryption in the page would not help. If you have a server, keep the session
 * there and give the browser a cookie instead.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Announcements from "./announcements.js"
import * as Database from "./database.js"
import * as TokenStore from "../store/TokenStore.js"

/**
 * Why the browser cannot store records: the `cause` of a `TokenStoreUnavailable`.
 *
 * - `Missing`: there is no IndexedDB, as on a server or in a browser that has it switched off
 * - `InsecureOrigin`: the page came over plain http from another machine, so others on the network could read
 *   the tokens
 * - `Denied`: the user or the browser forbids this page to store data: blocked cookies and site data, a
 *   private window, or a cross-site frame
 * - `QuotaExceeded`: the disk, or the site's share of it, is full
 * - `UpgradeBlocked`: another tab keeps the database open while it is being deleted or upgraded
 * - `NewerVersion`: a newer version of this library wrote the database
 * - `Failed`: anything else; `detail` is the browser's name for the error
 *
 * @since 0.1.0
 * @category errors
 */
export class BrowserStorageError extends Schema.TaggedError<BrowserStorageError>(
  "effect-spotify/BrowserStorageError"
)("BrowserStorageError", {
  reason: Schema.Literal(
    "Missing",
    "InsecureOrigin",
    "Denied",
    "QuotaExceeded",
    "UpgradeBlocked",
    "NewerVersion",
    "Failed"
  ),
  detail: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      Missing: "There is no IndexedDB here: run this in a browser, or use TokenStore.layerMemory",
      InsecureOrigin:
        "This page came over plain http, so others on the network could read its tokens: serve it over https, or on this machine from http://127.0.0.1",
      Denied:
        "The browser does not let this page store data: allow cookies and site data for it, leave the private window, or use TokenStore.layerMemory until the page is closed",
      QuotaExceeded: "The browser's storage is full: free some space on the disk or clear other sites' data",
      UpgradeBlocked: "Another tab blocks the database: close the other tabs of this site and reload",
      NewerVersion: "A newer version of this library wrote the database: update this program",
      Failed: "The browser's database failed: reload the page"
    }
    return this.detail === undefined ? remedy[this.reason] : `${remedy[this.reason]} (${this.detail})`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The name of the IndexedDB database. Programs on one origin may share one. @default "effect-spotify" */
  readonly databaseName?: string | undefined
}

/** The object store within the database. */
const table = "entries"

/** The index of rows that expire. Rows with null are not in it, since null is not a valid key. */
const byEnd = "disposableAt"

/** The most expired records that one write deletes. */
const dropAtOnce = 16

interface Row {
  readonly version: string
  readonly payload: string
  readonly disposableAt: number | null
}

const isRow = (value: unknown): value is Row =>
  Predicate.isRecord(value) &&
  typeof value["version"] === "string" &&
  typeof value["payload"] === "string" &&
  (value["disposableAt"] === null || Number.isSafeInteger(value["disposableAt"]))

/** The version of a row, or a placeholder for an unreadable one. */
const versionOf = (found: unknown): string | undefined =>
  found === undefined
    ? undefined
    : Predicate.hasProperty(found, "version") && typeof found.version === "string"
      ? found.version
      : "unreadable"

const toRow = (entry: TokenStore.Entry): Row => ({
  version: entry.version,
  payload: Redacted.value(entry.payload),
  disposableAt: Option.match(entry.disposableAt, { onNone: () => null, onSome: DateTime.toEpochMillis })
})

const fromRow = (row: Row): TokenStore.Entry => ({
  version: TokenStore.Version(row.version),
  payload: Redacted.make(row.payload),
  disposableAt: Option.map(Option.fromNullable(row.disposableAt), DateTime.unsafeMake)
})

const reasons: Record<string, BrowserStorageError["reason"]> = {
  QuotaExceededError: "QuotaExceeded",
  SecurityError: "Denied",
  // Firefox in a private window, before version 115
  InvalidStateError: "Denied",
  NotAllowedError: "Denied",
  VersionError: "NewerVersion"
}

/** Only the error's name, since browser messages may contain paths. */
const nameOf = (error: unknown): string | undefined =>
  Predicate.isRecord(error) || error instanceof Error
    ? Predicate.hasProperty(error, "name") && typeof error.name === "string"
      ? error.name
      : undefined
    : undefined

const describe = (failure: Database.Failure): BrowserStorageError => {
  switch (failure._tag) {
    case "Missing":
      return new BrowserStorageError({ reason: "Missing" })
    case "Insecure":
      return new BrowserStorageError({ reason: "InsecureOrigin" })
    case "Blocked":
      return new BrowserStorageError({ reason: "UpgradeBlocked" })
    case "Refused": {
      const detail = nameOf(failure.error)
      return new BrowserStorageError({ reason: reasons[detail ?? ""] ?? "Failed", detail })
    }
  }
}

/** An aborted transaction changed nothing. After an internal error of the browser, the outcome is unknown. */
const appliedOf = (failure: Database.Failure): TokenStore.TokenStoreUnavailable["applied"] =>
  failure._tag === "Refused" && ["UnknownError", undefined].includes(nameOf(failure.error)) ? "unknown" : "no"

const unavailable =
  (operation: TokenStore.TokenStoreUnavailable["operation"]) => (failure: Database.Failure) =>
    new TokenStore.TokenStoreUnavailable({
      operation,
      applied: operation === "get" ? "no" : appliedOf(failure),
      cause: describe(failure)
    })

/** The outcome of a write. */
type Outcome = "Written" | "Conflict"

/** The compare-and-set. Write transactions on one object store run one after another, across all tabs. */
const compareAndSet =
  (write: TokenStore.Write, now: number) =>
  (entries: IDBObjectStore, answer: (outcome: Outcome) => void): void => {
    const { expected, key, next } = write
    const reading = entries.get(key)
    reading.addEventListener("success", () => {
      const version = versionOf(reading.result)
      // The same write again: a retry after the first answer was lost
      if (Option.isSome(next) && version === next.value.version) {
        return answer("Written")
      }
      if (version !== Option.getOrUndefined(expected)) {
        return answer("Conflict")
      }
      if (Option.isSome(next)) {
        entries.put(toRow(next.value), key)
      } else {
        entries.delete(key)
      }
      const ended = entries.index(byEnd).getAllKeys(IDBKeyRange.upperBound(now), dropAtOnce)
      ended.addEventListener("success", () => {
        for (const other of ended.result) {
          entries.delete(other)
        }
      })
      return answer("Written")
    })
  }

/**
 * The message about a change that other tabs receive. It holds no secret: the keys of logins contain digests.
 */
interface Change {
  readonly key: string
  readonly version: string
}

const isChange = (value: unknown): value is Change =>
  Predicate.isRecord(value) && typeof value["key"] === "string" && typeof value["version"] === "string"

/**
 * Stores records in IndexedDB, shared by all tabs and workers of one origin in one browser profile
 * (`atomicity: "host"`). Each write is one transaction with strict durability. `changes` hears of writes in
 * other tabs over `BroadcastChannel`. For a deletion it gives the version that was deleted.
 *
 * Nothing in the browser is touched before the first operation, so the layer can be built anywhere. Where
 * there is no storage, operations fail with `TokenStoreUnavailable`, whose `cause` is a {@link
 * BrowserStorageError}.
 *
 * A browser may delete what a site stored. Safari does so after seven days without a visit, and every browser
 * does when the disk is full, unless the page was granted `navigator.storage.persist()`. The user then has to
 * log in again.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const name = options.databaseName ?? "effect-spotify"
    const database = yield* Database.make(name, (created) => {
      created.createObjectStore(table).createIndex(byEnd, byEnd)
    })
    const announcements = yield* Announcements.make(`effect-spotify/changes/${name}`)

    const run = <A>(
      mode: IDBTransactionMode,
      body: (entries: IDBObjectStore, answer: (value: A) => void) => void
    ) =>
      Effect.flatMap(database.connection, (connection) =>
        Database.transaction<A>(connection, table, mode, body)
      )

    const announce = ({ expected, key, next }: TokenStore.Write) =>
      Effect.sync(() => {
        const version = Option.orElse(
          Option.map(next, (entry) => entry.version),
          () => expected
        )
        if (Option.isSome(announcements) && Option.isSome(version)) {
          announcements.value.send({ key, version: version.value } satisfies Change)
        }
      })

    return {
      get: (key) =>
        run<unknown>("readonly", (entries, answer) => {
          const reading = entries.get(key)
          reading.addEventListener("success", () => answer(reading.result))
        }).pipe(
          Effect.mapError(unavailable("get")),
          Effect.flatMap((found) => {
            if (found === undefined) {
              return Effect.succeedNone
            }
            return isRow(found)
              ? Effect.succeedSome(fromRow(found))
              : new TokenStore.TokenStoreCorrupt({ key, reason: "Decode", version: versionOf(found) })
          })
        ),
      commit: (write) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          run<Outcome>("readwrite", compareAndSet(write, now))
        ).pipe(
          Effect.mapError(unavailable("commit")),
          Effect.flatMap((outcome) =>
            outcome === "Written" ? announce(write) : new TokenStore.TokenStoreConflict({ key: write.key })
          )
        ),
      atomicity: "host",
      changes: Option.map(
        announcements,
        ({ listen }) =>
          (key) =>
            Stream.unwrapScoped(Effect.map(listen, (messages) => Stream.fromQueue(messages))).pipe(
              Stream.filter(isChange),
              Stream.filter((change) => change.key === key),
              Stream.map((change) => TokenStore.Version(change.version))
            )
      )
    }
  })

/**
 * Stores the records of this origin in this browser profile; see {@link make}.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchTransport, SessionService, SpotifyConfig } from "effect-spotify"
 * import { BrowserTokenStore } from "effect-spotify/browser"
 * import * as Layer from "effect/Layer"
 *
 * const SessionLayer = SessionService.layerPkce().pipe(
 *   Layer.provide([
 *     BrowserTokenStore.layer(),
 *     FetchTransport.layer,
 *     SpotifyConfig.layer({ clientId: "0123456789abcdef0123456789abcdef" })
 *   ])
 * )
 * ```
 */
export const layer = (options?: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.scoped(TokenStore.TokenStore, make(options))
