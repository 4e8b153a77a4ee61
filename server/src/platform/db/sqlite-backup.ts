import { backup, DatabaseSync } from 'node:sqlite'

/** Why something cannot be backed up or restored: one sentence for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/**
 * Copies a database that is in use, as it is at one moment, in small steps while others write (SQLite Online
 * Backup API); `tell` learns how far it is, from 0 to 1. Rejects with {@link BackupError} when the copy is not sound.
 */
export async function backUpSqlite(file: string, target: string, tell: (part: number) => void): Promise<void> {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    // The whole copy reads one transaction: SQLite begins anew whenever it notices that another process has written.
    database.exec('begin; select 1 from sqlite_schema')
    await backup(database, target, {
      rate: 1000,
      progress: ({ totalPages, remainingPages }) => tell(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    })
  } finally {
    database.close()
  }
  checkSqlite(target)
  tell(1)
}

/** Whether the file is a sound database of SQLite; throws {@link BackupError} when it is not. */
export function checkSqlite(file: string): void {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    const found = database.prepare('pragma quick_check(1)').get()
    database.close()
    if (found?.['quick_check'] === 'ok') return
  } catch (error) {
    throw new BackupError(`${file} is no sound database.`, { cause: error })
  }
  throw new BackupError(`${file} is no sound database.`)
}
