import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachDatabase } from '../support/databases.ts'
import { aDyingNode } from '../support/gateways.ts'
import { type Nginx, noNginx, startNginx } from '../support/nginx.ts'
import { eventually, type Program, startProgram } from '../support/program.ts'

const ADMIN = { email: 'admin@barong.io', password: 'an owl that reads the map 4' }
const SETTINGS = {
  BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  BARONG_TRUSTED_PROXIES: '127.0.0.1',
  BARONG_LIMIT_EXEMPT: '127.0.0.1',
  BARONG_LIMIT_ACCOUNT_REQUESTS: 'off',
  ADMIN_PASSWORD: ADMIN.password,
}
const JSON_BODY = { 'content-type': 'application/json' }
const hostOf = (program: Program): string => new URL(program.url).host

onEachDatabase('Behind nginx', (newDatabase) => {
  test('nobody who reads notices that a node is killed, and nothing is done twice', {
    skip: noNginx,
    timeout: 180_000,
  }, async () => {
    const database = await newDatabase()
    await using one = await startProgram(database, SETTINGS)
    await using other = await startProgram(database, SETTINGS)
    await using nginx = await startNginx([hostOf(one), hostOf(other)])
    const token = await signIn(nginx, one.application_id)
    const stop = new AbortController()
    const reads: Statuses = []
    const writes: Statuses = []
    const clients = [
      ...Array.from({ length: 4 }, () => read(nginx, token, reads, stop.signal)),
      ...Array.from({ length: 2 }, (_, index) => write(nginx, token, `writer-${index}`, writes, stop.signal)),
    ]
    const answered = async (some: number): Promise<void> => {
      const [read, written] = [reads.length + some, writes.length + some / 4]
      const enough = () => reads.length >= read && writes.length >= written
      await eventually(async () => enough() || undefined)
    }
    await answered(40)
    one.kill()
    await answered(120)
    stop.abort()
    await Promise.all(clients)
    assert.deepEqual([...new Set(reads)], [200], 'reads')
    // A label that was made twice would be 422 the second time, one that was removed twice 404.
    const strange = writes.filter((status) => status !== 201 && status !== 204 && status !== 502)
    assert.deepEqual(strange, [])
  })
})

test('nginx sends what may have been carried out to one node, and what was only read to the next', {
  skip: noNginx,
}, async () => {
  const seen: string[] = []
  await using first = await aDyingNode(seen)
  await using second = await aDyingNode(seen)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
    // By one that has not given up these nodes yet.
    await using nginx = await startNginx([first.host, second.host])
    seen.length = 0
    assert.equal((await nginx.ask(method, '/dies')).status, 502, method)
    assert.deepEqual(seen, method === 'GET' ? ['GET', 'GET'] : [method])
  }
})

type Statuses = (number | undefined)[]

/** Reads who it is, with hardly a pause, and notes all statuses. */
async function read(nginx: Nginx, token: string, statuses: Statuses, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    statuses.push((await nginx.ask('GET', '/api/v1/accounts/me', { headers: bearer(token) })).status)
    await pause(5)
  }
}

/** Makes labels and removes them, and notes all statuses. */
async function write(nginx: Nginx, token: string, name: string, statuses: Statuses, stop: AbortSignal): Promise<void> {
  for (let count = 0; !stop.aborted; count += 1) {
    const key = `${name}-${count}`
    const body = JSON.stringify({ key, value: 'weekly' })
    const made = await nginx.ask('POST', '/api/v1/labels', { headers: { ...bearer(token), ...JSON_BODY }, body })
    statuses.push(made.status)
    if (made.status === 201)
      statuses.push((await nginx.ask('DELETE', `/api/v1/labels/${key}`, { headers: bearer(token) })).status)
    await pause(20)
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function signIn(nginx: Nginx, application_id: string): Promise<string> {
  const body = JSON.stringify({ ...ADMIN, application_id })
  const { status, body: token } = await nginx.ask('POST', '/api/v1/sessions', { headers: JSON_BODY, body })
  assert.equal(status, 201, token)
  return JSON.parse(token)
}
