/**
 * The Worker with its sessions in Durable Objects: one object for each of them.
 */
// run: by hand, wrangler serves it
import { DurableObjectTokenStore } from "effect-spotify"
import { makeWorker } from "./app.js"

/** The class that `wrangler.durable-object.jsonc` names. */
export class SpotifySessions extends DurableObjectTokenStore.TokenStoreObject {}

interface Env {
  readonly SESSIONS: DurableObjectTokenStore.Namespace<unknown>
}

export default makeWorker((env: Env) => DurableObjectTokenStore.layer({ namespace: env.SESSIONS }))
