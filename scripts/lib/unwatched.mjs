// Tells Stryker what it need not change: what goes to logs and spans alone.
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"

const unwatched = /^(?:log\w*|annotate\w*|withSpan|withLogSpan)$/

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, "unwatched", {
    shouldIgnore: (path) => {
      const { callee } = path.isCallExpression() ? path.node : {}
      return callee?.type === "MemberExpression" &&
        callee.object.type === "Identifier" &&
        callee.object.name === "Effect" &&
        callee.property.type === "Identifier" &&
        unwatched.test(callee.property.name)
        ? "only people read it"
        : undefined
    }
  })
]
