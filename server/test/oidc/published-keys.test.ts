import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApplication } from '../../src/features/applications/applications.ts'
import { HOUR, MINUTE, SECOND } from '../../src/lib/clock.ts'
import { aKeyedClient, anAssertion, jwkOf, type KeyedClient, postAssertion } from '../support/assertions.ts'
import { anEcKey, type ClientKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { anAttempt, browserOf, CALLBACK } from '../support/oauth.ts'
import { aReceiver } from '../support/receiver.ts'

/** Where an application publishes keys, which change, and may be away. */
async function aPublisher() {
  const receiver = await aReceiver()
  const publisher = {
    jwks_uri: receiver.url,
    status: 200,
    body: '',
    asked: () => receiver.received.length,
    publish: (...keys: [ClientKey, string][]) => {
      publisher.body = JSON.stringify({ keys: keys.map(([key, kid]) => jwkOf(key, { kid })) })
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
  receiver.answer = (response) => response.writeHead(publisher.status).end(publisher.body)
  return publisher
}

onEachDatabase('An application that publishes its keys', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' })
  const ask = (client: KeyedClient, key: ClientKey, kid: string) =>
    postAssertion(server(), '/oauth/token', anAssertion(server(), client, { key, header: { kid } }), {
      grant_type: 'client_credentials',
    })
  const statuses = async (client: KeyedClient, key: ClientKey, kid: string, times = 1) =>
    (await Promise.all(Array.from({ length: times }, () => ask(client, key, kid)))).map(({ status }) => status)

  // ASVS 10.4.16
  test('is known by them, which are fetched once for many, and again when they are old or a new one is named', async () => {
    await using publisher = await aPublisher()
    const [first, second] = [anEcKey(), anEcKey()]
    publisher.publish([first, 'one'])
    const client = await aKeyedClient(server(), publisher)
    assert.deepEqual(await statuses(client, first, 'one', 5), [200, 200, 200, 200, 200])
    assert.equal(publisher.asked(), 1)

    publisher.publish([first, 'one'], [second, 'two'])
    server().clock.advance(11 * SECOND)
    assert.deepEqual(await statuses(client, second, 'two', 3), [200, 200, 200])
    assert.equal(publisher.asked(), 2)

    publisher.publish([second, 'two'])
    assert.deepEqual(await statuses(client, first, 'one'), [200], 'a key is kept for a while')
    server().clock.advance(5 * MINUTE)
    assert.deepEqual(await statuses(client, first, 'one'), [401], 'and then taken back with the rest')
    assert.deepEqual(await statuses(client, second, 'two'), [200])
  })

  test('has its address asked once in ten seconds, whatever strangers name', async () => {
    await using publisher = await aPublisher()
    const key = anEcKey()
    publisher.publish([key, 'one'])
    const client = await aKeyedClient(server(), publisher)
    for (const kid of ['one', 'two', 'three', 'four']) await ask(client, anEcKey(), kid)
    assert.equal(publisher.asked(), 1)
  })

  test('goes on for an hour while its address is away, and is told to come again when there are no keys', async () => {
    await using publisher = await aPublisher()
    const key = anEcKey()
    publisher.publish([key, 'one'])
    const [client, late] = [
      await aKeyedClient(server(), publisher),
      await aKeyedClient(server(), { jwks_uri: `${publisher.jwks_uri}/2` }),
    ]
    assert.deepEqual(await statuses(client, key, 'one'), [200])
    publisher.status = 500
    server().clock.advance(10 * MINUTE)
    assert.deepEqual(await statuses(client, key, 'one'), [200])
    const told = await ask(late, key, 'one')
    assert.deepEqual(
      [told.status, told.body.error, told.headers['retry-after']],
      [503, 'temporarily_unavailable', '10'],
    )
    server().clock.advance(HOUR)
    assert.deepEqual(await statuses(client, key, 'one'), [503])
    publisher.status = 200
    server().clock.advance(11 * SECOND)
    assert.deepEqual(await statuses(client, key, 'one'), [200])
    publisher.status = 500
    const { status } = await browserOf(server()).open(String(anAttempt(server(), { ...late, client_secret: '' }).url))
    assert.equal(status, 200, 'people can sign in: nothing is proved there')
  })

  test('is refused where what it publishes is no JWK Set, has no key that is taken, or does not end', async () => {
    const key = anEcKey()
    const secret = key.private_key.export({ format: 'jwk' })
    for (const body of [
      'hello',
      '[]',
      '{"keys":{}}',
      JSON.stringify({ keys: [secret] }),
      JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA' }, null, 7] }),
      JSON.stringify({ keys: [jwkOf(key)], padding: 'x'.repeat(70_000) }),
    ]) {
      await using publisher = await aPublisher()
      publisher.body = body
      const [status] = await statuses(await aKeyedClient(server(), publisher), key, 'one')
      assert.ok(status === 401 || status === 503, `${body.slice(0, 40)}: ${status}`)
    }
  })

  // ASVS 1.3.6
  test('may not name an address that is none, or that is nobody’s on the Internet', async () => {
    const register = (jwks_uri: string) =>
      createApplication(server().deps, { name: 'Inside', redirect_uri: CALLBACK, jwks_uri })
    for (const [jwks_uri, wrong] of [
      ['http://10.0.0.1/keys', /jwks_uri is at 10\.0\.0\.1, which is not a public address/],
      ['http://169.254.169.254/latest', /not a public address/],
      ['ftp://keys.example/', /jwks_uri must begin with https/],
      ['https://a:b@keys.example/', /jwks_uri must not carry a user name/],
      ['keys', /jwks_uri is not an absolute URL/],
    ] as const)
      await assert.rejects(
        register(jwks_uri),
        ({ body }: { body: { error: string } }) => wrong.test(body.error),
        jwks_uri,
      )
  })
})
