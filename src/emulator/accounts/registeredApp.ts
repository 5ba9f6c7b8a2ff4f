import type * as Redacted from "effect/Redacted"
import type { Catalogue } from "../catalogue/model.js"
import type { App, QuotaMode } from "../state.js"

/**
 * An app to register with the emulator, as on Spotify's dashboard.
 *
 * @since 0.1.0
 * @category models
 */
export interface AppOptions {
  readonly clientId: string
  /** Without a secret the app must use PKCE. */
  readonly clientSecret?: Redacted.Redacted<string> | undefined
  /**
   * Compared exactly, as at Spotify. A loopback address without a port (`http://127.0.0.1/callback`) matches
   * every port.
   */
  readonly redirectUris: ReadonlyArray<string>
  /** The app's name on the consent page. @default the client id */
  readonly name?: string | undefined
  /** @default the emulator's */
  readonly quotaMode?: "development" | "extended" | undefined
  /**
   * At most five. @default the first five users of the catalogue in development mode, all users in extended
   * mode
   */
  readonly allowedUsers?: ReadonlyArray<string> | undefined
  /** The developer account that the app belongs to. @default the one of the apps that are always there */
  readonly account?: string | undefined
  /** @default true */
  readonly ownerPremium?: boolean | undefined
}

/** Spotify's limit for an app in development mode (since 2026; 25 before). */
export const mostAllowedUsers = 5

export const make = (
  app: AppOptions,
  anyLoopback: boolean,
  catalogue: Catalogue,
  defaultMode: QuotaMode
): App => {
  const quotaMode = app.quotaMode ?? defaultMode
  const first = catalogue.users.slice(0, mostAllowedUsers).map((user) => user.id)
  return {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    redirectUris: app.redirectUris,
    name: app.name ?? app.clientId,
    anyLoopback,
    quotaMode,
    account: app.account ?? "",
    allowedUsers: app.allowedUsers ?? (quotaMode === "development" ? first : undefined),
    ownerPremium: app.ownerPremium ?? true
  }
}
