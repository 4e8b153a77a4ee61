import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBarong, oauth } from '../../../sdk/src/index.ts'
import { answering, aTokenOf, URL } from './fakes.ts'

const CALLBACK = 'https://shop.test/callback'
const pending = { state: 's', code_verifier: 'v' }

function anApplication(url: string = URL) {
  const { fetch, sent } = answering({
    'POST /oauth/token': () => Response.json({ access_token: aTokenOf('ada'), refresh_token: 'r' }),
  })
  const barong = createBarong({ url, fetch, auth: oauth({ client_id: 'c', redirect_uri: CALLBACK, scope: 'openid' }) })
  const finish = (answer: Record<string, string>) =>
    barong.auth.finish(`${CALLBACK}?${new URLSearchParams({ state: 's', ...answer })}`, pending)
  return { barong, sent, finish }
}

describe('The answer to a sign-in at an application', () => {
  test('tells by its code why there is none', async () => {
    const { finish } = anApplication()
    const told = async (error: string) => {
      const { error: refusal } = await finish({ iss: URL, error, error_description: 'No' })
      return [refusal?.kind, refusal?.code, refusal?.message]
    }
    assert.deepEqual(await told('login_required'), ['forbidden', 'login_required', 'No'])
    assert.deepEqual(await told('access_denied'), ['forbidden', 'access_denied', 'No'])
    assert.deepEqual(await told('temporarily_unavailable'), ['unavailable', 'temporarily_unavailable', 'No'])
    assert.deepEqual(await told('server_error'), ['unexpected', 'server_error', 'No'])
    const { error } = await finish({ iss: URL })
    assert.deepEqual([error?.kind, error?.message], ['forbidden', 'There is no code'])
  })

  test('must say that it comes from this server, and its code goes to no other one (RFC 9207)', async () => {
    const { finish, sent } = anApplication()
    for (const iss of [{}, { iss: '' }, { iss: 'https://evil.example' }, { iss: `${URL}.evil.example` }])
      assert.equal((await finish({ code: 'x', ...iss })).error?.kind, 'validation')
    assert.equal(sent.length, 0)
    await finish({ code: 'x', iss: URL }).orThrow()
    assert.equal(sent.length, 1)
  })

  test('must say so as well where the page is the own one of the server', async (t) => {
    Object.defineProperty(globalThis, 'location', { value: { origin: URL }, configurable: true })
    t.after(() => Reflect.deleteProperty(globalThis, 'location'))
    const { finish } = anApplication('')
    assert.equal((await finish({ code: 'x', iss: 'https://evil.example' })).error?.kind, 'validation')
    assert.equal((await finish({ code: 'x' })).error?.kind, 'validation')
    // The code is then sent to an address that Node does not know.
    assert.equal((await finish({ code: 'x', iss: URL })).error?.kind, 'network')
  })
})

describe('The beginning of a sign-in at an application', () => {
  test('takes what the application adds', async () => {
    const { url } = await anApplication().barong.auth.begin({ prompt: 'login', scope: 'openid email' })
    const asked = new globalThis.URL(url).searchParams
    assert.deepEqual(
      ['prompt', 'scope'].map((name) => asked.getAll(name)),
      [['login'], ['openid email']],
    )
  })

  test('lets it replace nothing that the answer is known by', async () => {
    const { auth } = anApplication().barong
    for (const name of [
      'state',
      'nonce',
      'redirect_uri',
      'client_id',
      'response_type',
      'response_mode',
      'code_challenge',
      'code_challenge_method',
      'request',
      'request_uri',
    ])
      await assert.rejects(auth.begin({ [name]: 'x' }), new RegExp(`^TypeError: ${name} is not for the application`))
  })
})
