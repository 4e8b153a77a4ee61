import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { freePort } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, exchange, refresh, walk } from '../support/oauth.ts'
import { startPostgres } from '../support/postgres.ts'
import { testServer } from '../support/server.ts'

/** Takes requests on one port and hands them to the nodes in turn; one that does not answer is left out. */
async function aBalancer(nodes: readonly number[]) {
  let turn = 0
  const http = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray())
    const pass = (tried: number): void => {
      const port = nodes[turn++ % nodes.length]
      const { method, url: path, headers } = incoming
      const outward = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      outward.on('error', () => (tried < nodes.length ? pass(tried + 1) : outgoing.writeHead(502).end()))
      outward.end(body)
    }
    pass(1)
  })
  const port = await freePort()
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      http.close()
    },
  }
}

describe('Several nodes on one PostgreSQL', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined
  const BARONG_MASTER_KEY = randomBytes(32).toString('base64')
  const folder = mkdtempSync(join(tmpdir(), 'barong-nodes-'))
  before(async () => {
    postgres = await startPostgres()
  })
  after(async () => {
    await postgres?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  const newDatabase = () => {
    assert.ok(postgres)
    return postgres.createDatabase()
  }

  test('walk every flow together, one request each', async () => {
    const ports = [await freePort(), await freePort()] as const
    await using balancer = await aBalancer(ports)
    const database = await newDatabase()
    const settings = { BARONG_MASTER_KEY, BARONG_URL: balancer.origin }
    await using one = await testServer(database, settings)
    await using two = await testServer(database, settings)
    await one.app.listen({ host: '127.0.0.1', port: ports[0] })
    await two.app.listen({ host: '127.0.0.1', port: ports[1] })
    const server = { ...one, origin: balancer.origin }

    const account = await anAccount(one)
    const client = await aClient(server)
    for (let round = 0; round < 3; round += 1) {
      const browser = browserOf(server)
      const attempt = anAttempt(server, client)
      const { status, body } = await exchange(server, client, attempt, await walk(browser, attempt.url, account))
      assert.equal(status, 200)
      for (const node of [one, two])
        assert.equal((await node.call('GET', '/accounts/me', { token: body.access_token })).status, 200)
      const racing = await Promise.all([1, 2, 3, 4].map(() => refresh(server, client, body.refresh_token)))
      assert.deepEqual(
        racing.map((answer) => answer.status),
        [200, 200, 200, 200],
      )
      const again = anAttempt(server, client, { prompt: 'none' })
      const landed = await browser.open(again.url.href)
      const codes = await Promise.all([1, 2, 3, 4].map(() => exchange(server, client, again, landed)))
      assert.ok(codes.filter(({ status }) => status === 200).length <= 1)
    }
  })

  test('lose nothing that was answered when one is killed in the middle of a flow', async () => {
    const ports = [await freePort(), await freePort()] as const
    await using balancer = await aBalancer(ports)
    const DATABASE_URL = await newDatabase()
    const settings = { BARONG_MASTER_KEY, BARONG_URL: balancer.origin }
    await using outside = await testServer(DATABASE_URL, settings)
    const account = await anAccount(outside)
    const server = { ...outside, origin: balancer.origin }
    const client = await aClient(server)
    const nodes: ChildProcess[] = []
    try {
      for (const PORT of ports) nodes.push(await aNode({ ...settings, DATABASE_URL, PORT: String(PORT) }))
      const browser = browserOf(server)
      const attempt = anAttempt(server, client, { scope: 'openid profile offline_access', prompt: 'consent' })
      const page = await browser.open(attempt.url.href)
      const consent = await browser.submit(page, '/sign_in', { email: account.email, password: PASSWORD })
      nodes[0]?.kill('SIGKILL')
      const landed = await browser.submit(consent, '/consent')
      const { body } = await exchange(server, client, attempt, landed)
      nodes.push(await aNode({ ...settings, DATABASE_URL, PORT: String(ports[0]) }))
      nodes[1]?.kill('SIGKILL')
      const refreshed = await refresh(server, client, body.refresh_token)
      assert.equal(refreshed.status, 200, JSON.stringify([body, refreshed.body]))
      const me = await fetch(`${balancer.origin}/api/v1/accounts/me`, {
        headers: { authorization: `Bearer ${refreshed.body.access_token}` },
      })
      assert.equal(me.status, 200)
    } finally {
      for (const node of nodes) node.kill('SIGKILL')
    }
  })

  /** A process of its own, which answers. */
  async function aNode(environment: Record<string, string>): Promise<ChildProcess> {
    const main = join(import.meta.dirname, '../../src/main.ts')
    const node = spawn(process.execPath, [main, 'start'], {
      env: { ...environment, BARONG_DATA_DIR: join(folder, environment['PORT'] ?? ''), LOG_LEVEL: 'fatal' },
      stdio: 'ignore',
    })
    for (let waited = 0; waited < 200; waited += 1) {
      const live = await fetch(`http://127.0.0.1:${environment['PORT']}/health/ready`).catch(() => undefined)
      if (live?.ok) return node
      assert.equal(node.exitCode, null, 'the node did not start')
      await pause(100)
    }
    throw new Error('The node does not answer.')
  }
})
