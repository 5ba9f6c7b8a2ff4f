/** The contract of stores within workerd: `/D1/3` runs the fourth case on D1. */
import type { TokenStore } from "effect-spotify"
import { D1TokenStore } from "effect-spotify/sql"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"

export interface Variables {
  readonly DB: D1TokenStore.Database
}

const cases = TokenStoreContract.casesWith({ ended: 300 })

const stores: Record<string, (variables: Variables) => Layer.Layer<TokenStore.TokenStore, unknown>> = {
  D1: ({ DB }) => D1TokenStore.layer({ database: DB, table: "contract", createTable: true })
}

export default {
  fetch: async (request: Request, variables: Variables): Promise<Response> => {
    const [, store = "", index = ""] = new URL(request.url).pathname.split("/")
    const layer = stores[store]
    const found = cases[Number(index)]
    if (layer === undefined || found === undefined) {
      return new Response("no such store or case", { status: 404 })
    }
    const exit = await Effect.runPromiseExit(Effect.provide(found.run, layer(variables)))
    return Exit.isSuccess(exit)
      ? new Response("done")
      : new Response(Cause.pretty(exit.cause), { status: 500 })
  }
}
