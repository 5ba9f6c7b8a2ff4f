import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import * as Call from "./call.js"
import { CommandFailed } from "./failure.js"
import { jsonLine, jsonText, progress, Streams } from "./output.js"
import type { Common } from "./place.js"
import { withSession } from "./session.js"

export interface Options extends Common {
  readonly method: Call.AnyEndpoint["method"]
  readonly path: string
  readonly field: ReadonlyArray<string>
  readonly input: Option.Option<string>
  readonly paginate: boolean
  readonly fields: Option.Option<string>
}

const decodeJson = Schema.decodeEither(Schema.parseJson(Schema.Unknown))

const usage = (message: string) => new CommandFailed({ kind: "usage", message })

/** The path below the Web API's address. `me`, `/me` and the whole address are the same. */
const pathOf = (text: string, apiUrl: string): Option.Option<URL> => {
  const below = text.startsWith(`${apiUrl}/`) ? text.slice(apiUrl.length) : text
  const url = `http://path${below.startsWith("/") ? "" : "/"}${below.replace(/^\/?v1\//, "/")}`
  return /^[a-z]+:/i.test(below) || !URL.canParse(url) ? Option.none() : Option.some(new URL(url))
}

/** Reads numbers, booleans, null, lists and objects as JSON, and everything else as text. */
const valueOf = (text: string): unknown =>
  /^(?:true|false|null|-?\d+(?:\.\d+)?|[[{].*)$/s.test(text)
    ? Either.getOrElse(decodeJson(text), () => text)
    : text

const splitField = (field: string) => {
  const end = field.indexOf("=")
  return end < 1
    ? Effect.fail(usage(`-f takes key=value, not ${jsonLine(field)}`))
    : Effect.succeed([field.slice(0, end), field.slice(end + 1)] as const)
}

/** Whether a field belongs to the body: as the operation says, or by the method if it is unknown. */
const isOfBody = (key: string, { endpoint, known }: Call.Typed): boolean => {
  const { body, query = [] } = Option.getOrElse(known, () => ({ body: undefined, query: undefined }))
  return body?.type === "json" && body.members.includes(key)
    ? true
    : !query.includes(key) && (endpoint.method === "POST" || endpoint.method === "PUT")
}

/** The bytes of a file, or of standard input. */
const read = (file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFile(file === "-" ? "/dev/stdin" : file)).pipe(
    Effect.mapError(() => usage(`--input: ${file} cannot be read`))
  )

const bodyOf = (input: string, typed: Call.Typed) =>
  Effect.flatMap(read(input), (bytes) =>
    Option.exists(typed.known, ({ body }) => body?.type === "jpeg")
      ? Effect.succeed<unknown>(bytes)
      : Effect.mapError(decodeJson(new TextDecoder().decode(bytes)), () =>
          usage(`--input: ${input} is not JSON`)
        )
  )

type Selection = ReadonlyMap<string, Selection>

/** `a,b.c` as a tree. */
const selectionOf = (fields: string): Selection => {
  const root = new Map<string, Selection>()
  for (const field of fields.split(",")) {
    let level = root
    for (const name of field.trim().split(".")) {
      const next = new Map(level.get(name) ?? [])
      level.set(name, next)
      level = next
    }
  }
  return root
}

/** The selected members, or those of each entry of a list. */
const select = (value: unknown, selection: Selection): unknown =>
  selection.size === 0 || !Predicate.isObject(value)
    ? value
    : Array.isArray(value)
      ? value.map((entry) => select(entry, selection))
      : Object.fromEntries(
          [...selection].flatMap(([name, inner]) =>
            Predicate.hasProperty(value, name) ? [[name, select(value[name], inner)] as const] : []
          )
        )

type Parameters = Readonly<Record<string, unknown>>

interface Page {
  readonly items: ReadonlyArray<unknown>
  readonly next?: unknown
  readonly total?: unknown
}

const isPage = (value: unknown): value is Page =>
  Predicate.hasProperty(value, "items") && Array.isArray(value.items)

/** The page that an answer is, or the only page in it, as for a search or followed artists. */
const pageOf = (value: unknown): Option.Option<Page> => {
  if (isPage(value)) {
    return Option.some(value)
  }
  const [page, ...others] = Predicate.isRecord(value) ? Object.values(value).filter(isPage) : []
  return page === undefined || others.length > 0 ? Option.none() : Option.some(page)
}

/**
 * The query of the next page. Only the query of Spotify's address is used, so that the token goes only to the
 * Web API.
 */
const nextOf = ({ next }: Page, before: Parameters): Option.Option<Parameters> => {
  const query =
    typeof next === "string" && URL.canParse(next)
      ? Object.fromEntries(new URL(next).searchParams)
      : undefined
  // The address of the same page would never end
  return query === undefined || jsonLine({ ...before, ...query }) === jsonLine(before)
    ? Option.none()
    : Option.some({ ...before, ...query })
}

/** Prints an answer, on a terminal in several lines. */
const show = (value: unknown, { json }: Common) =>
  Effect.flatMap(Streams, ({ shows }) => Console.log(shows && !json ? jsonText(value) : jsonLine(value)))

/** Makes a call with the session's token, and prints the answer. */
export const run = (options: Options) =>
  withSession(
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyConfig
      const url = pathOf(options.path, apiUrl)
      if (Option.isNone(url)) {
        return yield* usage(`${options.path} is not a path of the Web API, such as /me/tracks`)
      }
      const typed = Call.typed(options.method, url.value.pathname as `/${string}`)
      const query: Record<string, unknown> = Object.fromEntries(url.value.searchParams)
      const fields: Record<string, unknown> = {}
      for (const [key, text] of yield* Effect.forEach(options.field, splitField)) {
        if (isOfBody(key, typed)) {
          fields[key] = valueOf(text)
        } else {
          query[key] = text
        }
      }
      if (Option.isSome(options.input) && Object.keys(fields).length > 0) {
        return yield* usage("--input is the whole body: leave out each -f that belongs to the body")
      }
      const body = Option.isSome(options.input)
        ? yield* bodyOf(options.input.value, typed)
        : Object.keys(fields).length === 0
          ? undefined
          : fields
      const selection = Option.match(options.fields, {
        onNone: (): Selection => new Map(),
        onSome: selectionOf
      })
      const { executeParts } = yield* Call.interpreter({ strict: false, onDrift: undefined })
      const call = (parameters: Record<string, unknown>) =>
        Effect.map(
          // The answer may be empty, which the common type of all descriptors does not say
          executeParts(typed.endpoint, { path: typed.path, query: parameters, body }),
          (answer) => (Option.isOption(answer) ? Option.getOrUndefined(answer) : answer)
        )
      if (!options.paginate) {
        const answer = yield* call(query)
        return answer === undefined ? undefined : yield* show(select(answer, selection), options)
      }
      const pages = Stream.paginateEffect(query, (parameters) =>
        Effect.flatMap(call(parameters), (answer) =>
          Option.match(pageOf(answer), {
            onNone: () =>
              Effect.fail(
                usage(
                  `${options.path} does not answer with one list: leave out --paginate, or ask for one type`
                )
              ),
            onSome: (page) => Effect.succeed([page, nextOf(page, parameters)] as const)
          })
        )
      )
      const { shows } = yield* Streams
      // On a terminal the entries themselves show how far it is
      const report = yield* progress(!shows && !options.json)
      yield* Stream.runFoldEffect(pages, 0, (before, { items, total }) =>
        Effect.gen(function* () {
          for (const item of items) {
            yield* Console.log(jsonLine(select(item, selection)))
          }
          const count = before + items.length
          yield* report(count, typeof total === "number" ? total : undefined, "entries")
          return count
        })
      )
    }).pipe(Effect.scoped)
  )
