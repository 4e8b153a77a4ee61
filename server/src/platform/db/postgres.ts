import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { iso, parseIso } from '../../lib/clock.ts'
import type { PoolWatch } from './pool-watch.ts'
import { connecting } from './postgres-connect.ts'
import { keepingPlans } from './postgres-plans.ts'

const { builtins } = pg.types

/** Kysely's dialect over `pg`. Timestamps arrive as ISO texts and counts as numbers, as they do from SQLite. */
export function postgresDialect(url: string, connections: number, watch: PoolWatch): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    // A server that is gone without a word is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'barong',
    types: { getTypeParser: (oid, format) => parserOf(oid) ?? pg.types.getTypeParser(oid, format) },
  })
  // An idle connection that the server closes is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {})
  // One that is in use tells of its end a second time, by an event; whoever uses it learns of it at the next query.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool: keepingPlans(pool, connecting(pool, watch)) })
}

function parserOf(oid: number): ((text: string) => unknown) | undefined {
  if (oid === builtins.INT8) return Number
  if (oid === builtins.TIMESTAMPTZ)
    return (text) => iso(parseIso(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')))
  if (oid === builtins.DATE) return (text) => text
  return undefined
}
