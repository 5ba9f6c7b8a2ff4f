// How a benchmark measures, and what it answers with.

/** One line of a benchmark: what it cost us, the peers, and the least that it can cost. */
export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  /** The cheapest way there is on this machine; null where none was measured. */
  readonly floor: number | null
  /** Ours against what the goal is set against. */
  readonly ratio: number | null
  /** What is wanted of the ratio or of the value, such as `<= 1.25`. */
  readonly goal?: string
}

export interface Context {
  /** Fewer and shorter rounds: to see that everything works, not to publish. */
  readonly quick: boolean
}

export interface Benchmark {
  readonly name: string
  readonly title: string
  readonly run: (context: Context) => Promise<ReadonlyArray<Row>>
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export const geometricMean = (values: ReadonlyArray<number>): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** Processor time, user and system, of all threads of this process, in microseconds. */
export const cpuOf = async (use: () => Promise<unknown>): Promise<{ cpu: number; wall: number }> => {
  const before = process.cpuUsage()
  const began = performance.now()
  await use()
  const wall = performance.now() - began
  const { system, user } = process.cpuUsage(before)
  return { cpu: system + user, wall }
}

/**
 * Runs each subject once per round, in turn and every second round backwards, so that what else the machine
 * does hits all alike. The answers are in the order of the rounds.
 */
export const interleaved = async <Name extends string, A>(
  names: ReadonlyArray<Name>,
  rounds: number,
  run: (name: Name) => Promise<A>
): Promise<Record<Name, Array<A>>> => {
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Array<A>>
  for (let index = 0; index < rounds; index++) {
    for (const name of index % 2 === 0 ? names : [...names].reverse()) {
      found[name].push(await run(name))
    }
  }
  return found
}

/** The median of the ratios within a round. */
export const ratioOf = (ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): number =>
  median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)))
