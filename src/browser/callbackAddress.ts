import * as Option from "effect/Option"

/** What an authorization response adds to the redirect URI (RFC 6749, section 4.1.2; RFC 9207). */
const added = ["code", "state", "error", "error_description", "error_uri", "iss"]

/** An address that Spotify has sent the browser to. */
export interface CallbackAddress {
  readonly url: string
  readonly state: string
  /** The address without what Spotify added. */
  readonly clean: string
}

/**
 * Recognises the redirect URI with an answer of Spotify's. Anything else is a plain visit, answers of other
 * services on other paths included.
 */
export const read = (address: URL, redirectUri: URL): Option.Option<CallbackAddress> => {
  const { searchParams } = address
  const state = searchParams.get("state")
  if (
    address.origin !== redirectUri.origin ||
    address.pathname !== redirectUri.pathname ||
    state === null ||
    !(searchParams.has("code") || searchParams.has("error"))
  ) {
    return Option.none()
  }
  const clean = new URL(address)
  for (const name of added) {
    clean.searchParams.delete(name)
  }
  return Option.some({ url: address.href, state, clean: clean.href })
}
