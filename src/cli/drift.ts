import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { Drift } from "../client/SpotifyClient.js"
import type { SpotifyError } from "../client/SpotifyError.js"
import * as Call from "./call.js"
import { CommandFailed, fromError } from "./failure.js"
import { jsonLine, progress } from "./output.js"
import { type Common, Place } from "./place.js"
import { addIds, isSource, nameOf, parametersOf, readOperations } from "./readOperations.js"
import { withSession } from "./session.js"

export interface Options extends Common {
  readonly operations: Option.Option<string>
  readonly ignore: Option.Option<string>
  readonly budget: number
}

type Deviation = Pick<Drift, "path" | "kind">

/** The result of one operation. */
interface Outcome {
  /** For example `albums.get`. */
  readonly operation: string
  readonly route: string
  readonly result: "ok" | "drift" | "skipped" | "failed"
  readonly drift: ReadonlyArray<Deviation>
  /** Deviations that are not news: the models ignore or repair them. */
  readonly known: ReadonlyArray<Deviation>
  /** Why it was skipped or failed. */
  readonly reason?: string
}

/** What Spotify has long sent without documenting it. `docs/emulator.md` has the evidence. */
const knownDeviations: Partial<Record<Drift["kind"], RegExp>> = {
  UndocumentedNull: /^(?:cursors|playlists\.items\[\])$/,
  UnknownMember:
    /(?:^|\.)(?:album_group|followers|is_externally_hosted|is_playable|primary_color|smart_shuffle|video_thumbnail|(?:item|track)\.(?:episode|track))$/
}

const isKnown = ({ kind, path }: Deviation): boolean => knownDeviations[kind]?.test(path) === true

/** Whether a list of `--ignore` has the path, or the member anywhere. */
const isIgnored = (ignored: ReadonlyArray<string>, { path }: Deviation): boolean =>
  ignored.includes(path) || ignored.includes(path.slice(path.lastIndexOf(".") + 1))

/** Each deviation once, for all entries of a list together. */
const distinct = (drifts: ReadonlyArray<Drift>): ReadonlyArray<Deviation> => [
  ...new Map(
    drifts.map(({ kind, path }) => {
      const place = path.replace(/\[\d+\]/g, "[]")
      return [`${kind} ${place}`, { path: place, kind }] as const
    })
  ).values()
]

/** Whether the operation is closed to the app or the session, so that its answer stays unknown. */
const isClosed = ({ _tag }: SpotifyError): boolean =>
  _tag === "Forbidden" || _tag === "NotFound" || _tag === "InvalidParameter"

const items = (list: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(list, {
    onNone: () => [],
    onSome: (text) => text.split(",").map((item) => item.trim())
  })

/** The test for `--operations`, which takes names and groups. */
const selection = (names: ReadonlyArray<string>) => {
  const isNamed = (endpoint: Call.AnyEndpoint) => (name: string) =>
    name === nameOf(endpoint) || name === endpoint.group
  const unknown = names.filter((name) => !readOperations.some((endpoint) => isNamed(endpoint)(name)))
  return unknown.length > 0
    ? new CommandFailed({
        kind: "usage",
        message: `--operations: ${unknown.join(", ")} is not a read operation, such as albums.get, or a group with one`
      })
    : Effect.succeed((endpoint: Call.AnyEndpoint) => names.length === 0 || names.some(isNamed(endpoint)))
}

const text = ({ drift, operation, reason, result, route }: Outcome): string =>
  [
    `${result.padEnd(7)}  ${operation} (${route})${reason === undefined ? "" : `: ${reason}`}`,
    ...drift.map(({ kind, path }) => `         ${kind} at ${path === "" ? "the answer" : path}`)
  ].join("\n")

/** Calls the operations within the budget, and collects what each deviates in. */
const outcomesOf = Effect.fnUntraced(function* (
  isWanted: (endpoint: Call.AnyEndpoint) => boolean,
  { budget, ignore, json }: Options
) {
  const place = yield* Place
  const drifts = yield* Ref.make<ReadonlyArray<Drift>>([])
  const { executeParts } = yield* Call.interpreter({
    // Strict decoding would fail with the first deviation only
    strict: false,
    onDrift: (drift) => Ref.update(drifts, (found) => [...found, drift])
  })
  const report = yield* progress(!json)
  const ids = new Map<string, string>()
  const outcomes: Array<Outcome> = []
  let requests = 0
  let stopped: string | undefined
  const needsIds = readOperations.some((_) => isWanted(_) && parametersOf(_, ids) === undefined)
  const first = readOperations.filter((_) => isWanted(_) || (needsIds && isSource(_)))
  const queue = [...first]
  for (const [index, endpoint] of queue.entries()) {
    const outcome = (result: Outcome["result"], found: Partial<Outcome> = {}) =>
      isWanted(endpoint) &&
      outcomes.push({
        operation: nameOf(endpoint),
        route: `${endpoint.method} ${endpoint.path}`,
        result,
        drift: [],
        known: [],
        ...found
      })
    const parameters = parametersOf(endpoint, ids)
    if (stopped !== undefined || requests >= budget) {
      outcome("skipped", { reason: stopped ?? "the budget of requests is spent" })
      continue
    }
    if (parameters === undefined) {
      if (index < first.length) {
        // A later answer may have the id
        queue.push(endpoint)
      } else {
        outcome("skipped", { reason: "no answer had an id for it" })
      }
      continue
    }
    requests += 1
    yield* report(index + 1, queue.length, nameOf(endpoint))
    yield* Ref.set(drifts, [])
    const answer = yield* Effect.either(executeParts(endpoint, parameters))
    const found = distinct(yield* Ref.get(drifts)).filter((_) => !isIgnored(items(ignore), _))
    const drift = found.filter((_) => !isKnown(_))
    const known = found.filter(isKnown)
    if (answer._tag === "Right") {
      addIds(endpoint, Option.isOption(answer.right) ? Option.getOrNull(answer.right) : answer.right, ids)
      outcome(drift.length === 0 ? "ok" : "drift", { drift, known })
    } else if (answer.left._tag === "DecodeError") {
      outcome("drift", { drift, known, reason: answer.left.message })
    } else {
      const { kind, message } = fromError(answer.left, place)
      const [reason = ""] = message.replace(`${nameOf(endpoint)}: `, "").split("\n")
      outcome(isClosed(answer.left) ? "skipped" : "failed", { reason })
      // More requests would fail as well, or prolong the limit
      stopped = kind === "rateLimited" || kind === "login" ? `after ${nameOf(endpoint)} failed` : undefined
    }
  }
  return { requests, outcomes }
}, Effect.scoped)

/** Calls every read operation once, and reports what Spotify sends but does not document. */
export const run = (options: Options) =>
  withSession(
    Effect.gen(function* () {
      const isWanted = yield* selection(items(options.operations))
      const { outcomes, requests } = yield* outcomesOf(isWanted, options)
      const count = (result: Outcome["result"]) => outcomes.filter((_) => _.result === result).length
      const known = outcomes.filter((_) => _.known.length > 0).length
      const summary = `${count("ok")} ok, ${count("drift")} with drift, ${count("skipped")} skipped, ${count("failed")} failed, ${known} with known deviations; ${requests} requests`
      yield* Console.log(
        options.json ? jsonLine({ requests, outcomes }) : [...outcomes.map(text), summary].join("\n")
      )
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
    })
  )
