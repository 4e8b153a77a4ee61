import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskFolder } from '../support/memory.ts'
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq.ts'
import { eventually, freePort, type Restartable, startRestartable } from '../support/restartable.ts'
import { startRestartablePostgres } from '../support/restartable-postgres.ts'

/** Two server processes on one database that waits for the disk, and a RabbitMQ; each can be killed and started again. */
export interface World extends AsyncDisposable {
  /** Base URLs of the servers. */
  nodes: readonly string[]
  /** Fails when a server does not answer, with what it logged. */
  assertAlive(): Promise<void>
  /** What the servers say of themselves, for a failure to be understood. */
  report(): Promise<string>
  broker: Rabbitmq
  /** What the servers are started with. */
  settings: Readonly<Record<string, string>>
  victims: Readonly<Record<string, Restartable>>
}

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

/** Starts everything and resolves when it answers. */
export async function startWorld(kind: 'sqlite' | 'postgres'): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const postgres = kind === 'postgres' ? stack.use(await startRestartablePostgres()) : undefined
  const broker = stack.use(await startRabbitmq({ own: true }))
  const settings = {
    DATABASE_URL: postgres?.url ?? `sqlite:${await aFile(stack)}`,
    BARONG_MASTER_KEY: MASTER_KEY,
    EVENT_API_RABBITMQ_URL: broker.url,
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    WEBHOOK_TIMEOUT: '1',
    LOG_LEVEL: 'warn',
  }
  const one = stack.use(await startNode(settings))
  const other = stack.use(await startNode(settings))
  const close = stack.move()
  return {
    nodes: [one.url, other.url],
    assertAlive: async () => {
      for (const node of [one, other]) await node.ready()
    },
    report: async () => (await Promise.all([one, other].map((node) => node.report()))).join('\n'),
    broker,
    settings,
    victims: {
      'a server': one,
      'the other server': other,
      'the broker': broker,
      ...(postgres ? { PostgreSQL: postgres } : {}),
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

/** Where a database of SQLite may be, until the stack is left. */
async function aFile(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(diskFolder(), 'barong-faults-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'barong.sqlite')
}

type Node = Restartable & { url: string; ready(): Promise<void>; report(): Promise<string> }

async function startNode(settings: Record<string, string>): Promise<Node> {
  const folder = await mkdtemp(join(tmpdir(), 'barong-node-'))
  const port = await freePort()
  const main = join(import.meta.dirname, '../../src/main.ts')
  const program = await startRestartable({
    folder,
    user: {},
    env: { ...settings, PORT: String(port), BARONG_DATA_DIR: folder },
    // As a service manager does: a server that meets its database down ends, and is started again.
    run: `sh -c 'until "${process.execPath}" "${main}" start; do sleep 0.2; done'`,
  })
  const url = `http://127.0.0.1:${port}`
  const answers = () =>
    eventually('The server', async () => {
      const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5000) })
      await answer.arrayBuffer()
    })
  const ready = () =>
    answers().catch(async (cause) => {
      throw new Error(`A server does not answer. It said:\n${await readFile(join(folder, 'log'), 'utf8')}`, { cause })
    })
  const report = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const log = await readFile(join(folder, 'log'), 'utf8')
    return [...metrics.split('\n').filter((line) => line.startsWith('barong_')), log.slice(-5000)].join('\n')
  }
  await ready()
  return { ...program, url, ready, report, start: () => program.start().then(ready) }
}
