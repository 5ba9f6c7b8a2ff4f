/**
 * A session for tests without a login. Its token is fixed and never refreshed.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Scope } from "../accounts/Scope.js"
import type { SessionService } from "../session/SessionService.js"
import { layerAccessToken } from "../session/SessionService.js"

/**
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SessionStub } from "effect-spotify/testing"
 *
 * const TestLayer = SessionStub.layer({ scopes: ["user-library-read"] })
 * ```
 */
export const layer = (
  options: {
    /** @default "test-access-token" */
    readonly accessToken?: string | undefined
    /** The scopes that the user granted. They are unknown if this is not given. */
    readonly scopes?: ReadonlyArray<Scope> | undefined
  } = {}
): Layer.Layer<SessionService> =>
  layerAccessToken(Redacted.make(options.accessToken ?? "test-access-token"), { scopes: options.scopes })
