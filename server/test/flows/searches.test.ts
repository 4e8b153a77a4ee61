import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROLES } from '../../src/features/permissions/permissions.ts'
import { QUERIES } from '../contract/addresses.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aPhone, aToken } from '../support/factories.ts'
import { sharedServer } from '../support/shared-server.ts'
import { tableDigest } from '../support/table-digest.ts'

/** The paths below `/api/v1` of lists that are searched by something personal, and by what. */
const LISTS = Object.entries(QUERIES).flatMap(([operation, names]) => {
  const personal = Object.keys(names).filter((name) => names[name] === 'search')
  return personal.length === 0 ? [] : [{ path: operation.replace('GET /api/v1', ''), personal }]
})

onEachDatabase('A search by a body', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const as = async (role: string) => aToken(server(), await anAccount(server(), { role }))
  /** What a list and its search answer, which must be the same but for cursors, which are sealed anew each time. */
  const both = async (path: string, asked: Record<string, string | number>, token: string) => {
    const query = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]))
    const list = await server().call('GET', `${path}?${query}`, { token })
    const search = await server().call('POST', `${path}/search`, { token, json: asked })
    assert.equal(search.status, list.status, `${path} ${query}`)
    const { next, previous } = list.body
    const cursors = Array.isArray(list.body) || list.status !== 200 ? {} : { next, previous }
    for (const [name, cursor] of Object.entries(cursors))
      assert.equal(search.body[name] === null, cursor === null, name)
    assert.deepEqual({ ...search.body, ...cursors }, { ...list.body })
    return search
  }

  test('answers what the list answers: items, pages and what is wrong', async () => {
    const token = await as('admin')
    const ann = await anAccount(server(), { email: 'ann.search@example.com' })
    const bea = await anAccount(server(), { email: 'ann.other@example.com' })
    await aPhone(server(), ann, { number: '4915112345678', country: 'DE' })
    const found = async (asked: Record<string, string | number>) =>
      (await both('/admin/accounts', asked, token)).body.items.map(({ uid }: { uid: string }) => uid)
    assert.deepEqual(await found({ email: 'ann.' }), [bea.uid, ann.uid])
    assert.deepEqual(await found({ phone: '+49 151 12345678' }), [ann.uid])
    assert.deepEqual(await found({ uid: bea.uid.toLowerCase(), level: bea.level }), [bea.uid])
    const first = await both('/admin/accounts', { email: 'ann.', limit: 1 }, token)
    const second = await both('/admin/accounts', { email: 'ann.', limit: 1, cursor: first.body.next }, token)
    assert.deepEqual([first.body.items[0].uid, second.body.items[0].uid], [bea.uid, ann.uid])
    assert.equal((await both('/admin/accounts', { email: 'bea', cursor: first.body.next }, token)).status, 422)
    for (const asked of [{ phone: '12' }, { state: 'lost', limit: 0 }, { mail: 'ann' }, { name: 'x'.repeat(300) }])
      assert.equal((await both('/admin/accounts', asked, token)).status, 422)
    for (const { path } of LISTS) {
      await both(path, {}, token)
      await both(path, { limit: 2 }, token)
      assert.equal((await both(path, { limit: 0, unknown: 'x' }, token)).status, 422)
    }
    for (const path of ['/admin/events', '/admin/deliveries', '/admin/audit/records'])
      await both(path, { account: ann.uid, limit: 1 }, token)
    await both('/admin/audit/records', { actor: 'barong', address: '192.0.2.1', result: 'ok' }, token)
    assert.equal((await both('/admin/audit/records', { since: 'yesterday' }, token)).status, 422)
  })

  test('takes nothing from its address, and nothing but an object of JSON', async () => {
    const token = await as('admin')
    for (const { path, personal } of LISTS) {
      const search = `${path}/search`
      for (const name of personal) {
        const { status, body } = await server().call('POST', `${search}?${name}=ann`, { token, json: {} })
        assert.deepEqual([status, body.error], [422, `${name} is not a parameter`])
      }
      for (const json of [[], 'ann', null, [{ limit: 1 }]])
        assert.equal((await server().call('POST', search, { token, json })).status, 422, JSON.stringify(json))
      const [form, headers] = [{ limit: '1' }, { 'content-type': 'text/plain' }]
      assert.equal((await server().call('POST', search, { token, form })).status, 406)
      assert.equal((await server().call('POST', search, { token, headers, payload: '{"limit":1}' })).status, 422)
    }
  })

  // ASVS 3.5.1
  test('lets in who the list lets in, by a token that no page of others can send', async () => {
    for (const { path } of LISTS) {
      for (const role of ROLES) await both(path, {}, await as(role))
      const headers = { cookie: 'barong_session=x; __Host-barong_session=x', origin: 'https://evil.example' }
      assert.equal((await server().call('POST', `${path}/search`, { json: {}, headers })).status, 401)
    }
    const masked = await as('support')
    assert.equal((await both('/admin/accounts', { name: 'Ann' }, masked)).status, 403)
  })

  test('changes nothing, and is kept by nobody', async () => {
    const token = await as('admin')
    await server().deliver()
    const before = await tableDigest(server())
    for (const { path } of LISTS) {
      const { status, headers } = await server().call('POST', `${path}/search`, { token, json: { limit: 3 } })
      assert.deepEqual([status, headers['cache-control']], [200, 'no-store'])
    }
    assert.equal(await tableDigest(server()), before)
  })
})

onEachDatabase('A search, where nothing sensitive may travel in addresses', (newDatabase) => {
  const server = sharedServer(newDatabase, { SECRETS_IN_URLS: 'false' })

  // ASVS 14.2.1
  test('is the only way to look for somebody, which a list says by the name of the parameter', async () => {
    const token = await aToken(server(), await anAccount(server(), { role: 'admin' }))
    for (const { path, personal } of LISTS) {
      for (const name of personal) {
        const address = `${path}?limit=2&${name}=nobody.by.this.name`
        const { status, body } = await server().call('GET', address, { token })
        assert.equal(status, 422)
        assert.equal(body.error, `${name}: not in an address here, but in the body of POST /api/v1${path}/search`)
        assert.equal((await server().call('HEAD', address, { token })).status, 422)
        assert.equal(
          (await server().call('GET', address.replace(name, `%${hexOf(name)}${name.slice(1)}`), { token })).status,
          422,
        )
        assert.equal((await server().call('GET', address)).status, 401)
      }
      const all = personal.map((name) => `${name}=x`).join('&')
      const { body } = await server().call('GET', `${path}?${all}`, { token })
      assert.ok(body.error.startsWith(`${personal.join(', ')}: `), body.error)
      assert.equal((await server().call('GET', `${path}?limit=2`, { token })).status, 200)
      assert.equal((await server().call('POST', `${path}/search`, { token, json: { limit: 2 } })).status, 200)
    }
    const metrics = await server().app.inject('/metrics')
    assert.match(metrics.body, /\/admin\/accounts\/search/)
    assert.doesNotMatch(metrics.body, /nobody/)
  })
})

const hexOf = (name: string): string => name.charCodeAt(0).toString(16)
