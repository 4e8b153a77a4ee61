import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareFolder } from '../../server/test/support/postgres-binaries.ts'
import { withClient } from '../../server/test/support/postgres-cluster.ts'
import { freePort } from '../../server/test/support/restartable.ts'

/** A PostgreSQL whose data stay where they are; URLs of its databases by name. */
export interface KeptCluster extends AsyncDisposable {
  urlOf(name: string): Promise<string>
}

/** Starts the cluster of a folder, and makes it the first time. It waits for the disk, as in production. */
export async function startKeptCluster(folder: string): Promise<KeptCluster> {
  await using stack = new AsyncDisposableStack()
  const { folder: programs, bin, user } = await prepareFolder()
  stack.defer(() => rmSync(programs, { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const log = openSync(join(folder, 'log'), 'a')
  const run = (program: string, args: string[]) =>
    spawn(join(bin, program), args, { ...user, cwd: folder, stdio: ['ignore', log, log] })
  if (!existsSync(data)) {
    const [code] = await once(
      run('initdb', ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', ...locale]),
      'exit',
    )
    if (code !== 0) throw new Error(`initdb failed, see ${folder}/log`)
  }
  const port = await freePort()
  const settings = ['max_connections=200', 'max_wal_size=4GB'].flatMap((setting) => ['-c', setting])
  const server = run('postgres', ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', ...settings])
  stack.defer(async () => {
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    await ended
  })
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`
  await untilReady(url('postgres'))
  const close = stack.move()
  return {
    urlOf: async (name) => {
      await withClient(url('postgres'), async (client) => {
        const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
        if (rowCount === 0) await client.query(`create database ${name}`)
      })
      return url(name)
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await withClient(url, async () => {})
    } catch (error) {
      if (attempt === 600) throw error
      await sleep(100)
    }
  }
}
