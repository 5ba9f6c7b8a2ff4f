import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { all } from "../client/api/endpoints.js"
import * as Endpoint from "../client/call/endpoint.js"
import * as Execute from "../client/call/execute.js"
import * as Retry from "../client/call/retry.js"
import * as Decode from "../client/decode/decode.js"
import * as RateGate from "../client/RateGate.js"

export type AnyEndpoint = Endpoint.Endpoint<never, unknown>

/** Sends requests with the session's token as the client does, with its renewal, rate limits, retries and errors. */
export const interpreter = (decode: Parameters<typeof Decode.make>[0]) =>
  Effect.flatMap(RateGate.make(), (gate) =>
    Effect.map(
      Execute.make({
        timeout: Duration.seconds(30),
        totalTimeout: undefined,
        retry: Retry.policies(),
        gate,
        cache: Option.none(),
        maxWait: 30_000,
        checkScopes: true,
        batchWindow: undefined,
        decode: Decode.make(decode)
      }),
      Execute.documented
    )
  )

/** A request as the user typed it, and its operation. */
export interface Typed {
  readonly endpoint: AnyEndpoint
  /** The parameters of the path. */
  readonly path: Readonly<Record<string, string>>
  /** The descriptor with the parameters and the body, if the library has the operation. */
  readonly known: Option.Option<AnyEndpoint>
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The values of the path's parameters, if the path matches. */
const match = (template: string, path: string): Option.Option<Record<string, string>> => {
  const wanted = template.split("/")
  const found = path.split("/")
  if (wanted.length !== found.length) {
    return Option.none()
  }
  const values: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const text = found[index] ?? ""
    if (part.startsWith("{")) {
      values[part.slice(1, -1)] = decoded(text)
    } else if (part !== text) {
      return Option.none()
    }
  }
  return Option.some(values)
}

/**
 * The operation of a method and a path. If several match, it is the one with the fewest parameters, so that
 * `tracks` of `/me/tracks` is not taken for an id. The answer is not decoded.
 */
export const typed = (method: AnyEndpoint["method"], path: `/${string}`): Typed => {
  const [best] = all
    .flatMap((endpoint) =>
      endpoint.method === method
        ? Option.match(match(endpoint.path, path), {
            onNone: () => [],
            onSome: (values) => [{ endpoint, values }]
          })
        : []
    )
    .sort((a, b) => Object.keys(a.values).length - Object.keys(b.values).length)
  return best === undefined
    ? {
        endpoint: Endpoint.custom<unknown>(
          { group: method, name: path.slice(1), method, path },
          "jsonOrNone",
          Schema.Unknown
        ),
        path: {},
        known: Option.none()
      }
    : {
        endpoint: { ...best.endpoint, response: "jsonOrNone", success: Schema.Unknown },
        path: best.values,
        known: Option.some(best.endpoint)
      }
}
