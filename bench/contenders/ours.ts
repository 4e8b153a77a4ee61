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
import { bearer, repeating, requestBytes, type Traffic, varying } from '../load/conversations.ts'
import { familyOf, processesWith } from '../machine/usage.ts'
import { type Contender, stop, type Work } from './contender.ts'
import { oauthTraffic } from './oauth-traffic.ts'
import { type Seed, seedOurs } from './ours-seed.ts'

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

interface Variant {
  name: string
  database: 'sqlite' | 'postgres'
  /** Further settings, by the names operators use. */
  environment?: Record<string, string>
  /** Adds to the data before the server starts. */
  grow?: (environment: Record<string, string>) => Promise<void>
}

/** No limit of how often: everything comes from one address here. */
const UNLIMITED = { BARONG_LIMIT_EXEMPT: '127.0.0.0/8', BARONG_LIMIT_ACCOUNT_REQUESTS: 'off' }

/** Barong as an operator starts it, with data of its own. */
export async function startOurs({
  name,
  database,
  environment = {},
  grow,
}: Variant): Promise<Contender & { seed: Seed }> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'barong-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const cluster = database === 'postgres' ? stack.use(await startCluster(true)) : undefined
  const port = await freePort()
  const env = {
    PORT: String(port),
    BARONG_URL: `http://127.0.0.1:${port}`,
    BARONG_DATA_DIR: folder,
    ...(cluster ? { DATABASE_URL: cluster.url } : {}),
    LOG_LEVEL: 'error',
    ...UNLIMITED,
    ...environment,
  }
  const seed = await seedOurs(env)
  await grow?.(env)
  const log = openSync(join(folder, 'log'), 'a')
  const started = performance.now()
  const child = spawn(process.execPath, [MAIN, 'start'], {
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
    ...(cluster ? { database_pids: () => databaseProcesses(cluster.url) } : {}),
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
  const { people, application_id, password } = seed
  const get = (path: string) => repeating(200, people, ({ token }) => ({ method: 'GET', path, headers: bearer(token) }))
  return {
    sign_in: repeating(201, people, ({ email }) => ({
      method: 'POST',
      path: '/api/v1/sessions',
      json: { email, password, application_id },
    })),
    read: get('/api/v1/accounts/me'),
    labels: get('/api/v1/labels'),
    renew: repeating(201, people, ({ token }) => ({
      method: 'POST',
      path: '/api/v1/security/renew',
      headers: bearer(token),
      json: {},
    })),
    exchange: exchanging(seed),
    ...oauthTraffic({
      ...seed,
      refresh_tokens: people.map(({ refresh_token }) => refresh_token),
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
  return {
    good: 200,
    prepare: (connections, atMost) => {
      const stock = Array.from({ length: atMost }, (_, index) => {
        const kid = people[index % people.length]?.kid ?? ''
        const exp = Math.floor(Date.now() / 1000) + 3600
        const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), exp, iat: exp - 3600 }
        const jwt_token = aJws(key, { typ: 'JWT', alg: 'RS256' }, claims)
        return requestBytes({ method: 'POST', path: '/api/v1/sessions/generate_jwt', json: { kid, jwt_token } })
      })
      const next = () => {
        const request = stock.pop()
        if (!request) throw new Error('More requests were made than were prepared.')
        return request
      }
      return Array.from({ length: connections }, () => ({ next }))
    },
  }
}
