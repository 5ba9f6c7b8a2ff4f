// The loopback server of the benchmarks, in a process of its own: answers that are ready as bytes.
import * as Http from "node:http"
import * as Zlib from "node:zlib"
import * as Payloads from "../payloads.js"

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))

const bodies: Record<string, Buffer> = {
  "2KB": bytes(Payloads.track(1)),
  "60KB": bytes(Payloads.album),
  "160KB": bytes(Payloads.savedTracks(0, 60, 60))
}

const zipped = new Map<Buffer, Buffer>()

const zip = (body: Buffer): Buffer => {
  const known = zipped.get(body) ?? Zlib.gzipSync(body)
  zipped.set(body, known)
  return known
}

/** What a benchmark tells the server before it begins. */
export interface Setting {
  /** How long each answer takes, in milliseconds. */
  readonly latency: number
  readonly tokenLatency: number
  readonly gzip: boolean
  /** How many saved tracks there are. */
  readonly total: number
  /** Only tokens that this server made are taken. */
  readonly checkToken: boolean
  /** Whether the next token that is issued is refused when it is used. */
  readonly revokeNext: boolean
}

let setting: Setting = {
  latency: 0,
  tokenLatency: 0,
  gzip: false,
  total: 10_000,
  checkToken: false,
  revokeNext: false
}
let counts = { api: 0, token: 0, refused: 0 }
const pages = new Map<string, Buffer>()

const page = (offset: number, limit: number): Buffer => {
  // Far on the same pages come again, as the texts of a hundred thousand would fill the memory
  const near = offset % 10_000
  const key = `${near}/${limit}/${setting.total}/${offset + limit >= setting.total}`
  const count = Math.max(0, Math.min(limit, setting.total - offset))
  const known = pages.get(key) ?? bytes(Payloads.savedTracks(offset, count, setting.total))
  pages.set(key, known)
  return offset === near
    ? known
    : Buffer.from(known.toString().replace(/"offset":\d+,/, `"offset":${offset},`))
}

const answerOf = (url: URL): Buffer => {
  const ids = url.searchParams.get("ids")
  const path = url.pathname.replace(/^\/v1/, "")
  if (path.startsWith("/tracks/")) return bodies["2KB"] as Buffer
  if (path.startsWith("/albums/")) return bodies["60KB"] as Buffer
  if (path === "/me/tracks") {
    return url.searchParams.get("market") === "SE"
      ? (bodies["160KB"] as Buffer)
      : page(Number(url.searchParams.get("offset") ?? 0), Number(url.searchParams.get("limit") ?? 20))
  }
  if (ids !== null) return bytes({ artists: ids.split(",").map(Payloads.fullArtist) })
  return bytes(Payloads.fullArtist(path.split("/").at(-1) ?? ""))
}

const after = (ms: number, run: () => void) => {
  if (ms > 0) setTimeout(run, ms)
  else run()
}

let tokens = 0

/** What was issued and is refused all the same. */
let revoked: string | undefined

const server = Http.createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost")
  const json = (status: number, body: Buffer, headers: Record<string, string> = {}) => {
    const coded = setting.gzip && (request.headers["accept-encoding"] ?? "").includes("gzip")
    const sent = coded ? zip(body) : body
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": sent.length,
      ...(coded ? { "content-encoding": "gzip" } : {}),
      ...headers
    })
    response.end(sent)
  }
  request.resume()
  request.on("end", () => {
    if (url.pathname === "/api/token") {
      counts.token += 1
      tokens += 1
      const token = `token-${tokens}`
      if (setting.revokeNext) {
        revoked = token
        setting = { ...setting, revokeNext: false }
      }
      after(setting.tokenLatency, () =>
        json(
          200,
          bytes({
            access_token: token,
            token_type: "Bearer",
            expires_in: 3600,
            refresh_token: "refresh",
            scope: "user-library-read"
          })
        )
      )
      return
    }
    counts.api += 1
    const token = request.headers.authorization?.replace("Bearer ", "") ?? ""
    if (setting.checkToken && (token === revoked || !token.startsWith("token-"))) {
      counts.refused += 1
      after(setting.latency, () =>
        json(401, bytes({ error: { status: 401, message: "The access token expired" } }))
      )
      return
    }
    after(setting.latency, () => json(200, answerOf(url)))
  })
})

server.keepAliveTimeout = 60_000

process.on("message", (message: { readonly set?: Partial<Setting>; readonly id: number }) => {
  setting = { ...setting, ...message.set }
  process.send?.({ id: message.id, counts })
  counts = { api: 0, token: 0, refused: 0 }
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 })
})
