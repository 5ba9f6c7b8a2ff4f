import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig, type MarkdownOptions } from "vitepress"
import llmstxt from "vitepress-plugin-llms"

const docs = fileURLToPath(new URL("..", import.meta.url))

/** What `typedoc` writes: one page for each module of each entry point. */
const api = ["index", "node", "browser", "sql", "sqlite", "redis", "emulator", "testing"].map((entry) => ({
  text: entry === "index" ? "effect-spotify" : `effect-spotify/${entry}`,
  collapsed: entry !== "index",
  items: readdirSync(`${docs}/api/${entry}/namespaces`)
    .map((file) => file.replace(/\.md$/, ""))
    .sort()
    .map((name) => ({ text: name, link: `/api/${entry}/namespaces/${name}` }))
}))

/** Where the repository is on the web. Until it is known, links to its files are plain text. */
const repository: string | undefined = undefined

/** Links of the README begin at the root of the repository, those of the guides in `docs`. */
const linkOf = (href: string): string | undefined => {
  const file = href.replace(/^(\.\.?\/)+/, "")
  return file.startsWith("docs/")
    ? file.replace(/^docs\//, "./")
    : /^(src|examples|test|bench|soak)\/|^[A-Z]+(\.md)?$/.test(file)
      ? repository && `${repository}/blob/main/${file}`
      : href
}

const repositoryLinks: MarkdownOptions["config"] = (md) => {
  md.core.ruler.push("repository-links", ({ tokens }) => {
    for (const token of tokens) {
      let isPlain = false
      token.children = (token.children ?? []).filter((child) => {
        if (child.type === "image") {
          child.attrSet("src", linkOf(String(child.attrGet("src"))) ?? "")
        }
        if (child.type === "link_open") {
          const href = linkOf(String(child.attrGet("href")))
          isPlain = href === undefined
          child.attrSet("href", href ?? "")
          return !isPlain
        }
        const isKept = child.type !== "link_close" || !isPlain
        isPlain &&= child.type !== "link_close"
        return isKept
      })
    }
  })
}

export default defineConfig({
  title: "effect-spotify",
  description: "Spotify for Effect: sessions that keep their tokens, a typed Web API client, and an emulator",
  markdown: { config: repositoryLinks },
  vite: { plugins: [llmstxt({ domain: undefined })] },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      {
        text: "Guides",
        items: [
          { text: "Start", link: "/" },
          { text: "Installing", link: "/installing" },
          { text: "Everyday use", link: "/everyday" },
          { text: "The three flows", link: "/flows" },
          { text: "Sessions and stores", link: "/sessions" },
          { text: "Logins", link: "/logins" },
          { text: "Edge runtimes", link: "/edge-runtimes" },
          { text: "The Web API", link: "/web-api" },
          { text: "Limits and quotas", link: "/limits" },
          { text: "The operations", link: "/operations" },
          { text: "Errors", link: "/errors" },
          { text: "The command line", link: "/command-line" },
          { text: "The emulator", link: "/emulator" },
          { text: "Telemetry", link: "/telemetry" },
          { text: "Security", link: "/security" },
          { text: "Troubleshooting", link: "/troubleshooting" },
          { text: "From spotipy", link: "/from-spotipy" },
          { text: "From spotify-web-api-php", link: "/from-spotify-web-api-php" },
          { text: "From spotify-web-api-node", link: "/from-spotify-web-api-node" },
          { text: "From @spotify/web-api-ts-sdk", link: "/from-web-api-ts-sdk" },
          { text: "Comparison with other libraries", link: "/comparison" },
          { text: "Effect 3 and 4", link: "/effect-4" },
          { text: "Where everything is", link: "/architecture" }
        ]
      },
      ...api
    ]
  }
})
