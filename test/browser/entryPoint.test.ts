import { assert, it } from "@effect/vitest"
import { SpotifyConfig } from "effect-spotify"
import { BrowserSpotify } from "effect-spotify/browser"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { build } from "esbuild"
import { readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { runInNewContext } from "node:vm"
import ts from "typescript"

const root = fileURLToPath(new URL("../..", import.meta.url))
const entry = resolve(root, "src/browser.ts")
const parts = ["src/browser/BrowserLogin.ts", "src/browser/BrowserTokenStore.ts"]

/**
 * The sources whose declarations a program sees that imports the parts of the entry point. Each is turned into its
 * declarations by itself, in which only those imports are left that its types name.
 */
const reachable = (): ReadonlyMap<string, string> => {
  const reached = new Map<string, string>()
  const visit = (path: string) => {
    if (reached.has(path)) {
      return
    }
    const source = readFileSync(path, "utf8")
    reached.set(path, source)
    const { outputText } = ts.transpileDeclaration(source, {
      fileName: path,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        isolatedDeclarations: true
      }
    })
    for (const [, found = ""] of outputText.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      visit(resolve(dirname(path), found.replace(/\.js$/, ".ts")))
    }
  }
  parts.forEach((part) => visit(resolve(root, part)))
  return reached
}

it("F25: the layer of a page takes no client secret, nor a configuration that has one", () => {
  const app = { clientId: "0123456789abcdef0123456789abcdef", redirectUri: "http://127.0.0.1:5173/callback" }
  // @ts-expect-error -- a page cannot keep a secret
  BrowserSpotify.layer({ ...app, clientSecret: Redacted.make("secret") })
  // @ts-expect-error -- nor the layer of an app that has one
  BrowserSpotify.layer({ ...app, config: SpotifyConfig.layerConfig() })
  assert.isTrue(Layer.isLayer(BrowserSpotify.layer(app)))
})

it("F25: no type that holds a client secret can be reached from the login and the store of a page", () => {
  const reached = reachable()
  const names = [...reached.keys()].map((path) => relative(root, path))
  assert.includeMembers(names, [...parts, "src/session/LoginService.ts", "src/store/TokenStore.ts"])
  for (const [path, source] of reached) {
    assert.notMatch(source, /clientSecret\b/, path)
  }
})

it("the bundle of the browser entry point holds no module of Node", async () => {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent"
  })
  const inputs = Object.keys(metafile.inputs)
  const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  assert.isAbove(inputs.length, 10)
  assert.deepStrictEqual(
    [...inputs, ...imports].filter((path) => path.startsWith("node:") || builtinModules.includes(path)),
    []
  )
})

it("importing the browser entry point needs nothing of a browser", async () => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "entry",
    platform: "browser",
    logLevel: "silent"
  })
  // What Effect itself needs, and every server and worker has: no window, no document, no crypto, no storage
  const modules = runInNewContext(`${outputFiles[0]?.text ?? ""}\nObject.keys(entry)`, { URL, TextEncoder })
  assert.sameMembers([...modules], ["BrowserLogin", "BrowserSpotify", "BrowserTokenStore"])
})
