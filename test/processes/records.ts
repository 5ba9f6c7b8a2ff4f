import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AuthorizationServer } from "./authorizationServer.js"

/** What a parent wants to know of a worker's record, from behind. */
export interface Seen {
  readonly refreshToken: string | undefined
  readonly leased: boolean
}

export const keyOf = (session = "default"): TokenStore.StoreKey =>
  TokenStore.StoreKey(`effect-spotify:client:session:${session}`)

export const look = (store: TokenStore.Service, session?: string): Effect.Effect<Option.Option<Seen>> =>
  Effect.map(
    Effect.orDie(store.get(keyOf(session))),
    Option.map((entry) => {
      const record = JSON.parse(Redacted.value(entry.payload))
      return { refreshToken: record.token?.refreshToken ?? undefined, leased: record.lease != null }
    })
  )

/**
 * Whether the server has rotated and the store does not have the result: the one window in which a crash
 * costs a session, if the server takes each refresh token once only.
 */
export const inWindow = (
  store: TokenStore.Service,
  server: AuthorizationServer,
  { family, session }: { readonly family: string; readonly session?: string | undefined }
): Effect.Effect<boolean> =>
  Effect.map(look(store, session), (seen) =>
    Option.exists(seen, ({ refreshToken }) => refreshToken !== server.current(family))
  )
