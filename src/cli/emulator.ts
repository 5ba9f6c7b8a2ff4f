import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import Process from "node:process"
import { parseArgs } from "node:util"
import * as Catalogue from "../emulator/Catalogue.js"
import * as CatalogueFile from "../emulator/catalogueFile.js"
import { describe } from "../emulator/describe.js"
import { inUrl, isLoopback } from "../emulator/ownPage.js"
import * as SpotifyEmulator from "../emulator/SpotifyEmulator.js"
import * as ChildCommand from "../node/childCommand.js"

const usage = `Usage: effect-spotify emulator [options] [-- command]

Serves an emulated Spotify: accounts service, Web API and fault controls. When it is ready it prints one
line of JSON with all addresses. SIGTERM or SIGINT ends it. The status page is at /.

With a command, such as "-- npm start", it runs the command with SPOTIFY_CLIENT_ID and the other variables set,
and exits when the command does, with its exit code.

Options:
  --port N                        the port; 0 for a free one (default 4010, and a free one with a command)
  --host ADDRESS                  the address to listen on (default 127.0.0.1)
  --mode development|extended     which Web API to emulate (default extended)
  --allow-host NAME               another name that the pages and controls answer to; may be repeated
  --consent automatic|form        whether /authorize shows a consent page (default automatic)
  --catalogue FILE                the content, from JSON (see docs/emulator.md)
  --log                           one line on stderr for each request
  --env                           do not serve; print the variables for an emulator at --host and --port, for
                                  eval "$(effect-spotify emulator --env)"
  --describe                      do not serve; print the users, their libraries and the catalogue's content
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
  /** The command to run with the emulator. */
  readonly command: readonly [string, ...ReadonlyArray<string>] | undefined
}

type Command =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Variables"; readonly host: string; readonly port: number }
  | { readonly _tag: "Description"; readonly catalogue: string | undefined }
  | { readonly _tag: "Emulator"; readonly arguments: Arguments }

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
          port: { type: "string" },
          host: { type: "string", default: "127.0.0.1" },
          "allow-host": { type: "string", multiple: true, default: [] },
          mode: { type: "string", default: "extended" },
          consent: { type: "string", default: "automatic" },
          catalogue: { type: "string" },
          log: { type: "boolean", default: false },
          env: { type: "boolean", default: false },
          describe: { type: "boolean", default: false },
          help: { type: "boolean", short: "h", default: false }
        }
      }),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })

/** Everything after `--`, if present. */
const readProgram = (args: ReadonlyArray<string>): Either.Either<Arguments["command"], string> => {
  const [file, ...rest] = args.slice(1)
  return file !== undefined
    ? Either.right([file, ...rest])
    : args.length === 0
      ? Either.right(undefined)
      : Either.left("a command is missing behind --")
}

const readCommand = (args: ReadonlyArray<string>): Either.Either<Command, string> =>
  Either.gen(function* () {
    const end = args.includes("--") ? args.indexOf("--") : args.length
    const { positionals, values } = yield* parse(args.slice(0, end))
    if (values.help) {
      return { _tag: "Help" }
    }
    const [name, ...rest] = positionals
    if (name !== "emulator" || rest.length > 0) {
      const given = rest.length > 0 ? rest.join(" ") : name
      return yield* Either.left(given === undefined ? "a command is missing" : `unknown argument: ${given}`)
    }
    const command = yield* readProgram(args.slice(end))
    const port = yield* readPort(values.port ?? (command === undefined ? "4010" : "0"))
    if (values.env || values.describe) {
      if (command !== undefined || (values.env && (values.describe || port === 0))) {
        return yield* Either.left(
          "--env and --describe serve nothing: give one of them, no command, and no port 0"
        )
      }
      return values.env
        ? { _tag: "Variables", host: values.host, port }
        : { _tag: "Description", catalogue: values.catalogue }
    }
    return {
      _tag: "Emulator",
      arguments: {
        port,
        host: values.host,
        allowedHosts: values["allow-host"],
        mode: yield* oneOf("mode", values.mode, ["development", "extended"]),
        consent: yield* oneOf("consent", values.consent, ["automatic", "form"]),
        catalogue: values.catalogue,
        log: values.log,
        command
      }
    }
  })

/** A variable that the user has set to a non-empty text. */
const given = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.nonEmptyString(name)).pipe(Effect.orDie, Effect.map(Option.getOrUndefined))

/**
 * The variables that make a program use the emulator. A redirect URI that the user set is kept, since the
 * program listens there. So is a secret for its cookies. A generated secret is random, so that a program that
 * serves real users by mistake has no publicly known one.
 */
const variables = Effect.fnUntraced(function* (urls: {
  readonly accountsUrl: string
  readonly apiUrl: string
}) {
  const { apps, redirectUri } = SpotifyEmulator.builtIn
  return {
    SPOTIFY_ACCOUNTS_URL: urls.accountsUrl,
    SPOTIFY_API_URL: urls.apiUrl,
    SPOTIFY_CLIENT_ID: apps.confidential.clientId,
    // The secret of an app that exists only here
    SPOTIFY_CLIENT_SECRET: Redacted.value(apps.confidential.clientSecret),
    SPOTIFY_REDIRECT_URI: (yield* given("SPOTIFY_REDIRECT_URI")) ?? redirectUri,
    SPOTIFY_COOKIE_SECRETS:
      (yield* given("SPOTIFY_COOKIE_SECRETS")) ??
      (yield* Effect.sync(() => randomBytes(32).toString("base64")))
  }
})

/** A shell takes everything in single quotes literally, except single quotes. */
const shellLines = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
    .join("\n")

/** The invented music contains this word everywhere. Other catalogues use the name of any track. */
const searchText = (catalogue: Catalogue.Catalogue): string | undefined =>
  catalogue.tracks[0]?.id === Catalogue.invented.tracks[0]?.id ? "lumen" : catalogue.tracks[0]?.name

/** Everything that a program needs to use this emulator, as the first line of the output. */
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

/** Read at once, since the parent may already be gone after the announcement. */
const parent = Process.ppid

/**
 * `npm run` passes a signal to the shell that it started, and the shell exits without passing it on. So under
 * npm the emulator ends when its parent does.
 */
const orphaned = Effect.gen(function* () {
  const script = yield* Config.option(Config.string("npm_lifecycle_event"))
  if (Option.isNone(script)) {
    return yield* Effect.never
  }
  return yield* Effect.void.pipe(
    Effect.repeat(
      Schedule.spaced("100 millis").pipe(
        Schedule.whileOutput(() => Process.ppid === parent),
        Schedule.asVoid
      )
    )
  )
})

const readCatalogue = (path: string | undefined): Effect.Effect<Catalogue.Catalogue, string> =>
  path === undefined
    ? Effect.succeed(Catalogue.invented)
    : Effect.tryPromise({
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
    Process.exitCode = code
  })

/** A host name may resolve to any address, so this checks the address that the server actually listens on. */
const warnOfNetwork = (bound: ReturnType<Server["address"]>): Effect.Effect<void> =>
  typeof bound !== "object" || bound === null || isLoopback(inUrl(bound.address))
    ? Effect.void
    : Console.error(
        `effect-spotify: warning: the emulator listens on ${bound.address}, so whoever reaches this machine over the network can use it with its tokens, its page and its controls. Without --host it is for this machine only.`
      )

const emulator = Effect.fnUntraced(function* ({
  allowedHosts,
  catalogue,
  command,
  consent,
  host,
  log,
  mode,
  port
}: Arguments) {
  const registered = yield* given("SPOTIFY_REDIRECT_URI")
  const options = {
    allowedHosts: [inUrl(host), ...allowedHosts],
    consent,
    quotaMode: mode,
    catalogue: yield* readCatalogue(catalogue),
    redirectUris: registered === undefined ? [] : [registered],
    onRequest: log ? logLine : undefined
  }
  const server = createServer()
  const ServerLayer = SpotifyEmulator.layerServer(options).pipe(
    Layer.provide(NodeHttpServer.layerServer(() => server, { host, port }))
  )
  yield* Effect.gen(function* () {
    // Closing waits for connections in use, and a client may keep one open indefinitely
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    yield* warnOfNetwork(server.address())
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    if (command === undefined) {
      yield* Console.log(announcement(emulator))
      return yield* orphaned
    }
    yield* Console.error(`effect-spotify: the emulator's page is ${emulator.accountsUrl}/`)
    return yield* ChildCommand.run(command, {
      variables: yield* variables(emulator),
      stop: Effect.orDie(orphaned)
    }).pipe(
      Effect.catchAll((problem) => Effect.as(Console.error(`effect-spotify: ${problem}`), 127)),
      Effect.flatMap(exit),
      Effect.uninterruptible
    )
  }).pipe(
    Effect.scoped,
    Effect.provide(ServerLayer),
    Effect.catchTag("ServeError", (error) =>
      Effect.fail(
        `cannot listen on ${host} port ${port}: ${error.cause instanceof Error ? error.cause.message : String(error.cause)}`
      )
    )
  )
})

const runCommand = (command: Command) => {
  switch (command._tag) {
    case "Help":
      return Console.log(usage)
    case "Variables":
      return Effect.flatMap(
        variables(SpotifyEmulator.urlsAt(inUrl(command.host), command.port)),
        (variables) => Console.log(shellLines(variables))
      )
    case "Description":
      return Effect.flatMap(readCatalogue(command.catalogue), (catalogue) => Console.log(describe(catalogue)))
    case "Emulator":
      return emulator(command.arguments)
  }
}

/** `effect-spotify emulator` with its arguments. */
export const main = (args: ReadonlyArray<string>) =>
  Either.match(readCommand(args), {
    onLeft: (message) => Effect.zipRight(Console.error(`${message}\n\n${usage}`), exit(2)),
    onRight: (command) =>
      Effect.catchAll(runCommand(command), (problem) =>
        Effect.zipRight(Console.error(typeof problem === "string" ? problem : String(problem)), exit(1))
      )
  })
