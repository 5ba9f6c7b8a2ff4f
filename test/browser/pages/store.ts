// Runs in the browser, in a page or in a worker: the store, its contract, and a session over it
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import { BrowserTokenStore } from "effect-spotify/browser"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TokenStoreContract from "../../../src/testing/TokenStoreContract.js"

const run = <A, E>(effect: Effect.Effect<A, E, TokenStore.TokenStore>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, BrowserTokenStore.layer()))

const entry = (text: string) =>
  Effect.map(TokenStore.newVersion, (version): TokenStore.Entry => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.none()
  }))

const problem = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.either(effect), (result) => {
    if (Either.isRight(result)) {
      return "none"
    }
    const error = result.left
    return error instanceof TokenStore.TokenStoreUnavailable &&
      error.cause instanceof BrowserTokenStore.BrowserStorageError
      ? `${error.operation}: ${error.cause.reason}, applied ${error.applied}`
      : String(error)
  })

const session = (environment: Readonly<Record<string, string>>, redirectUri: string) =>
  ManagedRuntime.make(
    SessionService.layerPkce().pipe(
      Layer.provide([
        BrowserTokenStore.layer(),
        FetchHttpClient.layer,
        SpotifyConfig.layer({
          clientId: environment["clientId"] ?? "",
          accountsUrl: environment["accountsUrl"],
          apiUrl: environment["apiUrl"],
          redirectUri
        })
      ])
    )
  )

const cases = TokenStoreContract.casesWith({ ended: 300 })

let runtime: ReturnType<typeof session> | undefined

const program = {
  names: () => Promise.resolve(cases.map(({ name }) => name)),
  /** Why the case failed, or null. */
  runCase: (name: string): Promise<string | null> => {
    const found = cases.find((contract) => contract.name === name)
    return found === undefined
      ? Promise.resolve("there is no such case")
      : run(
          found.run.pipe(
            Effect.as(null),
            Effect.catchAllCause((cause) => Effect.succeed(String(cause)))
          )
        )
  },
  /** Increments a counter with compare-and-set until this page has done so `times`. */
  count: (key: string, times: number): Promise<void> =>
    run(
      Effect.flatMap(TokenStore.TokenStore, (store) =>
        Effect.replicateEffect(
          TokenStore.modify(store, TokenStore.StoreKey(key), (current) =>
            Effect.gen(function* () {
              const value = Option.match(current, {
                onNone: () => 0,
                onSome: ({ payload }) => Number(Redacted.value(payload))
              })
              return [undefined, Option.some(Option.some(yield* entry(String(value + 1))))]
            })
          ),
          times,
          { concurrency: 8, discard: true }
        )
      )
    ),
  read: (key: string): Promise<string> =>
    run(
      Effect.map(
        Effect.flatMap(TokenStore.TokenStore, (store) => store.get(TokenStore.StoreKey(key))),
        Option.match({ onNone: () => "", onSome: ({ payload }) => Redacted.value(payload) })
      )
    ),
  /** The next version of a record that another page tells of. */
  nextChange: (key: string): Promise<string> =>
    run(
      Effect.flatMap(TokenStore.TokenStore, (store) =>
        Option.match(store.changes, {
          onNone: () => Effect.succeed("there are no changes"),
          onSome: (changes) =>
            Effect.map(Stream.runHead(changes(TokenStore.StoreKey(key))), (version) =>
              Option.getOrElse(version, () => "it ended")
            )
        })
      )
    ),
  write: (key: string, size: number): Promise<string> =>
    run(
      Effect.gen(function* () {
        const store = yield* TokenStore.TokenStore
        const next = yield* entry("x".repeat(size))
        return yield* problem(
          store.commit({ key: TokenStore.StoreKey(key), expected: Option.none(), next: Option.some(next) })
        )
      })
    ),
  /** What reading and writing fail with. */
  problems: (): Promise<ReadonlyArray<string>> =>
    run(
      Effect.gen(function* () {
        const store = yield* TokenStore.TokenStore
        const key = TokenStore.StoreKey("problem")
        const next = Option.some(yield* entry("text"))
        return [
          yield* problem(store.get(key)),
          yield* problem(store.commit({ key, expected: Option.none(), next }))
        ]
      })
    ),
  startSession: (environment: Readonly<Record<string, string>>, redirectUri: string): Promise<void> => {
    runtime = session(environment, redirectUri)
    return runtime.runPromise(Effect.void)
  },
  begin: (): Promise<string> =>
    program.inSession(
      Effect.flatMap(LoginService.LoginService, (login) => Effect.map(login.begin(), ({ url }) => url))
    ),
  complete: (callback: string): Promise<string> =>
    program.inSession(
      Effect.flatMap(LoginService.LoginService, (login) =>
        Effect.map(login.complete(callback, { unsafeAnyBrowser: true }), (session) => session._tag)
      )
    ),
  accessToken: (): Promise<string> =>
    program.inSession(
      Effect.flatMap(SessionService.SessionService, ({ accessToken }) =>
        Effect.map(accessToken, Redacted.value)
      )
    ),
  /** Many calls of this page were refused the same token. */
  renew: (refused: string, calls: number): Promise<ReadonlyArray<string>> =>
    program.inSession(
      Effect.flatMap(SessionService.SessionService, ({ renew }) =>
        Effect.replicateEffect(Effect.map(renew(Redacted.make(refused)), Redacted.value), calls, {
          concurrency: "unbounded"
        })
      )
    ),
  inSession: <A, E>(
    effect: Effect.Effect<A, E, SessionService.SessionService | LoginService.LoginService>
  ): Promise<A> =>
    runtime === undefined ? Promise.reject(new Error("no session")) : runtime.runPromise(effect)
}

export type StoreProgram = Omit<typeof program, "inSession">

declare global {
  var storeProgram: StoreProgram | undefined
}

globalThis.storeProgram = program

if (globalThis.document === undefined) {
  globalThis.addEventListener("message", (event: MessageEvent<string>) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker speaks to its own page
    void program.runCase(event.data).then((result) => globalThis.postMessage(result))
  })
}
