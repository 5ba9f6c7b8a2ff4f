import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import type { SessionKey } from "../../auth/Session.js"
import type { Windows } from "./liveTokens.js"

/** The options of `SessionService`, with their defaults filled in. */
export interface Settings {
  readonly sessions: "one" | "many"
  readonly windows: Windows
  readonly timeout: Duration.Duration
  readonly storeTimeout: Duration.Duration
  readonly selected: (context: Context.Context<never>) => Option.Option<SessionKey>
}
