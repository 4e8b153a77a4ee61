import type { ColumnDefinitionBuilder, CreateTableBuilder, Kysely } from 'kysely'
import type { DatabaseSettings } from '../open.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

/** The few things the two databases spell differently, for use in migrations. */
export interface ColumnKinds {
  /** Starts a table with an `id` that counts up and is never given out twice. */
  table(db: Kysely<unknown>, name: string): CreateTableBuilder<string, 'id'>
  /** Type name of a timestamp column. */
  readonly timestamp: 'timestamptz' | 'text'
  /** Type name of a reference to another table's `id`. */
  readonly reference: 'bigint' | 'integer'
}

/** Column kinds of one database. */
export function columnKinds(kind: DatabaseSettings['kind']): ColumnKinds {
  const postgres = kind === 'postgres'
  const id: Column = (column) =>
    postgres ? column.primaryKey().generatedAlwaysAsIdentity() : column.primaryKey().autoIncrement()
  return {
    table: (db, name) => db.schema.createTable(name).addColumn('id', postgres ? 'bigint' : 'integer', id),
    timestamp: postgres ? 'timestamptz' : 'text',
    reference: postgres ? 'bigint' : 'integer',
  }
}
