/** The contract of stores within workerd: `/D1/3` runs the fourth case on D1. */
import { DurableObjectTokenStore, TokenStore } from "effect-spotify"
import { D1TokenStore } from "effect-spotify/sql"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"

export interface Variables {
  readonly DB: D1TokenStore.Database
  readonly SESSIONS: DurableObjectTokenStore.Namespace<unknown>
}

/** The object of the package. A test may put anything into it by PUT, and look behind it by HEAD. */
export class SpotifySessions extends DurableObjectTokenStore.TokenStoreObject {
  readonly #state: DurableObjectTokenStore.ObjectState

  constructor(state: DurableObjectTokenStore.ObjectState) {
    super(state)
    this.#state = state
  }

  override fetch(request: Request): Promise<Response> {
    return request.method === "PUT"
      ? request.json().then((value) => {
          this.#state.storage.kv.put("record", value)
          return new Response("put")
        })
      : request.method === "HEAD"
        ? Promise.resolve(
            new Response(null, { status: this.#state.storage.kv.get("record") === undefined ? 404 : 200 })
          )
        : super.fetch(request)
  }
}

const cases = TokenStoreContract.casesWith({ ended: 300 })

const stores: Record<string, (variables: Variables) => Layer.Layer<TokenStore.TokenStore, unknown>> = {
  D1: ({ DB }) => D1TokenStore.layer({ database: DB, table: "contract", createTable: true }),
  "Durable-Objects": ({ SESSIONS }) => DurableObjectTokenStore.layer({ namespace: SESSIONS })
}

/** What something else may have put at the key of a record. */
const foreign = [
  { reason: "Decode", value: "text" },
  { reason: "Decode", value: { payload: "text" } },
  { reason: "Decode", value: { version: "version", payload: 1 } },
  { reason: "TooLarge", value: { version: "version", payload: "x".repeat(1_000_000), disposableAt: null } }
] as const

/** Alarms drop records that nobody asks for any more, and leave those whose time has not come. */
const alarms = ({ SESSIONS }: Variables) =>
  Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const now = yield* DateTime.now
    const add = (key: string, disposableAt: Option.Option<DateTime.Utc>) =>
      Effect.flatMap(TokenStore.newVersion, (version) =>
        store.commit({
          key: TokenStore.StoreKey(key),
          expected: Option.none(),
          next: Option.some({ version, payload: Redacted.make("text"), disposableAt })
        })
      )
    const isStored = (key: string) =>
      Effect.promise(() =>
        SESSIONS.get(SESSIONS.idFromName(key)).fetch("https://test/", { method: "HEAD" })
      ).pipe(Effect.map(({ status }) => status === 200))
    yield* add("over", Option.some(DateTime.subtract(now, { days: 1 })))
    yield* add("later", Option.some(DateTime.add(now, { days: 1 })))
    yield* add("kept", Option.none())
    yield* Effect.repeat(isStored("over"), {
      until: (stored) => !stored,
      schedule: Schedule.spaced("100 millis")
    })
    const left = yield* Effect.all([isStored("later"), isStored("kept")])
    if (left.includes(false)) {
      return yield* Effect.dieMessage(`left: ${left.join()}`)
    }
  })

const replaceable = ({ SESSIONS }: Variables) =>
  Effect.forEach(foreign, ({ reason, value }) =>
    TokenStoreContract.replaceable(reason, (at) =>
      Effect.promise(() =>
        SESSIONS.get(SESSIONS.idFromName(at)).fetch("https://test/", {
          method: "PUT",
          body: JSON.stringify(value)
        })
      )
    )
  )

export default {
  fetch: async (request: Request, variables: Variables): Promise<Response> => {
    const [, store = "", index = ""] = new URL(request.url).pathname.split("/")
    const layer = stores[store]
    const run =
      index === "replaceable"
        ? replaceable(variables)
        : index === "alarms"
          ? alarms(variables)
          : cases[Number(index)]?.run
    if (layer === undefined || run === undefined) {
      return new Response("no such store or case", { status: 404 })
    }
    const exit = await Effect.runPromiseExit(Effect.provide(run, layer(variables)))
    return Exit.isSuccess(exit)
      ? new Response("done")
      : new Response(Cause.pretty(exit.cause), { status: 500 })
  }
}
