import { inspect } from "node:util"

/** Every way in which a value ends up in a log, a report or a crash. */
export const shown = (value: unknown): string => {
  const forms = [inspect(value, { depth: 30, showHidden: true, maxArrayLength: null, maxStringLength: null })]
  for (const form of [() => JSON.stringify(value), () => String(value), () => (value as Error).stack]) {
    try {
      forms.push(String(form()))
    } catch {
      // What cannot be shown cannot leak
    }
  }
  return forms.join("\n")
}
