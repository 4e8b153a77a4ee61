import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { aJws } from '../../server/test/support/client-keys.ts'
import { startCluster } from '../../server/test/support/postgres-cluster.ts'
import { freePort } from '../../server/test/support/restartable.ts'
import { bearer, cycling, requestBytes, type Traffic, varying } from '../load/conversations.ts'
import { familyOf, processesWith } from '../machine/usage.ts'
import { type Contender, stop, type Work } from './contender.ts'
import { oauthTraffic } from './oauth-traffic.ts'
import { type Seed, seedOurs } from './ours-seed.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/barong', import.meta.url))

interface Variant {
  name: string
  database: 'sqlite' | 'postgres'
  /** Further settings, by the names operators use. */
  environment?: Record<string, string>
  /** Where data are kept, and a database of theirs; made for the occasion without them. */
  kept?: { folder: string; url?: string }
  /** What is known of data that are there already. */
  seeding?: (environment: Record<string, string>) => Promise<Seed>
}

/** No limit of how often: everything comes from one address here. */
const UNLIMITED = { BARONG_LIMIT_EXEMPT: '127.0.0.0/8', BARONG_LIMIT_ACCOUNT_REQUESTS: 'off' }

/** Barong as an operator starts it, with data of its own. */
export async function startOurs({
  name,
  database,
  environment = {},
  kept,
  seeding = seedOurs,
}: Variant): Promise<Contender & { seed: Seed }> {
  await using stack = new AsyncDisposableStack()
  const folder = kept?.folder ?? mkdtempSync(join(tmpdir(), 'barong-bench-'))
  if (!kept) stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const cluster = database === 'postgres' && !kept?.url ? stack.use(await startCluster(true)) : undefined
  const url = kept?.url ?? cluster?.url
  const port = await freePort()
  const env = {
    PORT: String(port),
    BARONG_URL: `http://127.0.0.1:${port}`,
    BARONG_DATA_DIR: folder,
    ...(url === undefined ? {} : { DATABASE_URL: url }),
    LOG_LEVEL: 'error',
    ...UNLIMITED,
    ...environment,
  }
  const seed = await seeding(env)
  const log = openSync(join(folder, 'log'), 'a')
  const started = performance.now()
  const child = spawn(PROGRAM, ['start'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', log, 'inherit'],
  })
  stack.defer(() => stop(child))
  await ready(port)
  const ready_after = performance.now() - started
  const close = stack.move()
  return {
    name,
    kind: 'ours',
    port,
    seed,
    ready_after,
    pids: () => familyOf(child.pid ?? 0),
    ...(url === undefined ? {} : { database_pids: () => databaseProcesses(url) }),
    works: worksOf(seed),
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

const databaseProcesses = (url: string): number[] =>
  processesWith(`-p ${new URL(url).port}`.replace(' ', '\0')).flatMap(familyOf)

async function ready(port: number): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(10)
  }
  throw new Error('Barong did not start.')
}

function worksOf(seed: Seed): Partial<Record<Work, Traffic>> {
  const { people, refresh_tokens, application_id, password } = seed
  const get = (path: string) => cycling(200, people, ({ token }) => ({ method: 'GET', path, headers: bearer(token) }))
  return {
    sign_in: cycling(201, people, ({ email }) => ({
      method: 'POST',
      path: '/api/v1/sessions',
      json: { email, password, application_id },
    })),
    read: get('/api/v1/accounts/me'),
    labels: get('/api/v1/labels'),
    renew: cycling(201, people, ({ token }) => ({
      method: 'POST',
      path: '/api/v1/security/renew',
      headers: bearer(token),
      json: {},
    })),
    exchange: exchanging(seed),
    ...oauthTraffic({
      ...seed,
      refresh_tokens,
      access_token: people[0]?.token ?? '',
      token_path: '/oauth/token',
      introspection_path: '/oauth/introspect',
    }),
    sign_up: varying(201, () => ({
      method: 'POST',
      path: '/api/v1/accounts',
      json: { email: `${randomUUID()}@example.com`, password },
    })),
  }
}

/** Each token is good once, so as many as may be needed are signed beforehand. */
function exchanging({ people, key }: Seed): Traffic {
  const stock: Buffer[] = []
  return {
    good: 200,
    prepare: (connections, atMost) => {
      // What was left by the measurement before is as good as new.
      for (let index = stock.length; index < atMost; index += 1) {
        const kid = people[index % people.length]?.kid ?? ''
        const exp = Math.floor(Date.now() / 1000) + 3600
        const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), exp, iat: exp - 3600 }
        const jwt_token = aJws(key, { typ: 'JWT', alg: 'RS256' }, claims)
        stock.push(requestBytes({ method: 'POST', path: '/api/v1/sessions/generate_jwt', json: { kid, jwt_token } }))
      }
      const next = () => {
        const request = stock.pop()
        if (!request) throw new Error('More requests were made than were prepared.')
        return request
      }
      return Array.from({ length: connections }, () => ({ next }))
    },
  }
}
