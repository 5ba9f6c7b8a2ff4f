import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Path from "node:path"
import { type Disk, DiskError, type Facts } from "../../../../src/node/fileStore/disk.js"

export const failure = (code: string) => new DiskError({ code, cause: new Error(`${code}: planted`) })

/** A disk of which every operation goes through one function. */
export const intercept = (
  disk: Disk,
  around: <A>(operation: string, effect: Effect.Effect<A, DiskError>) => Effect.Effect<A, DiskError>
): Disk => ({
  user: disk.user,
  inspect: (path) => around("inspect", disk.inspect(path)),
  list: (path) => around("list", disk.list(path)),
  makeDirectory: (path) => around("makeDirectory", disk.makeDirectory(path)),
  syncDirectory: (path) => around("syncDirectory", disk.syncDirectory(path)),
  create: (path) =>
    Effect.flatMap(Effect.scope, (scope) =>
      around("create", Scope.extend(disk.create(path), scope)).pipe(
        Effect.map((file) => ({ write: (content) => around("write", file.write(content)) }))
      )
    ),
  read: (path, limit) => around("read", disk.read(path, limit)),
  link: (existing, name) => around("link", disk.link(existing, name)),
  unlink: (path) => around("unlink", disk.unlink(path)),
  truncate: (path) => around("truncate", disk.truncate(path))
})

/** A generator of numbers in [0, 1) that repeats itself (mulberry32). */
export const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

interface Inode {
  readonly id: number
  content: Uint8Array
  durable: Uint8Array
  modifiedAt: number
}

interface Directory {
  readonly names: Map<string, Inode>
  readonly durable: Map<string, Inode>
  /** What was done to the names since the last sync. */
  pending: Array<readonly [name: string, inode: Inode | undefined]>
}

/** A disk in memory that remembers what a power cut may take away: all that was not synced. */
export interface PowerDisk {
  readonly disk: Disk
  /** Sets the time of the files that are written from now on. */
  readonly setTime: (now: number) => void
  /** The power fails and returns. `chance` decides of each unsynced change whether it was kept. */
  readonly reboot: (chance: () => number) => void
}

export const makePowerDisk = (): PowerDisk => {
  const directories = new Map<string, Directory>()
  let now = 0
  let ids = 0
  const attempt = <A>(evaluate: () => A | DiskError): Effect.Effect<A, DiskError> =>
    Effect.suspend(() => {
      const result = evaluate()
      return result instanceof DiskError ? Effect.fail(result) : Effect.succeed(result)
    })
  const parentOf = (path: string) => directories.get(Path.dirname(path))
  const inodeOf = (path: string) => parentOf(path)?.names.get(Path.basename(path))
  const change = (path: string, inode: Inode | undefined) => {
    const parent = parentOf(path)
    const name = Path.basename(path)
    parent?.pending.push([name, inode])
    if (inode === undefined) {
      parent?.names.delete(name)
    } else {
      parent?.names.set(name, inode)
    }
  }
  const factsOf = (inode: Inode): Facts => ({
    kind: "file",
    mode: 0o600,
    owner: 1,
    size: inode.content.length,
    modifiedAt: inode.modifiedAt,
    identity: String(inode.id)
  })
  const disk: Disk = {
    user: Option.some(1),
    inspect: (path) =>
      attempt(() => {
        const inode = inodeOf(path)
        if (inode !== undefined) {
          return factsOf(inode)
        }
        return directories.has(path)
          ? { kind: "directory", mode: 0o700, owner: 1, size: 0, modifiedAt: 0, identity: path }
          : failure("ENOENT")
      }),
    list: (path) => attempt(() => [...(directories.get(path)?.names.keys() ?? [])]),
    makeDirectory: (path) =>
      attempt(() => {
        if (!directories.has(path)) {
          directories.set(path, { names: new Map(), durable: new Map(), pending: [] })
        }
      }),
    syncDirectory: (path) =>
      attempt(() => {
        const directory = directories.get(path)
        if (directory !== undefined) {
          directory.pending = []
          directory.durable.clear()
          directory.names.forEach((inode, name) => directory.durable.set(name, inode))
        }
      }),
    create: (path) =>
      attempt(() => {
        const inode: Inode = {
          id: ++ids,
          content: new Uint8Array(),
          durable: new Uint8Array(),
          modifiedAt: now
        }
        change(path, inode)
        return {
          write: (content: Uint8Array) =>
            Effect.zipRight(
              attempt(() => {
                inode.content = content
              }),
              // In between the power may fail
              attempt(() => {
                inode.durable = content
              })
            )
        }
      }),
    read: (path) =>
      attempt(() => {
        const inode = inodeOf(path)
        return inode === undefined ? failure("ENOENT") : { facts: factsOf(inode), content: inode.content }
      }),
    link: (existing, name) =>
      attempt(() => {
        const inode = inodeOf(existing)
        if (inode === undefined || inodeOf(name) !== undefined) {
          return failure(inode === undefined ? "ENOENT" : "EEXIST")
        }
        return change(name, inode)
      }),
    unlink: (path) =>
      attempt(() => (inodeOf(path) === undefined ? failure("ENOENT") : change(path, undefined))),
    truncate: (path) =>
      attempt(() => {
        const inode = inodeOf(path)
        if (inode !== undefined) {
          inode.content = new Uint8Array()
        }
      })
  }
  return {
    disk,
    setTime: (time) => {
      now = time
    },
    reboot: (chance) => {
      for (const directory of directories.values()) {
        for (const [name, inode] of directory.pending) {
          if (chance() < 0.5) {
            continue
          }
          if (inode === undefined) {
            directory.durable.delete(name)
          } else {
            directory.durable.set(name, inode)
          }
        }
        directory.pending = []
        directory.names.clear()
        directory.durable.forEach((inode, name) => directory.names.set(name, inode))
      }
      const inodes = new Set([...directories.values()].flatMap(({ names }) => [...names.values()]))
      for (const inode of inodes) {
        if (inode.content !== inode.durable) {
          const longer = inode.content.length > inode.durable.length ? inode.content : inode.durable
          const whole = chance() < 0.5 ? inode.content : inode.durable
          inode.content = chance() < 0.3 ? longer.slice(0, Math.floor(chance() * longer.length)) : whole
          inode.durable = inode.content
        }
      }
    }
  }
}
