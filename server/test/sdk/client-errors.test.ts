import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BarongError, createBarong, isBarongError } from '../../../sdk/src/index.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClientOf, aSignedInClient, watched } from './clients.ts'

/** A client whose server answers that. */
const answered = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  createBarong({
    url: 'http://barong.test',
    fetch: async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }),
  })
const JSON_TYPE = { 'content-type': 'application/json' }

const fieldsOf = (error: BarongError | undefined) => (error?.kind === 'validation' ? error.fields : undefined)

onEachDatabase('An error of the SDK', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, {
    BARONG_LOCKOUT: 'device',
    BARONG_PROOF_OF_WORK_AFTER: '2',
    BARONG_PROOF_OF_WORK_BITS: '4',
  })

  test('names the parameters that are missing or wrong', async () => {
    const barong = await aSignedInClient(server(), await anAccount(server()))
    const nothing = await barong.account.signUp({ email: '', password: '' })
    assert.deepEqual(fieldsOf(nothing.error), { email: ['Email is empty'], password: ['Password is empty'] })
    const weak = await barong.account.signUp({ email: 'no address', password: 'password' })
    assert.deepEqual(Object.keys(fieldsOf(weak.error) ?? {}).sort(), ['email', 'password'])
    assert.ok((weak.error?.messages.length ?? 0) >= 2)
    const profile = {
      first_name: '<>',
      last_name: 'L',
      dob: 'never',
      address: 'x',
      postcode: '1',
      city: '?',
      country: '',
    }
    assert.deepEqual(Object.keys(fieldsOf((await barong.profile.create(profile)).error) ?? {}), ['dob'])
    const paper = { doc_type: '', doc_number: '', doc_expire: 'x', upload: new Blob(['x']) }
    const { error } = await barong.documents.add(paper)
    assert.deepEqual(Object.keys(fieldsOf(error) ?? {}).sort(), ['doc_expire', 'doc_number', 'doc_type'])
    const label = await barong.labels.add('?', 'x')
    assert.deepEqual(Object.keys(fieldsOf(label.error) ?? {}).sort(), ['key', 'value'])
    const limit = await barong.activity.list({ limit: 0 })
    assert.deepEqual(fieldsOf(limit.error), { limit: ['limit must be from 1 to 100'] })
  })

  test('names each parameter of a refusal at the console’s API, also where it is inside of one', async () => {
    const admin = await aSignedInClient(server(), await anAccount(server(), { role: 'admin' }))
    const add = async (more: object) => {
      const body = { name: 'Shop', redirect_uris: ['https://shop.example/'], ...more }
      return fieldsOf((await admin.request('POST /api/v1/admin/applications', { body })).error)
    }
    const fields = await add({ name: '', redirect_uris: [''], access_token_lifetime: 1 })
    assert.deepEqual(fields, {
      name: ['name is empty', 'name must match \\S'],
      redirect_uris: ['redirect_uris[0] is empty'],
      access_token_lifetime: ['access_token_lifetime must be at least 60'],
    })
    assert.deepEqual(Object.keys((await add({ redirect_uris: ['shop'] })) ?? {}), ['redirect_uris'])
    assert.deepEqual(Object.keys((await add({ resources: ['shop'] })) ?? {}), ['resources'])
  })

  test('is thrown with its kind, the words of the server and the id of the request', async () => {
    const barong = await aSignedInClient(server(), await anAccount(server()))
    const thrown = await barong.profile
      .get()
      .orThrow()
      .catch((error: unknown) => error)
    assert.ok(isBarongError(thrown) && thrown instanceof Error)
    assert.deepEqual([thrown.kind, thrown.status, thrown.message], ['not_found', 404, 'Account has no profile'])
    assert.match(thrown.requestId ?? '', /^\S{8,}$/)
    assert.equal(isBarongError(new Error('other')), false)
  })

  test('tells a wrong password, an account that is locked, and a fresh proof that is wanted apart', async () => {
    const account = await anAccount(server())
    const barong = await aSignedInClient(server(), account)
    const { error } = await barong.auth.signIn({ email: account.email, password: 'wrong' })
    assert.equal(error?.kind === 'credentials_refused' && error.reason, 'wrong')
    server().clock.advance(11 * 60_000)
    assert.equal((await barong.security.makeRecoveryCodes()).error?.kind, 'confirmation_required')
    await barong.security.confirm({ password: PASSWORD }).orThrow()
    assert.notEqual((await barong.security.makeRecoveryCodes()).error?.kind, 'confirmation_required')
    await server().deps.db.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
    const banned = await barong.auth.signIn({ email: account.email, password: PASSWORD })
    assert.equal(banned.error?.kind === 'credentials_refused' && banned.error.reason, 'locked')
  })

  test('names what has to be done first', async () => {
    const account = await anAccount(server())
    const barong = await aSignedInClient(server(), account)
    const password_given_at = '2030-01-01T00:00:00.000Z'
    await server().deps.db.updateTable('accounts').set({ password_given_at }).where('id', '=', account.id).execute()
    const { error } = await barong.labels.list()
    assert.deepEqual(error?.kind === 'action_required' && error.action, 'change_password')
    const other = await answered(403, { error: 'Please set up a second factor first' }, JSON_TYPE).labels.list()
    assert.deepEqual(other.error?.kind === 'action_required' && other.error.action, 'set_up_second_factor')
  })

  test('about work to be done is met with the work, and a right password is let in after many wrong ones', async () => {
    const { email } = await anAccount(server())
    const { paths, fetch } = watched()
    const barong = await aClientOf(server(), { fetch })
    for (let guess = 0; guess < 4; guess += 1) {
      server().clock.advance(60_000)
      const { error } = await barong.auth.signIn({ email, password: `wrong ${guess}` })
      assert.equal(error?.kind, 'credentials_refused', String(error))
    }
    assert.ok(paths.length > 4, 'no work was asked for')
    server().clock.advance(60_000)
    await barong.auth.signIn({ email, password: PASSWORD }).orThrow()
  })
})

describe('An answer that is no answer of the API', () => {
  test('is an error of its own kind, and never a rejection', async () => {
    const kinds = async (barong: ReturnType<typeof answered>) => (await barong.account.me()).error
    assert.equal((await kinds(answered(502, '<html>Bad gateway</html>')))?.kind, 'unavailable')
    const busy = await kinds(answered(503, { error: 'busy' }, { ...JSON_TYPE, 'retry-after': '7' }))
    assert.equal(busy?.kind === 'unavailable' && busy.retryAfter, 7)
    const limited = await kinds(answered(429, { error: 'Too many requests' }, { ...JSON_TYPE, 'retry-after': 'soon' }))
    assert.equal(limited?.kind === 'rate_limited' && limited.retryAfter, 1)
    assert.equal(
      (await kinds(answered(500, '<h1>Oh</h1>', { 'content-type': 'text/html' })))?.message,
      'Something went wrong',
    )
    assert.equal((await kinds(answered(418, '"teapot"', JSON_TYPE)))?.kind, 'unexpected')
    assert.equal((await kinds(answered(409, { error: ['One', 'Two'] }, JSON_TYPE)))?.message, 'One Two')
    assert.equal((await kinds(answered(200, '{"uid": ', JSON_TYPE)))?.kind, 'unexpected')
    const away = createBarong({
      url: 'http://barong.test',
      fetch: async () => {
        throw new TypeError('fetch failed')
      },
    })
    const error = (await away.account.me()).error
    assert.deepEqual([error?.kind, error?.status, error?.cause instanceof TypeError], ['network', 0, true])
  })

  test('that does not come is not waited for, and a call that its caller ended rejects as fetch does', async () => {
    const never: typeof fetch = (_, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    const barong = createBarong({ url: 'http://barong.test', fetch: never, timeout: 20 })
    assert.equal((await barong.account.me()).error?.kind, 'network')
    const controller = new AbortController()
    const call = createBarong({ url: 'http://barong.test', fetch: never }).account.me({ signal: controller.signal })
    controller.abort()
    await assert.rejects(call, { name: 'AbortError' })
  })

  test('asks for work that no one could do in two tries, and then says so', async () => {
    let asked = 0
    const proof_of_work = { algorithm: 'SHA-256', challenge: 'x', difficulty: 1 }
    const barong = createBarong({
      url: 'http://barong.test',
      fetch: async () => {
        asked += 1
        return Response.json({ error: 'Work', proof_of_work }, { status: 429 })
      },
    })
    const { error } = await barong.account.requestUnlock('ada@example.com')
    assert.equal(error?.kind === 'proof_of_work_required' && error.proofOfWork.challenge, 'x')
    assert.equal(asked, 3)
  })
})
