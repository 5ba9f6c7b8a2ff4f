// run: by hand, a part of a Next.js app; walk.ts runs it against the emulator
import { login } from "../../../spotify.js"

const handle = async (request: Request) =>
  (await login.handle(request)) ?? new Response("Not found", { status: 404 })

export { handle as GET, handle as POST }
