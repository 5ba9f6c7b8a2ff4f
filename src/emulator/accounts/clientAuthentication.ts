import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { App, State } from "../state.js"
import type { TokenError } from "./tokenError.js"
import { refuse } from "./tokenError.js"

export interface Client {
  readonly app: App
  /** Whether the client authenticated with its secret. */
  readonly withSecret: boolean
}

interface Claim {
  readonly id: string
  readonly secret: string | undefined
}

const readBasic = (header: string): Either.Either<Claim, TokenError> => {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1]
  const decoded =
    encoded === undefined ? undefined : Either.getOrUndefined(Encoding.decodeBase64String(encoded))
  const colon = decoded?.indexOf(":") ?? -1
  return decoded === undefined || colon < 0
    ? Either.left(refuse("invalid_client"))
    : Either.right({ id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) })
}

const readClaim = (
  authorization: string | undefined,
  form: URLSearchParams
): Either.Either<Claim, TokenError> => {
  if (authorization !== undefined) {
    return readBasic(authorization)
  }
  const id = form.get("client_id") ?? ""
  return id === ""
    ? Either.left(refuse("invalid_client"))
    : Either.right({ id, secret: form.get("client_secret") ?? undefined })
}

/** Authenticates the client of a token request by the Basic header, or else by the form. */
export const authenticate = (
  state: State,
  authorization: string | undefined,
  form: URLSearchParams
): Either.Either<Client, TokenError> =>
  Either.flatMap(readClaim(authorization, form), ({ id, secret }): Either.Either<Client, TokenError> => {
    const app = state.apps.get(id)
    if (app === undefined) {
      return Either.left(refuse("invalid_client", "Invalid client"))
    }
    if (secret === undefined) {
      return Either.right({ app, withSecret: false })
    }
    return app.clientSecret !== undefined && Redacted.value(app.clientSecret) === secret
      ? Either.right({ app, withSecret: true })
      : Either.left(refuse("invalid_client", "Invalid client secret"))
  })
