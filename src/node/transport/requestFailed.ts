import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { foreignCause } from "../../foreignCause.js"
import { unsent } from "../../http/transportFailure.js"

/** The failure of a request without an answer. `started`: the request may have left this machine. */
export const requestFailed = (
  request: HttpClientRequest.HttpClientRequest,
  cause: Error,
  started: boolean
): HttpClientError.RequestError => {
  // undici's code for options it cannot use, such as a header with a line break
  const invalid = "code" in cause && cause.code === "UND_ERR_INVALID_ARG"
  const error = new HttpClientError.RequestError({
    request,
    reason: invalid ? "Encode" : "Transport",
    cause: foreignCause(cause)
  })
  return started ? error : unsent(error)
}
