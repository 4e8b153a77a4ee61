import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from '../../../src/platform/db/schema.ts'
import { anAccount, aPhone, aProfile, aToken, PASSWORD } from '../../support/factories.ts'
import { startPostgres } from '../../support/postgres.ts'
import { IN_PRODUCTION } from '../../support/production.ts'
import { type Program, startProgram } from '../../support/program.ts'
import { EVERYBODY_AT_ONCE, type TestServer, testServer } from '../../support/server.ts'

/** A server in a process of its own, set up as in production but for the limits, which would end each tool after a minute. */
export interface Target extends AsyncDisposable {
  origin: string
  /** Bearer tokens of somebody, and of an administrator. */
  member: string
  admin: string
  /** The cookie of a browser that somebody signed in with. */
  cookie: string
  measure(): Promise<Measure>
}

export interface Measure {
  requests: number
  /** Operations that answered with 500 or above, and how often; 503 says that passwords have to wait. */
  failures: string[]
  /** MiB that the process holds. */
  memory: number
}

const METRICS_TOKEN = randomBytes(16).toString('hex')

/** Starts one on a database of that kind. */
export async function startTarget(kind: 'sqlite' | 'postgres'): Promise<Target> {
  await using stack = new AsyncDisposableStack()
  const settings = { ...IN_PRODUCTION, ...EVERYBODY_AT_ONCE, METRICS_TOKEN, LOG_LEVEL: 'error' }
  const url = await newDatabase(kind, stack)
  const program = stack.use(await startProgram(url, settings))
  const outside = stack.use(await testServer(url, settings))
  outside.clock.advance(Date.now() - outside.clock.now())
  const member = await somebody(outside, 'member')
  const close = stack.move()
  return {
    origin: program.url,
    member: member.token,
    admin: (await somebody(outside, 'admin')).token,
    cookie: await cookieOf(program.url, member.account),
    measure: () => measure(program),
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

async function newDatabase(kind: 'sqlite' | 'postgres', stack: AsyncDisposableStack): Promise<string> {
  if (kind === 'postgres') return stack.use(await startPostgres()).createDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'barong-attacked-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  return `sqlite:${join(folder, 'barong.sqlite')}`
}

async function somebody(server: TestServer, role: string): Promise<{ account: Account; token: string }> {
  const account = await anAccount(server, { role })
  await aProfile(server, account)
  await aPhone(server, account)
  return { account, token: await aToken(server, account) }
}

async function cookieOf(origin: string, { email }: Account): Promise<string> {
  const answer = await fetch(`${origin}/api/v1/browser_session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://id.example', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ email, password: PASSWORD }),
  })
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

async function measure(program: Program): Promise<Measure> {
  // What was asked for last is counted once it is answered.
  await pause(500)
  const answer = await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  const counts = [...(await answer.text()).matchAll(/^barong_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)]
  const failed = counts.filter(([, labels = '']) => /status="5/.test(labels))
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid()}/status`, 'utf8')) ?? []
  return {
    requests: counts.reduce((total, [, , count]) => total + Number(count), 0),
    failures: failed.map(([, labels, count]) => `${labels}: ${count}`),
    memory: Math.round(Number(kib) / 1024),
  }
}
