/** An authorization server that we did not write (oidc-provider), with the addresses of Spotify's. */
import { Scope } from "effect-spotify"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { generateKeyPairSync } from "node:crypto"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import OidcProvider from "oidc-provider"

/** What a test may change while the server runs. */
export interface Control {
  /** How long the access tokens live that it issues from now on, in seconds. */
  accessTtl: number
  /** What the user answers. */
  decision: "allow" | "deny"
  /** Whether each refresh brings a new refresh token, after which the one before ends the session. */
  rotate: boolean
}

export class AuthorizationServer extends Context.Tag("test/AuthorizationServer")<
  AuthorizationServer,
  { readonly issuer: string; readonly control: (change: Partial<Control>) => Effect.Effect<void> }
>() {}

const user = "a-listener"

const withCode = {
  redirect_uris: ["http://127.0.0.1:8888/callback"],
  response_types: ["code"],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  application_type: "native",
  scope: Scope.all.join(" "),
  id_token_signed_response_alg: "ES256"
}

const clients = [
  { ...withCode, client_id: "basic-client", client_secret: "basic-secret" },
  {
    ...withCode,
    client_id: "post-client",
    client_secret: "post-secret",
    token_endpoint_auth_method: "client_secret_post"
  },
  {
    ...withCode,
    client_id: "public-client",
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none"
  },
  // RFC 6749, 2.3.1: both must be form-encoded before they are joined for Basic
  {
    ...withCode,
    client_id: "odd client+id",
    client_secret: "s3cr:t/+ %&",
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: []
  }
]

const make = (issuer: string, control: Control) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  return new OidcProvider(issuer, {
    clients,
    scopes: Scope.all,
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig" }] },
    cookies: { keys: ["a key of these tests"] },
    routes: { authorization: "/authorize", token: "/api/token" },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    extraParams: ["show_dialog"],
    pkce: { required: (_, client) => client.clientAuthMethod === "none" },
    ttl: {
      AccessToken: () => control.accessTtl,
      ClientCredentials: () => control.accessTtl,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 60,
      RefreshToken: 3600,
      Session: 3600
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: () => control.rotate,
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Whoever logs in has consented to what is asked for
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ accountId: user, clientId: oidc.client.clientId })
      grant.addOIDCScope(oidc.params.scope)
      await grant.save()
      return grant
    }
  })
}

export const layer = Layer.scoped(
  AuthorizationServer,
  Effect.gen(function* () {
    const control: Control = { accessTtl: 3600, decision: "allow", rotate: false }
    const server = yield* Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = make(issuer, control)
    const rest = provider.callback()
    server.on("request", async (request, response) => {
      if (request.url?.startsWith("/interaction/") === true) {
        const answer =
          control.decision === "allow"
            ? { login: { accountId: user }, consent: {} }
            : { error: "access_denied" }
        await provider.interactionFinished(request, response, answer)
      } else if (request.url === "/v1/me") {
        const token = request.headers.authorization?.replace(/^Bearer /, "") ?? ""
        const found = await provider.AccessToken.find(token)
        response.writeHead(found === undefined ? 401 : 200).end()
      } else {
        await rest(request, response)
      }
    })
    return { issuer, control: (change) => Effect.sync(() => Object.assign(control, change)) }
  })
)
