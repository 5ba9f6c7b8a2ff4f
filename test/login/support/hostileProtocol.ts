/** What the attackers and the process with the listener say to each other. */
import type { Where } from "./sockets.js"

export type Question = "memory" | "answer"

export type Told =
  | { readonly _tag: "Waiting"; readonly where: Where; readonly state: string }
  | { readonly _tag: "Memory"; readonly rss: number }
  /** Where Spotify sends the browser to, as path and query. */
  | { readonly _tag: "Answer"; readonly target: string }
  | {
      readonly _tag: "Ended"
      readonly succeeded: boolean
      /** By the clock of this machine. */
      readonly at: number
      readonly exchanges: number
    }
