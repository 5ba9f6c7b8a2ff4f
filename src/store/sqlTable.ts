/** The table of a SQL token store, in each SQL dialect. */

export type Dialect = "pg" | "sqlite" | "mysql"

/** Short enough that the name of the index fits into PostgreSQL's 63 characters. */
const name = /^([A-Za-z_][A-Za-z0-9_]{0,47}\.)?[A-Za-z_][A-Za-z0-9_]{0,47}$/

export const isName = (table: string): boolean => name.test(table)

/** Quotes names as the store's statements do, so that capitals are kept. */
const quoted = (table: string, quote: string) =>
  table
    .split(".")
    .map((part) => `${quote}${part}${quote}`)
    .join(".")

const index = (table: string, quote: string) => {
  const [last = table, schema] = table.split(".").reverse()
  return { bare: `${quote}${last}_disposable_at${quote}`, last: `${quote}${last}${quote}`, schema }
}

/** The statements that create the table if it is missing. */
export const definition = (dialect: Dialect, table: string): ReadonlyArray<string> => {
  switch (dialect) {
    case "pg": {
      return [
        `create table if not exists ${quoted(table, '"')} (
  "key" text collate "C" primary key,
  version text not null,
  payload text not null,
  disposable_at bigint,
  updated_at bigint not null
)`,
        `create index if not exists ${index(table, '"').bare}
  on ${quoted(table, '"')} (disposable_at) where disposable_at is not null`
      ]
    }
    case "sqlite": {
      const { bare, last, schema } = index(table, '"')
      return [
        `create table if not exists ${quoted(table, '"')} (
  "key" text primary key not null,
  version text not null,
  payload text not null,
  disposable_at integer,
  updated_at integer not null
)`,
        // SQLite requires the schema before the index name, and none before the table name
        `create index if not exists ${schema === undefined ? bare : `"${schema}".${bare}`}
  on ${last} (disposable_at) where disposable_at is not null`
      ]
    }
    case "mysql": {
      return [
        // Bytes, because MySQL ignores trailing spaces when it compares text. Other row formats and engines
        // have no index for keys of this length
        `create table if not exists ${quoted(table, "`")} (
  \`key\` varbinary(2560) primary key,
  version varbinary(255) not null,
  payload mediumtext character set utf8mb4 collate utf8mb4_bin not null,
  disposable_at bigint,
  updated_at bigint not null,
  index (disposable_at)
) engine=InnoDB row_format=dynamic`
      ]
    }
  }
}
