// run: by hand, a server; walk.ts runs it against the emulator
/** A web app on Hono. Who opens /me without a session is sent to Spotify, and comes back here. */
import { serve } from "@hono/node-server"
import { LoginRoutes, SpotifyRuntime } from "effect-spotify"
import { NodeSpotify } from "effect-spotify/node"
import { Hono } from "hono"

const spotify = SpotifyRuntime.make(
  NodeSpotify.layerWebServer({ scopes: ["user-read-private", "user-top-read"], afterLogin: "/me" })
)
const login = LoginRoutes.toWebLogin(spotify)

const app = new Hono()

app.use(async ({ req }, next) => (await login.handle(req.raw)) ?? next())

app.get("/", (c) => c.html(`<a href="/me">Your account</a>`))

app.get("/me", ({ req }) =>
  login.withSession(req.raw, async (session) => {
    const me = await spotify.run((client) => client.me.profile, { session, signal: req.raw.signal })
    return new Response(`Hello ${me.display_name ?? me.id}`)
  })
)

app.get("/top", ({ req }) =>
  login.withSession(req.raw, async (session) => {
    const names: Array<string> = []
    for await (const { name } of spotify.run((client) => client.me.topTracks(), { session })) {
      names.push(name)
      if (names.length === 10) {
        break
      }
    }
    return Response.json(names)
  })
)

const port = Number(process.env["PORT"] ?? 8888)
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => console.log("listening"))
process.once("SIGTERM", () => server.close(() => void spotify.dispose()))
