import * as Either from "effect/Either"

/** A login that this process began and that has not given a session. */
export interface PendingLogin {
  /** The digest of its state, which names its record. */
  readonly digest: string
  /** The digest of its browser's secret, if it is bound to a browser. */
  readonly binding: string | null
  readonly expiresAt: number
}

/** Anybody can begin logins at no cost, so each browser has a limit, and so have all together. */
export interface PendingLogins {
  /**
   * Adds a login and returns those it replaces: the oldest of its browser, if the browser is at its limit or
   * there is no room. Otherwise, as a left, the time when there will be room.
   */
  readonly add: (login: PendingLogin, now: number) => Either.Either<ReadonlyArray<PendingLogin>, number>
  readonly remove: (digest: string) => void
  /** Counts a replaced login again. */
  readonly restore: (login: PendingLogin) => void
}

/** Enough for several tabs of one browser, but not for every reload of a page. */
const perBrowser = 4

export const make = (most: number, life: number): PendingLogins => {
  // In the order of their expiry, because all live equally long
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
      // More than one if some were restored
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
