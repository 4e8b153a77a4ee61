import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEcKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aPhone, aProfile, aToken } from '../../../test/support/factories.ts'
import { aPng, multipart } from '../../../test/support/multipart.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso } from '../../lib/clock.ts'

const PROFILE = {
  first_name: 'Wilhelmina',
  last_name: 'Featherstone',
  dob: '1971-03-09',
  address: '77 Quarry Passage',
  postcode: 'ZX98 7QP',
  city: 'Ambleford',
  country: 'NZ',
}
const PHONE = '14155550137'
const DOCUMENT = { doc_type: 'Passport', doc_number: 'QQ7700123', doc_expire: '2087-06-05' }
const NETWORK = '203.0.113.64/26'
const KEY_USED_FROM = '203.0.113.77'
const SIGNED_IN_FROM = '198.51.100.23'
const PERSONAL = [
  ...Object.values(PROFILE),
  ...[PHONE, DOCUMENT.doc_number, DOCUMENT.doc_expire, NETWORK, KEY_USED_FROM, SIGNED_IN_FROM],
]

onEachDatabase('An account and what happened to it', (newDatabase) => {
  const server = sharedServer(newDatabase)

  async function aPerson() {
    const { db, clock } = server().deps
    const account = await anAccount(server(), { email: 'wilhelmina@ambleford.example' })
    await aProfile(server(), account, PROFILE)
    await aPhone(server(), account, { number: PHONE, country: 'US' })
    const token = await aToken(server(), account)
    const upload = { filename: 'a.png', content: aPng() }
    const form = multipart([...Object.entries(DOCUMENT), ['upload', upload]])
    assert.equal((await server().call('POST', '/documents', { token, ...form })).status, 201)
    const now = iso(clock.now())
    const key = { uid: 'key-of-wilhelmina', public_key: anEcKey().public_key, account_id: account.id }
    const uses = { allowed_networks: NETWORK, last_used_address: KEY_USED_FROM, last_used_at: now }
    const times = { expires_in: 3600, created_at: now, updated_at: now }
    await db
      .insertInto('api_keys')
      .values({ ...key, ...uses, ...times, state: 'active' })
      .execute()
    await db.updateTable('sessions').set({ address: SIGNED_IN_FROM }).where('account_id', '=', account.id).execute()
    return account
  }

  test('are shown to each role as clear as it may see personal data', async () => {
    const { uid, email } = await aPerson()
    const seenBy = async (role: string) => {
      const token = await aToken(server(), await anAccount(server(), { role }))
      const answers = ['', '/activities'].map((path) =>
        server().call('GET', `/admin/accounts/${uid}${path}`, { token }),
      )
      const [shown, happened] = await Promise.all(answers)
      assert.deepEqual([shown?.status, happened?.status], [200, 200])
      const addresses = happened?.body.map(({ address }: { address: string | null }) => address)
      return { text: JSON.stringify(shown?.body), addresses: [...new Set(addresses.filter(Boolean))] }
    }
    const [clear, masked] = [await seenBy('compliance'), await seenBy('support')]
    for (const text of [...PERSONAL, email]) {
      assert.ok(clear.text.includes(text), text)
      assert.ok(!masked.text.includes(text), text)
    }
    assert.deepEqual(clear.addresses, ['127.0.0.1'])
    assert.deepEqual(masked.addresses, ['•••'])
  })
})
