import type * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Reads secret lines key by key and shows only that something was typed. */
export interface HiddenLines<E> {
  /**
   * The next line; none if the user leaves (Ctrl+C, Ctrl+D). A line over the limit is cut off one character
   * after it.
   */
  readonly next: Effect.Effect<Option.Option<string>, E>
}

/** Escape sequences (cursor keys, paste markers) and control characters are not text. */
const isText = (input: string): boolean => !/\p{Cc}/u.test(input)

/** Stars for a whole URL would fill several lines of the screen. */
const mostStars = 24

const stars = (length: number): number => Math.min(length, mostStars)

/** The output that replaces the stars of one line with those of another. */
const redraw = (before: string, after: string): string => {
  const more = stars(after.length) - stars(before.length)
  return more > 0 ? "*".repeat(more) : "\b \b".repeat(-more)
}

export const make = <E>(
  /** The next key; none if there are no more. */
  nextKey: Effect.Effect<Option.Option<Terminal.UserInput>, E>,
  longest: number,
  show: (text: string) => Effect.Effect<void, E>
): HiddenLines<E> => {
  // A pasted CRLF is one line break
  let afterReturn = false

  const next: HiddenLines<E>["next"] = Effect.gen(function* () {
    let line = ""
    while (true) {
      const pressed = yield* nextKey
      if (Option.isNone(pressed)) {
        return Option.none()
      }
      const { input, key } = pressed.value
      const second = afterReturn && key.name === "enter"
      afterReturn = key.name === "return"
      const before = line
      if (key.ctrl && (key.name === "c" || key.name === "d")) {
        return Option.none()
      } else if (key.name === "return" || (key.name === "enter" && !second)) {
        return Option.some(line)
      } else if (key.name === "backspace") {
        line = line.slice(0, -1)
      } else if (key.ctrl && key.name === "u") {
        line = ""
      } else if (!key.ctrl && !key.meta && line.length <= longest) {
        line += Option.filter(input, isText).pipe(Option.getOrElse(() => ""))
      }
      const change = redraw(before, line)
      if (change !== "") {
        yield* show(change)
      }
    }
  })

  return { next }
}
