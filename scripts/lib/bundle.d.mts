export const bundleEntries: (fileOf: (name: string) => string, directory: string) => Promise<number>
