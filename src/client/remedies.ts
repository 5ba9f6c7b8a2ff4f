/** Why Spotify may refuse a token of this kind, and what to do. */
export const refusedOf = {
  User: "a new token was refused too: try again later, and begin a login if it keeps happening",
  App: "it is the app's own token, but a user's data needs a user's session (layerAuthorizationCode or layerPkce), not client credentials",
  Token:
    "it is the supplied token, and it is not a user's: supply a user's token, or use layerAuthorizationCode or layerPkce",
  unknown:
    "paths under /me need a user's session (layerAuthorizationCode or layerPkce); with one, try again later"
}

const takesNone = "the device accepts no commands: use another one of player.devices, or Spotify's own app"

/** What to do about a refusal by the player, for the reasons that its state does not explain. */
export const restricted: Readonly<Record<string, string | undefined>> = {
  DEVICE_NOT_CONTROLLABLE: takesNone,
  REMOTE_CONTROL_DISALLOW: takesNone,
  VOLUME_CONTROL_DISALLOW:
    "the volume of this device cannot be set: check supports_volume of player.devices first",
  RATE_LIMITED: "the user changes tracks too often: wait a while"
}

/** Why an operation is closed, by the apps that can still use it. */
export const closedTo = {
  extended: "Spotify closed this operation to apps in development mode in February 2026",
  closed: "Spotify closed this operation in November 2024 to apps that did not use it yet"
}

/** What to do about a status that says more than the answer's text. */
export const remedyOf = (status: number, route: string, description: string): string => {
  if (status === 400 && /\bbearer\b|\btoken\b/i.test(description)) {
    return "the access token was changed on the way: look for a proxy that changes headers, and check that a token entered by hand is complete"
  }
  switch (status) {
    case 304:
      return "the request was not conditional, so 304 is no answer to it: look for a proxy or cache in between, and try again"
    case 413:
      return route.endsWith("/images")
        ? "send a smaller image, at most 192 KiB of JPEG, which is 256 KiB as Base64"
        : route.endsWith("/play")
          ? "send fewer URIs, or put them into a playlist and play that by its context_uri"
          : "send fewer entries at once"
    case 407:
      return "a proxy in between requires a login"
    case 405:
    case 410:
      return "Spotify may have closed or moved the operation: look for a newer version of this library"
    case 414:
    case 431:
      return "the address is too long: send fewer ids or shorter text at once"
    default:
      return status < 400
        ? "a redirect, which is not followed because it could take the token elsewhere: check apiUrl"
        : "check its parameters"
  }
}

/** What a call was waiting for when its time ran out. */
export const waits = {
  Session:
    "the session's access token, which this process or another one is refreshing, or for the token store",
  RateGate: "Spotify's rate limit or for a free slot among the concurrent requests",
  Answer: "Spotify's answer",
  Retry: "the next attempt"
}
