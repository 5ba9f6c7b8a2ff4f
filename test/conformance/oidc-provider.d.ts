/** As much of oidc-provider as the tests use; it has no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http"

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  interface Context {
    readonly oidc: {
      readonly provider: OidcProvider
      readonly client: { readonly clientId: string }
      readonly params: { readonly scope: string }
    }
  }

  interface Configuration {
    readonly pkce: {
      readonly required: (context: Context, client: { readonly clientAuthMethod: string }) => boolean
    }
    readonly findAccount: (context: Context, id: string) => unknown
    readonly interactions: {
      readonly url: (context: Context, interaction: { readonly uid: string }) => string
    }
    readonly loadExistingGrant: (context: Context) => Promise<Grant>
    readonly [other: string]: unknown
  }

  export default class OidcProvider {
    constructor(issuer: string, configuration: Configuration)
    readonly Grant: new (of: { readonly accountId: string; readonly clientId: string }) => Grant
    readonly AccessToken: { readonly find: (token: string) => Promise<unknown> }
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: unknown): Promise<void>
  }
}
