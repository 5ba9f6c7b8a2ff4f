import { TokenEndpointUnavailable } from "../accounts/AuthError.js"

/** How a session's flight ends that cannot begin. */
export const flightFailures = {
  closed: () => new TokenEndpointUnavailable({ kind: "Closed", sent: "no" }),
  reentrant: () => new TokenEndpointUnavailable({ kind: "Busy", sent: "no" })
}
