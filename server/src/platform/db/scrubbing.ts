import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { SECOND } from '../../lib/clock.ts'
import type { Db } from './db.ts'
import { type DatabaseSettings, type openDatabase, withoutLimits } from './open.ts'

/** Overwrites what was deleted where the database would keep it in its files for a while. */
export interface Scrubbing extends AsyncDisposable {
  /** Resolves when what was deleted before is overwritten. Whoever asks while it is done for others shares the next time. */
  scrub(): Promise<void>
}

interface Needs {
  db: Db
  settings: DatabaseSettings
  openDatabase: typeof openDatabase
}

/** Tables that hold something of people without hanging on their account; what hangs on these or on accounts is found. */
const ROOTS = ['accounts', 'oauth_records', 'outbox', 'events', 'mailbox_messages', 'audit_records']
const LOCK = 'barong:scrub'
const PAUSE = SECOND / 4

/** One at a time in this process and, on PostgreSQL, in all; over a connection of its own, as it takes long where there is much. */
export function createScrubbing(needs: Needs): Scrubbing {
  const stop = new AbortController()
  let running = Promise.resolve()
  let next: Promise<void> | undefined
  const once = () =>
    needs.settings.kind === 'sqlite' ? truncateLog(needs.db, stop.signal) : vacuum(needs, stop.signal)
  return {
    scrub: () => {
      next ??= running.then(() => {
        next = undefined
        const run = once()
        running = run.catch(() => {})
        return run
      })
      return next
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await next?.catch(() => {})
      await running
    },
  }
}

/** Again and again: what a transaction still reads, that of a backup for one, stays in the log until it ends. */
async function truncateLog(db: Db, stop: AbortSignal): Promise<void> {
  for (;;) {
    stop.throwIfAborted()
    const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
    if (rows[0]?.busy === 0) return
    await sleep(PAUSE, undefined, { signal: stop })
  }
}

async function vacuum({ db, settings, openDatabase }: Needs, stop: AbortSignal): Promise<void> {
  stop.throwIfAborted()
  const patient = withoutLimits(settings)
  await using own = openDatabase(patient.kind === 'postgres' ? { ...patient, connections: 1 } : patient)
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(own)
  const cancel = () => {
    sql`select pg_cancel_backend(${rows[0]?.pid})`.execute(db).catch(() => {})
  }
  stop.addEventListener('abort', cancel)
  try {
    // Asked for again and again: a statement that waited would keep the others from removing what is newer than itself.
    while (!(await takeLock(own))) await sleep(PAUSE, undefined, { signal: stop })
    const tables = await affectedTables(own)
    await sql`vacuum ${sql.join(tables.map((table) => sql.table(table)))}`.execute(own)
  } finally {
    stop.removeEventListener('abort', cancel)
  }
}

/** The lock ends with the connection. */
async function takeLock(own: Db): Promise<boolean> {
  const { rows } = await sql<{
    mine: boolean
  }>`select pg_try_advisory_lock(hashtextextended(${LOCK}, 0)) as mine`.execute(own)
  return rows[0]?.mine === true
}

/** The tables of which rows are deleted with a person. */
async function affectedTables(own: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive affected(id) as (
      select oid from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
        and relname = any(${ROOTS})
      union
      select conrelid from pg_constraint join affected on confrelid = affected.id
        where contype = 'f' and confdeltype = 'c'
    )
    select relname as name from pg_class join affected on oid = affected.id order by relname`.execute(own)
  return rows.map(({ name }) => name)
}
