// Who may import whom, types included. docs/architecture.md draws it.

/** Each room of src, with the rooms that it may import besides itself. */
const rooms = {
  concurrency: [],
  http: [],
  model: [],
  store: ["concurrency", "http"],
  accounts: ["http"],
  session: ["store", "accounts", "concurrency"],
  client: ["model", "session", "store", "accounts", "http", "concurrency"],
  login: ["session", "accounts"],
  programs: ["client", "login", "session", "store", "accounts", "http"],
  browser: ["programs", "client", "session", "store", "accounts", "concurrency"],
  node: ["programs", "client", "login", "session", "store", "accounts", "http"],
  emulator: ["accounts"],
  testing: ["emulator", "programs", "client", "model", "session", "store", "accounts"],
  cli: ["node", "emulator", "client", "login", "session", "store", "accounts", "model", "http", "concurrency"]
}

/** Leaves, which every room may use. A face only exports, and no room knows a face. */
const leaf = "^src/(Metrics|base64|boundedMap|foreignCause|guessable)\\.ts$"
const face = "^src/(index|node|browser|sql|sqlite|redis|emulator|testing|bin)\\.ts$"

const toRoom = (room) => `^src/${room}/`

export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Modules that know each other are one module, or a third one holds what both need.",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true }
    },
    {
      name: "node-stays-in-its-room",
      comment: "Elsewhere use FileSystem, Path, HttpServer … of @effect/platform.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/(node|cli)/", "^src/(bin|node|sqlite)\\.ts$"] },
      to: { path: ["@effect/platform-node", "^node_modules/undici/"] }
    },
    {
      name: "node-builtins-stay-in-their-room",
      comment: "Elsewhere use FileSystem, Path, HttpServer … of @effect/platform.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/(node|cli)/", "^src/(bin|node|sqlite)\\.ts$"] },
      to: { dependencyTypes: ["core"] }
    },
    {
      name: "only-what-users-get",
      comment: "Declare the package as a peer dependency.",
      severity: "error",
      // The command carries what it needs within its one file
      from: { path: "^src/", pathNot: ["^src/cli/", "^src/bin\\.ts$"] },
      to: { path: "^node_modules/", dependencyTypesNot: ["npm-peer", "npm"] }
    },
    {
      name: "resolvable",
      comment: "Correct the path; write the ending .js.",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true }
    }
  ],
  allowed: [
    ...Object.entries(rooms).map(([room, others]) => ({
      from: { path: toRoom(room) },
      to: { path: [leaf, ...[room, ...others].map(toRoom)] }
    })),
    { from: { path: face }, to: { path: ["^src/"] } },
    { from: { path: "^src/" }, to: { pathNot: "^src/" } }
  ],
  allowedSeverity: "error",
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.src.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "default"] }
  }
}
