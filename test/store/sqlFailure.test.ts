/** What the codes of databases and drivers say of a statement that failed. */
import { assert, it } from "@effect/vitest"
import { SqlError } from "@effect/sql/SqlError"
import { fromSqlError, type SqlFailure } from "../../src/store/sqlFailure.js"

const none: SqlFailure = {
  code: undefined,
  applied: "unknown",
  transient: false,
  missingTable: false,
  packetTooLarge: false,
  duplicateKey: false
}

const rows: ReadonlyArray<readonly [cause: unknown, expected: Partial<SqlFailure>, message?: string]> = [
  [undefined, {}],
  ["text", {}],
  [{ code: 5, sqlState: 6 }, {}],
  [new Error("Connection terminated unexpectedly"), {}],
  [{ code: "40001" }, { code: "40001", applied: "no", transient: true }],
  [{ code: "23505" }, { code: "23505", applied: "no" }],
  [{ code: "08006" }, { code: "08006" }],
  [{ code: "57P01" }, { code: "57P01" }],
  [{ code: "57014" }, { code: "57014", applied: "no", transient: true }],
  [{ code: "40003" }, { code: "40003" }],
  [{ code: "42P01" }, { code: "42P01", applied: "no", missingTable: true }],
  [
    { code: "ER_NO_SUCH_TABLE", sqlState: "42S02" },
    { code: "ER_NO_SUCH_TABLE", applied: "no", missingTable: true }
  ],
  [
    { code: "SQLITE_ERROR", message: "no such table: x" },
    { code: "SQLITE_ERROR", applied: "no", missingTable: true }
  ],
  [
    { code: "SQLITE_ERROR", message: "no such column: x" },
    { code: "SQLITE_ERROR", applied: "no" }
  ],
  [{ message: "No such table: x" }, { missingTable: true }],
  // A driver's own code that is no SQLSTATE gives way to the state, a code of MySQL does not
  [
    { code: "DRIVER", sqlState: "23000" },
    { code: "23000", applied: "no" }
  ],
  [
    { code: "ER_DUP_ENTRY", sqlState: "23000" },
    { code: "ER_DUP_ENTRY", applied: "no", duplicateKey: true }
  ],
  [{ code: "EPIPE" }, { code: "EPIPE" }],
  [{ code: "ECONNRESET" }, { code: "ECONNRESET" }],
  [{ code: "ECONNREFUSED" }, { code: "ECONNREFUSED", applied: "no" }],
  [
    { code: "ETIMEDOUT", syscall: "connect" },
    { code: "ETIMEDOUT", applied: "no" }
  ],
  [{ code: "ETIMEDOUT", syscall: "read" }, { code: "ETIMEDOUT" }],
  [undefined, { applied: "no" }, "Failed to acquire connection for query"],
  [{ code: "SQLITE_BUSY_SNAPSHOT" }, { code: "SQLITE_BUSY_SNAPSHOT", applied: "no", transient: true }],
  [{ code: "SQLITE_FULL" }, { code: "SQLITE_FULL", applied: "no" }],
  [{ code: "SQLITE_IOERR_WRITE" }, { code: "SQLITE_IOERR_WRITE" }],
  [
    { code: "ER_NET_PACKET_TOO_LARGE", sqlState: "08S01" },
    { code: "ER_NET_PACKET_TOO_LARGE", applied: "no", packetTooLarge: true }
  ],
  [
    { code: "ER_LOCK_DEADLOCK", sqlState: "40001" },
    { code: "ER_LOCK_DEADLOCK", applied: "no", transient: true }
  ],
  [
    { code: "ER_CON_COUNT_ERROR", sqlState: "08004" },
    { code: "ER_CON_COUNT_ERROR", applied: "no", transient: true }
  ],
  [
    { code: "ER_LOCK_DEADLOCK_ELSEWHERE", sqlState: "HY000" },
    { code: "ER_LOCK_DEADLOCK_ELSEWHERE", applied: "no" }
  ]
]

it("a failure of a statement is told by its code, and by nothing that quotes the row", () => {
  for (const [cause, expected, message = "Failed to execute statement"] of rows) {
    assert.deepStrictEqual(
      fromSqlError(new SqlError({ message, cause })),
      { ...none, ...expected },
      JSON.stringify([cause, message])
    )
  }
})
