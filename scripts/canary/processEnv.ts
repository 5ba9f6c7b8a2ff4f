export const canary = process.env["PORT"]
