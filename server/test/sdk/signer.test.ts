import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRequestSigner, isDigestOf } from '../../../sdk/src/signer.ts'
import { chromiumForSuite, noChromium } from '../support/chromium.ts'
import { anEcKey, anEdKey, anRsaKey, type ClientKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { ask, aTrader } from '../support/traders.ts'
import { exampleOf } from './packed.ts'

const source = new URL('../../../sdk/src/signer.ts', import.meta.url)
/** The signer and what it imports, as one script. */
const script = [new URL('private-key.ts', source), source]
  .map((file) =>
    stripTypeScriptTypes(readFileSync(file, 'utf8'))
      .replace(/^import .*$/gm, '')
      .replace(/^export /gm, ''),
  )
  .join('\n')
const pemOf = ({ private_key }: ClientKey) => private_key.export({ type: 'pkcs8', format: 'pem' }).toString()
const GATEWAY = 'https://gateway.example'

/** What the server says of a request that was signed. */
const verdictOn = (server: TestServer, { method, url, headers }: Request) =>
  ask(server, { method, target: url.slice(GATEWAY.length) }, Object.fromEntries(headers))

/** A service behind a gateway: the gateway asks the server, the service looks at the body. */
async function aGatewayWithService({ app }: TestServer) {
  const service = createServer(async (request, response) => {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
    const { statusCode } = await app.inject({
      url: '/api/v1/authorize',
      headers: {
        ...Object.fromEntries(headers),
        'x-forwarded-method': request.method ?? '',
        'x-forwarded-uri': request.url ?? '',
      },
    })
    const body = new Uint8Array(await buffer(request))
    const whole = await isDigestOf(request.headers['content-digest']?.toString(), body)
    response.writeHead(statusCode === 200 && !whole ? 400 : statusCode).end(`${request.method} ${request.url}`)
  })
  await once(service.listen(0, '127.0.0.1'), 'listening')
  const address = service.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { url: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: async () => void service.close() }
}

onEachDatabase('The request signer of the SDK', (newDatabase) => {
  test('signs as gateways want it, with keys of each kind, whatever the request has', async () => {
    await using server = await testServer(await newDatabase())
    for (const key of [anRsaKey(), anEcKey(), anEdKey()]) {
      const { uid } = await aTrader(server, {}, key)
      const signer = createRequestSigner({ keyid: uid, privateKey: pemOf(key), now: server.clock.now })
      for (const [path, init] of [
        ['/balances', {}],
        ['/balances?currency=btc&currency=%C3%A9', {}],
        ['/orders?market=btcusd', { method: 'POST', body: '{"side":"buy"}' }],
        ['/balances?', {}],
        ['/orders', { method: 'post' }],
        ['/orders/7', { method: 'DELETE' }],
        ['/orders/7', { method: 'PUT', body: new Uint8Array([0, 255]) }],
      ] as const) {
        const request = await signer.sign(`${GATEWAY}${path}`, init)
        assert.equal((await verdictOn(server, request)).statusCode, 200, `${path} ${JSON.stringify(init)}`)
        assert.equal((await verdictOn(server, request)).statusCode, 401, 'once')
        const body = 'body' in init ? new Uint8Array(await new Response(init.body).arrayBuffer()) : new Uint8Array()
        assert.deepEqual(new Uint8Array(await request.arrayBuffer()), body, 'the body goes along')
      }
    }
  })

  test('takes keys that WebCrypto made and does not give out, as browsers keep them', async () => {
    await using server = await testServer(await newDatabase())
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', pair.publicKey)).toString('base64')
    const { uid } = await aTrader(server, {
      public_key: Buffer.from(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`).toString('base64'),
    })
    const signer = createRequestSigner({ keyid: uid, privateKey: pair.privateKey, now: server.clock.now })
    const request = await signer.sign(new Request(`${GATEWAY}/orders`, { method: 'POST', body: 'x' }))
    assert.equal((await verdictOn(server, request)).statusCode, 200)
  })
})

describe('In a browser', { skip: noChromium }, () => {
  const open = chromiumForSuite()

  test('the request signer signs with a key that it cannot give out', async () => {
    await using server = await testServer('sqlite:')
    const origin = await server.app.listen({ host: '127.0.0.1', port: 0 })
    await using person = await open(origin)
    await person.page.goto(`${origin}/health/live`)
    const spki = await person.page.evaluate(`${script};
      globalThis.createRequestSigner = createRequestSigner;
      crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(async (pair) => {
        globalThis.pair = pair
        return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))))
      })`)
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`
    const { uid } = await aTrader(server, { public_key: Buffer.from(pem).toString('base64') })
    const signed = await person.page.evaluate(`
      createRequestSigner({ keyid: '${uid}', privateKey: pair.privateKey, now: () => ${server.clock.now()} })
        .sign('${GATEWAY}/orders?market=btcusd', { method: 'POST', body: '{"side":"buy"}' })
        .then(({ method, url, headers }) => JSON.stringify({ method, url, headers: [...headers] }))`)
    const { method, url, headers } = JSON.parse(String(signed))
    const request = new Request(url, { method, headers })
    assert.equal((await verdictOn(server, request)).statusCode, 200)
  })
})

test('The request signer of the SDK says what is wrong with a key', async () => {
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify'])
  for (const privateKey of ['', 'junk', anRsaKey().pem, pemOf(anEcKey('secp384r1')), other.privateKey])
    assert.throws(() => createRequestSigner({ keyid: 'k', privateKey }), { name: 'TypeError', message: /^privateKey/ })
  const privateKey = pemOf(anEdKey())
  for (const keyid of ['', 'a"b', 'a\nb'])
    assert.throws(() => createRequestSigner({ keyid, privateKey }), /^TypeError: keyid/)
})

test('A body is the one that was signed, or it is not', async () => {
  const body = new TextEncoder().encode('{"hello": "world"}')
  const header = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
  assert.equal(await isDigestOf(header, body), true)
  const longer = `sha-512=:${createHash('sha512').update(body).digest('base64')}:`
  for (const right of [longer, `${header}, ${longer}`, [header], `unixsum=30637, ${header}`])
    assert.equal(await isDigestOf(right, Buffer.from(body)), true, String(right))
  const altered = header.replace('X', 'Y')
  for (const wrong of [null, undefined, '', [], header.slice(1), altered, `${altered}, ${longer}`, 'unixsum=30637'])
    assert.equal(await isDigestOf(wrong, body), false, String(wrong))
})

test("the README's example of signed requests runs", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'barong-signer-'))
  await using server = await testServer(`sqlite:${join(directory, 'barong.sqlite')}`)
  const key = anEdKey()
  const { uid } = await aTrader(server, {}, key)
  // The example's process has the real time.
  server.clock.advance(Date.now() - server.clock.now())
  await using gateway = await aGatewayWithService(server)
  writeFileSync(join(directory, 'trader.pem'), pemOf(key))
  writeFileSync(
    join(directory, 'example.mts'),
    exampleOf('signer').replace("'@barong/sdk/signer'", `'${fileURLToPath(source)}'`),
  )
  const env = { ...process.env, GATEWAY_URL: gateway.url, KEY_UID: uid }
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mts'], { cwd: directory, env })
  assert.equal(stdout.trim(), '200 POST /trade/orders?market=btcusd')
  rmSync(directory, { recursive: true, force: true })
})
