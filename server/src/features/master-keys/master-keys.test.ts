import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aPhone, aProfile, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/mails.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { notify } from '../notices/notices.ts'
import { phoneHolders } from '../phones/phones.ts'
import { countUnderFormerKeys, rotateMasterKey } from './master-keys.ts'
import { sealedPlaces, UNDER_DATA_KEYS } from './sealed-places.ts'
import { listSealedByOthers, replaceSealed } from './store.ts'

const [OLD, NEW] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')]
const under = (keys: string) => ({ BARONG_MASTER_KEY: keys })

async function settle(server: TestServer) {
  const account = await anAccount(server)
  await aProfile(server, account)
  await aPhone(server, account, { number: '447418084106' })
  await anApplication(server)
  return { account, token: await aToken(server, account) }
}

onEachDatabase('Another master key', (newDatabase) => {
  // ASVS 11.2.2
  test('takes over while servers read both, after which the former one is needed no more', async () => {
    const database = await newDatabase()
    let token = ''
    {
      await using before = await testServer(database, under(OLD))
      token = (await settle(before)).token
    }
    {
      await using meanwhile = await testServer(database, under(`${NEW},${OLD}`))
      assert.equal((await meanwhile.call('GET', '/profiles/me', { token })).body.first_name, 'Ada')
      const places: string[] = []
      await rotateMasterKey(meanwhile.deps, ({ place }) => places.push(place))
      assert.ok(places.includes('account_keys.key_sealed') && places.includes('signing_keys.private_sealed'))
      assert.equal(await countUnderFormerKeys(meanwhile.deps), 0)
      assert.equal(await rotateMasterKey(meanwhile.deps, () => assert.fail('there is nothing left to do')), 0)
    }
    await using after = await testServer(database, under(NEW))
    assert.equal((await after.call('GET', '/profiles/me', { token })).body.first_name, 'Ada')
    assert.equal((await phoneHolders(after.deps, '+447418084106'))?.length, 1)
    const second = await anAccount(after)
    await assert.rejects(aPhone(after, second, { number: '447418084106' }), 'the number is still taken')
    await after.deliver()
    assert.ok(after.events.length > 0, 'events that waited can still be opened')
  })

  test('leaves links and codes good that were sent before, as long as both are read', async () => {
    const database = await newDatabase()
    const [confirming, resetting, changing] = ['fern@example.com', 'moss@example.com', 'lichen@example.com']
    const warning = 'reed@example.com'
    const sent: Record<string, string> = {}
    const number = '14155552671'
    let token = ''
    {
      await using before = await testServer(database, under(OLD))
      await before.call('POST', '/accounts', { json: { email: confirming, password: PASSWORD } })
      sent['confirmation'] = await mailedToken(before, confirming)
      await anAccount(before, { email: resetting })
      await before.call('POST', '/security/reset_password', { json: { email: resetting } })
      sent['reset'] = await mailedToken(before, resetting)
      token = await aToken(before, await anAccount(before, { email: changing }))
      await before.call('POST', '/accounts/email', { token, json: { email: 'new@example.com' } })
      sent['old'] = await mailedToken(before, changing)
      sent['new'] = await mailedToken(before, 'new@example.com')
      await before.call('POST', '/phones', { token, json: { phone_number: number } })
      await before.deliver()
      const warned = await anAccount(before, { email: warning })
      await before.deps.db.transaction().execute((tx) => notify(before.deps, tx, warned, 'password_changed'))
      sent['notice'] = await mailedToken(before, warning)
      sent['code'] = before.sms.at(-1)?.text.slice(-6) ?? ''
    }
    await using meanwhile = await testServer(database, under(`${NEW},${OLD}`))
    const status = async (method: 'POST' | 'PUT', path: string, json: object) =>
      (await meanwhile.call(method, path, { token, json })).status
    const { confirmation, reset, old, code } = sent
    assert.equal(await status('POST', '/accounts/confirm', { confirmation_token: confirmation }), 201)
    const password = 'eight lanterns uphill'
    assert.equal(await status('PUT', '/security/reset_password', { reset_password_token: reset, password }), 200)
    assert.equal(await status('POST', '/phones/verify', { phone_number: number, verification_code: code }), 201)
    assert.equal(await status('POST', '/accounts/email/confirm', { email_change_token: old }), 201)
    const changed = await meanwhile.call('POST', '/accounts/email/confirm', {
      json: { email_change_token: sent['new'] },
    })
    assert.deepEqual([changed.status, changed.body], [201, { changed: true }])
    assert.equal(await status('POST', '/security/not_me', { notice_token: sent['notice'] }), 201)
  })

  test('goes on where it was interrupted', async () => {
    const database = await newDatabase()
    {
      await using before = await testServer(database, under(OLD))
      await settle(before)
    }
    await using server = await testServer(database, under(`${NEW},${OLD}`))
    const all = await countUnderFormerKeys(server.deps)
    const interrupted = rotateMasterKey(server.deps, ({ place }) => {
      if (place === 'signing_keys.private_sealed') throw new Error('killed')
    })
    await assert.rejects(interrupted, /killed/)
    const left = await countUnderFormerKeys(server.deps)
    assert.ok(left > 0 && left < all)
    assert.equal(await rotateMasterKey(server.deps, () => {}), left)
    assert.equal(await countUnderFormerKeys(server.deps), 0)
  })

  test('writes over nothing that was sealed anew meanwhile', async () => {
    await using server = await testServer(await newDatabase())
    const { db, ring } = server.deps
    const { id, uid } = await anApplication(server)
    const [place] = sealedPlaces.filter(({ table }) => table === 'applications')
    assert.ok(place)
    const row = (await listSealedByOthers(db, place, 'another', 0, 100)).find((each) => each.id === id)
    assert.ok(row)
    const secret_sealed = ring.seal('application-secret', uid, 'a new secret')
    await db.updateTable('applications').set({ secret_sealed }).where('id', '=', id).execute()
    await replaceSealed(db, place, row, ring.seal('application-secret', uid, 'the former secret'))
    const kept = await db.selectFrom('applications').select('secret_sealed').where('id', '=', id).executeTakeFirst()
    assert.equal(kept?.secret_sealed, secret_sealed)
  })

  test('reaches every sealed column there is', async () => {
    await using server = await testServer(await newDatabase())
    const tables = await server.deps.db.introspection.getTables()
    const there = tables
      .filter(({ name }) => !UNDER_DATA_KEYS.some((table) => table === name))
      .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
      .filter((name) => name.endsWith('_sealed'))
    assert.deepEqual(there.sort(), sealedPlaces.map(({ table, column }) => `${table}.${column}`).sort())
  })
})
