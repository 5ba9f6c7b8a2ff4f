import * as Effect from "effect/Effect"

/**
 * One caller's way through. What it holds is in the ticket, not in the result of a wait, so that an
 * interruption at any time leaves nothing taken as long as {@link end} is ensured.
 */
export interface Ticket {
  /** Takes a place if one is free and nobody waits for it. */
  readonly tryEnter: () => boolean
  /** Takes a place when it is this caller's turn. */
  readonly enter: Effect.Effect<void>
  /** Gives up the place or the turn, whichever it has. */
  readonly end: () => void
}

/** Lets so many through at a time; who waits is served in turn, one of each lane before the second of any. */
export interface Turnstile {
  readonly ticket: (lane: string) => Ticket
  readonly inFlight: () => number
  readonly waiting: () => number
}

type State = "outside" | "waiting" | "inside"

interface Waiter {
  state: State
  resume: () => void
}

/**
 * `Effect.Semaphore` wakes all its waiters at each release, which costs the square of their number; this
 * wakes one (bench row `gate`).
 */
export const make = (places: number): Turnstile => {
  let taken = 0
  let waiting = 0
  // In the order in which they are served; a lane that was served goes to the end
  const lanes = new Map<string, Array<Waiter>>()

  /** Who gave up its turn stays in the queue, and is passed over here. */
  const nextOf = (queue: Array<Waiter>): Waiter | undefined => {
    let waiter = queue.shift()
    while (waiter !== undefined && waiter.state !== "waiting") {
      waiter = queue.shift()
    }
    return waiter
  }

  const next = (): Waiter | undefined => {
    for (const [lane, queue] of lanes) {
      lanes.delete(lane)
      const waiter = nextOf(queue)
      if (queue.length > 0) {
        lanes.set(lane, queue)
      }
      if (waiter !== undefined) {
        return waiter
      }
    }
    return undefined
  }

  /** The place goes from hand to hand, so that nobody who comes now slips in between. */
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

  const line = (lane: string, waiter: Waiter) => {
    const queue = lanes.get(lane)
    if (queue === undefined) {
      lanes.set(lane, [waiter])
    } else {
      queue.push(waiter)
    }
    waiting += 1
    waiter.state = "waiting"
  }

  return {
    ticket: (lane) => {
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
            line(lane, self)
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
