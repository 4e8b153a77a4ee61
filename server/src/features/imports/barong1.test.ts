import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { account, type Rows, writeBarong1Dump } from '../../../test/support/barong1-dump.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, PASSWORD } from '../../../test/support/factories.ts'
import { aPdf } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { tableDigests } from '../../../test/support/table-digest.ts'
import { applicationSecret, changeApplication, findApplicationByName } from '../applications/applications.ts'
import { plantSeeds, readSeedFile } from '../seeds/seeds.ts'
import { importBarong1, type Report } from './imports.ts'

const PEATIO = 'ab'.repeat(32)
/** Kept as it came, as pictures are not. */
const SCAN = aPdf()

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'barong-import-'))
  const uploads = join(path, 'uploads')
  const report = join(path, 'report.ndjson')
  return {
    dump: join(path, 'dump.sql'),
    uploads,
    report,
    upload: (id: number, name = 'scan_of_passport.png', content: Buffer | string = SCAN) => {
      mkdirSync(join(uploads, 'document/upload', String(id)), { recursive: true })
      writeFileSync(join(uploads, 'document/upload', String(id), name), content)
    },
    at: (name: string) => join(path, name),
    notes: (): Record<string, unknown>[] =>
      readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

type Folder = ReturnType<typeof aFolder>

const take = (server: TestServer, { dump, uploads, report }: Folder, onProgress?: (report: Report) => void) =>
  importBarong1(server.deps, dump, { report, uploads, ...(onProgress ? { onProgress } : {}) })

const signIn = (server: TestServer, email: string, password = 'Qwerty123') =>
  server.call('POST', '/sessions', { json: { email, password, application_id: PEATIO } })

/** What was left out or remarked, as `table id: why`. */
const told = (folder: Folder) =>
  folder.notes().flatMap(({ table, id, skipped, remark }) => (table ? [`${table} ${id}: ${skipped ?? remark}`] : []))

onEachDatabase('The database of Barong 1.x', (newDatabase) => {
  test('is taken over: people sign in with their old passwords and find everything they had', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    await writeBarong1Dump(folder.dump, 40)
    for (let id = 4; id <= 40; id += 4) folder.upload(id)
    const { tallies } = await take(server, folder)
    const all = (read: number) => ({ read, imported: read, present: 0, skipped: 0 })
    assert.deepEqual(tallies, {
      accounts: all(40),
      levels: all(3),
      oauth_applications: all(1),
      api_keys: all(4),
      documents: all(10),
      labels: all(70),
      phones: all(20),
      profiles: all(10),
    })
    assert.deepEqual(told(folder), [])
    assert.equal((await signIn(server, 'person4@example.com', 'Qwerty124')).status, 401)
    const { status, body: token } = await signIn(server, 'Person4@Example.com')
    assert.equal(status, 201)
    const me = await server.call('GET', '/accounts/me', { token })
    assert.deepEqual([me.body.uid, me.body.level, me.body.state], ['ID0000000004', 3, 'active'])
    const profile = await server.call('GET', '/profiles/me', { token })
    assert.deepEqual([profile.body.last_name, profile.body.metadata], ["O'Hara", { note: 'line\n"two"' }])
    const labels = await server.call('GET', '/labels', { token })
    assert.deepEqual(
      labels.body.map(({ key, created_at }: Record<string, string>) => [key, created_at]),
      ['email', 'phone', 'document'].map((key) => [key, '2019-03-04T05:06:07Z']),
    )
    const [document] = (await server.call('GET', '/documents', { token })).body
    assert.deepEqual([document.doc_number, document.doc_expire], ['P-4', '2020-01-01'])
    const link = new URL(document.upload.url)
    const file = await server.app.inject(`${link.pathname}${link.search}`)
    assert.deepEqual([file.statusCode, file.rawPayload.equals(SCAN)], [200, true])
    const key = await server.call('POST', '/security/verify_api_key', {
      json: { uid: '00000000-0000-4000-8000-000000000010', account_uid: 'ID000000000A' },
    })
    assert.deepEqual([key.status, key.body], [200, { state: 'active' }])
    const digest = await server.deps.db
      .selectFrom('accounts')
      .select('password_digest')
      .where('email', '=', 'person4@example.com')
      .executeTakeFirstOrThrow()
    assert.match(digest.password_digest, /^\$argon2id\$/)
    await server.deliver()
    assert.deepEqual(server.mails, [])
  })

  test('brings its applications with their secrets, and lets them go on without PKCE', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    await writeBarong1Dump(folder.dump, 0)
    await take(server, folder)
    const application = await findApplicationByName(server.deps.db, 'Peatio')
    assert.ok(application)
    assert.equal(applicationSecret(server.deps, application), 'cd'.repeat(32))
    assert.equal(
      application.redirect_uri,
      'https://peatio.example/auth/barong/callback\nhttps://other.example/callback',
    )
    assert.deepEqual([application.pkce_waived_at === null, application.consent_skipped_at === null], [false, false])
  })

  test('brings an application in the place of one that seeds planted, as long as nobody used or changed that', async () => {
    const seeds = readSeedFile('seeds.yml', 'applications:\n  - { name: Peatio, redirect_uri: https://a.example/cb }\n')
    const imported = async (before: (server: TestServer, planted: string) => Promise<unknown>) => {
      await using server = await testServer(await newDatabase())
      using folder = aFolder()
      await writeBarong1Dump(folder.dump, 0)
      const [planted] = (await plantSeeds(server.deps, seeds)).applications
      const uid = planted?.uid ?? ''
      await before(server, uid)
      const { tallies } = await take(server, folder)
      const application = await findApplicationByName(server.deps.db, 'Peatio')
      const again = await plantSeeds(server.deps, seeds)
      assert.deepEqual(again.applications, [], 'the next start makes none')
      const report = told(folder).map((line) => line.replace(uid, 'UID'))
      return { report, taken: application?.uid === PEATIO, count: tallies['oauth_applications']?.imported }
    }
    assert.deepEqual(await imported(async () => {}), {
      report: ['oauth_applications 1: It takes the place of Peatio (UID), which seeds had planted and nobody had used'],
      taken: true,
      count: 1,
    })
    const stays = (why: string) => ({
      report: [
        `oauth_applications 1: An application of this name or uid exists already. Here it is Peatio (UID), which ${why}: give that one another name in the console, or remove it, and import again`,
      ],
      taken: false,
      count: 0,
    })
    const used = await imported(async (server, application_id) => {
      const { email } = await anAccount(server)
      const json = { email, password: PASSWORD, application_id }
      assert.equal((await server.call('POST', '/sessions', { json })).status, 201)
    })
    assert.deepEqual(used, stays('is in use'))
    const changed = await imported((server, uid) => changeApplication(server.deps, uid, { scopes: 'openid' }))
    assert.deepEqual(changed, stays('was made or changed by somebody'))
  })

  test('is taken over but for what our rules refuse, which is told with its id and reason', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    const T = '2019-03-04 05:06:07'
    const times: Rows = { created_at: T, updated_at: T }
    await writeBarong1Dump(folder.dump, 4, {
      accounts: [
        account(5, { email: 'PERSON4@example.com' }),
        account(6, { uid: 'ID0000000004' }),
        account(7, { encrypted_password: '' }),
        account(8, { email: 'a..b@x.io' }),
        account(9, { role: 'king', state: 'blocked' }),
        account(10, { otp_enabled: 1, level: 3 }),
        account(11, { state: 'pending', confirmed_at: null, level: 0 }),
        account(12, { discarded_at: T, failed_attempts: 5, locked_at: T }),
      ],
      profiles: [
        { id: 101, account_id: 5, ...times },
        {
          id: 102,
          account_id: 4,
          first_name: 'Ada',
          last_name: 'Twice',
          dob: '1985-04-12',
          address: 'x',
          postcode: '1A',
          city: 'Bonn',
          country: 'DE',
          ...times,
        },
        {
          id: 103,
          account_id: 3,
          first_name: 'X',
          last_name: 'Ada',
          dob: '2985-04-12',
          address: 'x',
          postcode: '1A',
          city: 'Bonn',
          country: 'Narnia',
          ...times,
        },
      ],
      phones: [
        { id: 101, account_id: 3, number: '4915000000004', country: 'DE', validated_at: T, ...times },
        { id: 102, account_id: 3, number: '123', country: 'DE', validated_at: T, ...times },
        { id: 103, account_id: 3, number: '447418084106', country: 'GB', validated_at: null, ...times },
      ],
      labels: [
        { id: 101, account_id: 4, key: 'EMAIL', value: 'verified', scope: 'private', ...times },
        { id: 102, account_id: 4, key: 'a b', value: 'verified', scope: 'public', ...times },
        { id: 103, account_id: 10, key: 'tier', value: 'gold', scope: 'public', ...times },
      ],
      api_keys: [
        {
          uid: '00000000-0000-4000-8000-000000000101',
          public_key: 'none',
          expires_in: 60,
          state: 'active',
          account_id: 4,
          ...times,
        },
      ],
      oauth_applications: [
        {
          id: 101,
          name: 'Peatio',
          uid: 'x',
          secret: 'y',
          redirect_uri: 'https://a.example/',
          scopes: '',
          skipauth: 0,
          ...times,
        },
        { id: 102, name: 'Other', uid: 'x', secret: 'y', redirect_uri: '/here', scopes: '', skipauth: 0, ...times },
      ],
      documents: [
        {
          id: 101,
          account_id: 4,
          upload: '../../4/scan_of_passport.png',
          doc_type: 'Passport',
          doc_number: 'A',
          doc_expire: '2020-01-01',
          ...times,
        },
        {
          id: 102,
          account_id: 4,
          upload: 'missing.png',
          doc_type: 'Passport',
          doc_number: 'A',
          doc_expire: '2020-01-01',
          ...times,
        },
        {
          id: 103,
          account_id: 4,
          upload: 'text.png',
          doc_type: 'Map',
          doc_number: 'A/1',
          doc_expire: '2020-01-01',
          ...times,
        },
        {
          id: 104,
          account_id: 4,
          upload: 'link.png',
          doc_type: 'Passport',
          doc_number: 'A',
          doc_expire: '2020-01-01',
          ...times,
        },
        {
          id: 105,
          account_id: 8,
          upload: 'x.png',
          doc_type: 'Passport',
          doc_number: 'A',
          doc_expire: '2020-01-01',
          ...times,
        },
      ],
    })
    folder.upload(4)
    folder.upload(103, 'text.png', 'no picture')
    folder.upload(104, 'other.png')
    symlinkSync('other.png', join(folder.uploads, 'document/upload/104/link.png'))
    const { tallies } = await take(server, folder)
    assert.deepEqual(told(folder), [
      'accounts 5: Email has already been taken',
      'accounts 6: Uid has already been taken',
      'accounts 7: Password hash is missing',
      'accounts 8: Email is invalid',
      'accounts 9: The role "king" is unknown here: it is member now',
      'accounts 9: The state "blocked" is unknown here: it is banned now',
      'accounts 10: The second factor was on, but its secret was in Vault: it is off now and must be set up again',
      `oauth_applications 101: An application of this name or uid exists already. Here it is Peatio (${PEATIO}), which was made or changed by somebody: give that one another name in the console, or remove it, and import again`,
      'oauth_applications 102: Redirect URI must be an absolute URI.',
      'api_keys 00000000-0000-4000-8000-000000000101: Public key is invalid',
      'documents 101: Upload is no name of a file',
      'documents 102: The file is not in the directory of uploads',
      'documents 103: Upload You are not allowed to upload "unknown" files, allowed types: jpg, jpeg, png, pdf and Upload can\'t be blank',
      'documents 104: The file is not in the directory of uploads',
      'documents 105: Its account was not taken over',
      'labels 101: Key has already been taken',
      'labels 102: Key is invalid',
      'phones 101: Phone number already exists',
      'phones 102: Phone number is invalid',
      'phones 103: The number is not verified',
      'profiles 101: Its account was not taken over',
      'profiles 102: Profile already exists',
      'profiles 103: It is kept as it was, and would be refused today: First name is too short (minimum is 2 characters), Country must have alpha2 or alpha3 format, and Dob is invalid',
      'accounts 9: The level is 1, but the labels make 0',
      'accounts 10: The level is 3, but the labels make 0',
      'accounts 12: The level is 1, but the labels make 0',
    ])
    assert.deepEqual(tallies['accounts'], { read: 12, imported: 8, present: 0, skipped: 4 })
    assert.deepEqual(folder.notes().at(-1), { sums: tallies })
    assert.equal((await signIn(server, 'person11@example.com')).status, 401)
    assert.equal((await signIn(server, 'person12@example.com')).status, 401)
  })

  test('is taken over once, however often that is interrupted and run again', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    await writeBarong1Dump(folder.dump, 2200)
    for (const stop of [1, 4, 7, 9]) {
      let batches = 0
      const interrupted = take(server, folder, () => {
        batches += 1
        if (batches === stop) throw new Error('the power went off')
      })
      await assert.rejects(interrupted, /the power went off/)
    }
    await take(server, folder)
    const { db } = server.deps
    const labels = await db.selectFrom('labels').select('id').execute()
    const phones = await db.selectFrom('phones').select('id').execute()
    assert.deepEqual([labels.length, phones.length], [2200 + 1100 + 550, 1100])
    // What was removed here since then does not come back.
    await db.deleteFrom('labels').where('key', '=', 'document').execute()
    // That somebody ran it is in the log each time.
    const rows = async () => ({ ...(await tableDigests(server)), audit_records: undefined })
    const before = await rows()
    const { tallies } = await take(server, folder)
    assert.deepEqual(await rows(), before)
    assert.deepEqual(tallies['accounts'], { read: 2200, imported: 0, present: 2200, skipped: 0 })
  })

  test('is gone on with from a later dump under the same name', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    await writeBarong1Dump(folder.dump, 10)
    await importBarong1(server.deps, folder.dump, { report: folder.report, source: 'exchange' })
    await writeBarong1Dump(folder.at('later.sql'), 14)
    const later = await importBarong1(server.deps, folder.at('later.sql'), {
      report: folder.report,
      source: 'exchange',
    })
    assert.deepEqual(later.tallies['accounts'], { read: 14, imported: 4, present: 10, skipped: 0 })
    assert.deepEqual(later.tallies['profiles'], { read: 3, imported: 1, present: 2, skipped: 0 })
    assert.deepEqual(
      told(folder),
      [4, 8, 4, 8, 12].map((id) => `documents ${id}: No directory of uploads was given`),
    )
  })

  test('is refused when the dump is cut off', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    await writeBarong1Dump(folder.dump, 10)
    truncateSync(folder.dump, 3000)
    await assert.rejects(take(server, folder), /The dump is cut off/)
  })
})
