import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { reauthorizeBy } from "./Session.js"
import type { ActiveRecord } from "./sessionRecord.js"

/** How many days before the end of an authorization its user should be told. */
export type Days = 30 | 7

/**
 * The notice that is due and was not given yet. It is written into the record with the refresh, so that only
 * one process gives it.
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
