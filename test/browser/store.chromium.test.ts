import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { describe } from "vitest"
import * as TokenStoreContract from "../../src/testing/TokenStoreContract.js"
import * as Chromium from "./chromium.js"
import type { StoreProgram } from "./pages/store.js"

const { step } = Chromium

const site = Effect.flatMap(Chromium.bundle("test/browser/pages/store.ts"), (files) => Chromium.serve(files))

type Answer<Name extends keyof StoreProgram> = Awaited<ReturnType<StoreProgram[Name]>>

/** Calls a function of the program in the page. */
const call = <Name extends keyof StoreProgram>(
  page: Page,
  name: Name,
  ...parameters: Parameters<StoreProgram[Name]>
): Effect.Effect<Answer<Name>> =>
  step(async (): Promise<unknown> => {
    await page.waitForFunction(() => globalThis.storeProgram !== undefined)
    return page.evaluate(
      ([name, parameters]) => {
        const program = globalThis.storeProgram as unknown as Record<
          string,
          (..._: Array<unknown>) => unknown
        >
        return program[name]?.(...parameters)
      },
      [name, parameters as Array<unknown>] as const
    )
  }).pipe(Effect.map((answer) => answer as Answer<Name>))

const open = (url: string) =>
  Effect.gen(function* () {
    const context = yield* Chromium.profile
    const page = yield* step(() => context.newPage())
    yield* step(() => page.goto(url))
    return { context, page }
  })

if (!Chromium.isThere && process.env["CI"] === "true") {
  it("needs Chromium", () => {
    assert.fail(Chromium.missing)
  })
}

describe.skipIf(!Chromium.isThere)(
  `the store in Chromium${Chromium.isThere ? "" : ` (${Chromium.missing})`}`,
  () => {
    layer(Chromium.ChromiumLayer, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
      it.scoped("the whole contract, in a page", () =>
        Effect.gen(function* () {
          const { page } = yield* open((yield* site).origin)
          const names = yield* call(page, "names")
          assert.strictEqual(names.length, TokenStoreContract.cases.length)
          for (const name of names) {
            assert.isNull(yield* call(page, "runCase", name), name)
          }
        })
      )

      it.scoped("the whole contract, in a worker", () =>
        Effect.gen(function* () {
          const { page } = yield* open((yield* site).origin)
          const failures = yield* step(() =>
            page.evaluate(
              async (names) => {
                const worker = new Worker("/script.js", { type: "module" })
                const failures: Array<string> = []
                for (const name of names) {
                  const result = await new Promise<unknown>((resolve, reject) => {
                    worker.addEventListener("message", (event) => resolve(event.data), { once: true })
                    worker.addEventListener("error", (event) => reject(new Error(event.message)), {
                      once: true
                    })
                    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
                    worker.postMessage(name)
                  })
                  if (result !== null) {
                    failures.push(`${name}: ${String(result)}`)
                  }
                }
                worker.terminate()
                return failures
              },
              TokenStoreContract.casesWith({ ended: 300 }).map(({ name }) => name)
            )
          )
          assert.deepStrictEqual(failures, [])
        })
      )

      it.scoped("C11: two tabs that write at once lose no write, and tell each other", () =>
        Effect.gen(function* () {
          const { origin } = yield* site
          const { context, page: one } = yield* open(origin)
          const two = yield* step(() => context.newPage())
          yield* step(() => two.goto(origin))
          yield* Effect.all([call(one, "count", "counter", 100), call(two, "count", "counter", 100)], {
            concurrency: 2
          })
          assert.strictEqual(yield* call(one, "read", "counter"), "200")

          const change = two.evaluate(() => globalThis.storeProgram?.nextChange("told"))
          const told = yield* Effect.raceFirst(
            step(() => change),
            // The subscription may begin after a write, so there are several
            Effect.forever(Effect.zipRight(call(one, "count", "told", 1), Effect.sleep("50 millis")))
          )
          assert.match(String(told), /^[\w-]{22}$/)
        })
      )

      it.scoped("C11: two tabs of one session, refused the same token at once: exactly one grant", () =>
        Effect.gen(function* () {
          const emulator = yield* Chromium.emulator()
          yield* emulator.controls.setRotation("always")
          const { origin } = yield* site
          const { context, page: one } = yield* open(origin)
          const two = yield* step(() => context.newPage())
          yield* step(() => two.goto(origin))
          const environment = {
            clientId: emulator.apps.public.clientId,
            accountsUrl: emulator.accountsUrl,
            apiUrl: emulator.apiUrl
          }
          for (const page of [one, two]) {
            yield* call(page, "startSession", environment, `${origin}/callback`)
          }
          const callback = yield* Effect.orDie(emulator.visit(yield* call(one, "begin")))
          // The verifier is in the store, so either tab can complete what the other began
          assert.strictEqual(yield* call(two, "complete", callback), "Active")
          const refused = yield* call(one, "accessToken")
          assert.strictEqual(yield* call(two, "accessToken"), refused)
          const answers = yield* Effect.all(
            [call(one, "renew", refused, 20), call(two, "renew", refused, 20)],
            {
              concurrency: 2
            }
          )
          const tokens = new Set(answers.flat())
          assert.strictEqual(tokens.size, 1)
          assert.isFalse(tokens.has(refused))
          assert.strictEqual((yield* emulator.controls.tokenRequests).refresh_token, 1)
        })
      )

      it.scoped("D11: no origin, an insecure origin, a full disk: typed, and nothing was written", () =>
        Effect.gen(function* () {
          const { origin, port } = yield* site
          const sandboxed = yield* open(`${origin}/sandboxed`)
          assert.deepStrictEqual(yield* call(sandboxed.page, "problems"), [
            "get: Denied, applied no",
            "commit: Denied, applied no"
          ])

          const insecure = yield* open(`http://${Chromium.insecureHost}:${port}/`)
          assert.deepStrictEqual(yield* call(insecure.page, "problems"), [
            "get: InsecureOrigin, applied no",
            "commit: InsecureOrigin, applied no"
          ])

          const { context, page } = yield* open(origin)
          const session = yield* step(() => context.newCDPSession(page))
          yield* step(() => session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 100_000 }))
          assert.strictEqual(yield* call(page, "write", "small", 100), "none")
          assert.strictEqual(
            yield* call(page, "write", "large", 20_000_000),
            "commit: QuotaExceeded, applied no"
          )
          assert.strictEqual(yield* call(page, "read", "large"), "")
          yield* step(() => session.send("Storage.overrideQuotaForOrigin", { origin }))
          assert.strictEqual(yield* call(page, "write", "large", 1000), "none")
        })
      )
    })
  }
)
