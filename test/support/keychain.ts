import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A keychain that is a file of JSON, and locked where no variable names one. */
const keychain = `
  import { existsSync, readFileSync, writeFileSync } from "node:fs"
  const file = process.env.KEYCHAIN
  const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {})
  export class AsyncEntry {
    constructor(service, account, { linux }) {
      if (file === undefined || linux.store !== "secret-service") throw new Error("locked")
      this.name = service + " " + account
    }
    async getPassword() {
      return process.env.KEYCHAIN_HANGS === undefined ? (read()[this.name] ?? null) : new Promise(() => {})
    }
    async setPassword(password) { writeFileSync(file, JSON.stringify({ ...read(), [this.name]: password })) }
  }`

/** Installs it in place of @napi-rs/keyring, for programs in the directory. */
export const install = (directory: string): void => {
  const place = join(directory, "node_modules", "@napi-rs", "keyring")
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, "package.json"), JSON.stringify({ type: "module", main: "index.js" }))
  writeFileSync(join(place, "index.js"), keychain)
}
