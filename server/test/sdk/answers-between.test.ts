import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import { openHttp } from '../../../sdk/src/client/http.ts'
import {
  type Auth,
  type AuthBy,
  apiKey,
  BarongFailure,
  clientCredentials,
  cookies,
  createBarong,
  createKeyPair,
  isBarongError,
  memoryStore,
  oauth,
  passwords,
} from '../../../sdk/src/index.ts'
import { type Answers, aClientWith, answering, aTokenOf, EXPIRED, ended, HTML, heldOf, URL } from './fakes.ts'

const RENEW = 'POST /api/v1/security/renew'
const TOKEN = 'POST /oauth/token'
const EXCHANGE = 'POST /api/v1/sessions/generate_jwt'
const JWT = 'POST /api/v1/sessions/jwt'
const ME = 'GET /api/v1/accounts/me'
const FOUR_HOURS = 4 * 3600

const EMPTY = () => new Response(null, { status: 401 })
const FIREWALL = () => Response.json({ message: 'Forbidden' }, { status: 403 })
const WRONG_PATH = () => Response.json({ error: 'Not found' }, { status: 404 })
const refused =
  (error: string, status = 400) =>
  () =>
    Response.json({ error, error_description: 'It is refused' }, { status })

/** What is kept of tokens that are over once an answer came to their renewal, and of what the client was told. */
async function afterRenewal(kind: 'passwords' | 'oauth', answer: () => Response) {
  const store = memoryStore()
  store.set({ ...heldOf(aTokenOf('ada'), FOUR_HOURS), refresh_token: 'r' })
  const { ends, onSignedOut } = ended()
  const { fetch } = answering({ [RENEW]: answer, [TOKEN]: answer })
  const options = { store, onSignedOut }
  const auths: Record<typeof kind, AuthBy<Auth>> = {
    passwords: passwords({ application_id: 'a', ...options }),
    oauth: oauth({ client_id: 'c', redirect_uri: `${URL}/callback`, ...options }),
  }
  const { error } = await createBarong({ url: URL, fetch, auth: auths[kind] }).account.me()
  return { kind: error?.kind, isKept: store.get() !== undefined, ends: ends.length }
}

describe('What somebody between the client and the server answers', () => {
  for (const kind of ['passwords', 'oauth'] as const)
    for (const [name, answer] of Object.entries({ HTML404: HTML(404), HTML403: HTML(403), EMPTY, FIREWALL }))
      test(`signs nobody out, nor is a token thrown away: ${kind}, ${name}`, async () => {
        assert.deepEqual(await afterRenewal(kind, answer), { kind: 'unexpected', isKept: true, ends: 0 })
      })

  test('signs nobody out as long as it is not the answer that ends this very session', async () => {
    assert.deepEqual(await afterRenewal('passwords', WRONG_PATH), { kind: 'not_found', isKept: true, ends: 0 })
    assert.deepEqual(await afterRenewal('oauth', WRONG_PATH), { kind: 'not_found', isKept: true, ends: 0 })
    assert.equal((await afterRenewal('oauth', refused('invalid_request'))).isKept, true)
    const ended = { isKept: false, ends: 1 }
    assert.deepEqual(await afterRenewal('passwords', EXPIRED), { kind: 'unauthenticated', ...ended })
    assert.deepEqual(await afterRenewal('oauth', refused('invalid_grant')), { kind: 'unauthenticated', ...ended })
    const unknown = await afterRenewal('oauth', refused('invalid_client', 401))
    assert.deepEqual(unknown, { kind: 'credentials_refused', ...ended })
  })

  test('ends no program, which its own refusals do', async () => {
    const { privateKey } = await createKeyPair()
    const ends = async (answer: () => Response) => {
      const store = memoryStore()
      store.set(heldOf(aTokenOf('ada'), FOUR_HOURS))
      const { fetch } = answering({ [EXCHANGE]: answer })
      await createBarong({ url: URL, fetch, auth: apiKey({ kid: 'k', privateKey, store }) }).auth.token()
      return store.get() === undefined
    }
    const said = (error: string, status: number) => () => Response.json({ error }, { status })
    assert.equal(await ends(HTML(404)), false)
    assert.equal(await ends(WRONG_PATH), false)
    assert.equal(await ends(said('Failed to decode and verify JWT: #<JWT::InvalidIatError: Invalid iat>', 401)), false)
    assert.equal(await ends(said('The API key may not be used from this address', 403)), false)
    assert.equal(await ends(said('Record is not found', 404)), true)
    assert.equal(await ends(said('The API key expired', 401)), true)
    assert.equal(await ends(said('Failed to decode and verify JWT: #<JWT::VerificationError>', 401)), true)
  })

  test('is unexpected, and no refusal of the API', async () => {
    for (const status of [400, 401, 403, 404, 409, 422]) {
      const { barong } = aClientWith(memoryStore(), { [ME]: HTML(status) })
      assert.equal((await barong.account.me()).error?.kind, 'unexpected', String(status))
    }
  })
})

describe('A good answer that is not what the API answers', () => {
  const auths = {
    passwords: passwords({ application_id: 'a' }),
    cookies: cookies(),
    clientCredentials: clientCredentials({ client_id: 'c', client_secret: 's' }),
  }
  const wrong: Answers = {
    page: HTML(200),
    nothing: () => new Response(null, { status: 204 }),
    number: () => Response.json(7),
    object: () => Response.json({ token: { is: 'none' } }),
  }

  test('is no data', async () => {
    for (const body of [
      HTML(200),
      () => new Response('{"uid": ', { headers: { 'content-type': 'application/json' } }),
    ]) {
      const { barong } = aClientWith(memoryStore(), { [ME]: body })
      const { data, error } = await barong.account.me()
      assert.deepEqual([data, error?.kind, error?.status], [undefined, 'unexpected', 200])
    }
    const { barong } = aClientWith(memoryStore(), { [ME]: () => new Response(null, { status: 204 }) })
    assert.deepEqual(await barong.account.me(), { data: undefined, error: undefined })
  })

  test('is no token, and rejects no call', async () => {
    for (const [name, answer] of Object.entries(wrong)) {
      const answers = { [JWT]: answer, [TOKEN]: answer, 'POST /api/v1/sessions': answer }
      const { fetch } = answering({ ...answers, 'POST /api/v1/browser_session': answer })
      const credentials = { email: 'ada@example.com', password: 'x' }
      for (const auth of [auths.cookies, auths.clientCredentials]) {
        const { error } = await createBarong({ url: URL, fetch, auth }).account.me()
        assert.equal(error?.kind, 'unexpected', name)
      }
      for (const auth of [auths.passwords, auths.cookies]) {
        const { error } = await createBarong({ url: URL, fetch, auth }).auth.signIn(credentials)
        assert.equal(error?.kind, 'unexpected', name)
      }
    }
  })

  test('is a file where the operation answers one', async () => {
    const path = { id: 1 }
    const query = { expires: '1', signature: 's', page: 1 }
    const { barong } = aClientWith(memoryStore(), {
      'GET /api/v1/admin/documents/1/file': () =>
        new Response('a picture', { headers: { 'content-type': 'image/png' } }),
    })
    const file = await barong.request('GET /api/v1/admin/documents/{id}/file', { path, query }).orThrow()
    assert.equal(await file.text(), 'a picture')
  })
})

describe('An answer that breaks off', () => {
  const broken = (status: number) => () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.error(new TypeError('terminated')),
      }),
      { status, headers: { 'content-type': 'application/json' } },
    )

  test('is an answer that did not come, whatever its status', async () => {
    for (const status of [200, 401, 404]) {
      const { barong } = aClientWith(memoryStore(), { [ME]: broken(status) })
      assert.equal((await barong.account.me()).error?.kind, 'network', String(status))
    }
  })

  test('because its caller ended the call rejects with the reason of the signal', async () => {
    for (const status of [200, 401]) {
      const server = createServer((_, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': '100' }).write('{"uid": ')
        controller.abort(new RangeError('enough'))
      })
      const controller = new AbortController()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      await assert.rejects(createBarong({ url }).account.me({ signal: controller.signal }), { message: 'enough' })
      server.closeAllConnections()
      server.close()
    }
    const controller = new AbortController()
    const { barong } = aClientWith(memoryStore(), {
      [ME]: () => {
        controller.abort(new RangeError('enough'))
        return broken(200)()
      },
    })
    await assert.rejects(barong.account.me({ signal: controller.signal }), { message: 'enough' })
  })
})

test('a mistake of the program rejects its call, and throws nothing before', async () => {
  const call = createBarong({ url: URL }).request('DELETE /api/v1/labels/{key}', { path: { key: '' } })
  await assert.rejects(call, /key is needed/)
  const http = openHttp({ url: URL })
  await assert.rejects(http.send({ name: 'GET /api/v1/labels/{key}', path: {} }), /key is needed/)
})

test('an error is one of a call only where it says of which kind it is', async () => {
  const { error } = await aClientWith(memoryStore(), {}).barong.account.me()
  assert.equal(isBarongError(error), true)
  assert.equal(isBarongError(new BarongFailure({ status: 400, messages: ['x'] })), false)
})
