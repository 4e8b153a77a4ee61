import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { anAccount, aToken } from '../../test/support/factories.ts'
import { sharedServer } from '../../test/support/shared-server.ts'
import { BODY_LIMIT } from '../platform/http/body-limits.ts'

const ORIGIN = 'https://frontend.example'

onEachDatabase('The user API', (newDatabase) => {
  const server = sharedServer(newDatabase, {
    API_CORS_ORIGINS: `${ORIGIN}, https://other.example`,
    API_CORS_ALLOW_CREDENTIALS: 'true',
  })
  let token: string
  before(async () => {
    token = await aToken(server(), await anAccount(server()))
  })

  test('names each request, and tells browsers on every answer who may read it', async () => {
    const ids = new Set<unknown>()
    const answers = [
      await server().call('GET', '/accounts/me', { token }),
      await server().call('GET', '/accounts/me'),
      await server().call('POST', '/accounts', { json: {} }),
      await server().call('POST', '/accounts', {
        json: undefined,
        payload: '{',
        headers: { 'content-type': 'application/json' },
      }),
      await server().call('GET', '/nothing/here'),
      await server().call('DELETE', '/accounts/me', { token }),
      await server().call('POST', '/labels', { payload: 'x', headers: { 'content-type': 'text/plain' } }),
    ]
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 401, 400, 400, 404, 405, 406],
    )
    for (const { status, headers } of answers) {
      assert.equal(headers['content-type'], status === 401 ? 'application/json; charset=utf-8' : 'application/json')
      assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/)
      ids.add(headers['x-request-id'])
      assert.equal(headers['access-control-allow-origin'], ORIGIN)
      assert.equal(headers['access-control-allow-credentials'], 'true')
      assert.equal(headers['vary'], 'Origin')
    }
    assert.equal(ids.size, answers.length)
  })

  test('has nothing under a key, however long', async () => {
    const { status, body } = await server().call('GET', `/labels/${'a'.repeat(8000)}`, { token })
    assert.deepEqual([status, body], [404, { error: 'Record is not found' }])
  })

  // ASVS 1.5.1, 1.5.2
  test('says what is wrong with bodies of other types, broken, huge or not UTF-8', async () => {
    const post = async (type: string, payload: Buffer | string) => {
      const { status, body } = await server().call('POST', '/accounts', { payload, headers: { 'content-type': type } })
      return [status, body.error]
    }
    const missing = 'Email is missing, Email is empty, Password is missing, Password is empty'
    assert.deepEqual(await post('text/plain', 'x'), [406, "The requested content-type 'text/plain' is not supported."])
    assert.deepEqual(await post('application/xml; charset=utf-8', '<a/>'), [
      406,
      "The requested content-type 'application/xml' is not supported.",
    ])
    assert.deepEqual(await post('text/plain', ''), [400, missing])
    assert.deepEqual(await post('application/json', '{"email":'), [400, 'The request body is not valid JSON'])
    assert.deepEqual(await post('application/json; charset=utf-8', '["a"]'), [400, missing])
    assert.deepEqual(await post('application/json', Buffer.from([0x7b, 0xff])), [
      400,
      'The request body is not valid UTF-8',
    ])
    assert.deepEqual(await post('application/x-www-form-urlencoded', 'email=%zz'), [
      400,
      'The form has an invalid percent encoding',
    ])
    assert.deepEqual(await post('application/json', `{"email":"${'a'.repeat(BODY_LIMIT)}"}`), [
      413,
      'The request is too large',
    ])
    const strange = (type: string) => [406, `The requested content-type '${type}' is not supported.`]
    assert.deepEqual(await post('Text/PLAIN; charset=utf-8', 'x'), strange('text/plain'))
    for (const type of ['garbage', 'Garbage; a=b', 'a b/c', '/']) {
      assert.deepEqual(await post(type, 'x'), strange(type.split(';')[0]?.toLowerCase() ?? ''), type)
      assert.deepEqual(await post(type, ''), [400, missing], type)
    }
    for (const type of ['', ' ', ';', '; charset=utf-8'])
      assert.deepEqual(await post(type, '{"email":"a"}'), [400, 'Password is missing, Password is empty'], type)
    assert.deepEqual(
      (await server().call('POST', '/accounts', { payload: '{"email":"a@b.co"}' })).body.error,
      'Password is missing, Password is empty',
    )
  })

  // ASVS 15.3.7
  test('takes the last word from the path, then the body, then the query', async () => {
    const path = '/labels?key=query-key&value=query-value'
    const first = await server().call('POST', path, { token, json: { key: 'body-key' } })
    assert.deepEqual([first.body.key, first.body.value], ['body-key', 'query-value'])
    const second = await server().call('PATCH', '/labels/body-key?key=other', {
      token,
      json: { key: 'third', value: 'new' },
    })
    assert.deepEqual([second.body.key, second.body.value], ['body-key', 'new'])
  })

  test('reads a query to its end, whatever is in it', async () => {
    const answer = await server().call('POST', '/labels?key=asking&value=who?me', { token })
    assert.deepEqual([answer.status, answer.body], [422, { value: ['Value is invalid'] }])
    const broken = await server().call('GET', '/accounts/me?a=%zz', { token })
    assert.deepEqual([broken.status, broken.body], [400, { error: 'The form has an invalid percent encoding' }])
  })

  test('speaks JSON only', async () => {
    const xml = await server().call('GET', '/accounts/me?format=xml', { token })
    assert.deepEqual([xml.status, xml.body], [406, { error: "The requested format 'xml' is not supported." }])
    assert.equal((await server().call('GET', '/accounts/me.xml?format=xml', { token })).status, 406)
    assert.equal((await server().call('GET', '/accounts/me?format=xml&a=.json', { token })).status, 406)
    for (const path of [
      '/accounts/me.json?format=xml',
      '/accounts/me?format=json',
      '/accounts/me.xml',
      '/accounts/me/',
      '//accounts//me',
    ])
      assert.equal((await server().call('GET', path, { token, headers: { accept: 'text/html' } })).status, 200, path)
  })

  test('answers HEAD as GET, without the body', async () => {
    const get = await server().call('GET', '/accounts/me', { token })
    const head = await server().call('HEAD', '/accounts/me', { token })
    assert.deepEqual([head.status, head.body], [200, ''])
    assert.equal(head.headers['etag'], get.headers['etag'])
    assert.equal((await server().call('HEAD', '/accounts/me')).status, 401)
  })

  test('answers 304 to whoever has the answer already', async () => {
    const { headers } = await server().call('GET', '/accounts/me', { token })
    const etag = String(headers['etag'])
    const ask = (value: string) => server().call('GET', '/accounts/me', { token, headers: { 'if-none-match': value } })
    for (const value of [etag, `"x", ${etag}`, etag.slice(2), '*']) {
      const again = await ask(value)
      assert.deepEqual([again.status, again.body, again.headers['etag']], [304, '', etag], value)
    }
    assert.equal((await ask('"other"')).status, 200)
  })

  // ASVS 13.4.4
  test('tells which verbs a path has', async () => {
    const cases: [method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, allow: string][] = [
      ['GET', '/accounts', 'POST, OPTIONS'],
      ['GET', '/sessions/generate_jwt', 'POST, OPTIONS'],
      ['DELETE', '/accounts/me', 'GET, HEAD, OPTIONS'],
      ['PUT', '/labels/abc', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
      ['PATCH', '/security/reset_password', 'POST, PUT, OPTIONS'],
    ]
    for (const [method, path, allow] of cases) {
      const { status, body, headers } = await server().call(method, path, { token })
      assert.deepEqual([status, body, headers['allow']], [405, { error: 'The method is not allowed here' }, allow])
    }
  })

  test('answers OPTIONS to strangers on any path', async () => {
    for (const path of ['/accounts/me', '/labels/abc', '/nope', '/sessions']) {
      const { status, body, headers } = await server().call('OPTIONS', path, {
        headers: { origin: 'https://other.example' },
      })
      assert.deepEqual([status, body], [200, ''])
      assert.equal(headers['access-control-allow-origin'], 'https://other.example')
    }
  })

  // ASVS 1.1.1
  test('refuses paths that are not well encoded', async () => {
    const origin = 'https://other.example'
    const { status, body, headers } = await server().call('GET', '/labels/%zz', { token, headers: { origin } })
    assert.deepEqual([status, body], [400, { error: 'The request is not valid HTTP' }])
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.match(String(headers['x-request-id']), /^[\w-]{36}$/)
    const { headers: known } = await server().call('GET', '/accounts/me', { token, headers: { origin } })
    for (const name of Object.keys(known).filter((name) => /^access-control-|^vary$/.test(name)))
      assert.equal(headers[name], known[name], name)
    const outside = await server().app.inject({ url: '/oauth/%zz', headers: { origin } })
    assert.deepEqual([outside.statusCode, outside.headers['access-control-allow-origin']], [400, undefined])
  })

  // ASVS 15.3.6
  test('keeps what it should not know of paths and prototypes out of parameters', async () => {
    const json = JSON.parse('{"key":"proto","value":"abc","__proto__":{"scope":"private"},"constructor":{"a":1}}')
    const { status, body } = await server().call('POST', '/labels', { token, json })
    assert.deepEqual([status, body.scope], [201, 'public'])
  })
})
