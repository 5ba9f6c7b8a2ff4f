/** The parameters of the Web API, whose values are not secret. */
const told = new Set(
  (
    "additional_types after before country device_id fields ids include_external include_groups limit locale " +
    "market offset play position position_ms q query seed_artists seed_genres seed_tracks time_range timestamp " +
    "type uri uris volume_percent"
  ).split(" ")
)

/** The player's `state` has the same name as the secret of a login. */
const playerStates = new Set(["true", "false", "track", "context", "off"])

const isTold = (name: string, value: string): boolean =>
  told.has(name) || /^(min|max|target)_[a-z]+$/.test(name) || (name === "state" && playerStates.has(value))

/** Tokens and codes are much longer than ids. */
export const withoutTokens = (text: string): string => text.replace(/[\w.~-]{64,}/g, "…")

/** The query of a Web API call without possible secrets, since a program may send one here by mistake. */
export const query = (url: URL): string =>
  url.search
    .slice(1)
    .split("&")
    .map((pair) => {
      const [[name, value] = ["", ""]] = new URLSearchParams(pair)
      const [shown = ""] = pair.split("=", 1)
      return withoutTokens(
        value === "" || (isTold(name, value) && withoutTokens(value) === value) ? pair : `${shown}=…`
      )
    })
    .join("&")
