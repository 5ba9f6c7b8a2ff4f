/**
 * The Worker with its sessions in D1: one database for all of them.
 */
// run: by hand, wrangler serves it
import { D1TokenStore, SqlTokenStore } from "effect-spotify/sql"
import * as Effect from "effect/Effect"
import { makeWorker } from "./app.js"

interface Env {
  readonly DB: D1TokenStore.Database
}

export default {
  ...makeWorker((env: Env) => D1TokenStore.layer({ database: env.DB })),
  /** Once a day: logins begin faster than others clear what was left of them, or nobody logs in any more. */
  scheduled: (_: unknown, env: Env): Promise<number> =>
    SqlTokenStore.purge().pipe(Effect.provide(D1TokenStore.layerClient(env.DB)), Effect.runPromise)
}
