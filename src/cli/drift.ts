import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Ref from "effect/Ref"
import { all } from "../client/api/endpoints.js"
import type { Drift } from "../client/SpotifyClient.js"
import type { SpotifyError } from "../client/SpotifyError.js"
import * as Call from "./call.js"
import { CommandFailed, fromError } from "./failure.js"
import { jsonLine, Streams } from "./output.js"
import { type Common, Place } from "./place.js"
import { withSession } from "./session.js"

export interface Options extends Common {
  readonly operations: Option.Option<string>
  readonly ignore: Option.Option<string>
  readonly budget: number
}

/** What came of one operation. */
interface Outcome {
  /** Such as `albums.get`. */
  readonly operation: string
  readonly route: string
  readonly result: "ok" | "drift" | "skipped" | "failed"
  readonly drift: ReadonlyArray<Pick<Drift, "path" | "kind">>
  /** Why it was skipped or failed. */
  readonly reason?: string
}

/** What the answers so far have of each kind of thing, for the parameters of other operations. */
type Ids = ReadonlyMap<string, string>

/** These give the ids that others need, so they come first. */
const sources = [
  "me.profile",
  // Before the search, since items are read of the user's own playlists alone
  "playlists.mine",
  "search.search",
  "browse.categories",
  "audiobooks.get",
  "audiobooks.chapters"
]

const nameOf = ({ group, name }: Call.AnyEndpoint): string => `${group}.${name}`

/** The reading operations, each once: the same route with two names is one. */
const operations = [
  ...sources.flatMap((name) => all.filter((endpoint) => nameOf(endpoint) === name)),
  ...all.filter((endpoint) => endpoint.idempotency === "safe" && !sources.includes(nameOf(endpoint)))
]

/** The kind of thing that an id is of, by where it stands. */
const kindOf = (endpoint: Call.AnyEndpoint, parameter: string): string => {
  const named = /^(playlist|user|category)_id$/.exec(parameter)?.[1]
  const contained = /^contains([A-Z][a-z]+)s$/.exec(endpoint.name)?.[1]?.toLowerCase()
  return (
    named ??
    contained ??
    (endpoint.group === "recommendations"
      ? parameter.replace(/^seed_(\w+)s$/, "$1")
      : endpoint.group.replace(/s$/, ""))
  )
}

/** The value of a parameter; none if it may be left out, undefined if nothing is known to put there. */
const valueOf = (
  endpoint: Call.AnyEndpoint,
  parameter: string,
  ids: Ids
): Option.Option<string> | undefined => {
  const some = (kind: string) => {
    const id = ids.get(kind)
    return id === undefined ? undefined : Option.some(id)
  }
  switch (parameter) {
    case "id":
    case "ids":
    case "playlist_id":
    case "user_id":
    case "category_id":
      return endpoint.name === "follows" && endpoint.group === "me"
        ? some("artist")
        : some(kindOf(endpoint, parameter))
    case "seed_tracks":
      return some("track")
    case "uris": {
      const id = ids.get("track")
      return id === undefined ? undefined : Option.some(`spotify:track:${id}`)
    }
    case "q":
      return Option.some("a")
    case "type":
      return Option.some(
        endpoint.group === "search"
          ? "album,artist,playlist,track,show,episode,audiobook"
          : endpoint.name === "topTracks"
            ? "tracks"
            : endpoint.name === "topArtists"
              ? "artists"
              : "artist"
      )
    case "limit":
      return Option.some("3")
    default:
      return Option.none()
  }
}

/** All parameters of a call; undefined where an id is missing that it cannot do without. */
const parametersOf = (endpoint: Call.AnyEndpoint, ids: Ids) => {
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)
  const values: Record<string, string> = {}
  for (const name of [...inPath, ...endpoint.query]) {
    const value = valueOf(endpoint, name, ids)
    if (value === undefined) {
      return undefined
    }
    if (Option.isSome(value)) {
      values[name] = value.value
    }
  }
  const pick = (names: ReadonlyArray<string>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
  return { path: pick(inPath), query: pick(endpoint.query), body: undefined }
}

/** The first id of each kind of thing anywhere in an answer. */
const idsIn = (answer: unknown, found: Map<string, string>, depth = 0): void => {
  if (!Predicate.isObject(answer) || depth > 6) {
    return
  }
  const { id, type } = answer as { readonly id?: unknown; readonly type?: unknown }
  if (typeof id === "string" && typeof type === "string" && !found.has(type)) {
    found.set(type, id)
  }
  for (const inner of Object.values(answer)) {
    idsIn(inner, found, depth + 1)
  }
}

/** Things that do not say what they are. */
const firstIn = (endpoint: Call.AnyEndpoint, answer: unknown, found: Map<string, string>): void => {
  const kind = { "browse.categories": "category", "audiobooks.chapters": "chapter" }[nameOf(endpoint)]
  const page = Predicate.hasProperty(answer, "categories") ? answer.categories : answer
  const first = Predicate.hasProperty(page, "items") && Array.isArray(page.items) ? page.items[0] : undefined
  if (kind !== undefined && Predicate.hasProperty(first, "id") && typeof first.id === "string") {
    found.set(kind, first.id)
  }
}

/** Each place once, whatever the entry of its list, without members that are known and of no interest. */
const distinct = (drifts: ReadonlyArray<Drift>, ignored: ReadonlyArray<string>): Outcome["drift"] => {
  const found = new Map<string, Outcome["drift"][number]>()
  for (const { kind, path } of drifts) {
    const place = path.replace(/\[\d+\]/g, "[]")
    if (!ignored.includes(place) && !ignored.includes(place.slice(place.lastIndexOf(".") + 1))) {
      found.set(`${kind} ${place}`, { path: place, kind })
    }
  }
  return [...found.values()]
}

/** Why nothing is known of an operation that was tried: it is closed to the app, or the session may not. */
const isClosed = (error: SpotifyError): boolean =>
  error._tag === "Forbidden" || error._tag === "NotFound" || error._tag === "InvalidParameter"

/** Runs every reading operation once, and tells what Spotify sends that the models do not have. */
export const run = ({ budget, ignore, json, operations: wanted }: Options) =>
  withSession(
    Effect.gen(function* () {
      const place = yield* Place
      const { progresses, write } = yield* Streams
      const drifts = yield* Ref.make<ReadonlyArray<Drift>>([])
      const { executeParts } = yield* Call.interpreter({
        // What strict decoding fails with is the first of these; this way all are told
        strict: false,
        onDrift: (drift) => Ref.update(drifts, (found) => [...found, drift])
      })
      const names = Option.map(wanted, (list) => list.split(",").map((name) => name.trim()))
      const isWanted = (endpoint: Call.AnyEndpoint) =>
        Option.match(names, {
          onNone: () => true,
          onSome: (names) => names.includes(nameOf(endpoint)) || names.includes(endpoint.group)
        })
      const unknown = Option.getOrElse(names, () => []).filter(
        (name) => !operations.some((endpoint) => nameOf(endpoint) === name || endpoint.group === name)
      )
      if (unknown.length > 0) {
        return yield* new CommandFailed({
          kind: "usage",
          message: `--operations: ${unknown.join(", ")} reads nothing; they are named such as albums.get, or by their group`
        })
      }
      const ignored = Option.match(ignore, { onNone: () => [], onSome: (list) => list.split(",") })
      const ids = new Map<string, string>()
      const outcomes: Array<Outcome> = []
      let left = budget
      let stopped: string | undefined
      const needsIds = operations.some((_) => isWanted(_) && parametersOf(_, ids) === undefined)
      const queue = [...operations]
      for (const [index, endpoint] of queue.entries()) {
        const outcome = (result: Outcome["result"], reason?: string, drift: Outcome["drift"] = []) =>
          isWanted(endpoint) &&
          outcomes.push({
            operation: nameOf(endpoint),
            route: `${endpoint.method} ${endpoint.path}`,
            result,
            drift,
            ...(reason === undefined ? {} : { reason })
          })
        if (!isWanted(endpoint) && !(needsIds && sources.includes(nameOf(endpoint)))) {
          continue
        }
        const parameters = parametersOf(endpoint, ids)
        if (stopped !== undefined || left === 0) {
          outcome("skipped", stopped ?? "the budget of requests is spent")
          continue
        }
        if (parameters === undefined) {
          if (index < operations.length) {
            // Others may yet find what it is to ask for
            queue.push(endpoint)
            continue
          }
          outcome("skipped", "no such thing was found to ask for")
          continue
        }
        left -= 1
        if (progresses) {
          yield* write(`\r${budget - left} ${nameOf(endpoint).padEnd(40)}`)
        }
        yield* Ref.set(drifts, [])
        const answer = yield* Effect.either(executeParts(endpoint, parameters))
        const found = distinct(yield* Ref.get(drifts), ignored)
        if (answer._tag === "Right") {
          const value = Option.isOption(answer.right) ? Option.getOrNull(answer.right) : answer.right
          idsIn(value, ids)
          firstIn(endpoint, value, ids)
          outcome(found.length === 0 ? "ok" : "drift", undefined, found)
        } else if (answer.left._tag === "DecodeError") {
          outcome("drift", answer.left.message, found)
        } else if (isClosed(answer.left)) {
          outcome("skipped", fromError(answer.left, place).message.split("\n")[0])
        } else {
          const { kind, message } = fromError(answer.left, place)
          outcome("failed", message.split("\n")[0])
          // Further requests would fail alike, or make the limit last longer
          stopped =
            kind === "rateLimited" || kind === "login" ? `after ${nameOf(endpoint)} failed` : undefined
        }
      }
      if (progresses) {
        yield* write(`\r${" ".repeat(50)}\r`)
      }
      const count = (result: Outcome["result"]) => outcomes.filter((_) => _.result === result).length
      if (json) {
        yield* Console.log(jsonLine({ requests: budget - left, outcomes }))
      } else {
        for (const { drift, operation, reason, result, route } of outcomes) {
          yield* Console.log(
            [`${result.padEnd(7)}  ${operation} (${route})${reason === undefined ? "" : `: ${reason}`}`]
              .concat(
                drift.map(({ kind, path }) => `         ${kind} at ${path === "" ? "the answer" : path}`)
              )
              .join("\n")
          )
        }
        yield* Console.log(
          `${count("ok")} as documented, ${count("drift")} with drift, ${count("skipped")} skipped, ${count("failed")} failed; ${budget - left} requests`
        )
      }
      if (count("drift") > 0) {
        return yield* new CommandFailed({
          kind: "negative",
          message: `${count("drift")} operations with drift`
        })
      }
      if (count("failed") > 0) {
        return yield* new CommandFailed({
          kind: "unavailable",
          message: `${count("failed")} operations failed`
        })
      }
    }).pipe(Effect.scoped)
  )
