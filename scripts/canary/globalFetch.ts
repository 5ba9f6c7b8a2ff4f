export const canary = fetch("https://example.com")
