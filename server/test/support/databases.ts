import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { startPostgres } from './postgres.ts'
import { templates } from './templates.ts'

/** A private database for one test, that nobody has written to, or one without any tables: its DATABASE_URL. */
export type NewDatabase = (without?: 'tables') => Promise<string>

/** Runs the suite on SQLite and on a real PostgreSQL. */
export function onEachDatabase(
  title: string,
  suite: (newDatabase: NewDatabase, kind: 'sqlite' | 'postgres') => void,
): void {
  describe(`${title} on SQLite`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'barong-sqlite-'))
    let count = 0
    const newFile: NewDatabase = async (without) => {
      const file = join(directory, `${++count}.sqlite`)
      const template = without === 'tables' ? undefined : templates().sqlite
      if (template !== undefined) copyFileSync(template, file)
      return `sqlite:${file}`
    }
    suite(newFile, 'sqlite')
    // After the suite's own, which close what uses the databases.
    after(() => rmSync(directory, { recursive: true, force: true }))
  })
  describe(`${title} on PostgreSQL`, () => {
    let server: Awaited<ReturnType<typeof startPostgres>> | undefined
    before(async () => {
      server = await startPostgres()
    })
    suite(async (without) => {
      if (!server) throw new Error('PostgreSQL is not started yet.')
      return server.createDatabase(without === 'tables' ? undefined : templates().postgres)
    }, 'postgres')
    after(async () => server?.[Symbol.asyncDispose]())
  })
}
