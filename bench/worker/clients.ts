// Every client of the benchmarks behind one interface: those for Node, and those over fetch.
import { NodeTransport } from "effect-spotify/node"
import { createRequire } from "node:module"
import * as Undici from "undici"
import * as WebClients from "./webClients.js"
import { type Client, headers, ids, ours, pathOf, succeeded } from "./webClients.js"

const load = createRequire(import.meta.url)

interface Builder {
  readonly withScheme: (scheme: string) => Builder
  readonly withHost: (host: string) => Builder
  readonly withPort: (port: number) => Builder
}

const webApiNode = async (base: string): Promise<Client> => {
  const { hostname, port } = new URL(base)
  for (const file of ["authentication-request", "webapi-request"]) {
    const module = load(`spotify-web-api-node/src/${file}`) as { builder: (token?: string) => Builder }
    const { builder } = module
    module.builder = (token) => builder(token).withScheme("http").withHost(hostname).withPort(Number(port))
  }
  const { default: SpotifyWebApi } = await import("spotify-web-api-node")
  const api = new SpotifyWebApi({ accessToken: "token-0", clientId: "client", clientSecret: "secret" })
  const [id = ""] = ids(1)
  const requests: Record<string, () => Promise<unknown>> = {
    "2KB": () => api.getTrack(id),
    "60KB": () => api.getAlbum(id),
    "160KB": () => api.getMySavedTracks({ limit: 60, market: "SE" })
  }
  return {
    request: async (size) => {
      await requests[size]?.()
      return 1
    },
    page: async () => {
      let offset = 0
      for (;;) {
        const { body } = await api.getMySavedTracks({ limit: 50, offset })
        offset += body.items.length
        if (body.next === null || body.items.length === 0) return offset
      }
    },
    stampede: (count) => {
      const stale = new SpotifyWebApi({ accessToken: "stale", clientId: "client", clientSecret: "secret" })
      return succeeded(ids(Number(count)).map((track) => stale.getTrack(track)))
    }
  }
}

const undiciRequest = async (base: string): Promise<Client> => {
  const dispatcher = new Undici.Agent({ connections: 64 })
  return {
    request: async (size) => {
      const { body } = await Undici.request(base + pathOf[size], { headers, dispatcher })
      JSON.parse(await body.text())
      return 1
    }
  }
}

/** The least that a request can cost: undici's handler, by itself, and JSON.parse. */
const floor = async (base: string): Promise<Client> => {
  const dispatcher = new Undici.Agent({ connections: 64 })
  return {
    request: (size) =>
      new Promise((resolve, reject) => {
        const chunks: Array<Buffer> = []
        dispatcher.dispatch(
          { origin: base, path: pathOf[size] ?? "", method: "GET", headers },
          {
            onRequestStart: () => {},
            onResponseData: (_, chunk) => void chunks.push(chunk),
            onResponseEnd: () => {
              JSON.parse(Buffer.concat(chunks).toString())
              resolve(1)
            },
            onResponseError: (_, cause) => reject(cause)
          }
        )
      })
  }
}

const makers: Record<string, (base: string) => Promise<Client>> = {
  ...WebClients.makers,
  "effect-spotify": (base) => ours(base, NodeTransport.layer()),
  "effect-spotify, development": (base) => ours(base, NodeTransport.layer(), "development"),
  "effect-spotify, batching": (base) => ours(base, NodeTransport.layer(), "extended", true),
  "spotify-web-api-node": webApiNode,
  "undici.request": undiciRequest,
  "undici dispatch": floor
}

export const make = (name: string, base: string): Promise<Client> => {
  const maker = makers[name]
  if (maker === undefined) throw new Error(`no client ${name}`)
  return maker(base)
}
