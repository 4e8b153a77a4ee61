import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
})
