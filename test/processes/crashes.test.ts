import { assert, describe, it } from "@effect/vitest"
import { CallOptions, SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { FetchHttpClient } from "@effect/platform"
import * as Fake from "../support/fakeSpotify.js"
import { getArtist, ok } from "../support/numberedClient.js"
import * as AuthorizationServer from "./authorizationServer.js"
import * as Backends from "./backends.js"
import * as Fleet from "./fleet.js"

const seed = 20_260_602

const times = { timeout: 5_000, storeTimeout: 3_000 }

const titles = {
  E1: "before the lease is written",
  E2: "with the lease written",
  E3: "with the request sent",
  E4: "after the server rotated",
  E5: "with the answer read",
  E6: "before the result is written",
  E7: "after the result was written",
  E8: "after the waiters got the token",
  E9: "after the link and before the sync of the directory"
} as const

type Id = keyof typeof titles

const points = { E1: "e1", E2: "e2", E5: "e5", E6: "e6", E7: "e7", E8: "e8", E9: "e9" } as const

/** From the server's rotation to the store's write. */
const window: ReadonlySet<Id> = new Set(["E4", "E5", "E6"])

const isAfterWrite = (id: Id) => id === "E7" || id === "E8" || id === "E9"

interface Stage {
  readonly server: AuthorizationServer.AuthorizationServer
  readonly survivor: Fleet.Worker
  readonly settings: Fleet.Settings
}

const stage = (kind: Backends.Kind) =>
  Effect.gen(function* () {
    const server = yield* AuthorizationServer.make()
    const settings: Fleet.Settings = {
      ...times,
      backend: yield* Backends.acquire(kind),
      accountsUrl: server.url,
      sessions: "many",
      seed
    }
    return { server, settings, survivor: yield* Fleet.spawn(settings) } satisfies Stage
  })

/** One process dies at a point, and another one goes on. */
const crash = ({ server, settings, survivor }: Stage, id: Id, mode: AuthorizationServer.Mode) =>
  Effect.gen(function* () {
    const name = `${id} ${mode}`
    const session = `${id}-${mode}`
    const family = `${mode}.${id}`
    const old = yield* survivor.token({ op: "login", code: family, session })
    const victim = yield* Fleet.spawn(settings)
    if (id === "E3" || id === "E4") {
      const hold = yield* server.holdAt(family, id === "E3" ? "arrived" : "committed")
      yield* Effect.fork(victim.ask({ op: "refresh", session }))
      yield* hold.reached
      yield* victim.kill
      if (id === "E4") {
        yield* hold.release
      }
    } else {
      yield* victim.must({ op: "arm", point: points[id], how: "kill" })
      yield* Effect.fork(victim.ask({ op: "refresh", session }))
    }
    const ended = yield* victim.ended
    assert.strictEqual(ended.signal, "SIGKILL", name)

    // The token before is good still, and nobody has to wait for it
    const read = yield* survivor.ask({ op: "read", session })
    assert.strictEqual(read._tag, "Success", name)

    // One lease is waited for and no second one; how many seconds it takes on an idle machine is N4's to say
    const next = yield* survivor.ask({ op: "refresh", session })
    assert.isBelow(Date.now() - ended.at, 1.5 * Fleet.lease(times), name)
    if (mode === "strict" && window.has(id)) {
      assert.deepInclude(next, { _tag: "Failure" }, name)
      assert.isTrue(
        next._tag === "Failure" &&
          next.failure.tag === "ReauthorizationRequired" &&
          next.failure.detail === "CrashedDuringRotation",
        `${name}: ${JSON.stringify(next)}`
      )
      return
    }
    assert.isTrue(next._tag === "Success" && next.value !== old, `${name}: ${JSON.stringify(next)}`)
    if (isAfterWrite(id)) {
      // What the dead process had written was taken over without a request
      assert.strictEqual(server.rotations.filter((rotation) => rotation.family === family).length, 1, name)
    }
  })

describe("kill -9 in the middle of a refresh", () => {
  for (const kind of ["file", "redis", "postgres", "mariadb"] as const) {
    const ids = (Object.keys(titles) as Array<Id>).filter((id) => id !== "E9" || kind === "file")
    it.scopedLive(`${ids.join(" ")}: at each point, with each kind of server, on ${kind}`, () =>
      Effect.gen(function* () {
        const theStage = yield* stage(kind)
        const runs = ids.flatMap((id) =>
          (["static", "grace", "strict"] as const).map((mode) => [id, mode] as const)
        )
        const fibers = yield* Effect.forEach(runs, ([id, mode]) => Effect.fork(crash(theStage, id, mode)), {
          concurrency: 1
        })
        yield* Effect.forEach(fibers, Fiber.join, { discard: true })
      })
    )
  }
})

describe("a call elsewhere, when a process was killed in the middle of a refresh", () => {
  it.scopedLive("has its own time, says what it waited for, and succeeds later", () =>
    Effect.gen(function* () {
      const server = yield* AuthorizationServer.make({ life: 1 })
      const backend = yield* Backends.acquire("file")
      const settings: Fleet.Settings = { ...times, backend, accountsUrl: server.url, seed }
      const victim = yield* Fleet.spawn(settings)
      yield* victim.must({ op: "login", code: "static.k13" })
      const hold = yield* server.holdAt("static.k13", "arrived")
      yield* Effect.fork(victim.ask({ op: "refresh" }))
      yield* hold.reached
      yield* victim.kill
      const { at } = yield* victim.ended
      // The token before is over
      yield* Effect.sleep("1 second")

      const config = SpotifyConfig.layer({ clientId: "client", accountsUrl: server.url })
      const session = yield* Layer.build(
        SessionService.layerPkce(times).pipe(
          Layer.provide([Backends.layer(backend), FetchHttpClient.layer]),
          Layer.provideMerge(config)
        )
      )
      const spotify = yield* SpotifyClient.make().pipe(
        Effect.provide(
          Layer.merge(
            Layer.succeedContext(session),
            Fake.layer(() => Effect.sync(ok))
          )
        )
      )
      const call = getArtist(spotify)
      const began = Date.now()
      const error = yield* Effect.flip(CallOptions.withOptions(call, { totalTimeout: "1 second" }))
      assert.isBelow(Date.now() - began, 0.9 * Fleet.lease(times))
      assert.isTrue(error._tag === "ServiceUnavailable" && error.waitedFor === "Session", error.message)
      assert.strictEqual((yield* call).name, "Artist")
      assert.isBelow(Date.now() - at, 1.5 * Fleet.lease(times))
    })
  )
})
