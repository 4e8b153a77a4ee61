import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { seconds } from '../../src/lib/clock.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { anEdKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { aService, runGateway } from '../support/gateways.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { signedHeaders } from '../support/signed-requests.ts'
import { aTrader, BALANCES } from '../support/traders.ts'

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'].find(existsSync)
const CONFIG = readFileSync(join(import.meta.dirname, '../../../deploy/nginx/gateway.conf'), 'utf8')
const skip = NGINX ? false : 'SKIPPED LOUDLY: there is no nginx on this machine, so the example for it was not run'

/** The nginx of deploy/nginx/gateway.conf as it stands there, but for its addresses. */
const aGateway = (barong: string, service: number) =>
  runGateway((folder, port) => {
    const config = CONFIG.replace('127.0.0.1:3000', barong)
      .replace('127.0.0.1:4000', `127.0.0.1:${service}`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const main = `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit; events {} http { access_log off; ${paths.join(' ')} ${config} }`
    writeFileSync(join(folder, 'nginx.conf'), main)
    return { program: NGINX ?? '', args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'] }
  })

onEachDatabase('The example for nginx', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  test('passes on signed requests and bearers of tokens, with our token and nothing else of theirs', {
    skip,
  }, async () => {
    await using service = await aService()
    await using gateway = await aGateway(new URL(server().origin).host, service.port)
    const account = await anAccount(server())
    const { token, app } = await anAuthenticator(server(), account)
    const key = anEdKey()
    const json = { public_key: key.public_key, totp_code: app.next(), scopes: 'trade' }
    const { uid } = (await server().call('POST', '/api_keys', { token, json })).body
    const request = { method: 'POST', target: '/trade/orders?market=btcusd', body: '{"side":"buy"}' }
    const created = seconds(server().clock.now())
    const headers = {
      ...signedHeaders(key, uid, request, { created, digest: null }),
      'content-type': 'application/json',
      'x-forwarded-uri': '/elsewhere',
      cookie: 'theirs=1',
    }
    const send = (extra = {}) =>
      fetch(`${gateway.url}${request.target}`, {
        method: 'POST',
        body: request.body,
        headers: { ...headers, ...extra },
      })
    const passed = await send()
    assert.equal(passed.status, 200)
    const seen = JSON.parse(await passed.text())
    const claims = JSON.parse(Buffer.from(seen.authorization.split('.')[1], 'base64url').toString())
    assert.deepEqual([seen.url, claims.uid, claims.api_kid, seen.cookie], [request.target, account.uid, uid, undefined])
    assert.equal((await send()).status, 401, 'a second time')
    const other = await anAccount(server())
    const bearer = { authorization: `Bearer ${await aToken(server(), other)}` }
    const borne = await fetch(`${gateway.url}/trade/balances`, { headers: bearer })
    assert.equal(JSON.parse(await borne.text()).authorization.startsWith('Bearer '), true)
    for (const wrong of [{}, { authorization: 'Bearer x' }])
      assert.equal((await fetch(`${gateway.url}/trade/balances`, { headers: wrong })).status, 401)
    assert.equal((await fetch(`${gateway.url}/barong-authorize`, { headers: bearer })).status, 404)
  })

  test('says what Barong says of those it refuses: the status, the sentence, and when to come again', {
    skip,
  }, async () => {
    await using service = await aService()
    await using gateway = await aGateway(new URL(server().origin).host, service.port)
    const balances = { ...BALANCES, target: '/trade/balances' }
    const answerTo = async (headers: Record<string, string>) => {
      const answer = await fetch(`${gateway.url}${balances.target}`, { headers })
      const again = answer.headers.get('retry-after')
      return {
        type: answer.headers.get('content-type'),
        status: answer.status,
        again,
        ...JSON.parse(await answer.text()),
      }
    }
    const type = 'application/json'
    const nobody = await answerTo({ authorization: 'Bearer x' })
    assert.deepEqual(nobody, { type, status: 401, again: null, error: 'The access token is invalid' })
    const reader = await aTrader(server(), { scopes: 'read' })
    const narrow = await answerTo(reader.sign(balances))
    assert.deepEqual([narrow.type, narrow.status, narrow.again], [type, 403, null])
    assert.match(narrow.error, /scope/)
    const often = await aTrader(server(), { rate: '1/1h' })
    await fetch(`${gateway.url}${balances.target}`, { headers: often.sign(balances) })
    const { again, ...limited } = await answerTo(often.sign(balances))
    assert.deepEqual([limited.type, limited.status, typeof limited.error], [type, 429, 'string'])
    assert.ok(Number(again) > 0 && Number(again) <= 3600, String(again))
  })

  test('answers 503 while Barong is busy or cannot be reached, and hides what else goes wrong there', {
    skip,
  }, async () => {
    await using service = await aService()
    // What a server of this state answers, at the address where nginx looks for Barong.
    let answer: { status: number; headers: Record<string, string> } = {
      status: 503,
      headers: { 'retry-after': '1', 'x-auth-error': '{"error":"Too many"}' },
    }
    const instead = createServer((request, response) => {
      if (request.url === '/health/live') response.end('{}')
      else response.writeHead(answer.status, answer.headers).end()
    })
    await once(instead.listen(0, '127.0.0.1'), 'listening')
    const address = instead.address()
    assert.ok(typeof address === 'object' && address !== null)
    await using gateway = await aGateway(`127.0.0.1:${address.port}`, service.port)
    const ask = async () => {
      const { status, headers, text } = await fetch(`${gateway.url}/trade/balances`).then(async (answered) => ({
        status: answered.status,
        headers: answered.headers,
        text: await answered.text(),
      }))
      return [status, headers.get('retry-after'), JSON.parse(text)]
    }
    assert.deepEqual(await ask(), [503, '1', { error: 'Too many' }])
    answer = { status: 500, headers: {} }
    assert.deepEqual(await ask(), [503, null, { error: 'Nobody can be let in now' }])
    instead.closeAllConnections()
    instead.close()
    assert.deepEqual(await ask(), [503, null, { error: 'Nobody can be let in now' }])
  })
})
