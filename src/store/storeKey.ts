import { StoreKey } from "./TokenStore.js"

/** Every key begins with the app, so that two apps can share one store. */
const of = (
  clientId: string,
  kind: "app" | "session" | "login" | "gate" | "budget",
  name: string
): StoreKey => StoreKey(`effect-spotify:${encodeURIComponent(clientId)}:${kind}:${name}`)

/** The key of a user's session. */
export const session = (clientId: string, key: string): StoreKey => of(clientId, "session", key)

/** The key of the app's own token. */
export const app = (clientId: string): StoreKey => of(clientId, "app", "")

/**
 * The key of a pending login: one of 32,768 places, so that nobody can fill a store with logins. It comes
 * from the digest of the state, because the state itself would allow completing the login.
 */
export const login = (clientId: string, stateDigest: string): StoreKey =>
  of(clientId, "login", `${stateDigest.slice(0, 2)}${stateDigest.charCodeAt(2) & 7}`)

/** The key of a budget's calls. The apps of one developer account share them; no client id is empty. */
export const budget = (clientId: string, name: string, account?: string): StoreKey =>
  account === undefined
    ? of(clientId, "budget", encodeURIComponent(name))
    : of("", "budget", `${encodeURIComponent(account)}:${encodeURIComponent(name)}`)

/** The key of the app's closed routes. */
export const gate = (clientId: string): StoreKey => of(clientId, "gate", "")
