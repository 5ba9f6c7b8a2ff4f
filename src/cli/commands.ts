import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import type * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type CommandFailed, fromCause } from "./failure.js"
import * as Place from "./place.js"

const common = {
  profile: Options.text("profile").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("Which of several sessions."),
    Options.withDefault("default")
  ),
  stateDir: Options.text("state-dir").pipe(
    Options.withPseudoName("DIRECTORY"),
    Options.withDescription("Where sessions lie, in place of $XDG_STATE_HOME/effect-spotify."),
    Options.optional
  ),
  json: Options.boolean("json").pipe(Options.withDescription("Give the result as one line of JSON."))
}

/** What each command is for. */
const summaries = {
  login: "Log in to Spotify, with PKCE: no client secret is needed.",
  logout: "Forget the session. The client id is kept.",
  status: "Who is logged in, with which scopes, until when, and where it is kept.",
  token: "Print an access token that is good now, refreshed if need be.",
  api: "Call Spotify's Web API with the session's token. The answer is JSON.",
  doctor: "Say what is right and what is wrong with the login, and what to do about it.",
  drift: "Read everything once with the session's token, and tell what Spotify sends that is not documented.",
  import: "Take over a login that another tool has.",
  emulator: "Serve an emulated Spotify, or run a program over it."
}

/** What a command is for, and how it is used. */
const described = (what: string, ...examples: ReadonlyArray<string>): HelpDoc.HelpDoc =>
  HelpDoc.blocks([HelpDoc.p(what), ...examples.map((example) => HelpDoc.p(`    effect-spotify ${example}`))])

/** Runs a command in its place. Its module is loaded now: no command waits for what others need. */
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
    clientId: Options.text("client-id").pipe(
      Options.withPseudoName("ID"),
      Options.withDescription(
        "The app's, from https://developer.spotify.com/dashboard. It is remembered. Without it SPOTIFY_CLIENT_ID counts."
      ),
      Options.optional
    ),
    scopes: Options.text("scopes").pipe(
      Options.withPseudoName("LIST"),
      Options.withDescription(
        "What to ask the user for: scopes with commas between, read (all that change nothing) or all. By default SPOTIFY_SCOPES, or read."
      ),
      Options.optional
    ),
    redirectUri: Options.text("redirect-uri").pipe(
      Options.withPseudoName("URI"),
      Options.withDescription(
        "As it is registered for the app. By default SPOTIFY_REDIRECT_URI, or http://127.0.0.1:8888/callback."
      ),
      Options.optional
    ),
    noBrowser: Options.boolean("no-browser").pipe(
      Options.withDescription("Open no browser: the address is opened anywhere, and the answer pasted here.")
    )
  },
  lazily(() => import("./login.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.login,
      "login --client-id 0123456789abcdef0123456789abcdef",
      "login --scopes user-library-read,playlist-modify-private",
      "login --no-browser --profile work"
    )
  )
)

const logout = Command.make(
  "logout",
  common,
  lazily(() => import("./logout.js"))
).pipe(Command.withDescription(described(summaries.logout, "logout --profile work")))

const status = Command.make(
  "status",
  common,
  lazily(() => import("./status.js"))
).pipe(Command.withDescription(described(summaries.status, "status", "status --json")))

const token = Command.make(
  "token",
  common,
  lazily(() => import("./token.js"))
).pipe(
  Command.withDescription(
    HelpDoc.blocks([
      described(summaries.token, "token --json"),
      HelpDoc.p('    curl -H "authorization: Bearer $(effect-spotify token)" https://api.spotify.com/v1/me')
    ])
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
      Args.withDescription("Below the Web API's address, such as /me/tracks. It may have a query.")
    ),
    field: Options.text("field").pipe(
      Options.withAlias("f"),
      Options.withPseudoName("KEY=VALUE"),
      Options.withDescription(
        "A parameter: of the query, or of the body where the operation has it there. May be repeated."
      ),
      Options.repeated
    ),
    input: Options.text("input").pipe(
      Options.withPseudoName("FILE"),
      Options.withDescription("The body: JSON, or the JPEG of a playlist's cover. - is standard input."),
      Options.optional
    ),
    paginate: Options.boolean("paginate").pipe(
      Options.withDescription("All pages of a list, one entry on a line, as they come.")
    ),
    fields: Options.text("fields").pipe(
      Options.withPseudoName("LIST"),
      Options.withDescription(
        "What to give of the answer, such as id,artists.name; with --paginate, of each entry."
      ),
      Options.optional
    )
  },
  lazily(() => import("./api.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.api,
      "api GET /me",
      "api GET /me/tracks --paginate --fields added_at,track.name,track.artists.name",
      "api POST /me/playlists -f name=Mornings -f public=false",
      'api PUT "/me/player/volume?volume_percent=50"'
    )
  )
)

const doctor = Command.make(
  "doctor",
  {
    ...common,
    live: Options.boolean("live").pipe(
      Options.withDescription(
        "Ask Spotify too: whether it answers, the clock, the user's product, the app's quota mode."
      )
    )
  },
  lazily(() => import("./doctor.js"))
).pipe(Command.withDescription(described(summaries.doctor, "doctor", "doctor --live --json")))

const drift = Command.make(
  "drift",
  {
    ...common,
    operations: Options.text("operations").pipe(
      Options.withPseudoName("LIST"),
      Options.withDescription(
        "Which of the reading operations, such as albums.get or player. By default all."
      ),
      Options.optional
    ),
    ignore: Options.text("ignore").pipe(
      Options.withPseudoName("LIST"),
      Options.withDescription(
        "Places, or members anywhere, whose drift is known, such as primary_color,playlists.items[]."
      ),
      Options.optional
    ),
    budget: Options.integer("budget").pipe(
      Options.withPseudoName("N"),
      Options.withDescription("The most calls there may be."),
      Options.withDefault(100)
    )
  },
  lazily(() => import("./drift.js"))
).pipe(
  Command.withDescription(described(summaries.drift, "drift", "drift --operations albums,me.profile --json"))
)

const importSession = Command.make(
  "import",
  {
    ...common,
    from: Options.choice("from", ["spotipy", "spotify-player", "env"]).pipe(
      Options.withDescription("What has the login; env is the variable SPOTIFY_REFRESH_TOKEN.")
    ),
    file: Options.text("file").pipe(
      Options.withPseudoName("FILE"),
      Options.withDescription("Where that tool keeps it, if not where it usually does."),
      Options.optional
    ),
    clientId: Options.text("client-id").pipe(
      Options.withPseudoName("ID"),
      Options.withDescription("The app that the login was made with."),
      Options.optional
    )
  },
  lazily(() => import("./importSession.js"))
).pipe(
  Command.withDescription(
    described(
      summaries.import,
      "import --from spotipy --file .cache-ines",
      "import --from env --profile work"
    )
  )
)

/** For completions alone: what its words mean says its own module. */
const emulator = Command.make("emulator").pipe(Command.withDescription(summaries.emulator))

const named = Command.make("effect-spotify").pipe(
  Command.withDescription(
    described(
      "Spotify on the command line: log in once, use it everywhere.",
      "login --help",
      "--completions bash"
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

/** The same for its help, which has room for what the commands are for, and not for all their options. */
export const overview = named.pipe(
  Command.withSubcommands([summarized(["login", ofLogin]), ...Object.entries(ofOthers).map(summarized)])
)
