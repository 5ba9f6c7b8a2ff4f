/**
 * A session for tests that needs no login: a fixed token, which is never renewed.
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
    /** What the user granted; without it nothing is known of that. */
    readonly scopes?: ReadonlyArray<Scope> | undefined
  } = {}
): Layer.Layer<SessionService> =>
  layerAccessToken(Redacted.make(options.accessToken ?? "test-access-token"), { scopes: options.scopes })
