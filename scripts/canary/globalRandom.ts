export const canary = Math.random()
