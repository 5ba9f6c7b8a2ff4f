/**
 * The access tokens of `AuthorizationServer` say what they are, so that a worker can judge what it was
 * given without asking.
 */
export interface AccessToken {
  readonly family: string
  /** 0 for the login's, and one more with each refresh. */
  readonly generation: number
  /** By the server's clock, in milliseconds since 1970. */
  readonly expiresAt: number
}

export const print = (token: AccessToken): string =>
  `at~${token.family}~${token.generation}~${Math.floor(token.expiresAt)}`

export const parse = (text: string): AccessToken => {
  const [, family = "", generation, expiresAt] = text.split("~")
  return { family, generation: Number(generation), expiresAt: Number(expiresAt) }
}
