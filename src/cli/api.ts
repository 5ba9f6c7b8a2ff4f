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
import { jsonLine, jsonText, Streams } from "./output.js"
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

/** Below the Web API's address: `me`, `/me` and the whole address are the same. */
const pathOf = (text: string, apiUrl: string): Option.Option<URL> => {
  const below = text.startsWith(`${apiUrl}/`) ? text.slice(apiUrl.length) : text
  const url = `http://path${below.startsWith("/") ? "" : "/"}${below.replace(/^\/?v1\//, "/")}`
  return /^[a-z]+:/i.test(below) || !URL.canParse(url) ? Option.none() : Option.some(new URL(url))
}

/** Numbers, booleans, null, lists and objects as JSON writes them; whatever else is text. */
const valueOf = (text: string): unknown => {
  return /^(?:true|false|null|-?\d+(?:\.\d+)?|[[{].*)$/s.test(text)
    ? Either.getOrElse(decodeJson(text), () => text)
    : text
}

const splitField = (field: string) => {
  const end = field.indexOf("=")
  return end < 1
    ? Effect.fail(usage(`-f takes key=value, not ${jsonLine(field)}`))
    : Effect.succeed([field.slice(0, end), field.slice(end + 1)] as const)
}

/** Whether a field goes into the body: as its operation says, or else as the method has it. */
const isOfBody = (key: string, { endpoint, known }: Call.Typed): boolean => {
  const { body, query = [] } = Option.getOrElse(known, () => ({ body: undefined, query: undefined }))
  return body?.type === "json" && body.members.includes(key)
    ? true
    : query.includes(key)
      ? false
      : endpoint.method === "POST" || endpoint.method === "PUT"
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
          usage(`--input: ${input} holds no JSON`)
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

/** The members that are selected; of a list, those of each entry. */
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

/** The page that an answer is, or the only one that it holds, as that of a search or of followed artists. */
const pageOf = (value: unknown): Option.Option<Page> => {
  if (isPage(value)) {
    return Option.some(value)
  }
  const [page, ...others] = Predicate.isRecord(value) ? Object.values(value).filter(isPage) : []
  return page === undefined || others.length > 0 ? Option.none() : Option.some(page)
}

/**
 * The query of the page after this one. Of the address that Spotify gives only the query is taken: the token
 * goes where the first request went.
 */
const nextOf = ({ next }: Page, before: Parameters): Option.Option<Parameters> => {
  const query =
    typeof next === "string" && URL.canParse(next)
      ? Object.fromEntries(new URL(next).searchParams)
      : undefined
  // An address that leads to the same page again would never end
  return query === undefined || jsonLine({ ...before, ...query }) === jsonLine(before)
    ? Option.none()
    : Option.some({ ...before, ...query })
}

/** On a screen in many lines. */
const show = (value: unknown, { shows }: Streams["Type"], { json }: Common) =>
  Console.log(shows && !json ? jsonText(value) : jsonLine(value))

/** A raw call with the session's token. */
export const run = (options: Options) =>
  withSession(
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyConfig
      const streams = yield* Streams
      const url = pathOf(options.path, apiUrl)
      if (Option.isNone(url)) {
        return yield* usage(`${options.path} is no path of the Web API, such as /me/tracks`)
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
        return yield* usage("--input gives the whole body: leave out the -f that belong to it")
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
          // The descriptor says that nothing may come, which the types of all descriptors do not
          executeParts(typed.endpoint, { path: typed.path, query: parameters, body }),
          (answer) => (Option.isOption(answer) ? Option.getOrUndefined(answer) : answer)
        )
      if (!options.paginate) {
        const answer = yield* call(query)
        return answer === undefined ? undefined : yield* show(select(answer, selection), streams, options)
      }
      const pages = Stream.paginateEffect(query, (parameters) =>
        Effect.flatMap(call(parameters), (answer) =>
          Option.match(pageOf(answer), {
            onNone: () =>
              Effect.fail(
                usage(`${options.path} gives no single list: leave out --paginate, or ask for one type`)
              ),
            onSome: (page) => Effect.succeed([page, nextOf(page, parameters)] as const)
          })
        )
      )
      const count = yield* Stream.runFoldEffect(pages, 0, (count, page) =>
        Effect.gen(function* () {
          for (const item of page.items) {
            yield* Console.log(jsonLine(select(item, selection)))
          }
          const sum = count + page.items.length
          if (streams.progresses && !streams.shows) {
            yield* streams.write(`\r${sum}${typeof page.total === "number" ? ` of ${page.total}` : ""}`)
          }
          return sum
        })
      )
      return count > 0 && streams.progresses && !streams.shows ? yield* streams.write("\n") : undefined
    }).pipe(Effect.scoped)
  )
