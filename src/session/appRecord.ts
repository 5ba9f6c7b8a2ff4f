import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import * as BoundedStore from "../store/boundedStore.js"
import * as RecordStore from "../store/recordStore.js"
import * as StoreKey from "../store/storeKey.js"
import * as TokenStore from "../store/TokenStore.js"
import type { Place } from "./appSession.js"
import { newRecord, SessionRecord } from "./sessionRecord.js"

/** The app's token in the store, where all processes of the app share it. Failures of the store are tolerated. */
export const make = (
  storeTimeout: Duration.Duration
): Effect.Effect<Place, never, SpotifyConfig | TokenStore.TokenStore> =>
  Effect.gen(function* () {
    const { clientId } = yield* SpotifyConfig
    const store = BoundedStore.make(yield* TokenStore.TokenStore, storeTimeout)
    const records = RecordStore.make(store, SessionRecord)
    const key = StoreKey.app(clientId)

    const failed = (error: TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt) =>
      Effect.logWarning(
        "The app's token cannot be shared through the store; each process fetches its own",
        error
      )

    return {
      token: records.read(key).pipe(
        Effect.map(
          Option.flatMap(({ record }) =>
            record._tag === "Active" ? Option.some(record.token) : Option.none()
          )
        ),
        Effect.catchAll((error) => Effect.as(failed(error), Option.none()))
      ),
      put: (token) =>
        TokenStore.newVersion.pipe(
          Effect.flatMap((id) => records.entry(newRecord(id, token, Option.none()), token.expiresAt)),
          Effect.flatMap((entry) => TokenStore.set(store, key, entry)),
          Effect.catchAll(failed)
        ),
      remove: TokenStore.remove(store, key)
    }
  })
