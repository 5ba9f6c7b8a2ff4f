import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { State } from "../state.js"
import type { Call } from "./call.js"
import type { Habits } from "./habits.js"
import * as Shapes from "./shape.js"

interface Kept {
  readonly habits: Habits
  readonly answers: Map<string, HttpServerResponse.HttpServerResponse>
}

const keptBy = new WeakMap<State, Kept>()

/** Enough for a program under test, which repeats a few requests. */
const most = 200

const answersOf = (call: Call): Kept["answers"] => {
  const known = keptBy.get(call.state)
  if (known?.habits === call.habits) {
    return known.answers
  }
  const answers: Kept["answers"] = new Map()
  keptBy.set(call.state, { habits: call.habits, answers })
  return answers
}

/** Everything that a cached answer depends on, apart from the catalogue and the habits. */
const keyOf = (call: Call, url: URL): string => {
  const { country, extended, position } = Shapes.of(call)
  return `${String(extended)} ${String(position)} ${country ?? ""} ${url.pathname}${url.search}`
}

/** A cached answer, or the place to store it. */
export const find = (
  call: Call,
  url: URL
): {
  readonly known: HttpServerResponse.HttpServerResponse | undefined
  readonly keep: (response: HttpServerResponse.HttpServerResponse) => void
} => {
  const answers = answersOf(call)
  const key = keyOf(call, url)
  return {
    known: answers.get(key),
    keep: (response) => {
      if (response.status !== 200) {
        return
      }
      if (answers.size >= most) {
        answers.clear()
      }
      answers.set(key, response)
    }
  }
}
