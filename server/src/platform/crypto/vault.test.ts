import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aPhone, aProfile, PASSWORD, thePhones } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { profileOf } from '../../features/profiles/profiles.ts'

const MASTER = { BARONG_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') }

onEachDatabase('The vault', (newDatabase) => {
  test('seals alike for nobody, and a value opens in no other account, column or row', async () => {
    await using server = await testServer(await newDatabase())
    const { db, vault } = server.deps
    const [one, other] = [await anAccount(server), await anAccount(server)]
    const [mine, theirs] = [await vault.keyOf(db, one.id), await vault.keyOf(db, other.id)]
    const sealed = mine.seal('profiles.first_name_sealed', 1, 'Ada')
    assert.notEqual(sealed, mine.seal('profiles.first_name_sealed', 1, 'Ada'))
    assert.equal(mine.open('profiles.first_name_sealed', 1, sealed).toString(), 'Ada')
    assert.throws(() => theirs.open('profiles.first_name_sealed', 1, sealed))
    assert.throws(() => mine.open('profiles.last_name_sealed', 1, sealed))
    assert.throws(() => mine.open('profiles.first_name_sealed', 2, sealed))
    assert.throws(() => mine.open('profiles.first_name_sealed', 1, sealed.slice(0, -2)))
  })

  test('finds a text in the column it was put in, and does not tell that another holds the same', async () => {
    await using server = await testServer(await newDatabase())
    const { vault } = server.deps
    const [phone, again] = [vault.index('phones.number_index', 'A1'), vault.index('phones.number_index', 'A1')]
    assert.equal(phone, again)
    assert.notEqual(phone, vault.index('documents.doc_number_index', 'A1'))
    assert.notEqual(phone, vault.index('phones.number_index', 'A2'))
  })

  // ASVS 11.3.3, 14.2.4
  test('tells when somebody with access to the database transplants a name, a number or a whole key', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const [one, other] = [await anAccount(server), await anAccount(server)]
    for (const account of [one, other]) {
      await aProfile(server, account)
      await aPhone(server, account)
    }
    const row = await db.selectFrom('profiles').selectAll().where('account_id', '=', one.id).executeTakeFirstOrThrow()
    const set = (patch: Record<string, string>, id: number) =>
      db.updateTable('profiles').set(patch).where('account_id', '=', id).execute()
    const theirs = await db
      .selectFrom('profiles')
      .select('city_sealed')
      .where('account_id', '=', other.id)
      .executeTakeFirstOrThrow()
    await set({ city_sealed: row.city_sealed }, other.id)
    await assert.rejects(profileOf(server.deps, other))
    await set(theirs, other.id)
    assert.equal((await profileOf(server.deps, other))?.city, 'London')
    await set({ city_sealed: row.address_sealed }, one.id)
    await assert.rejects(profileOf(server.deps, one))

    const [phone] = await db.selectFrom('phones').selectAll().where('account_id', '=', one.id).execute()
    await db
      .updateTable('phones')
      .set({ number_sealed: phone?.number_sealed ?? '' })
      .where('account_id', '=', other.id)
      .execute()
    await assert.rejects(thePhones(server))

    await db.deleteFrom('phones').execute()
    for (const number of ['447418084106', '447418084107']) await aPhone(server, one, { number })
    const [own, second] = await db.selectFrom('phones').selectAll().orderBy('id').execute()
    assert.equal((await thePhones(server)).length, 2)
    const moved = { number_sealed: own?.number_sealed ?? '' }
    await db
      .updateTable('phones')
      .set(moved)
      .where('id', '=', second?.id ?? 0)
      .execute()
    await assert.rejects(thePhones(server), 'nor from one row of an account to another')

    const keys = await db.selectFrom('account_keys').selectAll().where('account_id', '=', one.id).execute()
    await db
      .updateTable('account_keys')
      .set({ key_sealed: keys[0]?.key_sealed ?? '' })
      .where('account_id', '=', other.id)
      .execute()
    await assert.rejects(server.deps.vault.keyOf(db, other.id))
  })

  test('tells when somebody with access to the database puts the sign-in of one browser in the place of another', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const headers = { 'sec-fetch-site': 'same-origin' }
    const cookieOf = async ({ email }: { email: string }) => {
      const json = { email, password: PASSWORD }
      const signedIn = await server.call('POST', '/browser_session', { json, headers })
      return String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    }
    const [one, other] = [await anAccount(server), await anAccount(server)]
    const [cookie] = [await cookieOf(one), await cookieOf(other)]
    const statusOf = async () =>
      (await server.call('POST', '/sessions/jwt', { json: {}, headers: { ...headers, cookie } })).status
    assert.equal(await statusOf(), 200)
    const records = db.selectFrom('oauth_records').where('kind', '=', 'Session')
    const { payload_sealed } = await records
      .select('payload_sealed')
      .where('account_uid', '=', other.uid)
      .executeTakeFirstOrThrow()
    await db.updateTable('oauth_records').set({ payload_sealed }).where('account_uid', '=', one.uid).execute()
    assert.equal(await statusOf(), 500)
  })

  test('makes one key for an account and one for the indexes, however many processes ask at once', async () => {
    const database = await newDatabase()
    await using server = await testServer(database, MASTER)
    await using second = await testServer(database, MASTER)
    const { id } = await anAccount(server)
    const keys = await Promise.all([server, second, server, second].map(({ deps }) => deps.vault.keyOf(deps.db, id)))
    const sealed = keys[0]?.seal('phones.number_sealed', 1, '1') ?? ''
    for (const key of keys) assert.equal(key.open('phones.number_sealed', 1, sealed).toString(), '1')
    const [one, other] = [server, second].map(({ deps }) => deps.vault.index('phones.number_index', '1'))
    assert.equal(one, other)
  })

  test('makes no second key where the first was destroyed', async () => {
    await using server = await testServer(await newDatabase())
    const { db, vault } = server.deps
    const { id } = await anAccount(server)
    const before = await vault.keyOf(db, id)
    await db.transaction().execute((tx) => vault.destroyKey(tx, id))
    await assert.rejects(vault.keyOf(db, id), /was destroyed/)
    assert.equal((await vault.keysOf(db, [id])).size, 0)
    assert.ok(before)
  })

  // ASVS 14.2.4
  test('holds nothing of a person in the clear', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const account = await anAccount(server)
    await aProfile(server, account, { metadata: '{"note":"a secret"}' })
    await aPhone(server, account)
    const rows = JSON.stringify([
      await db.selectFrom('profiles').selectAll().execute(),
      await db.selectFrom('profile_words').selectAll().execute(),
      await db.selectFrom('phones').selectAll().execute(),
    ])
    for (const text of ['Lovelace', 'lovelace', '1990-12-10', 'James', 'SW1Y 4JH', 'London', 'a secret', '44790012'])
      assert.ok(!rows.includes(text), text)
    assert.ok(rows.includes('"country":"GB"'))
  })
})
