import { beforeEach } from "vitest"

const slow = new Set((process.env["MUTATION_SLOW"] ?? "").split("\n"))

/** For `npm run mutation -- ROOM --quick`: leaves out the tests that took long. */
beforeEach(({ task, skip }) => {
  if (slow.has(task.name)) skip()
})
