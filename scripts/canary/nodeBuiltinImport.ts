import * as Fs from "node:fs"

export const canary = Fs.readFileSync
