/** The countries of the emulated Spotify, fewer than at the real one. */
export const markets: ReadonlyArray<string> = [
  "AU",
  "BR",
  "CA",
  "CL",
  "DE",
  "GB",
  "IE",
  "JP",
  "NZ",
  "SE",
  "US"
]
