import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { Client } from "pg"
import * as ServerProcess from "./serverProcess.js"

export interface PostgresServer extends ServerProcess.ServerProcess {
  /** `postgres://postgres@127.0.0.1:<port>/postgres` */
  readonly url: string
  /** One statement over a connection of its own, for a test to look behind the store. */
  readonly query: (
    statement: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Record<string, unknown>>>
}

/** One statement over a connection that ends with it. */
export const query = (
  url: string,
  statement: string,
  parameters: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, Error> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
      client.on("error", () => {})
      return client
    }),
    (client) =>
      Effect.tryPromise({
        try: () => client.connect().then(() => client.query(statement, [...parameters])),
        catch: (cause) => cause as Error
      }),
    (client) => Effect.promise(() => client.end().catch(() => {}))
  ).pipe(Effect.map((result) => result.rows as ReadonlyArray<Record<string, unknown>>))

const versions = "/usr/lib/postgresql"

const newest = Fs.existsSync(versions)
  ? Fs.readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0]
  : undefined

/** Whether this machine has the programs. In CI tests run, and fail, without them. */
export const available: boolean = newest !== undefined || process.env["CI"] === "true"

if (!available) {
  console.warn(`PostgreSQL is not installed below ${versions}: the tests that need it are left out`)
}

/**
 * A PostgreSQL of one's own on a free port, which ends with the scope. `settings` are those of
 * `postgresql.conf`, for instance `{ default_transaction_isolation: "serializable" }`. It does not wait for
 * the disk (`fsync` is off), which only a power cut would show.
 */
export const make = (
  options: { readonly settings?: Readonly<Record<string, string>> } = {}
): Effect.Effect<PostgresServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* ServerProcess.freePort
    // It refuses to run as root, so there it runs as the user that its package made
    const { directory, spawn } = yield* ServerProcess.directoryOf("postgres")
    const bin = `${versions}/${newest}/bin`
    const data = `${directory}/data`
    yield* ServerProcess.run(
      `${bin}/initdb`,
      ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
      spawn
    )
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: directory,
      fsync: "off",
      ...options.settings
    }
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    const server = yield* ServerProcess.make({
      port,
      command: `${bin}/postgres`,
      args: [
        "-D",
        data,
        "-p",
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
      ],
      spawn,
      // Fast shutdown: it does not wait for the clients
      stopSignal: "SIGINT",
      probe: query(url, "select 1")
    })
    return {
      ...server,
      url,
      query: (statement, parameters) => Effect.orDie(query(url, statement, parameters))
    }
  })
