import type { Benchmark } from "../measure.js"
import { benchmark as accessToken } from "./accessToken.js"
import { benchmark as batching } from "./batching.js"
import { benchmark as bundle } from "./bundle.js"
import { benchmark as emulator } from "./emulator.js"
import { benchmarks as fetch } from "./fetch.js"
import { benchmark as gate } from "./gate.js"
import { benchmark as growth } from "./growth.js"
import { benchmark as imports } from "./imports.js"
import { benchmark as lookups } from "./lookups.js"
import { benchmark as paging } from "./paging.js"
import { benchmarks as request } from "./request.js"
import { benchmark as stampede } from "./stampede.js"
import { benchmark as validation } from "./validation.js"

export const benchmarks: ReadonlyArray<Benchmark> = [
  ...request,
  ...fetch,
  validation,
  paging,
  stampede,
  accessToken,
  lookups,
  batching,
  gate,
  growth,
  imports,
  bundle,
  emulator
]
