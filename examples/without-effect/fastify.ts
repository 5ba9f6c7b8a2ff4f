// run: by hand, a server; walk.ts runs it against the emulator
/** A web app on Fastify 5. Who opens /me without a session is sent to Spotify, and comes back here. */
import { LoginRoutes, SpotifyRuntime } from "effect-spotify"
import { NodeLogin, NodeSpotify } from "effect-spotify/node"
import { fastify } from "fastify"

const spotify = SpotifyRuntime.make(
  NodeSpotify.layerWebServer({ scopes: ["user-read-private"], afterLogin: "/me" })
)
const login = LoginRoutes.toWebLogin(spotify)

const app = fastify()

app.addHook("onRequest", async ({ raw }, reply) => {
  const answer = await login.handle(NodeLogin.toRequest(raw))
  return answer === undefined ? undefined : reply.send(answer)
})

app.setErrorHandler(async (error, { raw }, reply) =>
  reply.send((await login.orLogIn(NodeLogin.toRequest(raw), error)) ?? error)
)

app.addHook("onClose", () => spotify.dispose())

app.get("/", (_, reply) => reply.type("text/html").send(`<a href="/me">Your account</a>`))

app.get("/me", async ({ raw }) => {
  const session = await login.sessionOf(NodeLogin.toRequest(raw))
  const me = await spotify.run((client) => client.me.profile, { session })
  return `Hello ${me.display_name ?? me.id}`
})

await app.listen({ host: "127.0.0.1", port: Number(process.env["PORT"] ?? 8888) })
console.log("listening")
process.once("SIGTERM", () => void app.close())
