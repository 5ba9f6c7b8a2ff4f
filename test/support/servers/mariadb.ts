import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { createConnection, type QueryError } from "mysql2"
import * as ServerProcess from "./serverProcess.js"

export interface MariadbServer extends ServerProcess.ServerProcess {
  /** `mysql://root@127.0.0.1:<port>/test` */
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
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, QueryError> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const connection = createConnection({ uri: url, connectTimeout: 5_000 })
      connection.on("error", () => {})
      return connection
    }),
    (connection) =>
      Effect.async<ReadonlyArray<Record<string, unknown>>, QueryError>((resume) => {
        connection.query(statement, [...parameters], (error: QueryError | null, rows: unknown) =>
          resume(
            error === null
              ? Effect.succeed(Array.isArray(rows) ? (rows as ReadonlyArray<Record<string, unknown>>) : [])
              : Effect.fail(error)
          )
        )
      }),
    (connection) => Effect.sync(() => connection.destroy())
  )

const program = "/usr/sbin/mariadbd"

/** Whether this machine has the program. In CI tests run, and fail, without them. */
export const available: boolean = Fs.existsSync(program) || process.env["CI"] === "true"

if (!available) {
  console.warn(`MariaDB is not installed at ${program}: the tests that need it are left out`)
}

/**
 * A MariaDB of one's own on a free port, which ends with the scope. `settings` are those of `my.cnf`, for
 * instance `{ "transaction-isolation": "SERIALIZABLE" }`. It does not wait for the disk, which only a power cut
 * would show.
 */
export const make = (
  options: { readonly settings?: Readonly<Record<string, string>> } = {}
): Effect.Effect<MariadbServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* ServerProcess.freePort
    // It refuses to run as root, so there it runs as the user that its package made
    const { directory, spawn } = yield* ServerProcess.directoryOf("mysql")
    const files = [`--datadir=${directory}/data`, `--tmpdir=${directory}`, "--innodb-log-file-size=8M"]
    yield* ServerProcess.run(
      "mariadb-install-db",
      [
        "--no-defaults",
        ...files,
        "--auth-root-authentication-method=normal",
        "--skip-name-resolve",
        "--skip-test-db"
      ],
      spawn
    )
    const settings = { "innodb-flush-log-at-trx-commit": "2", ...options.settings }
    const root = `mysql://root@127.0.0.1:${port}`
    const server = yield* ServerProcess.make({
      port,
      command: program,
      args: [
        "--no-defaults",
        ...files,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        `--socket=${directory}/socket`,
        `--pid-file=${directory}/pid`,
        "--innodb-buffer-pool-size=16M",
        ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
      ],
      spawn,
      stopSignal: "SIGTERM",
      probe: query(root, "create database if not exists test")
    })
    const url = `${root}/test`
    return {
      ...server,
      url,
      query: (statement, parameters) => Effect.orDie(query(url, statement, parameters))
    }
  })
