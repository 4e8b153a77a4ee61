import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { startPostgres } from './postgres.ts'

/** A private, empty database for one test: its DATABASE_URL. */
export type NewDatabase = () => Promise<string>

/** Runs the suite on SQLite and on a real PostgreSQL. */
export function onEachDatabase(
  title: string,
  suite: (newDatabase: NewDatabase, kind: 'sqlite' | 'postgres') => void,
): void {
  describe(`${title} on SQLite`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'barong-sqlite-'))
    let count = 0
    suite(async () => `sqlite:${join(directory, `${++count}.sqlite`)}`, 'sqlite')
    // After the suite's own, which close what uses the databases.
    after(() => rmSync(directory, { recursive: true, force: true }))
  })
  describe(`${title} on PostgreSQL`, () => {
    let server: Awaited<ReturnType<typeof startPostgres>> | undefined
    before(async () => {
      server = await startPostgres()
    })
    suite(async () => {
      if (!server) throw new Error('PostgreSQL is not started yet.')
      return server.createDatabase()
    }, 'postgres')
    after(async () => server?.[Symbol.asyncDispose]())
  })
}
