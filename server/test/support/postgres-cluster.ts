import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { diskFolder } from './memory.ts'
import { type Place, prepareFolder } from './postgres-binaries.ts'

/** A running throw-away PostgreSQL: the URL of its maintenance database, and its end. */
export type Cluster = { url: string; [Symbol.asyncDispose](): Promise<void> }

const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off']

// The shell outlives us on purpose: its input ends when this process does, in whatever way, and then it takes the cluster
// down and its files away. So nothing is left behind after a crash, a time-out or a kill -9 either.
const script = `
folder=$1 bin=$2 port=$3; shift 3
exec >"$folder/log" 2>&1
if "$bin/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --no-sync --no-instructions \\
  --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 </dev/null
then
  "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -h 127.0.0.1 "$@" </dev/null &
  cat >/dev/null
  kill -TERM $!
  kill -QUIT $!
  wait $!
else
  cat >/dev/null
fi
cd /
rm -rf "$folder"
`

/** Starts a new cluster on 127.0.0.1 and a free port; `durable` makes it wait for the disk as in production. */
export async function startCluster(durable: boolean): Promise<Cluster> {
  const place = await prepareFolder(durable ? diskFolder() : undefined)
  const port = await freePort()
  const settings = ['max_connections=200', ...(durable ? [] : fast)].flatMap((setting) => ['-c', setting])
  const shell = spawn('sh', ['-c', script, 'sh', place.folder, place.bin, String(port), ...settings], {
    ...place.user,
    cwd: place.folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(shell, 'exit')
  const stop = async () => {
    shell.stdin.end()
    await ended
    await rm(place.folder, { recursive: true, force: true })
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  try {
    await waitUntilReady(url, place)
  } catch (error) {
    await stop()
    throw error
  }
  // A file that forgets to stop its cluster must still end.
  shell.unref()
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref()
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      shell.ref()
      await stop()
    },
  }
}

/** Runs `work` with a connection to the database at `url`. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function waitUntilReady(url: string, { folder }: Place): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
    if (log.includes('ready to accept connections')) return withClient(url, async () => {})
    if (/FATAL|error:|not found|cannot/i.test(log)) break
    await pause(50)
  }
  throw new Error(`PostgreSQL did not start:\n${await readFile(join(folder, 'log'), 'utf8').catch(String)}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  return address.port
}

/** A name no other test process of this cluster takes. */
export const freshName = () => `test_${randomBytes(8).toString('hex')}`
