// node scripts/install-chromium.mjs: installs Chromium for the tests of pages, where it is missing.
//
// It is the distribution's (Debian and its kin), through apt-get; elsewhere put a Chromium anywhere and name
// it in CHROMIUM. Without one those tests are skipped, except under CI=true, where they fail.
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"

const path = process.env.CHROMIUM ?? "/usr/bin/chromium"

const run = (command, ...args) => {
  const { error, status } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  })
  if (error !== undefined || status !== 0) {
    console.error(
      `install-chromium: ${command} ${args.join(" ")} failed: ${error?.message ?? `code ${status}`}`
    )
    process.exit(1)
  }
}

if (Fs.existsSync(path)) console.log(`install-chromium: ${path} is there`)
else if (process.platform !== "linux" || !Fs.existsSync("/usr/bin/apt-get")) {
  console.error("install-chromium: there is no apt-get here; install Chromium and set CHROMIUM to its path")
  process.exit(1)
} else {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"]
  const [command = "", ...args] = [...sudo, "apt-get"]
  run(command, ...args, "update")
  run(command, ...args, "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
  if (!Fs.existsSync(path)) {
    console.error(`install-chromium: apt-get gave no ${path}`)
    process.exit(1)
  }
}
