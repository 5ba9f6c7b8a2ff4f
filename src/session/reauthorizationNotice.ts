import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { reauthorizeBy } from "./Session.js"
import type { ActiveRecord } from "./sessionRecord.js"

/** Days before the end of an authorization at which its user should hear of it. */
export type Days = 30 | 7

/**
 * The notice that is due now and was not given yet. It stands in the record with the refresh that gives it,
 * so that of many processes one gives it.
 */
export const due = (record: ActiveRecord, now: number): Option.Option<Days> =>
  Option.flatMap(record.authorizedAt, (authorizedAt) => {
    const by = reauthorizeBy(authorizedAt)
    const passed = (days: Days) => DateTime.subtract(by, { days }).epochMillis <= now
    const level: Days | undefined = passed(7) ? 7 : passed(30) ? 30 : undefined
    return level === undefined || Option.exists(record.noticed, (noticed) => noticed <= level)
      ? Option.none()
      : Option.some(level)
  })
