import type { Goal } from "../goal.js"
import { clocks } from "./clocks.js"
import { expiries } from "./expiries.js"
import { fuzz } from "./fuzz.js"
import { hotPath } from "./hotPath.js"
import { inProcess } from "./inProcess.js"
import { kills } from "./kills.js"
import { nonces } from "./nonces.js"
import { outages } from "./outages.js"
import { stores } from "./stores.js"
import { suites } from "./suites.js"

/** All goals, in the order of their numbers. */
export const goals: ReadonlyArray<Goal> = [
  ...expiries,
  ...inProcess,
  ...kills,
  ...outages,
  ...fuzz,
  ...hotPath,
  ...stores,
  ...clocks,
  nonces,
  ...suites
].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))
