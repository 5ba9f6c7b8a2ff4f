// run: by hand, a part of a Next.js app; walk.ts runs it against the emulator
import { login, spotify } from "../../spotify.js"

export const GET = (request: Request) =>
  login.withSession(request, async (session) => {
    const me = await spotify.run((client) => client.me.profile, { session, signal: request.signal })
    return new Response(`Hello ${me.display_name ?? me.id}`)
  })
