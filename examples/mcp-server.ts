/**
 * An MCP server over stdio. With the login of `effect-spotify login`, an assistant searches, reads the library and
 * looks at the player. With --allow-changes it also plays, pauses and adds to playlists.
 *
 *     npx tsx examples/mcp-server.ts [--allow-changes] [--profile NAME] [--state-dir DIRECTORY]
 *
 * Each call asks the command `effect-spotify`, which must be on the PATH, for a token, so a login or a logout
 * counts at once. "Assistants" in docs/command-line.md says which of Spotify's policies apply.
 */
// run: by hand, an assistant starts it and ends it
import { McpServer, Tool, Toolkit } from "@effect/ai"
import { NodeContext, NodeRuntime, NodeSink, NodeStream } from "@effect/platform-node"
import * as Command from "@effect/platform/Command"
import { SessionService, SpotifyClient, SpotifyConfig, SpotifyId, SpotifyUri } from "effect-spotify"
import type { SpotifyError } from "effect-spotify"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const allowsChanges = process.argv.includes("--allow-changes")
const options = process.argv.slice(2).filter((argument) => argument !== "--allow-changes")

const Text = Schema.optional(Schema.NullOr(Schema.String))
const Entry = Schema.Struct({ name: Text, uri: Text, by: Schema.optional(Schema.String) })
const Entries = Schema.Struct({ entries: Schema.Array(Entry) })
const Done = Schema.Struct({ done: Schema.Boolean })
const Playing = Schema.Struct({
  playing: Schema.Boolean,
  item: Schema.optional(Entry),
  devices: Schema.Array(Schema.Struct({ id: Text, name: Text }))
})

const tool = <Name extends string, P extends Schema.Struct.Fields, S extends Schema.Schema.Any>(
  name: Name,
  description: string,
  parameters: P,
  success: S
) =>
  Tool.make(name, {
    description,
    parameters,
    success,
    failure: Schema.Struct({ message: Schema.String, retryAt: Schema.optional(Schema.String) })
  }).annotate(Tool.Destructive, false)

const Reading = Toolkit.make(
  tool(
    "search",
    "Searches Spotify's catalogue. Returns up to 10 of each type, best match first.",
    {
      query: Schema.NonEmptyString,
      types: Schema.NonEmptyArray(Schema.Literal("album", "artist", "playlist", "track"))
    },
    Entries
  ).annotate(Tool.Readonly, true),
  tool(
    "library",
    "Lists the user's saved tracks, newest first, or the playlists that the user owns or follows.",
    {
      list: Schema.Literal("tracks", "playlists"),
      limit: Schema.optional(Schema.Int.pipe(Schema.between(1, 50))),
      offset: Schema.optional(Schema.NonNegativeInt)
    },
    Entries
  ).annotate(Tool.Readonly, true),
  tool("player", "Tells what is playing, and which devices there are.", {}, Playing).annotate(
    Tool.Readonly,
    true
  )
)

const Everything = Toolkit.merge(
  Reading,
  Toolkit.make(
    tool(
      "play",
      "Plays a track, an episode, an album, an artist or a playlist, or resumes without a URI.",
      { uri: Schema.optional(SpotifyUri.FromString), device: Schema.optional(Schema.String) },
      Done
    ),
    tool("pause", "Pauses playback.", {}, Done),
    tool(
      "add_to_playlist",
      "Adds tracks and episodes to the end of a playlist of the user.",
      { playlist: SpotifyId.FromString("playlist"), uris: Schema.NonEmptyArray(SpotifyUri.FromString) },
      Done
    )
  )
)

class NoToken extends Schema.TaggedError<NoToken>()("NoToken", { message: Schema.String }) {}

const decodeToken = Schema.decode(
  Schema.parseJson(Schema.Struct({ access_token: Schema.Redacted(Schema.String) }))
)

/** A token of the command line's session. */
const accessToken = Effect.gen(function* () {
  const command = yield* Command.start(Command.make("effect-spotify", "token", "--json", ...options))
  const text = (stream: typeof command.stdout) => Stream.mkString(Stream.decodeText(stream))
  const [code, stdout, stderr] = yield* Effect.all(
    [command.exitCode, text(command.stdout), text(command.stderr)],
    { concurrency: "unbounded" }
  )
  return code === 0
    ? (yield* decodeToken(stdout)).access_token
    : yield* new NoToken({ message: stderr.trim() })
}).pipe(
  Effect.scoped,
  Effect.provide(NodeContext.layer),
  // The messages of other errors could quote the token
  Effect.catchIf(
    (error) => error._tag !== "NoToken",
    () => new NoToken({ message: "`effect-spotify token` cannot be run: is the command on the PATH?" })
  )
)

type Text = string | null | undefined

interface Item {
  readonly name?: Text
  readonly uri?: Text
  readonly artists?: ReadonlyArray<{ readonly name?: Text }> | undefined
}

const entry = ({ artists, name, uri }: Item): typeof Entry.Type => ({
  name,
  uri,
  by: artists?.map(({ name }) => name).join(", ")
})

const HandlersLayer = Everything.toLayer(
  Effect.gen(function* () {
    // The client of a token keeps what it knows of rate limits. It fails early: an assistant should not wait
    const clients = yield* LayerMap.make(
      (token: Redacted.Redacted<string>) =>
        SpotifyClient.layer({ maxRateLimitWait: "5 seconds" }).pipe(
          Layer.provide(SessionService.layerAccessToken(token))
        ),
      { idleTimeToLive: "1 hour" }
    )
    const call = <A>(use: (spotify: SpotifyClient.Service) => Effect.Effect<A, SpotifyError.SpotifyError>) =>
      Effect.flatMap(accessToken, (token) =>
        Effect.provide(SpotifyClient.SpotifyClient.use(use), clients.get(token))
      ).pipe(
        Effect.tapError((error) => Effect.logWarning(error.message)),
        Effect.mapError((error) => ({
          message: error.message,
          retryAt: "retryAt" in error && error.retryAt ? DateTime.formatIso(error.retryAt) : undefined
        }))
      )
    const done = Effect.as({ done: true })

    return {
      search: ({ query, types }) =>
        Effect.map(
          call(({ search }) => search(query, { types, limit: 10 })),
          (found) => ({ entries: Object.values(found).flatMap(({ items }) => items.map(entry)) })
        ),
      library: ({ list, ...page }) =>
        call(({ library, playlists }) =>
          list === "playlists"
            ? Effect.map(playlists.minePage(page), ({ items }) => items.map(entry))
            : Effect.map(library.savedTracksPage(page), ({ items }) => items.map(({ track }) => entry(track)))
        ).pipe(Effect.map((entries) => ({ entries }))),
      player: () =>
        call(({ player }) => Effect.all([player.state(), player.devices])).pipe(
          Effect.map(([state, devices]) => {
            const { is_playing, item } = Option.getOrElse(state, () => ({ is_playing: false, item: null }))
            return {
              playing: is_playing === true,
              item: item ? entry(item) : undefined,
              devices: devices.map(({ id, name }) => ({ id, name }))
            }
          })
        ),
      play: ({ device: device_id, uri }) => {
        const what = uri && (/^spotify:(track|episode):/.test(uri) ? { uris: [uri] } : { context_uri: uri })
        return call(({ player }) => player.play({ device_id, ...what })).pipe(done)
      },
      pause: () => call(({ player }) => player.pause()).pipe(done),
      add_to_playlist: ({ playlist, uris }) =>
        call(({ playlists }) => playlists.add(playlist, uris)).pipe(done)
    }
  })
)

const stdio = { name: "effect-spotify", version: "1.0.0", stdin: NodeStream.stdin, stdout: NodeSink.stdout }

// The token and the client id are the command's
const clientId = Config.succeed("effect-spotify")
const apiUrl = Config.withDefault(Config.string("SPOTIFY_API_URL"), SpotifyConfig.apiUrl)

const ToolsLayer = allowsChanges ? McpServer.toolkit(Everything) : McpServer.toolkit(Reading)

const ServerLayer = ToolsLayer.pipe(
  Layer.provide(McpServer.layerStdio(stdio)),
  // Built first: a wrong setting ends the program before it reads standard input
  Layer.provide(HandlersLayer),
  Layer.provide([SpotifyConfig.layerConfig({ clientId, apiUrl }), NodeTransport.layer()])
)

Layer.launch(ServerLayer).pipe(
  Effect.tapErrorCause(Effect.logError),
  // Standard output is the protocol's
  Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
)
