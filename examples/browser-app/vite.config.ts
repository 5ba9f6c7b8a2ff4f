// run: by hand, it is the configuration of a development server
import react from "@vitejs/plugin-react"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

export default defineConfig({
  plugins: [react()],
  // An app of its own would install the package and need none of this
  resolve: {
    alias: [
      { find: /^effect-spotify$/, replacement: source("index.ts") },
      { find: /^effect-spotify\/(.*)$/, replacement: source("$1.ts") }
    ]
  },
  // Not localhost: Spotify refuses that name in redirect URIs
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
  preview: { host: "127.0.0.1", port: 5173, strictPort: true }
})
