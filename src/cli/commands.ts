import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import type * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type CommandFailed, fromCause } from "./failure.js"
import * as Place from "./place.js"

const text = (name: string, value: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName(value), Options.withDescription(description))

const optionalText = (name: string, value: string, description: string) =>
  Options.optional(text(name, value, description))

const flag = (name: string, description: string) =>
  Options.boolean(name).pipe(Options.withDescription(description))

/** The options of every command. */
const common = {
  profile: text("profile", "NAME", "Which session to use, if you have several.").pipe(
    Options.withDefault("default")
  ),
  stateDir: optionalText(
    "state-dir",
    "DIRECTORY",
    "Where sessions are stored, instead of $XDG_STATE_HOME/effect-spotify."
  ),
  json: flag("json", "Print the result as one line of JSON.")
}

const summaries = {
  login: "Log in to Spotify with PKCE, which needs no client secret.",
  logout: "Forget the session. The client id is kept.",
  status: "Show who is logged in, with which scopes, until when, and where this is stored.",
  token: "Print a valid access token. It is refreshed if needed.",
  api: "Call Spotify's Web API with the session's token. Answers are JSON.",
  doctor: "Check everything that a login needs, and say how to fix what is wrong.",
  drift: "Call every read operation once, and report what Spotify sends but does not document.",
  import: "Take over another tool's login.",
  emulator: "Serve an emulated Spotify, or run a program against it."
}

/** A summary and examples. */
const described = (summary: string, ...examples: ReadonlyArray<string>): HelpDoc.HelpDoc =>
  HelpDoc.blocks([HelpDoc.p(summary), ...examples.map((example) => HelpDoc.p(`    ${example}`))])

/** Runs a command's module, which is loaded only now, so that each command starts as fast as it can. */
const lazily =
  <A extends Place.Common, E, R>(
    load: () => Promise<{ readonly run: (options: A) => Effect.Effect<void, E, R> }>
  ) =>
  (options: A): Effect.Effect<void, CommandFailed, Exclude<R, Place.Place> | Path.Path> =>
    Effect.flatMap(Place.make(options), (place) =>
      Effect.promise(load).pipe(
        Effect.flatMap(({ run }) => run(options)),
        Effect.provideService(Place.Place, place),
        Effect.catchAllCause((cause) =>
          Cause.isInterruptedOnly(cause) ? Effect.interrupt : fromCause(cause, place)
        )
      )
    )

const login = Command.make(
  "login",
  {
    ...common,
    clientId: optionalText(
      "client-id",
      "ID",
      "The client id of your app at https://developer.spotify.com/dashboard, SPOTIFY_CLIENT_ID by default. It is remembered."
    ),
    scopes: optionalText(
      "scopes",
      "LIST",
      "What to ask the user for: scopes separated by commas, read (all read-only scopes) or all. SPOTIFY_SCOPES or read by default."
    ),
    redirectUri: optionalText(
      "redirect-uri",
      "URI",
      "A redirect URI of your app, SPOTIFY_REDIRECT_URI or http://127.0.0.1:8888/callback by default."
    ),
    noBrowser: flag("no-browser", "Print the address to open on any machine, and ask for the answer.")
  },
  lazily(() => import("./login.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.login,
      "effect-spotify login --client-id 0123456789abcdef0123456789abcdef",
      "effect-spotify login --scopes user-library-read,playlist-modify-private",
      "effect-spotify login --no-browser --profile work"
    )
  )
)

const logout = Command.make(
  "logout",
  common,
  lazily(() => import("./logout.js"))
).pipe(Command.withDescription(described(summaries.logout, "effect-spotify logout --profile work")))

const status = Command.make(
  "status",
  common,
  lazily(() => import("./status.js"))
).pipe(Command.withDescription(described(summaries.status, "effect-spotify status --json")))

const token = Command.make(
  "token",
  common,
  lazily(() => import("./token.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.token,
      "effect-spotify token --json",
      'curl -H "authorization: Bearer $(effect-spotify token)" https://api.spotify.com/v1/me'
    )
  )
)

const api = Command.make(
  "api",
  {
    ...common,
    method: Args.choice(
      [
        ["GET", "GET"],
        ["POST", "POST"],
        ["PUT", "PUT"],
        ["DELETE", "DELETE"]
      ] as const,
      { name: "METHOD" }
    ),
    path: Args.text({ name: "PATH" }).pipe(
      Args.withDescription("A path of the Web API, such as /me/tracks. It may have a query.")
    ),
    field: text(
      "field",
      "KEY=VALUE",
      "A parameter of the query, or of the body if the operation has it there. May be repeated."
    ).pipe(Options.withAlias("f"), Options.repeated),
    input: optionalText(
      "input",
      "FILE",
      "The body: JSON, or a JPEG for the cover of a playlist. - is standard input."
    ),
    paginate: flag("paginate", "Print all pages of a list, one entry per line, as they arrive."),
    fields: optionalText(
      "fields",
      "LIST",
      "The members to print of the answer, such as id,artists.name. With --paginate, of each entry."
    )
  },
  lazily(() => import("./api.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.api,
      "effect-spotify api GET /me",
      "effect-spotify api GET /me/tracks --paginate --fields added_at,track.name,track.artists.name",
      "effect-spotify api POST /me/playlists -f name=Mornings -f public=false",
      'effect-spotify api PUT "/me/player/volume?volume_percent=50"'
    )
  )
)

const doctor = Command.make(
  "doctor",
  {
    ...common,
    live: flag(
      "live",
      "Ask Spotify too: whether it answers, the clock, rate limits, the allow-list, Premium and the quota mode."
    )
  },
  lazily(() => import("./doctor.js"))
).pipe(Command.withDescription(described(summaries.doctor, "effect-spotify doctor --live --json")))

const drift = Command.make(
  "drift",
  {
    ...common,
    operations: optionalText(
      "operations",
      "LIST",
      "The read operations or groups to call, such as albums.get,player. All by default."
    ),
    ignore: optionalText(
      "ignore",
      "LIST",
      "Drift not to report: paths, or members anywhere, such as mood,items[].track.mood."
    ),
    budget: Options.integer("budget").pipe(
      Options.withPseudoName("N"),
      Options.withDescription("The most operations to call."),
      Options.withDefault(100)
    )
  },
  lazily(() => import("./drift.js"))
).pipe(
  Command.withDescription(
    described(summaries.drift, "effect-spotify drift --operations albums,me.profile --json")
  )
)

const importSession = Command.make(
  "import",
  {
    ...common,
    from: Options.choice("from", ["spotipy", "spotify-player", "env"]).pipe(
      Options.withDescription("The tool that has the login, or env for SPOTIFY_REFRESH_TOKEN.")
    ),
    file: optionalText("file", "FILE", "The tool's file, if it is not in the usual place."),
    clientId: optionalText("client-id", "ID", "The client id that the login was made with.")
  },
  lazily(() => import("./importSession.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.import,
      "effect-spotify import --from spotipy --file .cache-ines",
      "effect-spotify import --from env --profile work"
    )
  )
)

/** Only for completions: emulator.ts reads its own arguments. */
const emulator = Command.make("emulator").pipe(Command.withDescription(summaries.emulator))

const named = Command.make("effect-spotify").pipe(
  Command.withDescription(
    described(
      "Spotify on the command line: log in once, use it everywhere.",
      "effect-spotify login --help",
      "effect-spotify --completions bash"
    )
  )
)

/** The whole command. */
export const root = named.pipe(
  Command.withSubcommands([login, logout, status, token, api, doctor, drift, importSession, emulator])
)

const summarized = ([name, summary]: readonly [string, string]) =>
  Command.make(name).pipe(Command.withDescription(summary))

const { login: ofLogin, ...ofOthers } = summaries

/** The same commands without their options, for the help of the whole command. */
export const overview = named.pipe(
  Command.withSubcommands([summarized(["login", ofLogin]), ...Object.entries(ofOthers).map(summarized)])
)
