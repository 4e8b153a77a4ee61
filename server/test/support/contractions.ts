/** What a release that does not know of the statement could stumble over. */
const RULES: readonly [RegExp, string][] = [
  [/^drop (table|view|type|schema)\b/, 'drops'],
  [/^alter table .*\bdrop (column|constraint)\b/, 'drops a column or a rule that upserts may name'],
  [/^alter table .*\brename\b/, 'renames'],
  [/^alter table .*\balter column .*\b(type|set not null|drop default)\b/, 'makes a column narrower'],
  [/^alter table .*\badd column (?!.*\bdefault\b).*\bnot null\b/, 'adds a column that must be filled in'],
  [/^alter table .*\badd constraint\b/, 'adds a rule that rows may break'],
  [/^(delete from|truncate)\b/, 'removes rows'],
]
const UNIQUE_INDEX = /^create unique index .* on "(\w+)" \(([^)]*)\)/
const NEW_TABLE = /^create table (?:if not exists )?"(\w+)"/
const NEW_COLUMN = /^alter table "(\w+)" add column "(\w+)"/

/** The statements of one migration that older releases could not work after, each with what it does. */
export function contractionsIn(statements: readonly string[]): string[] {
  const tables = new Set<string>()
  const columns = new Set<string>()
  return statements.flatMap((statement) => {
    const sql = statement.replaceAll(/\s+/g, ' ').trim().toLowerCase()
    const [, table] = NEW_TABLE.exec(sql) ?? []
    if (table) tables.add(table)
    const [, changed, column] = NEW_COLUMN.exec(sql) ?? []
    if (changed) columns.add(`${changed}.${column}`)
    const rule = RULES.find(([pattern]) => pattern.test(sql))
    if (rule) return [`${rule[1]}: ${sql}`]
    return isNarrowing(sql, tables, columns) ? [`makes unique what need not have been: ${sql}`] : []
  })
}

/** Whether a unique index is over nothing but what older releases write. */
function isNarrowing(sql: string, tables: ReadonlySet<string>, columns: ReadonlySet<string>): boolean {
  const [, table = '', list = ''] = UNIQUE_INDEX.exec(sql) ?? []
  if (table === '' || tables.has(table)) return false
  return ![...list.matchAll(/"(\w+)"/g)].some(([, column]) => columns.has(`${table}.${column}`))
}
