import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jwkOf } from '../../../test/support/assertions.ts'
import { anEcKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { createApplication } from './applications.ts'

const PATH = '/admin/applications'
const shop = { name: 'Shop', redirect_uris: ['https://shop.example/callback'] }

onEachDatabase('The admin API of applications', (newDatabase) => {
  test('registers a page, which could not keep a secret, without one', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const { status, body } = await server.call('POST', '/admin/applications', {
      token,
      json: { ...shop, public: true },
    })
    assert.deepEqual([status, body.public, 'secret' in body], [201, true, false])
  })

  test('registers, shows, lists, changes and removes them', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const made = await server.call('POST', PATH, { token, json: { ...shop, scopes: ['openid', 'profile'] } })
    assert.equal(made.status, 201)
    const { secret, ...shown } = made.body
    assert.match(secret, /^[0-9a-f]{64}$/)
    assert.match(shown.uid, /^[0-9a-f]{64}$/)
    assert.deepEqual(shown.scopes, ['openid', 'profile'])
    assert.deepEqual(shown.grant_types, ['authorization_code', 'refresh_token'])
    assert.equal(shown.pkce_required, true)
    assert.equal(shown.skipauth, false)
    assert.deepEqual([shown.resources, shown.dpop_bound_access_tokens], [[], false])

    const path = `${PATH}/${shown.uid}`
    assert.deepEqual((await server.call('GET', path, { token })).body, shown)
    const listed = await server.call('GET', PATH, { token })
    assert.deepEqual(listed.body.at(-1), shown)

    const patch = { name: 'Shop 2', skipauth: true, token_algorithm: 'ES256', access_token_lifetime: 600 }
    Object.assign(patch, { resources: ['https://wallet.example/', 'urn:peatio'], dpop_bound_access_tokens: true })
    const changed = await server.call('PATCH', path, { token, json: patch })
    assert.equal(changed.status, 200)
    assert.deepEqual({ ...shown, ...patch, updated_at: changed.body.updated_at }, changed.body)

    assert.equal((await server.call('DELETE', path, { token })).status, 204)
    assert.deepEqual((await server.call('GET', path, { token })).body, { error: 'Record is not found' })
    await server.deliver()
    const names = server.events.map(({ name }) => name).filter((name) => name.startsWith('model.application.'))
    assert.deepEqual(names.slice(-3), [
      'model.application.created',
      'model.application.updated',
      'model.application.deleted',
    ])
  })

  test('takes for its tokens only what can be a resource (RFC 8707), and anything where it is told so', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    for (const [resource, error] of [
      ['wallet', 'Resource wallet must be an absolute URI.'],
      ['https://wallet.example/#x', 'Resource https://wallet.example/#x cannot contain a fragment.'],
      ['https://wallet.example/ https://b.example/', 'resources[0] must match ^\\S+$'],
    ]) {
      const { status, body } = await server.call('POST', PATH, { token, json: { ...shop, resources: [resource] } })
      assert.deepEqual([status, body.error], [422, error])
    }
    const any = await server.call('POST', PATH, { token, json: { ...shop, resources: ['*'] } })
    assert.deepEqual([any.status, any.body.resources], [201, ['*']])
  })

  test('rotates a secret: another one is shown once and kept sealed', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const { body: made } = await server.call('POST', PATH, { token, json: shop })
    const { status, body } = await server.call('POST', `${PATH}/${made.uid}/secret`, { token })
    assert.equal(status, 201)
    assert.notEqual(body.secret, made.secret)
    const row = await server.deps.db
      .selectFrom('applications')
      .selectAll()
      .where('uid', '=', made.uid)
      .executeTakeFirstOrThrow()
    assert.ok(!JSON.stringify(row).includes(body.secret))
    assert.equal((await server.call('POST', `${PATH}/nope/secret`, { token })).status, 404)
  })

  // ASVS 10.4.16
  test('gives an application keys instead of a secret, and takes them back', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const jwk = { ...jwkOf(anEcKey()) }
    const { status, body: made } = await server.call('POST', PATH, { token, json: { ...shop, jwks: { keys: [jwk] } } })
    assert.equal(status, 201, JSON.stringify(made))
    assert.equal('secret' in made, false)
    assert.deepEqual(
      [made.token_endpoint_auth_method, made.jwks, made.jwks_uri],
      ['private_key_jwt', { keys: [jwk] }, null],
    )
    const path = `${PATH}/${made.uid}`
    const refused = await server.call('POST', `${path}/secret`, { token })
    assert.deepEqual(
      [refused.status, refused.body.error],
      [422, 'The application proves who it is by its keys and has no secret'],
    )
    const kept = await server.call('PATCH', path, { token, json: { name: 'Shop 2' } })
    assert.deepEqual(kept.body.jwks, { keys: [jwk] })
    const jwks_uri = 'https://shop.example/keys'
    const moved = await server.call('PATCH', path, { token, json: { jwks_uri } })
    assert.deepEqual([moved.body.jwks, moved.body.jwks_uri], [null, jwks_uri])
    const back = await server.call('PATCH', path, { token, json: { jwks_uri: null } })
    assert.deepEqual([back.body.token_endpoint_auth_method, back.body.jwks_uri], ['client_secret_basic', null])
    assert.equal((await server.call('POST', `${path}/secret`, { token })).status, 201)
    const actions = await server.deps.db.selectFrom('audit_records').select('action').orderBy('id').execute()
    assert.equal(actions.filter(({ action }) => action === 'application.keys_changed').length, 2)
  })

  test('makes no application where what belongs to it cannot be written', async () => {
    await using server = await testServer(await newDatabase())
    const made = createApplication(
      server.deps,
      { name: 'Shop', redirect_uri: 'https://shop.example/callback' },
      async () => {
        throw new Error('no')
      },
    )
    await assert.rejects(made, /^Error: no$/)
    assert.deepEqual(await server.deps.db.selectFrom('applications').selectAll().execute(), [])
  })

  test('ends the sessions of an application that is removed', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const member = await anAccount(server)
    const { body: made } = await server.call('POST', PATH, { token, json: shop })
    const json = { email: member.email, password: PASSWORD, application_id: made.uid }
    const { body: session } = await server.call('POST', '/sessions', { json })
    assert.equal((await server.call('GET', '/accounts/me', { token: session })).status, 200)
    await server.call('DELETE', `${PATH}/${made.uid}`, { token })
    assert.equal((await server.call('GET', '/accounts/me', { token: session })).status, 401)
  })

  test('refuses what cannot be, naming it, and changes nothing', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const count = async () => (await server.deps.db.selectFrom('applications').select('id').execute()).length
    const before = await count()
    const wrong: [object, RegExp][] = [
      [{}, /name/],
      [{ name: '  ', redirect_uris: ['https://a.example/'] }, /name/],
      [{ name: 'x'.repeat(256), redirect_uris: ['https://a.example/'] }, /name/],
      [{ name: 'X' }, /Redirect URI can't be blank/],
      [{ name: 'X', redirect_uris: ['/relative'] }, /Redirect URI must be an absolute URI/],
      [{ name: 'X', redirect_uris: ['https://a.example/#x'] }, /Redirect URI cannot contain a fragment/],
      [{ name: 'X', redirect_uris: ['https://a.example/\nhttps://b.example/#x'] }, /Redirect URI/],
      [{ name: 'X', redirect_uris: ['javascript:alert(1)'] }, /Redirect URI must be a valid URI/],
      [{ ...shop, scopes: ['everything'] }, /scopes/],
      [{ ...shop, grant_types: ['password'] }, /grant_types/],
      [{ ...shop, public: true, grant_types: ['client_credentials'] }, /public application/],
      [{ ...shop, public: true, pkce_required: false }, /PKCE/],
      [{ ...shop, access_token_lifetime: 1 }, /access_token_lifetime/],
      [{ ...shop, jwks: 'x' }, /jwks/],
      [{ ...shop, jwks: { keys: [] } }, /jwks must be a JWK Set of 1 to 20 keys/],
      [{ ...shop, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /jwks\.keys\[0\] must be a public key/],
      [{ ...shop, jwks_uri: 'https://10.0.0.1/' }, /jwks_uri is at 10\.0\.0\.1/],
      [{ ...shop, jwks_uri: 'https://a.example/', jwks: { keys: [jwkOf(anEcKey())] } }, /cannot both be given/],
      [{ ...shop, jwks_uri: 'https://a.example/', public: true }, /public application has no keys/],
    ]
    for (const [json, message] of wrong) {
      const { status, body } = await server.call('POST', PATH, { token, json })
      assert.equal(status, 422, JSON.stringify(json))
      assert.match(body.error, message)
    }
    assert.equal(await count(), before)
    assert.equal((await server.call('POST', PATH, { token, json: shop })).status, 201)
    assert.equal((await server.call('POST', PATH, { token, json: shop })).status, 422)
  })

  test('is for administrators in person, at every operation', async () => {
    await using server = await testServer(await newDatabase())
    const admin = await anAccount(server, { role: 'admin' })
    const uid = (await server.call('POST', PATH, { token: await aToken(server, admin), json: shop })).body.uid
    const operations = [
      ['GET', PATH],
      ['POST', PATH],
      ['GET', `${PATH}/${uid}`],
      ['PATCH', `${PATH}/${uid}`],
      ['POST', `${PATH}/${uid}/secret`],
      ['DELETE', `${PATH}/${uid}`],
    ] as const
    const token = await aToken(server, admin)
    const asThirdParty = await aToken(server, admin)
    const jti = JSON.parse(Buffer.from(asThirdParty.split('.')[1] ?? '', 'base64url').toString()).jti
    await server.deps.db.updateTable('sessions').set({ scopes: 'profile barong' }).where('jti', '=', jti).execute()
    for (const [method, path] of operations) {
      const json = method === 'GET' || method === 'DELETE' ? undefined : shop
      assert.equal((await server.call(method, path, { json })).status, 401, `${method} ${path}`)
      assert.equal((await server.call(method, path, { json, token: asThirdParty })).status, 403, `${method} ${path}`)
      for (const role of ['member', 'support', 'compliance', 'unknown']) {
        await server.deps.db.updateTable('accounts').set({ role }).where('id', '=', admin.id).execute()
        const { status, body } = await server.call(method, path, { json, token })
        assert.deepEqual([status, body], [403, { error: 'Your role does not allow this' }], `${role} ${method} ${path}`)
      }
      await server.deps.db.updateTable('accounts').set({ role: 'admin' }).where('id', '=', admin.id).execute()
    }
  })
})
