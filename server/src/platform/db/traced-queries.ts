import type { LogConfig } from 'kysely'
import type { Tracing } from '../tracing/tracing.ts'
import type { DatabaseSettings } from './open.ts'

const SYSTEMS = { sqlite: 'sqlite', postgres: 'postgresql' } as const

/** Notes every statement without its values; names follow OpenTelemetry's conventions for databases. */
export const traceQueries =
  (tracing: Tracing, { kind }: DatabaseSettings): LogConfig =>
  (event) => {
    const { sql } = event.query
    const attributes = { 'db.system.name': SYSTEMS[kind], 'db.query.text': sql }
    const error = event.level === 'error' ? event.error : undefined
    tracing.note(sql.split(' ', 1)[0]?.toUpperCase() ?? 'SQL', event.queryDurationMillis, attributes, error)
  }
