import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { aDyingNode, aService, runGateway } from '../support/gateways.ts'
import { listeningServer } from '../support/loopback.ts'
import type { Request } from '../support/signed-requests.ts'
import { aTrader, claimsOf } from '../support/traders.ts'

const CADDY = ['/usr/bin/caddy', '/usr/local/bin/caddy'].find(existsSync)
const CONFIG = readFileSync(join(import.meta.dirname, '../../../deploy/caddy/gateway.Caddyfile'), 'utf8')
const skip = CADDY ? false : 'SKIPPED LOUDLY: there is no Caddy on this machine, so the example for it was not run'

/** The Caddy of deploy/caddy/gateway.Caddyfile as it stands there, but for its addresses. */
const aGateway = (barong: string, service: number) =>
  runGateway((folder, port) => {
    const config = CONFIG.replaceAll('127.0.0.1:3000', barong)
      .replace('127.0.0.1:4000', `127.0.0.1:${service}`)
      .replace(':8080 {', `:${port} {\n\tbind 127.0.0.1`)
    const file = join(folder, 'Caddyfile')
    writeFileSync(file, `{\n\tadmin off\n}\n${config}`)
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    return { program: CADDY ?? '', args: ['run', '--config', file, '--adapter', 'caddyfile'], env }
  })

test('Caddy sends what may have been carried out to one node, and all else to one that lives', { skip }, async () => {
  const seen: string[] = []
  await using service = await aService()
  await using first = await aDyingNode(seen)
  await using second = await aDyingNode(seen)
  const start = () => aGateway(`${first.host} ${second.host}`, service.port)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    // By one that has not given up these nodes yet.
    await using gateway = await start()
    seen.length = 0
    assert.equal((await fetch(`${gateway.url}/dies`, { method })).status, 502, method)
    assert.deepEqual(seen, [method])
  }
  await using gateway = await start()
  seen.length = 0
  first.die()
  const ask = async (method: string, path: string) => (await fetch(`${gateway.url}${path}`, { method })).status
  const statuses = await Promise.all(
    Array.from({ length: 40 }, (_, count) => ask(count % 2 === 0 ? 'GET' : 'POST', `/lives/${count}`)),
  )
  assert.deepEqual([...new Set(statuses)], [200])
  assert.equal(seen.filter((method) => method === 'POST').length, 20)
})

const ORDER: Request = { method: 'POST', target: '/trade/orders?market=btcusd&note=%2F', body: '{"side":"buy"}' }

onEachDatabase('The example for Caddy', (newDatabase) => {
  test('passes on signed requests and bearers of tokens, with our token and nothing else of theirs', {
    skip,
  }, async () => {
    await using server = await listeningServer(await newDatabase(), { BARONG_TRUSTED_PROXIES: '127.0.0.1' })
    await using service = await aService()
    await using gateway = await aGateway(new URL(server.origin).host, service.port)
    const trader = await aTrader(server, { allowed_networks: '127.0.0.1' })
    const send = (headers: Record<string, string>, { method, target, body }: Request = ORDER) =>
      fetch(`${gateway.url}${target}`, {
        method,
        body: body ?? null,
        headers: { 'content-type': 'application/json', ...headers },
      })
    const signed = trader.sign(ORDER)
    const lies = { 'x-forwarded-uri': '/elsewhere', 'x-forwarded-method': 'GET', cookie: 'theirs=1' }
    const passed = await send({ ...signed, ...lies })
    assert.equal(passed.status, 200)
    const seen = JSON.parse(await passed.text())
    const { uid, api_kid, scope } = claimsOf(seen.authorization)
    assert.deepEqual([seen.url, uid, api_kid, scope], [ORDER.target, trader.account.uid, trader.uid, 'trade'])
    assert.equal(seen.cookie, undefined)
    assert.equal((await send(signed)).status, 401, 'a second time')
    assert.equal((await send(trader.sign({ ...ORDER, target: '/trade/withdraws' }))).status, 401, 'another path')
    const bearer = { authorization: `Bearer ${await aToken(server, await anAccount(server))}` }
    const borne = await send(bearer, { method: 'GET', target: '/trade/balances' })
    assert.equal(borne.status, 200)
    assert.notEqual(JSON.parse(await borne.text()).authorization, bearer.authorization)
    assert.equal((await send({}, { method: 'GET', target: '/trade/balances' })).status, 401)
    const often = await aTrader(server, { rate: '1/1h' })
    await send(often.sign(ORDER))
    const limited = await send(often.sign(ORDER))
    assert.deepEqual([limited.status, Object.keys(JSON.parse(await limited.text()))], [429, ['error']])
    assert.ok(Number(limited.headers.get('retry-after')) > 0)
    const reader = await aTrader(server, { scopes: 'read' })
    assert.equal((await send(reader.sign(ORDER))).status, 403, 'a scope that is not enough')
    const elsewhere = await aTrader(server, { allowed_networks: '203.0.113.9' })
    const claimed = await send({ ...elsewhere.sign(ORDER), 'x-forwarded-for': '203.0.113.9' })
    assert.equal(claimed.status, 403, 'an address that the client claims')
  })
})
