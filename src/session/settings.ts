import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type { SessionKey } from "./Session.js"
import type * as TokenStore from "../store/TokenStore.js"
import type { Windows } from "./liveTokens.js"

/** The options of `SessionService`, with their defaults filled in. */
export interface Settings {
  readonly sessions: "one" | "many"
  readonly windows: Windows
  readonly maxStaleness: Duration.Duration
  readonly timeout: Duration.Duration
  readonly storeTimeout: Duration.Duration
  readonly refreshRetry: Schedule.Schedule<unknown>
  readonly storeRetry: Schedule.Schedule<unknown>
  readonly unstoredRetry: Schedule.Schedule<unknown>
  readonly quarantine: Duration.Duration
  readonly maxPendingLogins: number
  readonly requireIssuer: boolean
  readonly issuer: string | undefined
  readonly onUnpersisted: (key: SessionKey, write: TokenStore.Write) => Effect.Effect<void>
  readonly selected: (context: Context.Context<never>) => Option.Option<SessionKey>
}
