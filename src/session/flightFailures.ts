import { TokenEndpointUnavailable } from "../accounts/AuthError.js"

/** The errors of a flight that cannot start. */
export const flightFailures = {
  closed: () => new TokenEndpointUnavailable({ kind: "Closed", sent: "no" }),
  reentrant: () => new TokenEndpointUnavailable({ kind: "Busy", sent: "no" })
}
