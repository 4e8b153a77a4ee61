import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { diskFolder } from './memory.ts'
import { prepareFolder } from './postgres-binaries.ts'
import { eventually, freePort, type Restartable, startRestartable } from './restartable.ts'

/** A PostgreSQL that tests stop and start again. It waits for the disk, as in production. */
export interface RestartablePostgres extends Restartable {
  /** Of the maintenance database. */
  url: string
  /** Ends it as an operator does: what is under way is undone, and the disk is in order. */
  stop(): Promise<void>
}

/** Starts such a PostgreSQL. */
export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const { folder, bin, user } = await prepareFolder(diskFolder())
  const port = await freePort()
  const program = await startRestartable({
    folder,
    user,
    env: {},
    init: `"${bin}/initdb" -D data -U postgres --auth=trust --no-sync --no-instructions --locale=C --encoding=UTF8`,
    // What a killed server leaves behind keeps the next one from starting for a moment.
    run: `sh -c 'until "${bin}/postgres" -D data -p ${port} -k "${folder}" -h 127.0.0.1; do sleep 0.1; done'`,
  })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const ready = () =>
    eventually('PostgreSQL', async () => {
      const client = new Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      await client.end()
    })
  await ready()
  const stop = async () => {
    const [pid = ''] = (await readFile(join(folder, 'data/postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGINT')
    await eventually('The end of PostgreSQL', async () => {
      if (existsSync(join(folder, 'data/postmaster.pid'))) throw new Error('It is still there.')
    })
  }
  return { ...program, url, stop, start: () => program.start().then(ready) }
}
