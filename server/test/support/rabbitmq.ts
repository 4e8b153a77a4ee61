import { existsSync } from 'node:fs'
import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type ChannelModel, connect } from 'amqplib'
import { freePort, type Restartable, startRestartable } from './restartable.ts'

/** A real RabbitMQ for tests. Its processes and files go when it goes. */
export interface Rabbitmq extends AsyncDisposable {
  url: string
  /** Ends it with SIGKILL; only a broker of our own can be killed. */
  kill(): Promise<void>
  /** Starts it again and resolves when it answers. */
  start(): Promise<void>
}

const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const NOBODY = 65_534

/** Why a test that needs a broker cannot run here, or `false`: for the `skip` option of a test. */
export const noRabbitmq: string | false =
  existsSync(PROGRAM) || process.env['AMQP_URL'] !== undefined
    ? false
    : 'NOT TESTED: there is no RabbitMQ. Install the Debian package rabbitmq-server, or set AMQP_URL.'

/** Why a test that kills the broker cannot run here, or `false`. */
export const noRabbitmqToKill: string | false = existsSync(PROGRAM)
  ? false
  : 'NOT TESTED: there is no RabbitMQ to kill. Install the Debian package rabbitmq-server.'

for (const reason of new Set([noRabbitmq, noRabbitmqToKill])) if (reason) process.stderr.write(`\n*** ${reason}\n\n`)

/** The broker of AMQP_URL, or a private one on 127.0.0.1 when none is given or `own` is asked for. */
export async function startRabbitmq({ own = false } = {}): Promise<Rabbitmq> {
  const given = process.env['AMQP_URL']
  if (given !== undefined && !own)
    return { url: given, kill: refuse, start: refuse, [Symbol.asyncDispose]: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'barong-rabbitmq-'))
  const root = process.getuid?.() === 0
  if (root) await chown(folder, NOBODY, NOBODY)
  const [port, distribution, epmd] = await Promise.all([freePort(), freePort(), freePort()])
  const program = await startRestartable({
    folder,
    user: root ? { uid: NOBODY, gid: NOBODY } : {},
    env: {
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `barong-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'logs'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none',
    },
    run: PROGRAM,
    end: 'sleep 0.2; epmd -kill',
  })
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  return startedBroker(program, url)
}

async function startedBroker(program: Restartable, url: string): Promise<Rabbitmq> {
  try {
    await (await whenReady(url)).close()
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
  return {
    url,
    kill: program.kill,
    start: async () => {
      await program.start()
      await (await whenReady(url)).close()
    },
    [Symbol.asyncDispose]: program[Symbol.asyncDispose],
  }
}

/** Connects as soon as the broker answers; waits a minute for it. */
export async function whenReady(url: string): Promise<ChannelModel> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect(url, { timeout: 5000 })
    } catch (error) {
      if (attempt >= 300) throw new Error('RabbitMQ does not answer', { cause: error })
      await pause(200)
    }
  }
}

async function refuse(): Promise<never> {
  throw new Error('The broker of AMQP_URL is not ours to kill.')
}
