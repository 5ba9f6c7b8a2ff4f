import * as Effect from "effect/Effect"

/**
 * One caller's use of the semaphore. The permit knows what it holds, so an interruption at any time leaks
 * nothing as long as {@link end} is ensured.
 */
export interface Permit {
  /** Acquires a slot if one is free and nobody waits for it. */
  readonly tryEnter: () => boolean
  /** Waits for a slot and acquires it. */
  readonly enter: Effect.Effect<void>
  /** Releases the slot, or leaves the queue. */
  readonly end: () => void
}

/** A semaphore that is fair between keys: it serves one waiter of each key before the second of any. */
export interface FairSemaphore {
  readonly permit: (key: string) => Permit
  readonly inFlight: () => number
  readonly waiting: () => number
}

type State = "outside" | "waiting" | "inside"

interface Waiter {
  state: State
  resume: () => void
}

/**
 * `Effect.Semaphore` wakes all its waiters at each release, which costs the square of their number. This wakes
 * only one (bench row `gate`).
 */
export const make = (places: number): FairSemaphore => {
  let taken = 0
  let waiting = 0
  // In the order of service; a served key moves to the end
  const queues = new Map<string, Array<Waiter>>()

  /** Cancelled waiters stay in the queue and are skipped here. */
  const nextOf = (queue: Array<Waiter>): Waiter | undefined => {
    let waiter = queue.shift()
    while (waiter !== undefined && waiter.state !== "waiting") {
      waiter = queue.shift()
    }
    return waiter
  }

  const next = (): Waiter | undefined => {
    for (const [key, queue] of queues) {
      queues.delete(key)
      const waiter = nextOf(queue)
      if (queue.length > 0) {
        queues.set(key, queue)
      }
      if (waiter !== undefined) {
        return waiter
      }
    }
    return undefined
  }

  /** Hands the slot to the next waiter directly, so that no newcomer can take it in between. */
  const handOver = () => {
    const waiter = next()
    if (waiter === undefined) {
      taken -= 1
    } else {
      waiting -= 1
      waiter.state = "inside"
      waiter.resume()
    }
  }

  const line = (key: string, waiter: Waiter) => {
    const queue = queues.get(key)
    if (queue === undefined) {
      queues.set(key, [waiter])
    } else {
      queue.push(waiter)
    }
    waiting += 1
    waiter.state = "waiting"
  }

  return {
    permit: (key) => {
      const self: Waiter = { state: "outside", resume: () => {} }
      const tryEnter = () => {
        if (taken >= places || waiting > 0) {
          return false
        }
        taken += 1
        self.state = "inside"
        return true
      }
      return {
        tryEnter,
        enter: Effect.async<void>((resume) => {
          if (tryEnter()) {
            resume(Effect.void)
          } else {
            self.resume = () => resume(Effect.void)
            line(key, self)
          }
        }),
        end: () => {
          const { state } = self
          self.state = "outside"
          if (state === "inside") {
            handOver()
          } else if (state === "waiting") {
            waiting -= 1
          }
        }
      }
    },
    inFlight: () => taken,
    waiting: () => waiting
  }
}
