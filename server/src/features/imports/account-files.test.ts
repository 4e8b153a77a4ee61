import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BCRYPT, writeAccountsCsv } from '../../../test/support/account-files.ts'
import { anEcKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, theLevels } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { insertRecords } from './account-batch.ts'
import { accountRows } from './account-rows.ts'
import type { Fields } from './fields.ts'
import { importAccounts } from './imports.ts'

const PASSWORD = 'Qwerty123'
/** Of that password and the salt `saltsaltsalt`. */
const SCRYPT = '$scrypt$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0$h1YQWNm5bhMVu1zLSS9BThYa9egdO6zW0s8Ttwmjm2A'
const DJANGO = 'pbkdf2_sha256$1000$saltsaltsalt$dADmbHXhq1iyAIxEIyPnNW8jIFpezU/ocP+MVeclX2o='

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'barong-import-'))
  return {
    file: (name: string, content: string | Buffer) => {
      writeFileSync(join(path, name), content)
      return join(path, name)
    },
    report: join(path, 'report.ndjson'),
    lines: (): unknown[] =>
      readFileSync(join(path, 'report.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

const ndjson = (...records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

async function signIn(server: TestServer, email: string, password = PASSWORD) {
  const { uid } = await anApplication(server)
  return server.call('POST', '/sessions', { json: { email, password, application_id: uid } })
}

onEachDatabase('Accounts from a file', (newDatabase) => {
  test('sign in with the passwords they had, which are hashed anew then', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const hashes = { bcrypt: BCRYPT, scrypt: SCRYPT, django: DJANGO }
    const records = Object.entries(hashes).map(([name, password_hash]) => ({
      email: `${name}@example.com`,
      password_hash,
    }))
    const file = folder.file('people.ndjson', ndjson(...records))
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(tallies, { accounts: { read: 3, imported: 3, present: 0, skipped: 0 } })
    for (const { email } of records) {
      assert.equal((await signIn(server, email, 'Qwerty124')).status, 401)
      assert.equal((await signIn(server, email)).status, 201)
      assert.equal((await signIn(server, email)).status, 201)
    }
    const accounts = await server.deps.db.selectFrom('accounts').selectAll().execute()
    assert.ok(accounts.every(({ password_digest }) => password_digest.startsWith('$argon2id$')))
    assert.ok(accounts.every(({ level, state, role }) => level === 1 && state === 'active' && role === 'member'))
  })

  test('come with phone, profile and labels, and nobody is told', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const csv = `email,password_hash,phone,first_name,last_name,dob,address,postcode,city,country,role,confirmed_at
" Ada@Example.com ",${BCRYPT},+44 7418 084 106,Ada,"O""Hara",1985-04-12,"12, Main Street",10115,Berlin,DE,admin,2019-03-04 10:00:00
bob@example.com,${BCRYPT},,,,,,,,,,\r
`.replace('O""Hara', "O'Hara")
    const file = folder.file('people.csv', csv)
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(
      tallies['accounts'],
      { read: 2, imported: 2, present: 0, skipped: 0 },
      JSON.stringify(folder.lines()),
    )
    const { body } = await signIn(server, 'ada@example.com')
    const me = await server.call('GET', '/accounts/me', { token: body })
    assert.deepEqual([me.body.role, me.body.level], ['admin', 2])
    const profile = await server.call('GET', '/profiles/me', { token: body })
    assert.deepEqual([profile.body.last_name, profile.body.address], ["O'Hara", '12, Main Street'])
    const labels = await server.call('GET', '/labels', { token: body })
    assert.deepEqual(
      labels.body.map(({ key, value, scope }: Record<string, string>) => `${scope} ${key}:${value}`),
      ['private email:verified', 'private phone:verified'],
    )
    const ada = await server.deps.db.selectFrom('accounts').selectAll().where('role', '=', 'admin').executeTakeFirst()
    assert.equal(ada?.confirmed_at, '2019-03-04T10:00:00.000Z')
    await server.deliver()
    const names = server.events.map(({ name }) => name)
    assert.deepEqual([server.mails, names.filter((name) => name === 'model.account.created')], [[], []])
  })

  test('are left out whose API key or passkey somebody has, in the same file or before it', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const { public_key } = anEcKey()
    const key = { uid: 'key-of-the-first', public_key }
    const passkey = { credential_id: 'credential-of-the-first', public_key: 'public-key-of-the-first' }
    const person = (name: string, owned: object) => ({
      email: `${name}@example.com`,
      password_hash: BCRYPT,
      ...owned,
    })
    const others = (prefix: string) => [
      person(`${prefix}a`, { api_keys: [key] }),
      person(`${prefix}b`, { passkeys: [passkey] }),
      person(`${prefix}c`, { api_keys: [0, 1].map(() => ({ ...key, uid: 'key-that-comes-twice' })) }),
    ]
    const reasons = [
      'API key uid has already been taken',
      'Passkey has already been taken',
      'API key uid has already been taken',
    ]
    const first = person('first', { api_keys: [key], passkeys: [passkey] })
    for (const [name, records] of Object.entries({ one: [first, ...others('x')], two: others('y') }))
      await importAccounts(server.deps, folder.file(`${name}.ndjson`, ndjson(...records)), { report: folder.report })
    const told = folder.lines().map((line) => JSON.stringify(line))
    const skipped = (from: number) =>
      reasons.map((reason, index) => JSON.stringify({ line: from + index, skipped: reason }))
    assert.deepEqual(
      told.filter((line) => !line.includes('sums')),
      [...skipped(2), ...skipped(1)],
    )
    assert.equal((await server.deps.db.selectFrom('accounts').select('id').execute()).length, 1)
  })

  test('are left out with line and reason where our rules refuse them, and none is half there', async () => {
    await using server = await testServer(await newDatabase())
    const { email, uid } = await anAccount(server)
    using folder = aFolder()
    const password_hash = BCRYPT
    const good = { email: 'first@example.com', password_hash, phone: '+447418084106' }
    const lines = [
      ndjson(good),
      'no json\n',
      '[1]\n\n',
      ndjson(
        { email: 'second@example.com', password_hash, phone: '+44 7418 084106' },
        { email: 'FIRST@example.com', password_hash },
        { email, password_hash },
        { email: 'a@example.com', password_hash, uid },
        { email: 'b@example.com', password_hash: 'secret' },
        { email: 'c@example.com' },
        { email: 'a..b@x.io', password_hash },
        { email: 'd@example.com', password_hash, role: 'king' },
        { email: 'e@example.com', password_hash, phone: '12' },
        { email: 'f@example.com', password_hash, profile: { first_name: 'A' } },
        { email: 'g@example.com', password_hash, labels: [{ key: 'x', value: 'verified' }] },
        { email: 'h@example.com', password_hash, api_keys: [{ public_key: 'none' }] },
        { email: 'i@example.com', password_hash, created_at: 'yesterday' },
        { email: 'j\u0000@example.com', password_hash },
        { email: 7, password_hash },
      ),
    ]
    const file = folder.file('people.ndjson', lines.join(''))
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(tallies, { accounts: { read: 18, imported: 1, present: 1, skipped: 16 } })
    assert.deepEqual(
      folder.lines().map((line) => JSON.stringify(line)),
      [
        { line: 2, skipped: 'The line is no JSON' },
        { line: 3, skipped: 'The line is no JSON object' },
        { line: 5, skipped: 'Phone number already exists' },
        { line: 6, skipped: 'Email has already been taken' },
        { line: 7, present: 'There is an account of this e-mail; it stays as it is' },
        { line: 8, skipped: 'Uid has already been taken' },
        { line: 9, skipped: 'Password hash is of no known form, or too costly to verify' },
        { line: 10, skipped: 'Password hash is missing' },
        { line: 11, skipped: 'Email is invalid' },
        { line: 12, skipped: 'Role is none of member, support, compliance, admin' },
        { line: 13, skipped: 'Phone number is invalid' },
        {
          line: 14,
          skipped:
            "Last name can't be blank, Dob can't be blank, Address can't be blank, Postcode can't be blank, City can't be blank, Country can't be blank, Country must have alpha2 or alpha3 format, and First name is too short (minimum is 2 characters)",
        },
        { line: 15, skipped: 'labels[0]: Key is too short (minimum is 3 characters)' },
        { line: 16, skipped: 'api_keys[0]: Public key is invalid' },
        { line: 17, skipped: 'Created at is no time' },
        { line: 18, skipped: 'Email is no text' },
        { line: 19, skipped: 'Email is no text' },
        { sums: tallies },
      ].map((line) => JSON.stringify(line)),
    )
    const { db } = server.deps
    const emails = await db.selectFrom('accounts').select('email').orderBy('id').execute()
    assert.deepEqual(
      emails.map((row) => row.email),
      [email, 'first@example.com'],
    )
    assert.equal((await db.selectFrom('profiles').selectAll().execute()).length, 0)
  })

  test('that name no uid get another one when the first is taken', async () => {
    await using server = await testServer(await newDatabase())
    await anAccount(server, { uid: 'IDTAKEN' })
    const standards = { levels: [], now: server.clock.now() }
    const people = ['one', 'two'].map((name) => ({ email: `${name}@example.com`, password_hash: BCRYPT }))
    const judge = (record: Fields) => {
      const rows = accountRows(standards, record)
      return { ...rows, account: { ...rows.account, uid: 'IDTAKEN' } }
    }
    const { db, vault } = server.deps
    const outcomes = await db.transaction().execute((tx) => insertRecords(tx, vault, people, judge))
    assert.ok(outcomes.every((outcome) => 'id' in outcome))
    const named = people.map((person) => ({ ...person, email: `other-${person.email}`, uid: 'IDTAKEN' }))
    const refused = await db.transaction().execute((tx) => insertRecords(tx, vault, named, judge))
    assert.deepEqual(refused, Array(2).fill({ reason: 'Uid has already been taken' }))
  })

  test('go on where an interrupted run ended, and are all there once', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const file = folder.file('people.csv', '')
    await writeAccountsCsv(file, 2500)
    const interrupted = importAccounts(server.deps, file, {
      report: folder.report,
      onProgress: ({ tallies }) => {
        if (tallies['accounts']?.read === 2000) throw new Error('the power went off')
      },
    })
    await assert.rejects(interrupted, /the power went off/)
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(tallies['accounts'], { read: 500, imported: 500, present: 0, skipped: 0 })
    const { db } = server.deps
    const count = async (table: 'accounts' | 'labels' | 'phones' | 'profiles') =>
      (await db.selectFrom(table).select('id').execute()).length
    assert.deepEqual(
      [await count('accounts'), await count('labels'), await count('phones'), await count('profiles')],
      [2500, 3750, 1250, 625],
    )
    const again = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(again.tallies['accounts'], { read: 2500, imported: 0, present: 2500, skipped: 0 })
  })

  test('are told of fields that nobody knows, once each, and of what was told by earlier runs', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const of = (name: string) => ({ email: `${name}@example.com`, password_hash: BCRYPT, colour: 'red' })
    const file = folder.file('people.ndjson', ndjson(of('ann'), { ...of('bob'), uid: 'IDBOB' }))
    for (const _run of [1, 2]) await importAccounts(server.deps, file, { report: folder.report })
    const named = folder.file('named.ndjson', ndjson({ ...of('bob'), uid: 'IDOTHER', colour: undefined }))
    await importAccounts(server.deps, named, { report: folder.report })
    const remark = 'There is no field colour: it is left out, here and wherever it comes again'
    const present = 'There is an account of this e-mail; it stays as it is'
    const sums = (read: number, imported: number, present: number, skipped: number) => ({
      sums: { accounts: { read, imported, present, skipped } },
    })
    assert.deepEqual(folder.lines(), [
      { line: 1, remark },
      sums(2, 2, 0, 0),
      ...[
        { line: 1, remark },
        { line: 1, present },
        { line: 2, present },
      ],
      sums(2, 0, 2, 0),
      { line: 1, skipped: 'Email has already been taken' },
      sums(1, 0, 0, 1),
    ])
  })

  test('are all in the report, also where it could not be written in between', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const people = Array.from({ length: 1500 }, (_, index) =>
      index % 500 === 499 ? `nobody,${BCRYPT}` : `p${index}@example.com,${BCRYPT}`,
    )
    const file = folder.file('people.csv', ['email,password_hash', ...people].join('\n'))
    const away = `${folder.report}.away`
    const run = (onProgress = () => {}) => importAccounts(server.deps, file, { report: folder.report, onProgress })
    await assert.rejects(
      run(() => {
        renameSync(folder.report, away)
        mkdirSync(folder.report)
      }),
      /EISDIR/,
    )
    rmSync(folder.report, { recursive: true })
    renameSync(away, folder.report)
    await run()
    const lines = readFileSync(folder.report, 'utf8').trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).line),
      [501, 1001, 1501, undefined],
    )
  })

  test('come in behind a line that is too long, however long', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const person = (email: string) => ndjson({ email, password_hash: BCRYPT })
    const endless = `{"email":"big@example.com","first_name":"${'x'.repeat(3_000_000)}"}\n`
    const file = folder.file(
      'people.ndjson',
      person('a@example.com') + endless + person('b@example.com') + endless.trim(),
    )
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.deepEqual(tallies['accounts'], { read: 4, imported: 2, present: 0, skipped: 2 })
    const skipped = 'The line is longer than a million characters'
    assert.deepEqual(folder.lines().slice(0, 2), [
      { line: 2, skipped },
      { line: 4, skipped },
    ])
  })

  test('are told of a file that is in another encoding, once', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const rows = ['ann', 'bob'].map((name) => `${name}@example.com,${BCRYPT},Müller\n`).join('')
    const file = folder.file('people.csv', Buffer.from(`email,password_hash,first_name\n${rows}`, 'latin1'))
    await importAccounts(server.deps, file, { report: folder.report })
    const remarks = folder.lines().filter((line) => JSON.stringify(line).includes('UTF-8'))
    assert.deepEqual(remarks, [
      { line: 2, remark: 'The file is not in UTF-8, here first: turn it into UTF-8 (iconv) and give it again' },
    ])
  })

  test('are read from packed files too', async () => {
    await using server = await testServer(await newDatabase())
    await theLevels(server)
    using folder = aFolder()
    const file = folder.file('people.jsonl.gz', gzipSync(ndjson({ email: 'ann@example.com', password_hash: BCRYPT })))
    const { tallies } = await importAccounts(server.deps, file, { report: folder.report })
    assert.equal(tallies['accounts']?.imported, 1)
    assert.equal(statSync(folder.report).mode & 0o777, 0o600)
  })

  test('are refused as a whole when the file cannot be understood', async () => {
    await using server = await testServer(await newDatabase())
    using folder = aFolder()
    const take = (name: string, content: string) =>
      importAccounts(server.deps, folder.file(name, content), { report: folder.report })
    await assert.rejects(take('people.csv', 'email\n'), /There are no levels yet/)
    await theLevels(server)
    await assert.rejects(take('people.txt', ''), /must end in \.csv, \.ndjson or \.jsonl/)
    await assert.rejects(take('people.csv', 'name,password\n'), /must name the columns/)
    await assert.rejects(take('people.csv', 'email,role\n"a@b.cd"x,\n'), /line 2 is no CSV/)
    assert.equal(existsSync(folder.report), false)
    const short = await take('people.csv', 'email,role\na@b.cd\n')
    assert.deepEqual(short.tallies['accounts']?.skipped, 1)
  })
})
