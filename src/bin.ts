#!/usr/bin/env node
/**
 * The command line: `effect-spotify emulator` serves the emulated Spotify until it is told to end.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { parseArgs } from "node:util"
import * as Catalogue from "./emulator/Catalogue.js"
import * as CatalogueFile from "./emulator/catalogueFile.js"
import { inUrl, isLoopback } from "./emulator/ownPage.js"
import * as SpotifyEmulator from "./emulator/SpotifyEmulator.js"

/** `@effect/platform-node` is an optional peer, so it may be missing, and Node's own words for that help nobody. */
const platform = await Promise.all([
  import("@effect/platform-node/NodeHttpServer"),
  import("@effect/platform-node/NodeRuntime")
]).catch((cause: unknown) => {
  const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND"
  process.stderr.write(
    missing
      ? "effect-spotify: the command needs @effect/platform-node, which is not installed here. Install it in the same project (npm install @effect/platform-node@0.108), or run both at once: npx -p effect-spotify -p @effect/platform-node@0.108 effect-spotify emulator\n"
      : `effect-spotify: ${String(cause)}\n`
  )
  return process.exit(1)
})

const [NodeHttpServer, NodeRuntime] = platform

const usage = `Usage: effect-spotify emulator [options]

Serves an emulated Spotify: accounts service, Web API and fault controls. When it is ready it prints one
line of JSON with all the addresses; SIGTERM or SIGINT ends it. A page for people is at /.

Options:
  --port N                        the port; 0 for a free one (default 4010)
  --host ADDRESS                  the address to listen on (default 127.0.0.1)
  --mode development|extended     which Web API there is (default extended)
  --allow-host NAME               one more name that the pages and controls answer to; may be repeated
  --consent automatic|form        whether /authorize asks on a page (default automatic)
  --catalogue FILE                what there is to find, from JSON (see docs/emulator.md)
  --log                           one line on stderr for each request
  --help                          print this text
`

interface Arguments {
  readonly port: number
  readonly host: string
  readonly allowedHosts: ReadonlyArray<string>
  readonly mode: "development" | "extended"
  readonly consent: "automatic" | "form"
  readonly catalogue: string | undefined
  readonly log: boolean
}

type Command = { readonly _tag: "Help" } | { readonly _tag: "Emulator"; readonly arguments: Arguments }

const oneOf = <A extends string>(
  name: string,
  value: string,
  allowed: ReadonlyArray<A>
): Either.Either<A, string> => {
  const found = allowed.find((item) => item === value)
  return found === undefined
    ? Either.left(`--${name} must be ${allowed.join(" or ")}, not ${JSON.stringify(value)}`)
    : Either.right(found)
}

const readPort = (value: string): Either.Either<number, string> =>
  /^\d{1,5}$/.test(value) && Number(value) <= 65_535
    ? Either.right(Number(value))
    : Either.left(`--port must be a number from 0 to 65535, not ${JSON.stringify(value)}`)

const parse = (args: ReadonlyArray<string>) =>
  Either.try({
    try: () =>
      parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          port: { type: "string", default: "4010" },
          host: { type: "string", default: "127.0.0.1" },
          "allow-host": { type: "string", multiple: true, default: [] },
          mode: { type: "string", default: "extended" },
          consent: { type: "string", default: "automatic" },
          catalogue: { type: "string" },
          log: { type: "boolean", default: false },
          help: { type: "boolean", short: "h", default: false }
        }
      }),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })

const readCommand = (args: ReadonlyArray<string>): Either.Either<Command, string> =>
  Either.gen(function* () {
    const { positionals, values } = yield* parse(args)
    if (values.help) {
      return { _tag: "Help" }
    }
    const [command, ...rest] = positionals
    if (command !== "emulator" || rest.length > 0) {
      const given = rest.length > 0 ? rest.join(" ") : command
      return yield* Either.left(given === undefined ? "a command is missing" : `unknown argument: ${given}`)
    }
    return {
      _tag: "Emulator",
      arguments: {
        port: yield* readPort(values.port),
        host: values.host,
        allowedHosts: values["allow-host"],
        mode: yield* oneOf("mode", values.mode, ["development", "extended"]),
        consent: yield* oneOf("consent", values.consent, ["automatic", "form"]),
        catalogue: values.catalogue,
        log: values.log
      }
    }
  })

/** The invented music has this word all over it; of other music, any track's name will do. */
const searchText = (catalogue: Catalogue.Catalogue): string | undefined =>
  catalogue.tracks[0]?.id === Catalogue.invented.tracks[0]?.id ? "lumen" : catalogue.tracks[0]?.name

/** All that a program needs to use this emulator, for it to read from the first line of the output. */
const announcement = (emulator: SpotifyEmulator.Service): string => {
  const origin = emulator.accountsUrl
  const { albums, artists, tracks } = emulator.catalogue
  return JSON.stringify({
    ready: true,
    accountsUrl: emulator.accountsUrl,
    apiUrl: emulator.apiUrl,
    clientId: emulator.apps.confidential.clientId,
    // The secret of an app that exists only here
    clientSecret: Redacted.value(emulator.apps.confidential.clientSecret),
    publicClientId: emulator.apps.public.clientId,
    redirectUri: emulator.redirectUri,
    ids: { track: tracks[0]?.id, album: albums[0]?.id, artist: artists[0]?.id },
    page: `${origin}/`,
    search: searchText(emulator.catalogue),
    users: emulator.catalogue.users.map((user) => user.id),
    controls: {
      expireAccessTokens: `POST ${origin}/_control/expire-access-tokens`,
      rateLimitNext: `POST ${origin}/_control/rate-limit-next`,
      revokeGrant: `POST ${origin}/_control/revoke-grant`,
      rotation: `POST ${origin}/_control/rotation {"mode":"always"}`
    }
  })
}

/** Read at once: after the announcement the parent may be gone before it is looked at. */
const parent = process.ppid

/**
 * `npm run` passes a signal to the shell that it started, which ends without telling what it started in turn.
 * So under npm the end of the parent is the end.
 */
const orphaned = Effect.gen(function* () {
  const script = yield* Config.option(Config.string("npm_lifecycle_event"))
  if (Option.isNone(script)) {
    return yield* Effect.never
  }
  return yield* Effect.void.pipe(
    Effect.repeat(
      Schedule.spaced("100 millis").pipe(
        Schedule.whileOutput(() => process.ppid === parent),
        Schedule.asVoid
      )
    )
  )
})

const readCatalogue = (path: string): Effect.Effect<Catalogue.Catalogue, string> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`
  }).pipe(
    Effect.flatMap((text) =>
      Either.mapLeft(CatalogueFile.fromJson(text), (error) => `${path}: ${error.message}`)
    )
  )

const logLine = ({
  at,
  faults,
  method,
  path,
  query,
  status,
  target
}: SpotifyEmulator.RequestRecord): Effect.Effect<void> =>
  Console.error(
    [
      DateTime.formatIso(DateTime.unsafeMake(at)),
      target,
      method,
      query === "" ? path : `${path}?${query}`,
      status === 0 ? "no answer" : status,
      ...faults.map((kind) => `(${kind})`)
    ].join(" ")
  )

const exit = (code: number) =>
  Effect.sync(() => {
    process.exitCode = code
  })

/** A name may stand for any address, so what counts is where the server has come to listen. */
const warnOfNetwork = (bound: ReturnType<Server["address"]>): Effect.Effect<void> =>
  typeof bound !== "object" || bound === null || isLoopback(inUrl(bound.address))
    ? Effect.void
    : Console.error(
        `effect-spotify: warning: the emulator listens on ${bound.address}, so whoever reaches this machine over the network can use it with its tokens, its page and its controls. Without --host it is for this machine only.`
      )

const emulator = Effect.fnUntraced(
  function* ({ allowedHosts, catalogue, consent, host, log, mode, port }: Arguments) {
    const options = {
      allowedHosts: [inUrl(host), ...allowedHosts],
      consent,
      quotaMode: mode,
      catalogue: catalogue === undefined ? undefined : yield* readCatalogue(catalogue),
      onRequest: log ? logLine : undefined
    }
    const server = createServer()
    const ServerLayer = SpotifyEmulator.layerServer(options).pipe(
      Layer.provide(NodeHttpServer.layerServer(() => server, { host, port }))
    )
    yield* Effect.gen(function* () {
      // Closing waits for connections in use, and a client may keep one open as long as it likes
      yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      yield* warnOfNetwork(server.address())
      yield* Console.log(announcement(yield* SpotifyEmulator.SpotifyEmulator))
      return yield* orphaned
    }).pipe(
      Effect.scoped,
      Effect.provide(ServerLayer),
      Effect.catchTag("ServeError", (error) =>
        Effect.fail(
          `cannot listen on ${host} port ${port}: ${error.cause instanceof Error ? error.cause.message : String(error.cause)}`
        )
      )
    )
  },
  Effect.catchAll((problem) =>
    Effect.zipRight(Console.error(typeof problem === "string" ? problem : String(problem)), exit(1))
  )
)

const main = Either.match(readCommand(process.argv.slice(2)), {
  onLeft: (message) => Effect.zipRight(Console.error(`${message}\n\n${usage}`), exit(2)),
  onRight: (command) => (command._tag === "Help" ? Console.log(usage) : emulator(command.arguments))
})

NodeRuntime.runMain(main)
