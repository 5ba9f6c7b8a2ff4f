import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Faults from "./faults.js"
import { escape, page } from "./html.js"
import type { Grant, State } from "./state.js"
import { recorded } from "./state.js"

/** How many recent requests to show. The rest is at `/_control/requests`. */
const shownRequests = 50

const shownTokens = 30

/** A form with one button. The control reads its JSON from the single field. */
const button = (path: string, json: unknown, text: string): string =>
  `<form method="post" action="/_control/${path}"><button name="json" value="${escape(JSON.stringify(json))}">${escape(text)}</button></form>`

interface Choice {
  readonly json: unknown
  readonly text: string
  readonly now?: boolean
}

const choice = (label: string, path: string, choices: ReadonlyArray<Choice>, does = "Set"): string => {
  const options = choices
    .map(
      ({ json, now, text }) =>
        `<option value="${escape(JSON.stringify(json))}"${now === true ? " selected" : ""}>${escape(text)}</option>`
    )
    .join("")
  return `<form method="post" action="/_control/${path}"><div><label for="${path}">${escape(label)}</label><select id="${path}" name="json">${options}</select></div><button>${does}</button></form>`
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<string>, none: string): string =>
  rows.length === 0
    ? `<p class="quiet">${escape(none)}</p>`
    : `<table><thead><tr>${head.map((text) => `<th scope="col">${escape(text)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`

/** Cells are HTML; {@link escape} turns text into HTML. */
const row = (...cells: ReadonlyArray<string>): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`

const section = (title: string, body: string): string => `<section><h2>${escape(title)}</h2>${body}</section>`

const nameOf = (state: State, userId: string): string => state.index.users.get(userId)?.displayName ?? userId

const appName = (state: State, clientId: string): string => state.apps.get(clientId)?.name ?? clientId

const addresses = (state: State): string => {
  const apps = [...state.apps.values()].map((app) => {
    const list = app.allowedUsers === undefined ? "everybody" : app.allowedUsers.join(", ") || "nobody"
    const owner = app.ownerPremium ? "" : `<br><small class="warn">its owner has no Premium</small>`
    return row(
      `<b>${escape(app.name)}</b>${owner}`,
      `<code>${escape(app.clientId)}</code>`,
      app.clientSecret === undefined ? "no secret: PKCE" : "has a secret",
      app.quotaMode,
      escape(list)
    )
  })
  const accounts = escape(state.accountsUrl)
  const api = escape(state.apiUrl)
  return section(
    "Addresses and apps",
    `<dl><dt>Instead of https://accounts.spotify.com</dt><dd><code>${accounts}</code></dd><dt>Instead of https://api.spotify.com/v1</dt><dd><code>${api}</code></dd></dl>${table(["App", "Client id", "Secret", "Mode", "May serve"], apps, "")}`
  )
}

const users = (state: State): string =>
  section(
    "Users",
    table(
      ["Name", "Id", "Subscription", "Country", "Automatic login", "Access"],
      state.catalogue.users.map((user) =>
        row(
          `<b>${escape(user.displayName)}</b>`,
          `<code>${escape(user.id)}</code>`,
          user.product === "premium" ? "Premium" : "Free",
          escape(user.country),
          user.id === state.behaviour.userId ? "this one" : button("user", { user: user.id }, "Use this one"),
          button("revoke-grant", { user: user.id }, "Remove all apps")
        )
      ),
      "The catalogue has no users."
    )
  )

const hour = 3600

const switches = (state: State): string => {
  const { consent, decision, rotation, rotationGraceMillis } = state.behaviour
  const skew = Math.round(state.faults.skewMillis / 1000)
  const owned = [...state.apps.values()].every((app) => app.ownerPremium)
  const skews: ReadonlyArray<readonly [string, number]> = [
    ["right", 0],
    ["5 minutes ahead", 300],
    ["5 minutes behind", -300],
    ["an hour ahead: access tokens expire", hour],
    ["half a year ahead: refresh tokens expire", 184 * 24 * hour]
  ]
  const known = skews.some(([, seconds]) => seconds === skew)
  return section(
    "Switches",
    `<div class="switches">${[
      choice("Consent", "consent", [
        { json: { mode: "automatic" }, text: "automatic", now: consent === "automatic" },
        { json: { mode: "form" }, text: "ask on a page", now: consent === "form" }
      ]),
      choice("Automatic consent answers", "decision", [
        { json: { decision: "allow" }, text: "allow", now: decision === "allow" },
        { json: { decision: "deny" }, text: "cancel", now: decision === "deny" }
      ]),
      choice("A refresh replaces the refresh token", "rotation", [
        { json: { mode: "never" }, text: "never", now: rotation === "never" },
        {
          json: { mode: "always" },
          text: "always",
          now: rotation === "always" && rotationGraceMillis === 0
        },
        {
          json: { mode: "always", graceSeconds: 30 },
          text: "always; the old one stays valid for 30 s",
          now: rotation === "always" && rotationGraceMillis > 0
        }
      ]),
      choice("Owner of the apps", "owner-premium", [
        { json: { premium: true }, text: "has Premium", now: owned },
        { json: { premium: false }, text: "has no Premium: 403 for all calls", now: !owned }
      ]),
      choice("Spotify's clock is", "clock-skew", [
        ...skews.map(([text, aheadSeconds]) => ({
          json: { aheadSeconds },
          text,
          now: aheadSeconds === skew
        })),
        ...(known ? [] : [{ json: { aheadSeconds: skew }, text: `${skew} s ahead`, now: true }])
      ]),
      choice(
        "The next Web API call meets",
        "faults",
        [
          { json: rule({ kind: "rateLimit", retryAfter: "2 seconds" }), text: "429, wait 2 s" },
          {
            json: rule({ kind: "rateLimit", retryAfter: "14 hours", reason: "QUOTA_EXCEEDED" }),
            text: "429, quota used up, wait 14 h"
          },
          { json: rule({ kind: "error", status: 502, format: "html" }), text: "502 as a page of HTML" },
          { json: rule({ kind: "error", status: 503, format: "text" }), text: "503 as text" },
          { json: rule({ kind: "latency", delay: "3 seconds" }), text: "3 s of latency" },
          { json: rule({ kind: "timeout" }), text: "no answer ever" },
          { json: rule({ kind: "reset" }), text: "a broken connection, before its effect" },
          { json: rule({ kind: "reset", processed: true }), text: "a broken connection, after its effect" },
          { json: rule({ kind: "truncated" }), text: "half of its answer" },
          { json: rule({ kind: "garbage" }), text: "garbage" }
        ],
        "Plan"
      )
    ].join(
      ""
    )}</div><div class="actions">${button("expire-access-tokens", {}, "Expire all access tokens")}${button("expire-refresh-tokens", {}, "Expire all refresh tokens")}${button("refuse-refresh-next", {}, "Refuse the next refresh of a valid token")}</div>`
  )
}

const rule = (fault: Faults.Fault): { readonly rules: ReadonlyArray<Faults.Rule> } => ({ rules: [{ fault }] })

const redact = (token: string): string => `${token.slice(0, 2)}…${token.slice(-4)}`

const remaining = (millis: number): string =>
  millis <= 0
    ? "ended"
    : millis > Duration.toMillis("2 days")
      ? `in ${Math.floor(millis / Duration.toMillis("1 day"))} days`
      : `in ${Duration.format(Duration.seconds(Math.ceil(millis / 1000)))}`

const tokens = (state: State, now: number): string => {
  const line = (
    kind: string,
    [token, { expiresAt, grant }]: readonly [
      string,
      { readonly grant: Grant | undefined; readonly expiresAt: number }
    ],
    clientId: string
  ): string =>
    row(
      kind,
      `<code>${escape(redact(token))}</code>`,
      grant === undefined ? "none: the app itself" : escape(nameOf(state, grant.userId)),
      escape(appName(state, clientId)),
      grant === undefined ? "none" : grant.scopes.map(escape).join(", ") || "none",
      grant?.revoked === true ? "revoked" : remaining(expiresAt - now)
    )
  const rows = [
    ...[...state.accessTokens].slice(-shownTokens).map((entry) => line("access", entry, entry[1].clientId)),
    ...[...state.refreshTokens]
      .slice(-shownTokens)
      .map(([token, { expiresAt, grant, replacedAt }]) =>
        line(
          replacedAt === undefined ? "refresh" : "refresh, replaced",
          [token, { grant, expiresAt: Math.min(expiresAt, replacedAt ?? expiresAt) }],
          grant.clientId
        )
      )
  ]
  return section(
    "Tokens",
    table(["Kind", "Token", "User", "App", "Scopes", "Ends"], rows.reverse(), "None yet.")
  )
}

/** A note about who can reach the emulator. */
const reach = (state: State): string =>
  state.isExposed
    ? `<p class="brand warn">Open to the network: anyone who can reach this address can use this page. All data is lost when it stops</p>`
    : `<p class="brand">On this machine only. All data is lost when it stops</p>`

const time = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis)).slice(11, 19)

const faults = (state: State): string => {
  const waiting = Faults.planned(state.faults).map(({ fault, method, path, probability, target, times }) =>
    row(
      escape(fault.kind),
      escape(`${method ?? "any"} ${path ?? (target === "accounts" ? "/api/token" : "/v1/*")}`),
      times === undefined ? "no end" : String(times),
      probability === undefined ? "always" : `${Math.round(probability * 100)} %`
    )
  )
  const injected = state.faults.injected
    .slice(-20)
    .reverse()
    .map(({ at, kind, method, path, seed }) =>
      row(time(at), escape(kind), escape(`${method} ${path}`), `<code>${escape(seed)}</code>`)
    )
  return section(
    "Faults",
    `${table(["Waiting", "For", "Times left", "Likely"], waiting, "None waits.")}${waiting.length === 0 ? "" : button("faults/clear", {}, "Drop them all")}${injected.length === 0 ? "" : table(["At (UTC)", "Befell", "Request", "Seed"], injected, "")}`
  )
}

const requests = (state: State): string =>
  section(
    "Recent requests",
    table(
      ["At (UTC)", "Service", "Request", "Status", "Fault"],
      recorded(state)
        .slice(-shownRequests)
        .reverse()
        .map(({ at, faults, method, path, query, status, target }) =>
          row(
            time(at),
            target,
            `<code class="long">${escape(`${method} ${path}${query === "" ? "" : `?${query}`}`)}</code>`,
            status === 0 ? "no answer" : String(status),
            escape(faults.join(", "))
          )
        ),
      "None yet."
    )
  )

/** A page with the emulator's state and its controls. It works without scripts. */
export const handle = (
  state: State,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  request.method === "GET" || request.method === "HEAD"
    ? Effect.map(Clock.currentTimeMillis, (now) =>
        page(
          200,
          "Spotify emulator",
          `<main>${reach(state)}<h1>Spotify emulator</h1><p><a href="/">Reload</a> · <a href="/_control/requests">All requests as JSON</a> · <a href="/_control/faults/injected">All faults as JSON</a></p>${[
            switches(state),
            users(state),
            addresses(state),
            requests(state),
            tokens(state, now + state.faults.skewMillis),
            faults(state)
          ].join("")}</main>`
        )
      )
    : Effect.succeed(HttpServerResponse.empty({ status: 405, headers: { allow: "GET, HEAD" } }))
