import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { migrate as migrateDatabase } from '../platform/db/migrate.ts'
import { openDatabase } from '../platform/db/open.ts'
import { type Command, readArguments } from './command.ts'
import { complain, say } from './output.ts'

/** `barong migrate`: brings the database's tables up to date. */
export const migrate: Command = {
  summary: 'Bring the database up to date, as start does too',
  usage: ['migrate'],
  run: async (args) => {
    readArguments(args, {})
    const { database } = loadConfig(processEnvironment())
    await using stack = new AsyncDisposableStack()
    const db = openDatabase(database)
    stack.defer(() => db.destroy())
    const applied = await migrateDatabase(db, database.kind, undefined, (reason) => complain(`Trying again: ${reason}`))
    for (const name of applied) say(`applied ${name}`)
    say('The database is up to date.')
  },
}
