/** Base64 by the platform's `btoa`, which weighs less in a bundle than Effect's `Encoding`. */
export const encode = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) {
    text += String.fromCharCode(byte)
  }
  return btoa(text)
}

/** Without the characters that an address would escape, and without padding. */
export const encodeUrl = (bytes: Uint8Array): string =>
  encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
