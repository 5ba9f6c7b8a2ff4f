// run: by hand, a server; walk.ts runs it against the emulator
/** A web app on Express 5. Who opens /me without a session is sent to Spotify, and comes back here. */
import { SpotifyRuntime } from "effect-spotify"
import { NodeLogin, NodeSpotify } from "effect-spotify/node"
import express from "express"

const spotify = SpotifyRuntime.make(
  NodeSpotify.layerWebServer({ scopes: ["user-read-private", "user-top-read"], afterLogin: "/me" })
)
const login = NodeLogin.make(spotify)

const app = express()

app.use(login.routes)

app.get("/", (_, response) => {
  response.send(`<a href="/me">Your account</a>`)
})

app.get("/me", async (request, response) => {
  const session = await login.sessionOf(request)
  const me = await spotify.run((client) => client.me.profile, { session })
  response.type("text").send(`Hello ${me.display_name ?? me.id}`)
})

app.get("/top", async (request, response) => {
  const session = await login.sessionOf(request)
  const names: Array<string> = []
  for await (const { name } of spotify.run((client) => client.me.topTracks(), { session })) {
    names.push(name)
    if (names.length === 10) {
      break
    }
  }
  response.json(names)
})

app.use(login.orLogIn)

const port = Number(process.env["PORT"] ?? 8888)
const server = app.listen(port, "127.0.0.1", () => console.log("listening"))
process.once("SIGTERM", () => server.close(() => void spotify.dispose()))
