import * as Cookies from "@effect/platform/Cookies"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { LoginRoutesMisconfigured } from "./LoginRoutesError.js"
import type { Signer } from "./signer.js"

/**
 * Browsers send at most 4 KiB per cookie, and servers accept about 16 KiB of headers. No browser sends more.
 */
const longestHeader = 16 * 1024

/** A cookie with a signed random id that scripts cannot read. */
export interface BrowserCookie {
  readonly name: string
  /** The id in this `Cookie` header. None if it is missing or forged, or if there is more than one. */
  readonly read: (header: string | undefined) => Effect.Effect<Option.Option<string>>
  readonly set: (
    response: HttpServerResponse.HttpServerResponse,
    id: string
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  readonly clear: (response: HttpServerResponse.HttpServerResponse) => HttpServerResponse.HttpServerResponse
}

const isBlank = (text: string, at: number): boolean => text[at] === " " || text[at] === "\t"

/**
 * `trim` would also remove characters such as U+00A0, which browsers keep: `\u00a0__Host-x` is not the name
 * `__Host-x`.
 */
const withoutBlanks = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) {
    start++
  }
  while (start < end && isBlank(text, end - 1)) {
    end--
  }
  return text.slice(start, end)
}

/**
 * The values of all cookies with exactly this name. Libraries keep only the first one, which may be planted,
 * and decode values that browsers do not.
 *
 * Source: RFC 6265, section 5.2: only SP and HTAB are stripped.
 */
export const valuesOf = (header: string, name: string): ReadonlyArray<string> =>
  header.length > longestHeader
    ? []
    : header.split(";").flatMap((pair) => {
        const equals = pair.indexOf("=")
        return equals > 0 && withoutBlanks(pair.slice(0, equals)) === name
          ? [withoutBlanks(pair.slice(equals + 1))]
          : []
      })

/**
 * `__Host-` prevents other hosts of the domain from planting the cookie. It needs `Secure`, so it is omitted
 * on a loopback address without TLS. A cookie for a whole domain can only use `__Secure-`.
 *
 * Source: RFC 6265bis, section 4.1.3.
 */
const prefixOf = (secure: boolean, domain: string | undefined): string =>
  secure ? (domain === undefined ? "__Host-" : "__Secure-") : ""

export const make = (options: {
  /** The option that configures it, for the error. */
  readonly option: string
  /** What the id is for. Part of the signed text. */
  readonly purpose: string
  readonly name: string
  readonly domain: string | undefined
  readonly secure: boolean
  readonly life: Duration.DurationInput
  readonly signer: Signer
}): Either.Either<BrowserCookie, LoginRoutesMisconfigured> => {
  const { domain, life, purpose, secure, signer } = options
  const name = `${prefixOf(secure, domain)}${options.name}`
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", secure, domain } as const
  const isDomain = domain === undefined || /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(domain)
  const isName = /^[A-Za-z0-9_-]{1,64}$/.test(options.name) && !options.name.startsWith("__")
  return isName && isDomain && Either.isRight(Cookies.makeCookie(name, "-", { ...attributes, maxAge: life }))
    ? Either.right({
        name,
        read: Effect.fnUntraced(function* (header) {
          const ids = new Set<string>()
          for (const value of new Set(valuesOf(header ?? "", name))) {
            const id = yield* signer.verify(purpose, value)
            if (id !== undefined) {
              ids.add(id)
            }
          }
          // If two are valid, one of them was planted, and nothing tells which
          const [id] = ids
          return id !== undefined && ids.size === 1 ? Option.some(id) : Option.none()
        }),
        set: (response, id) =>
          Effect.map(signer.sign(purpose, id), (signed) =>
            HttpServerResponse.unsafeSetCookie(response, name, signed, { ...attributes, maxAge: life })
          ),
        clear: (response) => HttpServerResponse.expireCookie(response, name, attributes)
      })
    : Either.left(new LoginRoutesMisconfigured({ reason: "Cookie", option: options.option }))
}
