/**
 * A browser for tests of web servers. It follows redirects, keeps cookies and submits forms, all through the
 * `HttpClient` of the test. It runs no scripts.
 *
 * @since 0.1.0
 */
import type * as Cookies from "@effect/platform/Cookies"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * The browser cannot open the URL or submit the form.
 *
 * @since 0.1.0
 * @category errors
 */
export class BrowserError extends Schema.TaggedError<BrowserError>("effect-spotify/BrowserError")(
  "BrowserError",
  { problem: Schema.String, url: Schema.String }
) {
  override get message(): string {
    return `${this.problem}: ${this.url}`
  }
}

/**
 * The page that the browser shows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  /** The URL in the address bar. */
  readonly url: string
  /** 0 for a URL at which `stopAt` stopped the browser. */
  readonly status: number
  readonly text: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface OpenOptions {
  /**
   * The browser stops at a matching URL without opening it, such as the callback of a program that does not
   * listen.
   */
  readonly stopAt?: ((url: URL) => boolean) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Browser {
  /** Opens a URL and follows its redirects. */
  readonly open: (
    url: string,
    options?: OpenOptions
  ) => Effect.Effect<Page, BrowserError | HttpClientError.HttpClientError>
  /**
   * Submits the first form of a page with its hidden fields and the given fields, as pressing a button does:
   * `{ _user: "free-listener", _decision: "allow" }` on the emulator's consent page.
   */
  readonly submit: (
    page: Page,
    fields: Readonly<Record<string, string>>,
    options?: OpenOptions
  ) => Effect.Effect<Page, BrowserError | HttpClientError.HttpClientError>
}

const mostRedirects = 20

/** Servers may use this header to tell a person's browser from a script. */
const accept = "text/html,application/xhtml+xml,*/*;q=0.8"

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" }

const unescape = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? "")

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescape(value)
}

/**
 * The first form of a page. It is searched tag by tag, because one expression for the whole form would
 * backtrack.
 */
const formOf = (page: Page) => {
  const start = page.text.search(/<form\b/i)
  const end = page.text.indexOf(">", start)
  const length = start === -1 || end === -1 ? -1 : page.text.slice(end).search(/<\/form>/i)
  if (length === -1) {
    return undefined
  }
  const open = page.text.slice(start, end)
  const hidden = page.text
    .slice(end, end + length)
    .split(/<input\b/i)
    .slice(1)
    .map((input) => input.slice(0, input.indexOf(">")))
    .filter((tag) => attribute(tag, "type") === "hidden")
    .map((tag): [string, string] => [attribute(tag, "name") ?? "", attribute(tag, "value") ?? ""])
  return { action: attribute(open, "action") ?? page.url, method: attribute(open, "method") ?? "get", hidden }
}

/** One jar per host, because cookies ignore ports. Paths and expiry times of cookies are ignored. */
type Jar = Map<string, Map<string, string>>

const remember = (jar: Jar, host: string, cookies: Cookies.Cookies): void => {
  const own = jar.get(host) ?? new Map<string, string>()
  for (const cookie of Object.values(cookies.cookies)) {
    own.set(cookie.name, cookie.valueEncoded)
  }
  jar.set(host, own)
}

const cookieHeader = (jar: Jar, host: string): string =>
  [...(jar.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ")

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/**
 * A browser with no cookies yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Browser, never, HttpClient.HttpClient> = Effect.map(
  HttpClient.HttpClient,
  (client) => {
    const jar: Jar = new Map()

    const go = Effect.fn("Browser.open")(
      function* (first: HttpClientRequest.HttpClientRequest, { stopAt }: OpenOptions = {}) {
        let request = first
        for (let count = 0; count <= mostRedirects; count++) {
          if (!URL.canParse(request.url)) {
            return yield* new BrowserError({ problem: "This is no address", url: request.url })
          }
          const url = new URL(request.url)
          if (stopAt?.(url) === true) {
            return { url: url.href, status: 0, text: "" }
          }
          const cookie = cookieHeader(jar, url.hostname)
          const response = yield* client.execute(
            HttpClientRequest.setHeaders(request, cookie === "" ? { accept } : { accept, cookie })
          )
          remember(jar, url.hostname, response.cookies)
          const location = response.headers["location"]
          if (location === undefined || !isRedirect(response.status)) {
            return { url: url.href, status: response.status, text: yield* response.text }
          }
          request = HttpClientRequest.get(new URL(location, url).href)
        }
        return yield* new BrowserError({ problem: "This redirects without end", url: first.url })
        // Fetch would follow redirects itself and lose their cookies
      },
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
    )

    return {
      open: (url, options) => go(HttpClientRequest.get(url), options),
      submit: (page, fields, options) => {
        const form = formOf(page)
        if (form === undefined) {
          return Effect.fail(new BrowserError({ problem: "The page has no form", url: page.url }))
        }
        const url = new URL(form.action, page.url).href
        const body = [...form.hidden, ...Object.entries(fields)]
        return go(
          form.method.toLowerCase() === "post"
            ? HttpClientRequest.post(url).pipe(
                HttpClientRequest.bodyUrlParams(body),
                HttpClientRequest.setHeader("origin", new URL(page.url).origin)
              )
            : HttpClientRequest.get(url, { urlParams: body }),
          options
        )
      }
    }
  }
)
