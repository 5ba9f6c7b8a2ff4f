import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ClientMisconfigured } from "../accounts/AuthError.js"
import * as ReturnTo from "../accounts/returnTo.js"
import type { Paths } from "./handlers.js"
import { LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** Paths that routers and browsers read exactly as written. */
const plainPath = /^\/[A-Za-z0-9/._~!$&'()+,;=:@%-]*$/

const ownPath = (option: string, path: string) =>
  plainPath.test(path) && ReturnTo.path(path, "") === path
    ? Effect.succeed(path)
    : new LoginRoutesMisconfigured({ reason: "Path", option })

/** A page of the app. */
export const pageOf = (option: string, path = "/") =>
  ReturnTo.path(path, "") === path
    ? Effect.succeed(path)
    : new LoginRoutesMisconfigured({ reason: "Path", option })

/** The redirect URI of a web server. */
export const webAddress = (redirectUri: Option.Option<string>): Effect.Effect<URL, ClientMisconfigured> =>
  Effect.suspend(() => {
    if (Option.isNone(redirectUri)) {
      return new ClientMisconfigured({ code: "redirect_uri_missing" })
    }
    const url = new URL(redirectUri.value)
    return url.protocol === "https:" || url.protocol === "http:"
      ? Effect.succeed(url)
      : new ClientMisconfigured({
          code: "redirect_uri_invalid",
          detail: "a web server needs https, or http on a loopback address"
        })
  })

/** The four different paths of a login. */
export const pathsOf = (
  url: URL,
  prefix: string | undefined
): Effect.Effect<Paths, LoginRoutesMisconfigured> =>
  Effect.gen(function* () {
    const callback = yield* ownPath("redirectUri", url.pathname)
    const before = prefix ?? callback.replace(/\/[^/]*\/?$/, "")
    const path = (name: string) => ownPath("prefix", `${before}/${name}`)
    const paths = {
      login: yield* path("login"),
      callback,
      logout: yield* path("logout"),
      status: yield* path("status")
    }
    return new Set(Object.values(paths)).size === 4
      ? paths
      : yield* new LoginRoutesMisconfigured({ reason: "Path", option: "prefix" })
  })
