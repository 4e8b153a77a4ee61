import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { anAddedPasskey } from '../../../test/support/passkeys.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso } from '../../lib/clock.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { addVerifiedPhone } from '../phones/phones.ts'
import { recordProfile } from '../profiles/profiles.ts'

const PROFILE = {
  first_name: 'Zoë',
  last_name: 'Lind',
  dob: '1990-01-02',
  address: 'Lane 1',
  postcode: '89073',
  city: 'Ulm',
}
let count = 0

onEachDatabase('The search for accounts', (newDatabase) => {
  const server = sharedServer(newDatabase)
  /** A token of somebody of that role. */
  const as = async (role: string) => aToken(server(), await anAccount(server(), { role }))
  const many = async (number: number, overrides: Partial<NewRow<'accounts'>> = {}) => {
    const accounts: Account[] = []
    for (let index = 0; index < number; index += 1) accounts.push(await anAccount(server(), overrides))
    return accounts
  }
  const search = async (token: string, query: Record<string, string | number>) => {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    const { status, body } = await server().call('GET', `/admin/accounts?${parameters}`, { token })
    return { status, body, uids: (body.items ?? []).map(({ uid }: { uid: string }) => uid) }
  }
  const uidsOf = (accounts: Account[]) => accounts.map(({ uid }) => uid).reverse()

  test('goes through all matches newest first, page by page, forth and back', async () => {
    const token = await as('admin')
    const state = 'banned'
    const expected = uidsOf(await many(7, { state }))
    const first = await search(token, { state, limit: 3 })
    assert.deepEqual([first.status, first.uids, first.body.previous], [200, expected.slice(0, 3), null])
    const second = await search(token, { state, limit: 3, cursor: first.body.next })
    assert.deepEqual(second.uids, expected.slice(3, 6))
    const third = await search(token, { state, limit: 3, cursor: second.body.next })
    assert.deepEqual([third.uids, third.body.next], [expected.slice(6), null])
    const back = await search(token, { state, limit: 3, cursor: third.body.previous })
    assert.deepEqual(back.uids, expected.slice(3, 6))
    const start = await search(token, { state, limit: 3, cursor: back.body.previous })
    assert.deepEqual([start.uids, start.body.previous], [expected.slice(0, 3), null])
  })

  test('finds by the beginning of an e-mail, in the order of e-mails, in pages', async () => {
    const token = await as('compliance')
    const made = await Promise.all(
      ['prefix.c', 'prefix.a', 'prefix.b', 'other', 'prefix%'].map((name) =>
        anAccount(server(), { email: `${name}.${++count}@example.com` }),
      ),
    )
    const uid = (index: number) => made[index]?.uid
    const first = await search(token, { email: ' PREFIX.', limit: 2 })
    assert.deepEqual(first.uids, [uid(1), uid(2)])
    const second = await search(token, { email: ' PREFIX.', limit: 2, cursor: first.body.next })
    assert.deepEqual([second.uids, second.body.next], [[uid(0)], null])
    assert.deepEqual((await search(token, { email: 'prefix%' })).uids, [uid(4)])
  })

  test('tells how many passkeys each account has, as they protect it as well as an app does', async () => {
    const token = await as('support')
    const [protectedOne, other] = await many(2)
    assert.ok(protectedOne && other)
    await anAddedPasskey(server(), protectedOne)
    const passkeysOf = async ({ uid }: Account) => (await search(token, { uid })).body.items[0].passkeys
    assert.deepEqual([await passkeysOf(protectedOne), await passkeysOf(other)], [1, 0])
    const { body } = await server().call('GET', `/admin/accounts/${protectedOne.uid}`, { token })
    assert.deepEqual([body.otp_enabled, body.passkeys], [false, 1])
  })

  test('finds by uid in any case, and by phone in any notation', async () => {
    const token = await as('admin')
    const [account] = await many(1)
    assert.ok(account)
    const { deps } = server()
    await deps.db
      .transaction()
      .execute((tx) => addVerifiedPhone(deps, tx, account.id, { number: '4915112345678', country: 'DE' }))
    assert.deepEqual((await search(token, { uid: account.uid.toLowerCase() })).uids, [account.uid])
    for (const phone of ['+49 151 12345678', '004915112345678', '4915112345678'])
      assert.deepEqual((await search(token, { phone })).uids, [account.uid])
    assert.deepEqual((await search(token, { phone: '+49 151 12345679' })).uids, [])
    assert.deepEqual((await search(token, { phone: '+49 151 12345678', uid: 'ID0' })).uids, [])
  })

  test('combines level, state, role, label, country and day', async () => {
    const token = await as('admin')
    const { deps } = server()
    const [found, other] = await many(2, { role: 'support', created_at: '2019-05-05T23:59:59.999Z' })
    assert.ok(found && other)
    await deps.db.transaction().execute(async (tx) => {
      await recordProfile(deps, tx, found, { ...PROFILE, country: 'SE' })
      await setPrivateLabel(deps, tx, found.id, 'tier', 'gold')
      await setPrivateLabel(deps, tx, other.id, 'tier', 'silver')
    })
    for (const filter of [
      { label: 'tier:gold' },
      { country: 'SWE' },
      { country: 'se' },
      { name: 'LIND zoe' },
      { name: 'Zoë', label: 'tier:gold' },
      { role: 'support', label: 'tier:gold', level: 1, state: 'active', country: 'SE' },
      { created_from: '2019-05-05', created_to: '2019-05-05', label: 'tier:gold' },
    ])
      assert.deepEqual((await search(token, filter)).uids, [found.uid], JSON.stringify(filter))
    const both = [other.uid, found.uid]
    assert.deepEqual((await search(token, { label: 'tier' })).uids, both)
    assert.deepEqual((await search(token, { created_to: '2019-05-05' })).uids, both)
    assert.deepEqual((await search(token, { created_from: '2019-05-05', created_to: '2019-05-05' })).uids, both)
    for (const nothing of [
      { name: 'Zo' },
      { name: 'Zoë Berg' },
      { created_to: '2019-05-04' },
      { label: 'tier:gold', label_scope: 'public' },
    ])
      assert.deepEqual((await search(token, nothing)).uids, [])
  })

  test('pages through a day by cursor, accounts of one moment included', async () => {
    const token = await as('admin')
    const made = await many(5, { created_at: '2018-03-04T05:06:07.008Z' })
    const seen: string[] = []
    let cursor: string | null = ''
    do {
      const query = { created_from: '2018-03-04', created_to: '2018-03-04', limit: 2 }
      const page = await search(token, cursor ? { ...query, cursor } : query)
      seen.push(...page.uids)
      cursor = page.body.next
    } while (cursor)
    assert.deepEqual(seen, uidsOf(made))
  })

  test('shows discarded, locked and frozen accounts to those who ask for them', async () => {
    const token = await as('admin')
    const now = iso(server().clock.now())
    const [discarded] = await many(1, { discarded_at: now })
    const [locked] = await many(1, { locked_at: now })
    const [lapsed] = await many(1, { locked_at: '2020-01-01T00:00:00.000Z' })
    const [frozen] = await many(1, { frozen_at: now })
    assert.ok(discarded && locked && lapsed && frozen)
    assert.deepEqual((await search(token, { state: 'discarded' })).uids, [discarded.uid])
    assert.deepEqual((await search(token, { state: 'locked' })).uids, [locked.uid])
    assert.deepEqual((await search(token, { state: 'frozen' })).uids, [frozen.uid])
    assert.deepEqual((await search(token, { uid: discarded.uid })).uids, [])
  })

  test('names what is wrong with a filter', async () => {
    const token = await as('admin')
    const wrong: [Record<string, string | number>, RegExp][] = [
      [{ state: 'gone' }, /state/],
      [{ level: 'x' }, /level/],
      [{ level: -1 }, /level/],
      [{ limit: 0 }, /limit/],
      [{ limit: 101 }, /limit/],
      [{ created_from: 'yesterday' }, /created_from/],
      [{ created_from: '2020-01-02', created_to: '2020-01-01' }, /created_from/],
      [{ phone: '12' }, /phone/],
      [{ country: 'XX' }, /country/],
      [{ label: 'a:b:c' }, /label/],
      [{ cursor: 'x' }, /cursor/],
    ]
    for (const [query, message] of wrong) {
      const { status, body } = await search(token, query)
      assert.equal(status, 422, JSON.stringify(query))
      assert.match(body.error, message)
    }
  })

  test('takes no cursor of another list', async () => {
    const token = await as('admin')
    await many(3)
    const { body } = await search(token, { limit: 1 })
    assert.equal((await search(token, { limit: 2, cursor: body.next })).status, 200)
    assert.equal((await search(token, { limit: 1, level: 1, cursor: body.next })).status, 422)
  })

  test('shows support no e-mail, and lets it find nobody by pieces of what is masked', async () => {
    const token = await as('support')
    const email = `hidden.person.${++count}@secret.example.org`
    const account = await anAccount(server(), { email })
    const { deps } = server()
    await deps.db.transaction().execute((tx) => recordProfile(deps, tx, account, { ...PROFILE, country: 'FI' }))
    assert.deepEqual((await search(token, { email: 'hidden.person' })).uids, [])
    assert.deepEqual((await search(token, { email: `${email.slice(0, -1)}` })).uids, [])
    const whole = await search(token, { email })
    assert.deepEqual(whole.uids, [account.uid])
    assert.equal(whole.body.items[0].email, 'h•••@•••.org')
    const refused = await search(token, { country: 'FI' })
    assert.deepEqual(refused.status, 403)
    assert.equal((await search(token, { name: PROFILE.last_name })).status, 403)
    const detail = await server().call('GET', `/admin/accounts/${account.uid}`, { token })
    assert.equal(detail.body.masked, true)
    for (const text of ['hidden', 'secret', PROFILE.last_name, PROFILE.dob, PROFILE.address, PROFILE.city, 'FI"'])
      assert.ok(!JSON.stringify(detail.body).includes(text), text)
  })

  test('finds what matches rarely over several pages, each of which ends', async () => {
    const token = await as('admin')
    const [rare] = await many(1, { level: 7, state: 'pending' })
    await server()
      .deps.db.updateTable('accounts')
      .set({ level: 7, state: 'pending' })
      .where('id', '=', rare?.id ?? 0)
      .execute()
    await many(12, { state: 'pending' })
    const { uids } = await search(token, { level: 7, state: 'pending' })
    assert.deepEqual(uids, [rare?.uid])
  })
})
