import type * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import type * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"

/** Reads lines key by key and shows nothing of them, since they are secrets. */
export interface HiddenLines {
  /** The next line, none when the user leaves (Ctrl+C, Ctrl+D). What is longer than the limit is cut off one character after it. */
  readonly next: Effect.Effect<Option.Option<string>>
}

/** Escape sequences (cursor keys, the marks around a paste) and control characters are no text. */
const isText = (input: string): boolean => !/\p{Cc}/u.test(input)

export const make = (keys: Mailbox.ReadonlyMailbox<Terminal.UserInput>, longest: number): HiddenLines => {
  // A pasted CRLF is one end of a line
  let afterReturn = false

  const next: HiddenLines["next"] = Effect.gen(function* () {
    let line = ""
    while (true) {
      const pressed = yield* Effect.option(keys.take)
      if (Option.isNone(pressed)) {
        return Option.none()
      }
      const { input, key } = pressed.value
      const second = afterReturn && key.name === "enter"
      afterReturn = key.name === "return"
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
    }
  })

  return { next }
}
