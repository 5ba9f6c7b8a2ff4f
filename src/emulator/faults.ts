import * as Duration from "effect/Duration"
import { hash } from "./catalogue/base62.js"
import { withoutTokens } from "./loggedAddress.js"

/**
 * The service that a request is for.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = "accounts" | "api"

/**
 * A fault of a request. JSON has the same form, with a duration as milliseconds or as a text such as `"14
 * hours"`.
 *
 * - `latency`: the answer is delayed by `delay`, or by a random time from `delay` to `upTo`
 * - `timeout`: the answer never comes; with `processed` the request still has its effect
 * - `reset`: the connection breaks; with `processed`, after the request had its effect
 * - `rateLimit`: 429 with `Retry-After` in whole seconds, rounded up; `retryAfter: "none"` leaves it out, and
 *   `"garbage"` sends one that is not a number. `reason` is Spotify's text for a used-up quota
 * - `error`: a 5xx (502 by default) in a form that the services and gateways use: JSON, an HTML page, a line
 *   of text, or nothing
 * - `truncated`: the body ends after this share of it (by default half), and nothing in HTTP shows it
 * - `brokenOff`: the connection breaks after this share of the body
 * - `garbage`: random bytes instead of the body
 * - `respond`: this answer instead of Spotify's
 *
 * A request with `truncated`, `brokenOff` or `garbage` still has its effect.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | {
      readonly kind: "latency"
      readonly delay: Duration.DurationInput
      readonly upTo?: Duration.DurationInput | undefined
    }
  | { readonly kind: "timeout"; readonly processed?: boolean | undefined }
  | { readonly kind: "reset"; readonly processed?: boolean | undefined }
  | {
      readonly kind: "rateLimit"
      /** @default "1 second" */
      readonly retryAfter?: Duration.DurationInput | "none" | "garbage" | undefined
      readonly reason?: string | undefined
    }
  | {
      readonly kind: "error"
      /** @default 502 */
      readonly status?: number | undefined
      /** @default "json" */
      readonly format?: "json" | "html" | "text" | "empty" | undefined
    }
  | { readonly kind: "truncated"; readonly keep?: number | undefined }
  | { readonly kind: "brokenOff"; readonly keep?: number | undefined }
  | { readonly kind: "garbage" }
  | {
      readonly kind: "respond"
      readonly status: number
      readonly body?: string | undefined
      readonly contentType?: string | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
    }

/**
 * Which requests a fault applies to, and how often. Without `target` and `path` it applies to every Web API
 * call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule {
  readonly fault: Fault
  readonly method?: string | undefined
  /**
   * The path as sent, such as `/v1/playlists/:id/items` or `/api/token`. `:name` matches one segment, and
   * `/*` at the end matches any rest.
   */
  readonly path?: string | undefined
  /** `accounts` means the token endpoint, unless `path` names another address. */
  readonly target?: Target | undefined
  /** How many matching requests pass before the first fault. @default 0 */
  readonly skip?: number | undefined
  /** The most faults to inject. @default 1, or unlimited with a `probability` */
  readonly times?: number | undefined
  /** The probability of the fault at each request, from 0 to 1. @default 1 */
  readonly probability?: number | undefined
}

/**
 * A fault that was injected into a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Injected {
  readonly at: number
  readonly method: string
  readonly path: string
  /** The seed of the plan, with which it can be repeated. */
  readonly seed: string
  /** The index of the rule in its plan, from 0. */
  readonly rule: number
  /** The position of the request among those the rule matches, from 1. */
  readonly request: number
  readonly kind: Fault["kind"]
  /** The random value for it: the delay of `latency`. */
  readonly delayMillis: number | undefined
}

interface Active {
  readonly rule: Rule
  readonly seed: string
  readonly position: number
  readonly fits: (method: string, target: Target, path: string) => boolean
  seen: number
  left: number
}

export interface Faults {
  active: ReadonlyArray<Active>
  injected: Array<Injected>
  /** How far the emulator's clock is ahead of the program's. */
  skewMillis: number
}

export const make = (): Faults => ({ active: [], injected: [], skewMillis: 0 })

/**
 * A number from 0 to 1 that depends only on the seed and on what it is drawn for. Other draws do not change
 * it.
 */
const draw = (active: Active, what: string): number =>
  hash(`${active.seed}/${active.position}/${active.seen}/${what}`) / 2 ** 32

/** Whether a request is among those that a method, a service and a path name. */
export const fits = (rule: Pick<Rule, "method" | "target" | "path">): Active["fits"] => {
  const method = rule.method?.toUpperCase()
  const path = rule.path ?? (rule.target === "accounts" ? "/api/token" : undefined)
  const open = path?.endsWith("/*") === true
  const template = path === undefined ? undefined : (open ? path.slice(0, -2) : path).split("/")
  return (requested, target, at) => {
    if ((method ?? requested) !== requested || (rule.target ?? target) !== target) {
      return false
    }
    if (template === undefined) {
      return target === "api"
    }
    const segments = at.split("/")
    return (
      (open ? segments.length >= template.length : segments.length === template.length) &&
      template.every((part, index) =>
        part.startsWith(":") ? segments[index] !== "" : part === segments[index]
      )
    )
  }
}

/** Adds rules after those already planned. */
export const plan = (faults: Faults, rules: ReadonlyArray<Rule>, seed: string): void => {
  const added = rules.map((rule, position): Active => ({
    rule,
    seed,
    position,
    fits: fits(rule),
    seen: 0,
    left: rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY)
  }))
  faults.active = [...faults.active, ...added]
}

/** The rules that can still apply, with the remaining number of their `times`. */
export const planned = (faults: Faults): ReadonlyArray<Rule & { readonly seed: string }> =>
  faults.active.map(({ left, rule, seed }) => ({
    ...rule,
    ...(Number.isFinite(left) ? { times: left } : {}),
    seed
  }))

const happens = (active: Active): boolean => {
  active.seen += 1
  return (
    active.seen > (active.rule.skip ?? 0) &&
    (active.rule.probability === undefined || draw(active, "happens") < active.rule.probability)
  )
}

const delayOf = (active: Active, fault: Extract<Fault, { readonly kind: "latency" }>): number => {
  const from = Duration.toMillis(fault.delay)
  const upTo = fault.upTo === undefined ? from : Duration.toMillis(fault.upTo)
  return Math.round(from + draw(active, "delay") * Math.max(0, upTo - from))
}

/** The faults of one request: any delays, and at most one other fault. */
export interface Decision {
  readonly delayMillis: number
  readonly fault: Exclude<Fault, { readonly kind: "latency" }> | undefined
  readonly kinds: ReadonlyArray<Fault["kind"]>
  /** Decides the bytes of `garbage`. */
  readonly seed: string
}

const kept = 1000

export const nothing: Decision = { delayMillis: 0, fault: undefined, kinds: [], seed: "" }

/** Takes the next faults planned for a request, if any. Earlier rules take precedence. */
export const take = (
  faults: Faults,
  request: {
    readonly at: number
    readonly method: string
    readonly target: Target
    readonly path: string
  }
): Decision => {
  if (faults.active.length === 0) {
    return nothing
  }
  let decision = nothing
  for (const active of faults.active) {
    if (!active.fits(request.method, request.target, request.path) || !happens(active)) {
      continue
    }
    active.left -= 1
    const { fault } = active.rule
    const delayMillis = fault.kind === "latency" ? delayOf(active, fault) : undefined
    const { at, method } = request
    const path = withoutTokens(request.path)
    const { position: rule, seed, seen } = active
    faults.injected.push({ at, method, path, seed, rule, request: seen, kind: fault.kind, delayMillis })
    decision = {
      delayMillis: decision.delayMillis + (delayMillis ?? 0),
      fault: fault.kind === "latency" ? undefined : fault,
      kinds: [...decision.kinds, fault.kind],
      seed: `${seed}/${rule}/${seen}`
    }
    if (fault.kind !== "latency") {
      break
    }
  }
  faults.active = faults.active.filter(({ left }) => left > 0)
  if (faults.injected.length > kept) {
    faults.injected = faults.injected.slice(-kept)
  }
  return decision
}
