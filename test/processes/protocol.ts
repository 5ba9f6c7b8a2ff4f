import type { Backend } from "./backends.js"

/** What a parent and its workers say to each other, as JSON over the channel of `child_process`. */

/**
 * Where a process may end in the middle of a refresh:
 *
 * - `e1` before the lease is written
 * - `e2` the lease is written
 * - `e5` the answer of the token endpoint is read
 * - `e6` before the result is written
 * - `e7` the result is written
 * - `e8` the waiters have the token
 * - `e9` (files) the new generation is linked and its directory not yet synced
 *
 * `e3` (the request is sent) and `e4` (the server has rotated) are for the server to tell, see
 * `AuthorizationServer.holdAt`.
 */
export type Point = "e1" | "e2" | "e5" | "e6" | "e7" | "e8" | "e9"

/** A clock of its own for each process. */
export interface ClockOptions {
  /** Milliseconds by which it is off. */
  readonly offset: number
  /** How much faster than time it runs. */
  readonly rate: number
  /** When all clocks of a fleet began to run faster: milliseconds since 1970. */
  readonly origin: number
}

export interface WorkerOptions {
  readonly name: string
  readonly backend: Backend
  readonly accountsUrl: string
  readonly client: "public" | "confidential"
  readonly sessions: "one" | "many"
  readonly seed: number
  readonly clock: ClockOptions
  /** Milliseconds by the process's clock, as in `SessionService.Options`. */
  readonly timeout: number
  readonly storeTimeout: number
  readonly refreshAhead: number
  readonly waitAhead: number
}

export interface LoadOptions {
  readonly fibers: number
  /** Of the calls, how many are interrupted: 0 to 1. */
  readonly interrupts: number
  /** The longest pause of a fiber between two calls, in milliseconds. */
  readonly think: number
  /** The longest time after which a call that is to be interrupted is. */
  readonly patience: number
  /** Which session, where a process serves many. */
  readonly session?: string | undefined
}

export type Command =
  | { readonly op: "login"; readonly code: string; readonly session?: string | undefined }
  | { readonly op: "read" | "refresh" | "session" | "signOut"; readonly session?: string | undefined }
  | { readonly op: "renew"; readonly refused: string; readonly session?: string | undefined }
  | { readonly op: "arm"; readonly point: Point; readonly how: "kill" | "hang" }
  | { readonly op: "release" }
  | { readonly op: "offset"; readonly offset: number }
  | ({ readonly op: "load" } & LoadOptions)
  | { readonly op: "stop" }
  | { readonly op: "windows" }
  | { readonly op: "increment"; readonly times: number; readonly key: string }

/** What the calls of a load came to. */
export interface Counters {
  /** Calls that ended with a token. */
  readonly calls: number
  /** Failed calls by the tag of their error, with its reason where it has one. */
  readonly failed: Readonly<Record<string, number>>
  readonly interrupted: number
  /** Tokens delivered after their end, by the server's clock. */
  readonly stale: number
  /** Tokens delivered although the process had seen a newer one before the call. */
  readonly older: number
  /** The newest generation seen. */
  readonly generation: number
}

export interface Failure {
  readonly tag: string
  /** The error's `reason`, `kind` or `code`. */
  readonly detail?: string | undefined
}

/** What became of a command. `ms` is how long it took, as the process measured it. */
export type Outcome =
  | { readonly _tag: "Success"; readonly value: unknown; readonly ms: number }
  | { readonly _tag: "Failure"; readonly failure: Failure; readonly ms: number }

export type ToWorker = { readonly id: number; readonly command: Command }

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "at"; readonly point: Point | "sigterm" }
  | { readonly type: "reply"; readonly id: number; readonly outcome: Outcome }
