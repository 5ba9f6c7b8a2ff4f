import * as Either from "effect/Either"

/** A login that this process began and that has given no session. */
export interface PendingLogin {
  /** Of its state, by which it is stored. */
  readonly digest: string
  /** Of its browser's secret, if it is bound to one. */
  readonly binding: string | null
  readonly expiresAt: number
}

/** Beginning costs nobody anything, so both a browser and all of them together have a bound. */
export interface PendingLogins {
  /**
   * Takes one in, and tells which it replaces: the oldest of its browser, where that has enough or there is no
   * room. A left is when there will be.
   */
  readonly add: (login: PendingLogin, now: number) => Either.Either<ReadonlyArray<PendingLogin>, number>
  readonly remove: (digest: string) => void
  /** Counts one again that was replaced. */
  readonly restore: (login: PendingLogin) => void
}

/** Some tabs of one browser, and none for each time that a page is loaded again. */
const perBrowser = 4

export const make = (most: number, life: number): PendingLogins => {
  // In the order of their ends, since all live equally long
  const pending = new Map<string, PendingLogin>()
  const browsers = new Map<string, Set<PendingLogin>>()

  const remove = (digest: string) => {
    const login = pending.get(digest)
    pending.delete(digest)
    if (login !== undefined && login.binding !== null) {
      const own = browsers.get(login.binding)
      own?.delete(login)
      if (own?.size === 0) {
        browsers.delete(login.binding)
      }
    }
  }

  const insert = (login: PendingLogin) => {
    pending.set(login.digest, login)
    if (login.binding !== null) {
      browsers.set(login.binding, (browsers.get(login.binding) ?? new Set()).add(login))
    }
  }

  return {
    add: (login, now) => {
      for (const { digest, expiresAt } of pending.values()) {
        // An end that is too far away was set before the clock was set back
        if (expiresAt > now && expiresAt <= now + life) {
          break
        }
        remove(digest)
      }
      const [oldest] = pending.values()
      const own = browsers.get(login.binding ?? "") ?? new Set()
      // More than one, where some were restored
      const over = Math.max(own.size - perBrowser, pending.size - most) + 1
      const replaced = [...own].slice(0, Math.max(0, over))
      if (pending.size - replaced.length >= most) {
        return Either.left(oldest?.expiresAt ?? now + life)
      }
      for (const { digest } of replaced) {
        remove(digest)
      }
      insert(login)
      return Either.right(replaced)
    },
    remove,
    restore: insert
  }
}
