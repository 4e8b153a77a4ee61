import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { iso, parseIso } from '../../lib/clock.ts'
import { usedDirectlyBy } from './direct.ts'
import type { PoolWatch } from './pool-watch.ts'
import { connecting } from './postgres-connect.ts'
import { keepingPlans, readerOf } from './postgres-plans.ts'
import { beginningOn } from './postgres-transactions.ts'

const { builtins } = pg.types

/** How connections are used. */
export interface PoolSettings {
  /** Tells the address anew for each connection, where its user or password is replaced while the server runs. */
  readonly current_url?: () => string
  /** How many there may be. */
  readonly connections: number
  /** Milliseconds that a connection is waited for. */
  readonly connect_timeout?: number
  /** Milliseconds after which a statement is given up, since a host that died says nothing; no limit unless told. */
  readonly query_timeout?: number
}

/** Kysely's dialect over `pg`. Timestamps arrive as ISO texts and counts as numbers, as they do from SQLite. */
export function postgresDialect(
  url: string,
  { current_url = () => url, connections, connect_timeout = 10_000, query_timeout }: PoolSettings,
  watch: PoolWatch,
  { direct = false }: { direct?: boolean } = {},
): Dialect {
  const pool = new pg.Pool({
    Client: clientOf(current_url),
    max: connections,
    connectionTimeoutMillis: connect_timeout,
    query_timeout,
    idleTimeoutMillis: 30_000,
    // Statements are sent without waiting for the answer to the one before, where nobody asks for it.
    pipeline: true,
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
  const keeping = keepingPlans(pool, connecting(pool, watch))
  const dialect = new PostgresDialect({ pool: keeping })
  return {
    createAdapter: () => {
      const adapter = dialect.createAdapter()
      return direct ? usedDirectlyBy(adapter, { read: readerOf(keeping), begin: beginningOn(keeping) }) : adapter
    },
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  }
}

/** Connections to where the address says at their time. */
const clientOf = (current_url: () => string) =>
  class extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      super({ ...options, connectionString: current_url() })
    }
  }

function parserOf(oid: number): ((text: string) => unknown) | undefined {
  if (oid === builtins.INT8) return Number
  if (oid === builtins.TIMESTAMPTZ) return isoOfTimestamp
  if (oid === builtins.DATE) return (text) => text
  return undefined
}

/** The ISO text of a `timestamptz`; those in UTC with no more than milliseconds, as most are, are not parsed for it. */
export function isoOfTimestamp(text: string): string {
  if (text.length <= UTC_TIMESTAMP.length && text.endsWith('+00') && text.charAt(10) === ' ') {
    const fraction = text.slice(20, -3)
    if (text.length === 22 || text.charAt(19) === '.')
      return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
  }
  return iso(parseIso(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')))
}

const UTC_TIMESTAMP = '2026-01-01 00:00:00.000+00'
