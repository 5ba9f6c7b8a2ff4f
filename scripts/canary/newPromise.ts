export const canary = new Promise<number>((resolve) => resolve(1))
