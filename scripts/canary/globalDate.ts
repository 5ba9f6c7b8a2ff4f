export const canary = Date.now()
