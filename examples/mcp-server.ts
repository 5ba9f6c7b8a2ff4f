/**
 * An MCP server over stdio. An assistant searches, reads the library and looks at the player as the user who is
 * logged in with `effect-spotify login`. With --allow-changes it also plays, pauses and adds to playlists.
 *
 *     npx tsx examples/mcp-server.ts [--allow-changes] [--profile NAME] [--state-dir DIRECTORY]
 *
 * It needs the command `effect-spotify` on the PATH, and asks it for a token at each call. So the session stays
 * the command's, wherever its key is kept, and a login or a logout counts at once. The section "Assistants" of
 * docs/command-line.md says which of Spotify's policies apply.
 */
// run: by hand, an assistant starts it and ends it
import { McpServer, Tool, Toolkit } from "@effect/ai"
import { NodeContext, NodeRuntime, NodeSink, NodeStream } from "@effect/platform-node"
import * as Command from "@effect/platform/Command"
import {
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  type SpotifyError,
  SpotifyId,
  SpotifyUri
} from "effect-spotify"
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

/** What happened, and when to try again if Spotify says so. */
const failure = Schema.Struct({ message: Schema.String, retryAt: Schema.optional(Schema.String) })

const Text = Schema.optional(Schema.NullOr(Schema.String))
const Entry = Schema.Struct({ name: Text, uri: Text, by: Schema.optional(Schema.String) })
const Entries = Schema.Struct({ entries: Schema.Array(Entry) })
const Done = Schema.Struct({ done: Schema.Boolean })

const Reading = Toolkit.make(
  Tool.make("search", {
    description: "Searches Spotify's catalogue. Returns up to 10 of each type, best match first.",
    parameters: {
      query: Schema.NonEmptyString,
      types: Schema.NonEmptyArray(Schema.Literal("album", "artist", "playlist", "track"))
    },
    success: Entries,
    failure
  }).annotate(Tool.Readonly, true),
  Tool.make("library", {
    description:
      "Lists the user's saved tracks, newest first, or the playlists that the user owns or follows.",
    parameters: {
      list: Schema.Literal("tracks", "playlists"),
      limit: Schema.optional(Schema.Int.pipe(Schema.between(1, 50))),
      offset: Schema.optional(Schema.NonNegativeInt)
    },
    success: Entries,
    failure
  }).annotate(Tool.Readonly, true),
  Tool.make("player", {
    description: "Tells what is playing, and which devices there are.",
    success: Schema.Struct({
      playing: Schema.Boolean,
      item: Schema.optional(Entry),
      devices: Schema.Array(Schema.Struct({ id: Text, name: Text }))
    }),
    failure
  }).annotate(Tool.Readonly, true)
)

const Changing = Toolkit.make(
  Tool.make("play", {
    description: "Plays a track, an episode, an album, an artist or a playlist, or resumes without a URI.",
    parameters: { uri: Schema.optional(SpotifyUri.FromString), device: Schema.optional(Schema.String) },
    success: Done,
    failure
  }).annotate(Tool.Destructive, false),
  Tool.make("pause", { description: "Pauses playback.", success: Done, failure }).annotate(
    Tool.Destructive,
    false
  ),
  Tool.make("add_to_playlist", {
    description: "Adds tracks and episodes to the end of a playlist of the user.",
    parameters: {
      playlist: SpotifyId.FromString("playlist"),
      uris: Schema.NonEmptyArray(SpotifyUri.FromString)
    },
    success: Done,
    failure
  }).annotate(Tool.Destructive, false)
)

const Everything = Toolkit.merge(Reading, Changing)

/** There is no token, and why. */
class NoToken extends Schema.TaggedError<NoToken>()("NoToken", { message: Schema.String }) {}

const decodeToken = Schema.decode(
  Schema.parseJson(Schema.Struct({ access_token: Schema.Redacted(Schema.String) }))
)

/** A token of the command line's session, good for some minutes at least. */
const accessToken = Effect.gen(function* () {
  const command = yield* Command.start(Command.make("effect-spotify", "token", "--json", ...options))
  const text = (stream: typeof command.stdout) => Stream.mkString(Stream.decodeText(stream))
  const [code, stdout, stderr] = yield* Effect.all(
    [command.exitCode, text(command.stdout), text(command.stderr)],
    { concurrency: "unbounded" }
  )
  if (code !== 0) {
    return yield* new NoToken({ message: stderr.trim() })
  }
  return (yield* decodeToken(stdout)).access_token
}).pipe(
  Effect.scoped,
  Effect.provide(NodeContext.layer),
  Effect.mapError((error) =>
    // The others' messages could quote the token
    error._tag === "NoToken"
      ? error
      : new NoToken({ message: "`effect-spotify token` cannot be run: is the command on the PATH?" })
  )
)

interface Item {
  readonly name?: string | null | undefined
  readonly uri?: string | null | undefined
  readonly artists?: ReadonlyArray<{ readonly name?: string | null | undefined }> | undefined
}

const entry = ({ artists, name, uri }: Item): typeof Entry.Type => ({
  name,
  uri,
  by: artists?.map(({ name }) => name).join(", ")
})

const HandlersLayer = Everything.toLayer(
  Effect.gen(function* () {
    // A client for each token, which keeps what it knows of rate limits from call to call
    const clients = yield* LayerMap.make(
      (token: Redacted.Redacted<string>) =>
        // An assistant should hear when to try again, not wait
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
          retryAt:
            "retryAt" in error && error.retryAt !== undefined ? DateTime.formatIso(error.retryAt) : undefined
        }))
      )
    const done = Effect.as({ done: true })

    return {
      search: ({ query, types }) =>
        call((spotify) => spotify.search(query, { types, limit: 10 })).pipe(
          Effect.map((found) => ({
            entries: Object.values(found).flatMap(({ items }) => items.map(entry))
          }))
        ),
      library: ({ list, ...page }) =>
        call(({ library, playlists }) =>
          list === "playlists"
            ? Effect.map(playlists.minePage(page), ({ items }) => ({ entries: items.map(entry) }))
            : Effect.map(library.savedTracksPage(page), ({ items }) => ({
                entries: items.map(({ track }) => entry(track))
              }))
        ),
      player: () =>
        call(({ player }) => Effect.all([player.state(), player.devices], { concurrency: 2 })).pipe(
          Effect.map(([state, devices]) => ({
            devices: devices.map(({ id, name }) => ({ id, name })),
            ...Option.match(state, {
              onNone: () => ({ playing: false }),
              onSome: ({ is_playing, item }) => ({
                playing: is_playing === true,
                item: item === null ? undefined : entry(item)
              })
            })
          }))
        ),
      play: ({ device: device_id, uri }) =>
        call(({ player }) =>
          player.play({
            device_id,
            ...(uri !== undefined &&
              (/^spotify:(track|episode):/.test(uri) ? { uris: [uri] } : { context_uri: uri }))
          })
        ).pipe(done),
      pause: () => call(({ player }) => player.pause()).pipe(done),
      add_to_playlist: ({ playlist, uris }) =>
        call(({ playlists }) => playlists.add(playlist, uris)).pipe(done)
    }
  })
)

const ToolsLayer = allowsChanges ? McpServer.toolkit(Everything) : McpServer.toolkit(Reading)

const ServerLayer = ToolsLayer.pipe(
  Layer.provide(
    McpServer.layerStdio({
      name: "effect-spotify",
      version: "1.0.0",
      stdin: NodeStream.stdin,
      stdout: NodeSink.stdout
    })
  ),
  // Built first: a wrong setting ends the program before it reads standard input
  Layer.provide(HandlersLayer),
  Layer.provide(
    SpotifyConfig.layerConfig({
      // The token is the command's, and so is the client id. Calls send none
      clientId: Config.succeed("effect-spotify"),
      apiUrl: Config.withDefault(Config.string("SPOTIFY_API_URL"), SpotifyConfig.apiUrl)
    })
  ),
  Layer.provide(NodeTransport.layer())
)

Layer.launch(ServerLayer).pipe(
  Effect.tapErrorCause(Effect.logError),
  // Standard output is the protocol's
  Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
)
