/**
 * The app as registered at Spotify, and the addresses of Spotify's services.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { flow } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RedirectUri from "./RedirectUri.js"
import type * as Scope from "./Scope.js"
import * as ScopeNames from "./scopeNames.js"

/**
 * Which Web API the app may use. Spotify gives new apps the reduced `development` API, and large apps may
 * have the `extended` one. `auto` detects it from the answers.
 *
 * Source: Spotify's "Quota modes" page.
 *
 * @since 0.1.0
 * @category models
 */
export type QuotaMode = "development" | "extended" | "auto"

/**
 * A checked configuration. The redirect URI obeys Spotify's rules, and addresses have no trailing slash.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The client id of the app, from Spotify's dashboard. */
  readonly clientId: string
  /** The client secret, only for programs on servers. PKCE and browser apps never need it. */
  readonly clientSecret: Option.Option<Redacted.Redacted<string>>
  /** The redirect URI after consent. It must match the one registered in the dashboard exactly. */
  readonly redirectUri: Option.Option<string>
  /** The scopes that a login asks for by default. */
  readonly scopes: ReadonlyArray<Scope.Scope>
  /** Which Web API the app may use. */
  readonly quotaMode: QuotaMode
  /** The market (ISO 3166-1 alpha-2) for calls that accept one and were given none. */
  readonly market: Option.Option<string>
  /** The `Accept-Language` of every call, such as `sv-SE`. Spotify uses it to translate some names. */
  readonly locale: Option.Option<string>
  /** The address of the accounts service, without a trailing slash. */
  readonly accountsUrl: string
  /** The address of the Web API with its version, without a trailing slash. */
  readonly apiUrl: string
}

/**
 * @since 0.1.0
 * @category tags
 */
export class SpotifyConfig extends Context.Tag("effect-spotify/SpotifyConfig")<SpotifyConfig, Service>() {}

/**
 * The options of the app's configuration. {@link Service} describes each member.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly clientId: string
  readonly clientSecret?: Redacted.Redacted<string> | undefined
  readonly redirectUri?: string | undefined
  /** @default [] */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** @default "auto" */
  readonly quotaMode?: QuotaMode | undefined
  readonly market?: string | undefined
  readonly locale?: string | undefined
  /** @default "https://accounts.spotify.com" */
  readonly accountsUrl?: string | undefined
  /** @default "https://api.spotify.com/v1" */
  readonly apiUrl?: string | undefined
}

/**
 * The address of Spotify's accounts service.
 *
 * @since 0.1.0
 * @category constants
 */
export const accountsUrl = "https://accounts.spotify.com"

/**
 * The address of Spotify's Web API.
 *
 * @since 0.1.0
 * @category constants
 */
export const apiUrl = "https://api.spotify.com/v1"

type Check<A> = (value: A) => Either.Either<A, string>

/** Quotes from a shell or an editor, with a list separator after them. */
const quoted = /^(?:"(.*)"|'(.*)'|`(.*)`|[“„](.*)[“”]|[‘‚](.*)[‘’])[,;]?$/su

/** Removes spaces and quotes around a value, which come from copying or from a reader of variable files. */
const bare = (value: string): string => {
  const text = value.trim()
  const inner = quoted
    .exec(text)
    ?.slice(1)
    .find((part) => part !== undefined)
  return inner === undefined ? text : inner.trim()
}

const isGiven = (value: string): boolean => bare(value) !== ""

/**
 * Client ids and secrets are visible ASCII (RFC 6749, appendix A). Anything else is a copy and paste error.
 */
const credential =
  (what: string, pattern: RegExp): Check<string> =>
  (value) =>
    pattern.test(value)
      ? Either.right(value)
      : Either.left(
          `the ${what} is ${value === "" ? "empty" : "not plain text, or has something around it"}; copy it again from the app's page in Spotify's dashboard`
        )

/** Placeholders from examples, and the text of a variable without a value. */
const placeholder = /^(?:undefined|null|none|changeme|x{3,}|your[-_ ].*)$/i

const notPlaceholder =
  (what: string, check: Check<string>): Check<string> =>
  (value) =>
    placeholder.test(value)
      ? Either.left(`the ${what} is a placeholder; copy it from the app's page in Spotify's dashboard`)
      : check(value)

const clientId = notPlaceholder(
  "client id",
  credential("client id", /^(?!.*[\s:=][\da-f]{32}$)(?:(?!["'`<>{},;])[\x20-\x7e])+$/i)
)

const clientSecret =
  (id: string): Check<Redacted.Redacted<string>> =>
  (secret) => {
    const text = bare(Redacted.value(secret))
    return text === id
      ? Either.left("the client secret is the client id; the app's page in Spotify's dashboard shows both")
      : Either.map(
          notPlaceholder(
            "client secret",
            credential("client secret", /^(?!["'`])[\x20-\x7e]+(?<!["'`])$/)
          )(text),
          () => (text === Redacted.value(secret) ? secret : Redacted.make(text))
        )
  }

const loopback = new Set(["127.0.0.1", "[::1]", "localhost"])

/** Tokens and secrets are sent there, so TLS is required except on this machine. */
const serviceUrl: Check<string> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined) {
    return Either.left("the address is not an absolute URL; leave it out to use Spotify itself")
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback.has(url.hostname))) {
    return Either.left("the address must be https, or http on this machine (127.0.0.1) for the emulator")
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return Either.left("the address must have no query, fragment, user name or password")
  }
  if (url.hostname === "api.spotify.com" && url.pathname === "/") {
    return Either.left(
      "the address of the Web API has no version; leave it out, or use https://api.spotify.com/v1"
    )
  }
  let end = value.length
  while (value.endsWith("/", end)) {
    end -= 1
  }
  return Either.right(value.slice(0, end))
}

const market: Check<string> = (value) =>
  /^uk$/i.test(value)
    ? Either.left("the market UK is not in ISO 3166-1: the United Kingdom is GB")
    : /^[A-Za-z]{2}$/.test(value)
      ? Either.right(value.toUpperCase())
      : Either.left("the market is not a country code of two letters (ISO 3166-1 alpha-2), such as SE")

const locale: Check<string> = (value) =>
  /^[A-Za-z0-9,;=.* _-]+$/.test(value)
    ? // POSIX locale names end in an encoding
      Either.right(value.replace(/\.(?:utf-?8|iso[-\d]+).*$/i, "").replaceAll("_", "-"))
    : Either.left("the locale is not a language range such as sv-SE")

const scopes: Check<ReadonlyArray<Scope.Scope>> = (values) => {
  const scopes = ScopeNames.separated(values)
  const malformed = scopes.find((scope) => !/^[\x21-\x5b\x5d-\x7e]+$/.test(scope))
  return malformed === undefined
    ? Either.right(scopes)
    : Either.left(`${JSON.stringify(malformed)} is not a scope; Scope.all has those that Spotify lists`)
}

const quotaMode: Check<QuotaMode> = (value) =>
  value === "development" || value === "extended" || value === "auto"
    ? Either.right(value)
    : Either.left("the quota mode must be development, extended or auto")

/** The name of a member to use in error messages. */
type NameOf = (member: keyof Options) => string

const checks = (nameOf: NameOf) => {
  const check = <A>(member: keyof Options, test: Check<A>, value: A) =>
    Either.mapLeft(test(value), (message) => ConfigError.InvalidData([nameOf(member)], message))
  const checkText = <A extends string>(member: keyof Options, test: Check<A>, value: string) =>
    check(member, test, bare(value) as A)
  const checkOptional = (member: keyof Options, test: Check<string>, value: string | undefined) =>
    value === undefined
      ? Either.right(Option.none<string>())
      : Either.map(checkText(member, test, value), Option.some)
  return { check, checkText, checkOptional }
}

/** Checks every member, those of logins with `login`. */
const validate = (
  options: Options,
  nameOf: NameOf,
  login: typeof loginOf
): Either.Either<Service, ConfigError.ConfigError> => {
  const { check, checkOptional, checkText } = checks(nameOf)
  return Either.flatMap(checkText("clientId", clientId, options.clientId), (id) =>
    Either.map(
      // The first mistake in this order is the one that is told
      Either.all({
        clientSecret:
          options.clientSecret === undefined
            ? Either.right(Option.none())
            : Either.map(check("clientSecret", clientSecret(id), options.clientSecret), Option.some),
        logins: login(options, nameOf),
        quotaMode: checkText("quotaMode", quotaMode, options.quotaMode ?? "auto"),
        market: checkOptional("market", market, options.market),
        locale: checkOptional("locale", locale, options.locale),
        accountsUrl: checkText("accountsUrl", serviceUrl, options.accountsUrl ?? accountsUrl),
        apiUrl: checkText("apiUrl", serviceUrl, options.apiUrl ?? apiUrl)
      }),
      ({ logins, ...rest }) => ({ clientId: id, ...rest, ...logins })
    )
  )
}

/** What only logins need. */
const loginOf = (
  options: Options,
  nameOf: NameOf
): Either.Either<Pick<Service, "redirectUri" | "scopes">, ConfigError.ConfigError> => {
  const { check, checkOptional } = checks(nameOf)
  return Either.all({
    redirectUri: checkOptional("redirectUri", RedirectUri.validate, options.redirectUri),
    scopes: check("scopes", scopes, options.scopes ?? [])
  })
}

/**
 * Checks the options. It removes spaces and quotes around values, and accepts any separator between scopes.
 * Any other mistake fails with a `ConfigError` that names the member and says how to correct it. An unknown
 * scope logs a warning with the nearest known one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, ConfigError.ConfigError> =>
  Effect.tap(
    validate(options, (member) => member, loginOf),
    ({ scopes }) => ScopeNames.warnUnknown(scopes)
  )

/**
 * Provides the configuration from values in the program.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyConfig } from "effect-spotify"
 * import * as Redacted from "effect/Redacted"
 *
 * const ConfigLayer = SpotifyConfig.layer({
 *   clientId: "0123456789abcdef0123456789abcdef",
 *   clientSecret: Redacted.make("…"),
 *   redirectUri: "http://127.0.0.1:8888/callback",
 *   scopes: ["user-library-read"]
 * })
 * ```
 */
export const layer = (options: Options): Layer.Layer<SpotifyConfig, ConfigError.ConfigError> =>
  Layer.effect(SpotifyConfig, make(options))

/**
 * The same for a small program without logins: bundlers leave out the checks of redirect URIs and scopes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerApp = (
  options: Omit<Options, "redirectUri" | "scopes">
): Layer.Layer<SpotifyConfig, ConfigError.ConfigError> =>
  Layer.effect(
    SpotifyConfig,
    validate(
      options,
      (member) => member,
      () => Either.right({ redirectUri: Option.none(), scopes: [] })
    )
  )

const variables: { readonly [Member in keyof Required<Options>]: string } = {
  clientId: "SPOTIFY_CLIENT_ID",
  clientSecret: "SPOTIFY_CLIENT_SECRET",
  redirectUri: "SPOTIFY_REDIRECT_URI",
  scopes: "SPOTIFY_SCOPES",
  quotaMode: "SPOTIFY_QUOTA_MODE",
  market: "SPOTIFY_MARKET",
  locale: "SPOTIFY_LOCALE",
  accountsUrl: "SPOTIFY_ACCOUNTS_URL",
  apiUrl: "SPOTIFY_API_URL"
}

const text = (member: keyof Options) =>
  Config.option(Config.string(variables[member])).pipe(
    Config.map(flow(Option.filter(isGiven), Option.getOrUndefined))
  )

/**
 * Reads the options from a `ConfigProvider`, as {@link layerConfig} does by default. An empty value counts as
 * absent. An invalid value fails with the name of its variable.
 *
 * | name | member |
 * |---|---|
 * | `SPOTIFY_CLIENT_ID` | `clientId`, required |
 * | `SPOTIFY_CLIENT_SECRET` | `clientSecret` |
 * | `SPOTIFY_REDIRECT_URI` | `redirectUri` |
 * | `SPOTIFY_SCOPES` | `scopes`, separated by spaces or commas |
 * | `SPOTIFY_QUOTA_MODE` | `quotaMode` |
 * | `SPOTIFY_MARKET` | `market` |
 * | `SPOTIFY_LOCALE` | `locale` |
 * | `SPOTIFY_ACCOUNTS_URL` | `accountsUrl` |
 * | `SPOTIFY_API_URL` | `apiUrl` |
 *
 * @since 0.1.0
 * @category configuration
 */
// Suspended so that programs that do not use it can drop it from their bundle
export const config: Config.Config<Options> = Config.suspend(() =>
  Config.all({
    clientId: text("clientId"),
    clientSecret: Config.option(Config.redacted(variables.clientSecret)),
    redirectUri: text("redirectUri"),
    scopes: text("scopes"),
    quotaMode: text("quotaMode"),
    market: text("market"),
    locale: text("locale"),
    accountsUrl: text("accountsUrl"),
    apiUrl: text("apiUrl")
  }).pipe(
    Config.mapOrFail(({ clientId, clientSecret, quotaMode, scopes, ...rest }) => {
      if (clientId === undefined) {
        return Either.left(
          ConfigError.MissingData(
            [variables.clientId],
            "set it to the client id of your app, from https://developer.spotify.com/dashboard"
          )
        )
      }
      const options: Options = {
        ...rest,
        clientId,
        clientSecret: Option.getOrUndefined(
          Option.filter(clientSecret, (secret) => isGiven(Redacted.value(secret)))
        ),
        scopes: scopes === undefined ? undefined : [scopes],
        // validate rejects any other text
        quotaMode: quotaMode as QuotaMode | undefined
      }
      // Validated here because errors should name the variables; make normalizes the values
      return Either.map(
        validate(options, (member) => variables[member], loginOf),
        () => options
      )
    })
  )
)

/**
 * Provides the configuration from the program's `ConfigProvider`, by default the environment. It reads the
 * names that {@link config} lists, or a given `Config` for each member or for all.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyConfig } from "effect-spotify"
 * import * as Config from "effect/Config"
 *
 * // Everything from the environment except the scopes
 * const ConfigLayer = SpotifyConfig.layerConfig(
 *   Config.map(SpotifyConfig.config, (options) => ({ ...options, scopes: ["user-library-read"] }))
 * )
 *
 * // With your own names; omitted members keep their defaults
 * const OwnNames = SpotifyConfig.layerConfig({
 *   clientId: Config.string("MY_APP_ID"),
 *   clientSecret: Config.redacted("MY_APP_SECRET")
 * })
 * ```
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options> = config
): Layer.Layer<SpotifyConfig, ConfigError.ConfigError> =>
  Layer.effect(SpotifyConfig, Effect.flatMap(Config.unwrap(options), make))
