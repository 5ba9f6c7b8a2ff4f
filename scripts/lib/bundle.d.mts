import type { BuildOptions } from "esbuild"

export const bundleEntries: (fileOf: (name: string) => string, directory: string) => Promise<number>
export const bundleCommand: (file: string) => Promise<unknown>
export const bundleProgram: (options: BuildOptions) => Promise<string>
