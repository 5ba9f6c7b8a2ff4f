/** The runtime for code without Effect, as such code uses it: with `await`, `for await` and an `AbortSignal`. */
import { assert, describe, it } from "@effect/vitest"
import {
  Session,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId,
  SpotifyRuntime,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SignIn, SpotifyClientStub } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { getEventListeners } from "node:events"
import { inspect } from "node:util"
import { expectTypeOf } from "vitest"
import { shown } from "../support/shown.js"

/** What a promise rejects with. */
const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => assert.fail(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason
  )

const tagOf = (error: unknown) => (error as { readonly _tag?: unknown })._tag

const collect = async <A>(items: AsyncIterable<A>) => {
  const all: Array<A> = []
  for await (const item of items) {
    all.push(item)
  }
  return all
}

/** Nothing of Spotify: what runs is the test's own. */
const bare = () => SpotifyRuntime.make(SpotifyClientStub.layer({}))

class Broken extends Schema.TaggedError<Broken>("test/Broken")("Broken", {}) {}

const usersLayer = (session: SessionService.Options = {}) =>
  SpotifyClient.layer().pipe(
    Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many", ...session })),
    Layer.provideMerge(Layer.merge(TokenStore.layerMemory, SpotifyEmulator.layer()))
  )

const key = Session.SessionKey
const artist = SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb")

describe("SpotifyRuntime", () => {
  it("gives a promise for an effect and an iterable for a stream, before and after the layer is built", async () => {
    await using spotify = bare()
    for (const _ of ["unbuilt", "built"]) {
      assert.strictEqual(await spotify.run(() => Effect.succeed(1)), 1)
      assert.deepStrictEqual(await collect(spotify.run(() => Stream.make("a", "b"))), ["a", "b"])
    }
    await using other = bare()
    assert.deepStrictEqual(await collect(other.run(() => Stream.make("a", "b"))), ["a", "b"])
  })

  it("an async function can return the iterable, which is anew for each iteration", async () => {
    await using spotify = bare()
    let asked = 0
    const list = async () =>
      spotify.run(() => {
        asked += 1
        return Stream.make(1, 2)
      })
    const items = await list()
    assert.deepStrictEqual([await collect(items), await collect(items), asked], [[1, 2], [1, 2], 1])
  })

  it("takes what the layer gives and nothing else", async () => {
    await using spotify = bare()
    expectTypeOf(spotify).toEqualTypeOf<SpotifyRuntime.SpotifyRuntime<SpotifyClient.SpotifyClient, never>>()
    expectTypeOf(spotify).not.toMatchTypeOf<
      SpotifyRuntime.SpotifyRuntime<SpotifyClient.SpotifyClient | SessionService.SessionService, never>
    >()
    // @ts-expect-error -- the layer gives no SpotifyClient
    assert.isDefined(SpotifyRuntime.make(TokenStore.layerMemory))
    const profile = (runtime: SpotifyRuntime.SpotifyRuntime<SpotifyClient.SpotifyClient, never>) =>
      runtime.run((client) => client.me.profile).then(({ id }) => id)
    const names = (runtime: SpotifyRuntime.SpotifyRuntime<SpotifyClient.SpotifyClient, never>) =>
      collect(runtime.run((client) => client.artists.albums(artist))).then((all) =>
        all.map(({ name }) => name)
      )
    assert.deepStrictEqual(
      [tagOf(await rejection(profile(spotify))), tagOf(await rejection(names(spotify)))],
      [undefined, undefined]
    )
  })

  it("builds the layer once, at the first run", async () => {
    let built = 0
    const layer = Layer.merge(
      SpotifyClientStub.layer({}),
      Layer.effectDiscard(Effect.sync(() => (built += 1)))
    )
    await using spotify = SpotifyRuntime.make(layer)
    assert.strictEqual(built, 0)
    await Promise.all([
      spotify.run(() => Effect.void),
      collect(spotify.run(() => Stream.empty)),
      spotify.runPromise(Effect.void)
    ])
    assert.strictEqual(built, 1)
  })

  it("rejects with the error itself, with a defect, and with what the layer failed with", async () => {
    await using spotify = bare()
    const broken = new Broken()
    const defect = new TypeError("a mistake")
    const fails = (effect: Effect.Effect<never, unknown>) => [
      rejection(spotify.run(() => effect)),
      rejection(collect(spotify.run(() => Stream.concat(Stream.make(1), effect))))
    ]
    for (const reason of await Promise.all(fails(Effect.fail(broken)))) {
      assert.strictEqual(reason, broken)
    }
    for (const reason of await Promise.all(fails(Effect.die(defect)))) {
      assert.strictEqual(reason, defect)
    }
    const thrown = spotify.run((): Effect.Effect<void> => {
      throw defect
    })
    assert.strictEqual(await rejection(thrown), defect)
    const misconfigured = SpotifyRuntime.make(
      Layer.merge(SpotifyClientStub.layer({}), SpotifyConfig.layer({ clientId: "" }))
    )
    assert.include(inspect(await rejection(misconfigured.run(() => Effect.void))), "clientId")
    assert.include(inspect(await rejection(collect(misconfigured.run(() => Stream.empty)))), "clientId")
  })

  it("gives what came before the error, then the error, and is done then", async () => {
    await using spotify = bare()
    const broken = new Broken()
    const iterable = spotify.run(() => Stream.concat(Stream.make(1, 2), Stream.fail(broken)))
    const items = iterable[Symbol.asyncIterator]()
    const answers = await Promise.allSettled([items.next(), items.next(), items.next(), items.next()])
    assert.deepStrictEqual(answers, [
      { status: "fulfilled", value: { done: false, value: 1 } },
      { status: "fulfilled", value: { done: false, value: 2 } },
      { status: "rejected", reason: broken },
      { status: "fulfilled", value: { done: true, value: undefined } }
    ])
  })

  it("fetches a page only when the loop comes to it, and ends the stream when the loop is left", async () => {
    await using spotify = bare()
    const seen: Array<string> = []
    const pages = () =>
      Stream.range(1, 9).pipe(
        Stream.tap((page) => Effect.sync(() => seen.push(`page ${page}`))),
        Stream.rechunk(1),
        Stream.flatMap((page) => Stream.make(page * 10, page * 10 + 1)),
        Stream.ensuring(Effect.sync(() => seen.push("closed")))
      )
    for await (const item of spotify.run(pages)) {
      seen.push(String(item))
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (item === 21) {
        break
      }
    }
    assert.deepStrictEqual(seen, ["page 1", "10", "11", "page 2", "20", "21", "closed"])
  })

  it("return ends a stream that nothing comes from, and whoever waits for it", async () => {
    await using spotify = bare()
    let isClosed = false
    const never = Stream.ensuring(
      Stream.never,
      Effect.sync(() => (isClosed = true))
    )
    const items = spotify.run(() => never)[Symbol.asyncIterator]()
    const waiting = items.next()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepStrictEqual(await items.return?.(), { done: true, value: undefined })
    assert.isTrue(isClosed)
    assert.deepStrictEqual(await waiting, { done: true, value: undefined })
    assert.deepStrictEqual(await items.next(), { done: true, value: undefined })
    const unused = spotify.run(() => never)[Symbol.asyncIterator]()
    assert.deepStrictEqual(await unused.return?.(), { done: true, value: undefined })
    assert.deepStrictEqual(await unused.next(), { done: true, value: undefined })
  })

  it("ends on its signal, with the signal's reason, and leaves no listener behind", async () => {
    await using spotify = bare()
    const ended: Array<string> = []
    const never = (name: string) =>
      Effect.ensuring(
        Effect.never,
        Effect.sync(() => ended.push(name))
      )
    const abort = new AbortController()
    const { signal } = abort
    const reasons = Promise.all([
      rejection(spotify.run(() => never("effect"), { signal })),
      rejection(collect(spotify.run(() => Stream.concat(Stream.make(1), never("stream")), { signal })))
    ])
    const [done] = await Promise.all([
      spotify.run(() => Effect.succeed(1), { signal }),
      collect(spotify.run(() => Stream.make(1), { signal }))
    ])
    assert.deepStrictEqual([done, getEventListeners(signal, "abort").length], [1, 2])
    const reason = new Error("enough")
    abort.abort(reason)
    assert.deepStrictEqual(await reasons, [reason, reason])
    assert.deepStrictEqual(ended.sort(), ["effect", "stream"])
    assert.strictEqual(getEventListeners(signal, "abort").length, 0)
    const late = spotify.run(() => Effect.dieMessage("ran"), { signal })
    assert.strictEqual(await rejection(late), reason)
    assert.strictEqual(
      await rejection(collect(spotify.run(() => Stream.dieMessage("ran"), { signal }))),
      reason
    )
    assert.strictEqual(
      tagOf(await rejection(spotify.run(() => new Broken(), { signal: AbortSignal.timeout(1e6) }))),
      "Broken"
    )
  })

  it("dispose ends what runs, closes the layer, and refuses what comes later", async () => {
    const closed: Array<string> = []
    const layer = Layer.merge(
      SpotifyClientStub.layer({}),
      Layer.scopedDiscard(Effect.addFinalizer(() => Effect.sync(() => closed.push("layer"))))
    )
    const spotify = SpotifyRuntime.make(layer)
    const never = Effect.ensuring(
      Effect.never,
      Effect.sync(() => closed.push("run"))
    )
    const promise = rejection(spotify.run(() => never))
    const items = rejection(collect(spotify.run(() => Stream.fromEffect(never))))
    await spotify.run(() => Effect.void)
    await spotify.dispose()
    assert.deepStrictEqual(closed, ["run", "run", "layer"])
    const later = rejection(spotify.run(() => Effect.void))
    for (const reason of await Promise.all([promise, items, later])) {
      assert.instanceOf(reason, SpotifyRuntime.RuntimeDisposed)
    }
    await spotify.dispose()
    const exit = await spotify.runPromiseExit(Effect.void)
    assert.deepStrictEqual(exit, Exit.die(new SpotifyRuntime.RuntimeDisposed()))
  })

  it("keeps two users apart who call at the same time, over one runtime", async () => {
    await using spotify = SpotifyRuntime.make(usersLayer())
    const users = ["free-listener", "premium-listener"] as const
    await Promise.all(users.map((user) => spotify.run(() => SignIn.signIn({ user }), { session: key(user) })))
    const saved = (user: string) =>
      collect(spotify.run((client) => client.library.savedTracks(), { session: key(user) }))
    const alone = [await saved(users[0]), await saved(users[1])]
    const [free, premium, ...profiles] = await Promise.all([
      saved(users[0]),
      saved(users[1]),
      ...Array.from({ length: 50 }, (_, i) =>
        spotify.run((client) => client.me.profile, { session: key(users[i % 2] ?? "") })
      )
    ])
    assert.notDeepEqual(free, premium)
    assert.deepStrictEqual([free, premium], alone)
    profiles.forEach(({ id }, i) => assert.strictEqual(id, users[i % 2]))
    assert.strictEqual(tagOf(await rejection(spotify.run((client) => client.me.profile))), "NotAuthenticated")
    assert.strictEqual(
      tagOf(await rejection(collect(spotify.run((client) => client.playlists.mine())))),
      "NotAuthenticated"
    )
  })

  it("no token or secret is in what a rejection prints, whatever Spotify answers with", async () => {
    await using spotify = SpotifyRuntime.make(usersLayer({ maxStaleness: 0 }))
    const session = key("free-listener")
    await spotify.run(() => SignIn.signIn({ user: "free-listener" }), { session })
    const { accessToken, controls, records, secret } = await spotify.run(
      (): Effect.Effect<
        {
          readonly accessToken: string
          readonly controls: SpotifyEmulator.Controls
          readonly records: string
          readonly secret: string
        },
        unknown,
        SessionService.SessionService | SpotifyEmulator.SpotifyEmulator | TokenStore.TokenStore
      > =>
        Effect.gen(function* () {
          const emulator = yield* SpotifyEmulator.SpotifyEmulator
          const { accessToken } = yield* SessionService.SessionService
          const store = yield* TokenStore.TokenStore
          const record = yield* store.get(
            TokenStore.StoreKey(`effect-spotify:${emulator.apps.confidential.clientId}:session:${session}`)
          )
          return {
            controls: emulator.controls,
            accessToken: Redacted.value(yield* accessToken),
            records: Option.match(record, {
              onNone: () => "",
              onSome: ({ payload }) => Redacted.value(payload)
            }),
            secret: Redacted.value(emulator.apps.confidential.clientSecret)
          }
        }),
      { session }
    )
    const { token } = JSON.parse(records) as { readonly token: { readonly refreshToken: string } }
    const secrets = [accessToken, token.refreshToken, secret]
    assert.isTrue(secrets.every((text) => text.length > 20))
    const echo = secrets.join(" ")
    const troubles: ReadonlyArray<readonly [string, Effect.Effect<unknown>]> = [
      ["DecodeError", controls.failNext({ status: 200, body: JSON.stringify({ id: 1, echo }) })],
      [
        "Forbidden",
        controls.failNext({ status: 403, body: JSON.stringify({ error: { status: 403, message: echo } }) })
      ],
      ["ServiceUnavailable", controls.failNext({ count: 9, status: 503, body: echo })],
      ["ReauthorizationRequired", controls.revokeGrant({ user: "free-listener" })]
    ]
    for (const [tag, trouble] of troubles) {
      await spotify.runPromise(trouble)
      for (const call of [
        () => rejection(spotify.run((client) => client.me.profile, { session })),
        () => rejection(collect(spotify.run((client) => Stream.fromEffect(client.me.profile), { session })))
      ]) {
        const reason = await call()
        const text = `${shown(reason)}${inspect(new Error("handled", { cause: reason }), { depth: 30 })}`
        assert.include([tag], tagOf(reason), text)
        assert.deepStrictEqual(
          secrets.filter((one) => text.includes(one)),
          [],
          tag
        )
        await spotify.runPromise(trouble)
      }
      await spotify.runPromise(controls.faults.clear)
    }
  })
})
