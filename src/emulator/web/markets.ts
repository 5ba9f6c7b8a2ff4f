/** The countries of the emulated Spotify, fewer than the real one has. */
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
