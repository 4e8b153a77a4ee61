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
import { aClient, anAttempt, browserOf, exchange, post, refresh, tokensOf, walk } from '../support/oauth.ts'
import { startPostgres } from '../support/postgres.ts'
import { type Answer, type CallOptions, EVERYBODY_AT_ONCE, testServer } from '../support/server.ts'

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

  /** Two processes behind a balancer, and what puts people and applications into their database. */
  async function aCluster() {
    const ports = [await freePort(), await freePort()] as const
    const balancer = await aBalancer(ports)
    const DATABASE_URL = await newDatabase()
    const settings = { BARONG_MASTER_KEY, BARONG_URL: balancer.origin, ...EVERYBODY_AT_ONCE }
    const outside = await testServer(DATABASE_URL, settings)
    const nodes = await Promise.all(ports.map((port) => aNode({ ...settings, DATABASE_URL, PORT: String(port) })))
    return {
      ...outside,
      origin: balancer.origin,
      call: (method: string, path: string, options: CallOptions = {}) => ask(balancer.origin, method, path, options),
      /** Ends one at once; it is started anew on the same port by what this returns. */
      kill: (which: 0 | 1) => {
        nodes[which]?.kill('SIGKILL')
        return async () => {
          nodes[which] = await aNode({ ...settings, DATABASE_URL, PORT: String(ports[which]) })
        }
      },
      [Symbol.asyncDispose]: async () => {
        for (const node of nodes) node.kill('SIGKILL')
        await outside[Symbol.asyncDispose]()
        await balancer[Symbol.asyncDispose]()
      },
    }
  }

  test('walk every flow together, one request each', async () => {
    await using server = await aCluster()
    const account = await anAccount(server)
    const client = await aClient(server)
    const browser = browserOf(server)
    const me = async (token: string) => (await server.call('GET', '/accounts/me', { token })).status

    const attempt = anAttempt(server, client)
    const pushed = await post(server, '/oauth/par', client, Object.fromEntries(attempt.url.searchParams))
    const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.body.request_uri })
    const landed = await walk(browser, `${server.origin}/oauth/authorize?${query}`, account)
    const { body: tokens } = await exchange(server, client, attempt, landed)
    for (let turn = 0; turn < 2; turn += 1) assert.equal(await me(tokens.access_token), 200)

    const racing = await Promise.all([1, 2, 3, 4].map(() => refresh(server, client, tokens.refresh_token)))
    assert.deepEqual(
      racing.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const again = anAttempt(server, client, { prompt: 'none' })
    const silently = await browser.open(again.url.href)
    const codes = await Promise.all([1, 2, 3, 4].map(() => exchange(server, client, again, silently)))
    assert.ok(codes.filter(({ status }) => status === 200).length <= 1)

    const own = await post(server, '/oauth/token', client, { grant_type: 'client_credentials', scope: 'peatio' })
    const token = own.body.access_token
    assert.equal((await post(server, '/oauth/introspect', client, { token })).body.active, true)
    assert.equal((await post(server, '/oauth/revoke', client, { token })).status, 200)
    for (let turn = 0; turn < 2; turn += 1)
      assert.equal((await post(server, '/oauth/introspect', client, { token })).body.active, false)

    const device = await post(server, '/oauth/device_authorization', client, { scope: 'openid profile' })
    const asked = await browser.open(`${server.origin}/oauth/device`)
    const confirmed = await browser.submit(asked, '/oauth/device', { user_code: device.body.user_code })
    assert.match((await browser.submit(confirmed, '/oauth/device', { confirm: 'yes' })).text, /Connected/)
    const polled = await post(server, '/oauth/token', client, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: device.body.device_code,
    })
    assert.equal(await me(polled.body.access_token), 200)

    const offline = await tokensOf(server, client, account, {
      browser: browserOf(server),
      params: { scope: 'openid profile offline_access', prompt: 'consent' },
    })
    const page = await browser.open(`${server.origin}/oauth/sign_out`)
    await browser.submit(page, '/sign_out/confirm', { logout: 'yes' })
    for (let turn = 0; turn < 2; turn += 1) {
      const silent = await browser.open(anAttempt(server, client, { prompt: 'none' }).url.href)
      assert.equal(new URL(silent.url).searchParams.get('error'), 'login_required')
      assert.equal(await me(polled.body.access_token), 401)
      assert.equal(await me(offline.access_token), 200)
    }
  })

  test('lose nothing that was answered, whatever step of a flow one is killed after', async () => {
    await using server = await aCluster()
    const account = await anAccount(server)
    const client = await aClient(server)
    const browser = browserOf(server)
    const attempt = anAttempt(server, client, { scope: 'openid profile offline_access', prompt: 'consent' })
    const kills = [0, 1, 0, 1, 0, 1] as const
    const revivals = kills.map((which) => async () => (await server.kill(which))())
    const killOne = async () => revivals.pop()?.()

    const page = await browser.open(attempt.url.href)
    await killOne()
    const consent = await browser.submit(page, '/sign_in', { email: account.email, password: PASSWORD })
    await killOne()
    const landed = await browser.submit(consent, '/consent')
    await killOne()
    const { status, body } = await exchange(server, client, attempt, landed)
    assert.equal(status, 200, JSON.stringify(body))
    await killOne()
    const refreshed = await refresh(server, client, body.refresh_token)
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body))
    await killOne()
    const token = refreshed.body.access_token
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 200)
    assert.equal((await post(server, '/oauth/revoke', client, { token })).status, 200)
    await killOne()
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
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

/** Calls an operation below `/api/v1`, by whichever node is next. */
async function ask(origin: string, method: string, path: string, { token }: CallOptions): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${origin}/api/v1${path}`, { method, headers })
  const text = await response.text()
  return { status: response.status, headers: {}, body: text === '' ? undefined : JSON.parse(text) }
}
