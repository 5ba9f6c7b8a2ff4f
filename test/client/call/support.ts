import { RateGate, SessionService, SpotifyConfig } from "effect-spotify"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Decode from "../../../src/client/decode/decode.js"
import * as Endpoint from "../../../src/client/call/endpoint.js"
import * as Execute from "../../../src/client/call/execute.js"
import * as GetMany from "../../../src/client/lists/getMany.js"
import * as Retry from "../../../src/client/call/retry.js"
import { RawPage } from "../../../src/model/Page.js"
import * as Fake from "../../support/fakeSpotify.js"

export const token = "canary-access-token"

export interface Options {
  readonly quotaMode?: SpotifyConfig.QuotaMode
  /** What the user granted; undefined where the session does not know. */
  readonly scopes?: ReadonlyArray<string>
  readonly checkScopes?: boolean
  readonly batchWindow?: number
}

const session = (scopes: ReadonlyArray<string> | undefined): SessionService.Service => ({
  // The token tells the session, so that a request made for another one can be seen
  accessToken: Effect.map(SessionService.CurrentSession, (key) =>
    Redacted.make(`${token}${Option.getOrElse(key, () => "")}`)
  ),
  scopes: Effect.succeed(Option.fromNullable(scopes)),
  authorizationId: Effect.succeedSome("authorization"),
  renew: Effect.succeed,
  refresh: Effect.succeed(Redacted.make(token)),
  session: Effect.die("not used"),
  signOut: Effect.void,
  events: Stream.empty
})

/** The interpreter over a fake Spotify, with the requests it sent. */
export const withInterpreter =
  (handler: Fake.Handler, options: Options = {}) =>
  <A, E>(
    program: (execute: Endpoint.Execute, seen: Array<Fake.Seen>) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      const interpreter = yield* Effect.provide(
        Execute.make({
          timeout: Duration.seconds(30),
          totalTimeout: 120_000,
          maxWait: 30_000,
          retry: Retry.policies({ safe: false, idempotent: false, command: false }),
          gate: yield* RateGate.make(),
          cache: Option.none(),
          decode: Decode.make({ strict: false, onDrift: undefined }),
          checkScopes: options.checkScopes ?? true,
          batchWindow: options.batchWindow
        }),
        Layer.mergeAll(
          Fake.layer((request) => {
            seen.push(request)
            return handler(request)
          }),
          Layer.orDie(SpotifyConfig.layer({ clientId: "client", quotaMode: options.quotaMode })),
          Layer.succeed(SessionService.SessionService, session(options.scopes))
        )
      )
      return yield* program(Execute.documented(interpreter).execute, seen)
    }).pipe(Effect.scoped)

export const refusal = (status: number, message?: string, reason?: string): Response =>
  Fake.json({ error: { status, message, reason } }, { status })

export const always =
  (response: () => Response): Fake.Handler =>
  () =>
    Effect.sync(response)

const Thing = Schema.Struct({ id: Schema.String })
export type Thing = typeof Thing.Type

export interface Market {
  readonly market?: string | undefined
}

export const single = Endpoint.json(Thing)<{ readonly id: string } & Market>({
  operationId: "get-a-thing",
  group: "things",
  name: "get",
  method: "GET",
  path: "/things/{id}",
  query: ["market"]
})

export const batch = Endpoint.json(Schema.Struct({ things: Schema.Array(Schema.NullOr(Thing)) }))<
  { readonly ids: ReadonlyArray<string> } & Market
>({
  operationId: "get-several-things",
  group: "things",
  name: "getSeveral",
  method: "GET",
  path: "/things",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "things.getMany"
})

export const kind = GetMany.kind({
  single,
  batch,
  size: 20,
  itemsOf: ({ things }) => things,
  itemOf: identity
})

export const list = Endpoint.json(RawPage(Schema.Number))<{
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}>({
  operationId: "list-things",
  group: "things",
  name: "list",
  method: "GET",
  path: "/list",
  query: ["limit", "offset"],
  paging: "offset",
  maxLimit: { development: 10, extended: 50 }
})

/** Has every thing but those whose id begins with `no`; knows no batches in development mode. */
export const things =
  (mode: "development" | "extended"): Fake.Handler =>
  ({ url }) =>
    Effect.sync(() => {
      const thing = (id: string) => (id.startsWith("no") ? null : { id })
      const id = /\/things\/(.+)$/.exec(url.pathname)?.[1]
      if (id !== undefined) {
        return thing(id) === null ? refusal(404, "Resource not found") : Fake.json({ id })
      }
      if (mode === "development") {
        return refusal(403, "Forbidden")
      }
      const ids = (url.searchParams.get("ids") ?? "").split(",")
      return ids.includes("bad") || ids.length > 20
        ? refusal(400, "Invalid base62 id")
        : Fake.json({ things: ids.map(thing) })
    })

/** A list of this length, of which at most `max` come at once. */
export const listed =
  (length: number, max: number): Fake.Handler =>
  ({ url }) =>
    Effect.sync(() => {
      const limit = Number(url.searchParams.get("limit") ?? 5)
      const offset = Number(url.searchParams.get("offset") ?? 0)
      if (limit > max) {
        return refusal(400, "Invalid limit")
      }
      const end = Math.min(length, offset + limit)
      return Fake.json({
        items: Array.from({ length: Math.max(0, end - offset) }, (_, index) => offset + index),
        limit,
        offset,
        total: length,
        next: end < length ? "https://api.spotify.com/v1/next" : null
      })
    })
