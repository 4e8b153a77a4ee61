import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { seconds } from '../../src/lib/clock.ts'
import { aKeyedClient, anAssertion } from '../support/assertions.ts'
import { aJws, anEcKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, tokensOf } from '../support/oauth.ts'

const EVIL = 'evil.example'
const SHOP = 'id.shop.example'
const ASSERTED = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

onEachDatabase('The address of the OAuth server', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const ask = async (
    host: string,
    url: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ) => {
    const sent = form && { payload: String(new URLSearchParams(form)) }
    const {
      statusCode,
      body,
      headers: answered,
    } = await server().app.inject({
      method: form ? 'POST' : 'GET',
      url,
      ...sent,
      headers: { host, ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}), ...headers },
    })
    const cookie = [answered['set-cookie'] ?? []].flat().map((line) => line.split(';')[0])
    return {
      status: statusCode,
      text: body,
      location: String(answered.location ?? ''),
      cookie: cookie.join('; '),
      json: () => JSON.parse(body),
    }
  }

  /** How pages look under a domain, and that its host is ours. */
  async function withWebsite(domain: string): Promise<void> {
    const token = await aToken(server(), await anAccount(server(), { role: 'admin' }))
    const { status } = await server().call('POST', '/admin/websites', {
      token,
      json: { domain, title: 'Shop Exchange' },
    })
    assert.ok(status === 201 || status === 422, String(status))
  }

  // ASVS 10.4.16
  test('is that of BARONG_URL alone for the audience of an assertion, whatever the Host says', async () => {
    await withWebsite('shop.example')
    const client = await aKeyedClient(server())
    const { origin } = server()
    for (const host of [EVIL, SHOP])
      for (const [path, form] of [
        ['/oauth/token', { grant_type: 'client_credentials' }],
        ['/oauth/introspect', { token: 'x' }],
        ['/oauth/revoke', { token: 'x' }],
        ['/oauth/device_authorization', { scope: 'openid' }],
        ['/oauth/par', { client_id: client.client_id, scope: 'openid' }],
      ] as const)
        for (const aud of [`http://${host}/oauth/token`, `http://${host}${path}`, `http://${host}`]) {
          const client_assertion = anAssertion(server(), client, { claims: { aud } })
          const answer = await ask(host, path, { client_assertion_type: ASSERTED, client_assertion, ...form })
          assert.deepEqual([answer.status, answer.json().error], [401, 'invalid_client'], `${aud} at ${path}`)
        }
    const client_assertion = anAssertion(server(), client, { claims: { aud: `${origin}/oauth/token` } })
    const form = { client_assertion_type: ASSERTED, client_assertion, grant_type: 'client_credentials' }
    assert.equal((await ask('internal:3000', '/oauth/token', form)).status, 200, 'a proxy that says another Host')
  })

  test('is that of BARONG_URL alone for proofs of keys', async () => {
    const client = await aClient(server())
    const key = anEcKey()
    const form = { grant_type: 'client_credentials', client_id: client.client_id, client_secret: client.client_secret }
    const proof = (htu: string, more: object = {}) => {
      const jwk = key.private_key.export({ format: 'jwk' })
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y } }
      const payload = { htm: 'POST', htu, iat: seconds(server().clock.now()), jti: randomUUID(), ...more }
      return { dpop: aJws(key, header, payload) }
    }
    const foreign = await ask(EVIL, '/oauth/token', form, proof(`http://${EVIL}/oauth/token`))
    assert.deepEqual([foreign.status, foreign.json().error], [400, 'invalid_dpop_proof'])
    const own = await ask(EVIL, '/oauth/token', form, proof(`${server().origin}/oauth/token`))
    assert.deepEqual([own.status, own.json().token_type], [200, 'DPoP'])

    const { access_token } = await tokensOf(server(), await aClient(server()), await anAccount(server()))
    const bearer = await ask(EVIL, '/oauth/userinfo', undefined, { authorization: `Bearer ${access_token}` })
    assert.equal(bearer.status, 200)
    const ath = createHash('sha256').update(own.json().access_token).digest('base64url')
    const headers = { authorization: `DPoP ${own.json().access_token}` }
    const at = proof(`http://${EVIL}/oauth/userinfo`, { htm: 'GET', ath })
    assert.ok((await ask(EVIL, '/oauth/userinfo', undefined, { ...headers, ...at })).status >= 400)
  })

  test('is that of BARONG_URL alone in what clients are told', async () => {
    await withWebsite('shop.example')
    const { origin } = server()
    for (const host of [EVIL, SHOP]) {
      for (const name of ['openid-configuration', 'oauth-authorization-server']) {
        const metadata = (await ask(host, `/.well-known/${name}`)).json()
        for (const [what, value] of Object.entries(metadata))
          if (/issuer|endpoint$|uri$/.test(what)) assert.ok(String(value).startsWith(origin), `${what}: ${value}`)
      }
      const { client_id, client_secret } = await aClient(server())
      const device = await ask(host, '/oauth/device_authorization', { client_id, client_secret, scope: 'openid' })
      assert.equal(device.json().verification_uri, `${origin}/oauth/device`)
    }
  })

  test('is that of BARONG_URL alone where the whole address is asked for, too', async () => {
    const { port, host } = new URL(server().origin)
    const socket = connect(Number(port), '127.0.0.1')
    const target = `http://${EVIL}/.well-known/openid-configuration`
    socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(answer, /evil/)
  })

  test('is that of the website a person came by on their way back from the pages, and of no made-up host', async () => {
    await withWebsite('shop.example')
    const { url } = anAttempt(server(), await aClient(server()))
    const own = new URL(server().origin)
    for (const [host, back] of [
      [SHOP, `http://${SHOP}`],
      [EVIL, own.origin],
      [own.host, own.origin],
      // The own machine has several names.
      [`localhost:${own.port}`, `http://localhost:${own.port}`],
    ] as const) {
      const begun = await ask(host, `${url.pathname}${url.search}`)
      const headers = { cookie: begun.cookie, 'sec-fetch-site': 'same-origin' }
      const page = await ask(host, begun.location, undefined, headers)
      const csrf_token = /name="csrf_token" value="(\w+)"/.exec(page.text)?.[1] ?? ''
      const declined = await ask(host, `${begun.location}/decline`, { csrf_token }, headers)
      const returning = begun.location.replace('/oauth/interaction/', `${back}/oauth/authorize/`)
      assert.deepEqual([declined.status, declined.location], [303, returning], host)
      const returned = await ask(host, new URL(returning).pathname, undefined, headers)
      assert.match(returned.location, /^https:\/\/app\.example\/callback\?error=access_denied&/)
      const title = host === SHOP ? /<title>[^<]*Shop Exchange/ : /<title>[^<]*Barong/
      assert.match((await ask(host, '/oauth/device')).text, title, host)
    }
  })
})
