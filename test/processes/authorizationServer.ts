import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as AccessToken from "./accessToken.js"

/**
 * How a session's refresh tokens live, as the `code` of its login says (`<mode>.<anything>`):
 *
 * - `static`: a refresh token stays
 * - `grace`: each refresh brings a new one, and the old one stays good for `grace` milliseconds
 * - `strict`: each refresh brings a new one, and any use of an old one ends the session (RFC 9700, 4.14.2)
 */
export type Mode = "static" | "grace" | "strict"

/** Where a request can be held up: before the server does anything, or when it has done all but answer. */
export type Stage = "arrived" | "committed"

export interface Rotation {
  readonly family: string
  readonly generation: number
  /** When the server made it, by `Date.now()`. */
  readonly at: number
  readonly presented: string
  readonly issued: string
}

export interface Counters {
  /** Requests to refresh. */
  requests: number
  /** Those that were granted. */
  grants: number
  /** Refresh tokens that were presented after they had been replaced, and after their grace. */
  reuse: number
  /** Granted although the access token before had half of its life left. */
  unnecessary: number
  rejected: number
  /** The most requests for one session at the same time. */
  concurrent: number
}

/** What the server does to every request to refresh, until it is told otherwise. */
export type Fault =
  | { readonly _tag: "None" }
  | { readonly _tag: "Hang"; readonly stage: Stage }
  | { readonly _tag: "Unavailable"; readonly retryAfter?: number | undefined }
  | { readonly _tag: "InvalidGrant" }
  /** The session moves on, and the answer never comes. */
  | { readonly _tag: "DropAfterCommit" }

export interface Options {
  /** How long an access token lives, in seconds. */
  readonly life: number
  /** How much faster than time the server's clock runs: a life of 3600 s is over after 3600 / rate. */
  readonly rate: number
  /** How long the token before is still good in the mode `grace`, in milliseconds. */
  readonly grace: number
  /** How long the server thinks before it acts, and before it answers, in milliseconds. */
  readonly latency: number
}

export interface AuthorizationServer {
  readonly url: string
  readonly counters: Counters
  readonly rotations: ReadonlyArray<Rotation>
  options: Options
  fault: Fault
  /** The refresh token that was issued last. */
  readonly current: (family: string) => string | undefined
  readonly revoked: (family: string) => boolean
  /**
   * Holds up the next refresh of a session. A request that has only `arrived` is forgotten when its sender
   * goes away, as a server does that reads requests in full before it acts.
   */
  readonly holdAt: (family: string, stage: Stage) => Effect.Effect<Hold>
}

export interface Hold {
  readonly reached: Effect.Effect<void>
  readonly release: Effect.Effect<void>
}

interface Family {
  readonly name: string
  readonly mode: Mode
  generation: number
  refreshToken: string
  /** When each token before was replaced. */
  readonly replaced: Map<string, number>
  revoked: boolean
  issuedAt: number
  inFlight: number
}

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }

const refusal = (error: string, error_description: string): Answer => ({
  status: 400,
  body: { error, error_description }
})

const modeOf = (code: string): Mode =>
  code.startsWith("static.") ? "static" : code.startsWith("grace.") ? "grace" : "strict"

/** A token endpoint over real HTTP that keeps the rules of RFC 6749 and counts what a strict one punishes. */
export const make = (given: Partial<Options> = {}): Effect.Effect<AuthorizationServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const families = new Map<string, Family>()
    const byRefreshToken = new Map<string, Family>()
    const holds = new Map<
      string,
      { stage: Stage; reached: Deferred.Deferred<void>; go: Deferred.Deferred<void> }
    >()
    const rotations: Array<Rotation> = []
    const counters: Counters = {
      requests: 0,
      grants: 0,
      reuse: 0,
      unnecessary: 0,
      rejected: 0,
      concurrent: 0
    }
    const life = () => (server.options.life * 1000) / server.options.rate

    const issue = (family: Family, refreshToken: string | undefined): Answer => {
      family.issuedAt = Date.now()
      const token = {
        family: family.name,
        generation: family.generation,
        expiresAt: family.issuedAt + life()
      }
      return {
        status: 200,
        headers: { "x-committed-at": String(performance.timeOrigin + performance.now()) },
        body: {
          access_token: AccessToken.print(token),
          token_type: "Bearer",
          expires_in: server.options.life,
          scope: "user-top-read",
          ...(refreshToken === undefined ? {} : { refresh_token: refreshToken })
        }
      }
    }

    const login = (code: string): Answer => {
      if (families.has(code)) {
        return refusal("invalid_grant", "Invalid authorization code")
      }
      const family: Family = {
        name: code,
        mode: modeOf(code),
        generation: 0,
        refreshToken: `rt~${code}~0`,
        replaced: new Map(),
        revoked: false,
        issuedAt: 0,
        inFlight: 0
      }
      families.set(code, family)
      byRefreshToken.set(family.refreshToken, family)
      return issue(family, family.refreshToken)
    }

    const refuse = () => {
      counters.rejected += 1
      return refusal("invalid_grant", "Refresh token revoked")
    }

    const refresh = (family: Family, presented: string): Answer => {
      const now = Date.now()
      const replacedAt = family.replaced.get(presented)
      if (family.revoked) {
        return refuse()
      }
      if (replacedAt !== undefined && (family.mode === "strict" || now - replacedAt > server.options.grace)) {
        counters.reuse += 1
        family.revoked = true
        return refuse()
      }
      if (family.issuedAt + life() - now > life() / 2) {
        counters.unnecessary += 1
      }
      counters.grants += 1
      family.generation += 1
      const issued = family.mode === "static" ? presented : `rt~${family.name}~${family.generation}`
      if (issued !== presented) {
        if (replacedAt === undefined) {
          family.replaced.set(presented, now)
        }
        byRefreshToken.set(issued, family)
        family.refreshToken = issued
      }
      rotations.push({ family: family.name, generation: family.generation, at: now, presented, issued })
      return issue(family, family.mode === "static" ? undefined : issued)
    }

    const stop = (family: Family, stage: Stage) =>
      Effect.suspend(() => {
        const hold = holds.get(family.name)
        if (hold === undefined || hold.stage !== stage) {
          return Effect.void
        }
        holds.delete(family.name)
        return Effect.zipRight(Deferred.succeed(hold.reached, undefined), Deferred.await(hold.go))
      })

    const wait = Effect.suspend(() =>
      server.options.latency === 0 ? Effect.void : Effect.sleep(server.options.latency / 2)
    )

    const hang = (stage: Stage) =>
      Effect.suspend(() =>
        server.fault._tag === "Hang" && server.fault.stage === stage ? Effect.never : Effect.void
      )

    /** None when the sender went away before the server acted. */
    const onRefresh = (presented: string, gone: Deferred.Deferred<void>): Effect.Effect<Answer | "drop"> =>
      Effect.gen(function* () {
        counters.requests += 1
        const family = byRefreshToken.get(presented)
        if (family === undefined) {
          return refuse()
        }
        family.inFlight += 1
        counters.concurrent = Math.max(counters.concurrent, family.inFlight)
        return yield* Effect.gen(function* () {
          const arrived = Effect.all([stop(family, "arrived"), hang("arrived"), wait], { discard: true })
          const senderIsThere = yield* Effect.raceFirst(
            Effect.as(arrived, true),
            Effect.as(Deferred.await(gone), false)
          )
          if (!senderIsThere) {
            return "drop" as const
          }
          if (server.fault._tag === "Unavailable") {
            const { retryAfter } = server.fault
            return {
              status: 503,
              body: { error: "temporarily_unavailable" },
              ...(retryAfter === undefined ? {} : { headers: { "retry-after": String(retryAfter) } })
            }
          }
          if (server.fault._tag === "InvalidGrant") {
            return refuse()
          }
          const answer = refresh(family, presented)
          yield* wait
          yield* stop(family, "committed")
          yield* hang("committed")
          return server.fault._tag === "DropAfterCommit" ? ("drop" as const) : answer
        }).pipe(Effect.ensuring(Effect.sync(() => (family.inFlight -= 1))))
      })

    const answerTo = (
      form: URLSearchParams,
      gone: Deferred.Deferred<void>
    ): Effect.Effect<Answer | "drop"> => {
      switch (form.get("grant_type")) {
        case "authorization_code": {
          return Effect.succeed(login(form.get("code") ?? ""))
        }
        case "refresh_token": {
          return onRefresh(form.get("refresh_token") ?? "", gone)
        }
        default: {
          return Effect.succeed(refusal("unsupported_grant_type", "grant_type parameter is missing"))
        }
      }
    }

    const fork = yield* FiberSet.makeRuntime()

    const onRequest: Http.RequestListener = (request, response) => {
      const gone = Deferred.unsafeMake<void>(FiberId.none)
      let body = ""
      request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")))
      response.once("close", () => Deferred.unsafeDone(gone, Effect.void))
      request.once("end", () => {
        fork(
          Effect.map(answerTo(new URLSearchParams(body), gone), (answer) => {
            if (answer === "drop") {
              response.destroy()
              return
            }
            response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
            response.end(JSON.stringify(answer.body))
          })
        )
      })
    }

    const listener = yield* Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        // Workers come and go, and an idle connection that ends just when it is used again would be a fault
        const http = Http.createServer({ keepAliveTimeout: 120_000 }, onRequest)
        http.listen(0, "127.0.0.1", () => resume(Effect.succeed(http)))
      }),
      (http) =>
        Effect.async<void>((resume) => {
          http.close(() => resume(Effect.void))
          http.closeAllConnections()
        })
    )
    const address = listener.address()

    const server: AuthorizationServer = {
      url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
      counters,
      rotations,
      options: { life: 3600, rate: 1, grace: 120_000, latency: 0, ...given },
      fault: { _tag: "None" },
      current: (family) => families.get(family)?.refreshToken,
      revoked: (family) => families.get(family)?.revoked ?? false,
      holdAt: (family, stage) =>
        Effect.gen(function* () {
          const reached = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          holds.set(family, { stage, reached, go })
          return { reached: Deferred.await(reached), release: Effect.asVoid(Deferred.succeed(go, undefined)) }
        })
    }
    return server
  })
