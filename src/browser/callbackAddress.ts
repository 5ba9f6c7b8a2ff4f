import * as Option from "effect/Option"

/**
 * The parameters that an authorization response adds to the redirect URI (RFC 6749, section 4.1.2; RFC 9207).
 */
const added = ["code", "state", "error", "error_description", "error_uri", "iss"]

/** The redirect URI as Spotify sent the browser to it. */
export interface CallbackAddress {
  readonly url: string
  readonly state: string
  /** The address without the parameters that Spotify added. */
  readonly clean: string
}

/**
 * Recognises the redirect URI with an answer from Spotify. Anything else is an ordinary visit, even an answer
 * of another service on another path.
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
