// Copies the independent authorization server out of ../shared, where it is there, and installs it, so that
// test/conformance/oauthServer.test.ts can run against it. Does nothing elsewhere.
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"

const source = fileURLToPath(new URL("../../shared/oauth-server", import.meta.url))
const target = fileURLToPath(new URL("../.cache/oauth-server", import.meta.url))

if (!existsSync(source)) {
  console.log("no ../shared/oauth-server here: the tests against it are skipped")
} else if (existsSync(`${target}/node_modules/oidc-provider`)) {
  console.log("the authorization server is installed")
} else {
  mkdirSync(target, { recursive: true })
  for (const file of ["package.json", "server.mjs"]) {
    cpSync(`${source}/${file}`, `${target}/${file}`)
  }
  execFileSync("npm", ["install", "--no-package-lock", "--omit=dev", "--ignore-scripts"], {
    cwd: target,
    stdio: "inherit"
  })
}
