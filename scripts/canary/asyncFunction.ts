export const canary = async () => {
  await Promise.resolve(1)
}
