import { StoreKey } from "./TokenStore.js"

/** Every key begins with the app, so that two apps in one store never meet. */
const of = (clientId: string, kind: "app" | "session" | "login" | "gate", name: string): StoreKey =>
  StoreKey(`effect-spotify:${encodeURIComponent(clientId)}:${kind}:${name}`)

/** Where a user's session is. */
export const session = (clientId: string, key: string): StoreKey => of(clientId, "session", key)

/** Where the app's own token is. */
export const app = (clientId: string): StoreKey => of(clientId, "app", "")

/**
 * Where a pending login is: one of 32,768 places, so that nobody can fill a store with them. It is named by the
 * digest of the state, because whoever knows the state can complete the login.
 */
export const login = (clientId: string, stateDigest: string): StoreKey =>
  of(clientId, "login", `${stateDigest.slice(0, 2)}${stateDigest.charCodeAt(2) & 7}`)

/** Where the closed routes of the app are. */
export const gate = (clientId: string): StoreKey => of(clientId, "gate", "")
