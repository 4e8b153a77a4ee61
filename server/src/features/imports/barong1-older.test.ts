import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { account, type Rows, TABLES_1_7, writeBarong1Dump } from '../../../test/support/barong1-dump.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { aPdf } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { profileOf } from '../profiles/profiles.ts'
import { importBarong1 } from './imports.ts'

const T = '2018-03-04 05:06:07'
const times: Rows = { created_at: T, updated_at: T }

const profile = (id: number, more: Rows = {}): Rows => ({
  id,
  account_id: id,
  first_name: 'Ada',
  last_name: 'Lee',
  dob: '1985-04-12',
  address: 'Street 5',
  postcode: 'AB 1',
  city: 'Bonn',
  country: 'DE',
  state: 'pending',
  ...times,
  ...more,
})

async function taken(server: TestServer, rows: Record<string, Rows[]>): Promise<string[]> {
  const path = mkdtempSync(join(tmpdir(), 'barong-import-'))
  const uploads = join(path, 'uploads')
  const report = join(path, 'report.ndjson')
  const dump = join(path, 'dump.sql')
  mkdirSync(join(uploads, 'document/upload/1'), { recursive: true })
  writeFileSync(join(uploads, 'document/upload/1/scan.pdf'), aPdf())
  try {
    await writeBarong1Dump(dump, 0, rows, TABLES_1_7)
    await importBarong1(server.deps, dump, { report, uploads, source: 'exchange' })
    return readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .flatMap(({ table, id, skipped, remark }) => (table ? [`${table} ${id}: ${skipped ?? remark}`] : []))
  } finally {
    rmSync(path, { recursive: true })
  }
}

const labelsOf = async (server: TestServer) => {
  const rows = await server.deps.db
    .selectFrom('labels')
    .innerJoin('accounts', 'accounts.id', 'labels.account_id')
    .select(['accounts.email', 'accounts.level', 'labels.key', 'labels.value', 'labels.scope'])
    .orderBy('labels.id')
    .execute()
  const byAccount = Map.groupBy(rows, ({ email, level }) => `${email.split('@')[0]} ${level}`)
  return Object.fromEntries(
    [...byAccount].map(([name, labels]) => [name, labels.map(({ key, value }) => `${key}:${value}`)]),
  )
}

onEachDatabase('The database of Barong 1.7', (newDatabase) => {
  test('keeps its levels: labels are added that make them, and profiles keep what was decided about them', async () => {
    await using server = await testServer(await newDatabase())
    const rows = {
      accounts: [
        account(1, { level: 0 }),
        account(2, { level: 1 }),
        account(3, { level: 2 }),
        account(4, { level: 3 }),
        account(5, { level: 4 }),
        account(6, { level: 2 }),
        account(7, { level: 2 }),
        account(8, { level: 3 }),
      ],
      labels: [
        { id: 1, account_id: 3, key: 'Email', value: 'Verified', scope: 'private', ...times },
        { id: 2, account_id: 8, key: 'phone', value: 'rejected', scope: 'private', ...times },
      ],
      profiles: [
        profile(3),
        profile(4, { state: 'approved' }),
        profile(6, { state: 'rejected' }),
        profile(7, { state: 'approved' }),
        profile(8, { state: 'rejected' }),
      ],
    }
    const told = await taken(server, rows)
    assert.deepEqual(await labelsOf(server), {
      'person2 1': ['email:verified'],
      'person3 2': ['email:verified', 'phone:verified', 'document:pending'],
      'person4 3': ['email:verified', 'phone:verified', 'document:verified'],
      'person5 3': ['email:verified', 'phone:verified', 'document:verified'],
      'person6 2': ['email:verified', 'phone:verified', 'document:rejected'],
      'person7 2': ['email:verified', 'phone:verified', 'document:pending'],
      'person8 1': ['phone:rejected', 'email:verified', 'document:verified'],
    })
    assert.deepEqual(told, [
      'levels : The database has no levels, as of Barong 1.7: its accounts were given the labels that make theirs here',
      'accounts 5: The level was 4, and is 3, which the labels make',
      'accounts 7: The profile was approved, but the level was 2: it is up for review',
      'accounts 8: The profile was rejected, but the level was 3: the label document is verified',
      'accounts 8: The level was 3, and is 1, which the labels make',
    ])
  })

  test('is completed once: a label that is taken away here later stays away', async () => {
    await using server = await testServer(await newDatabase())
    const rows = { accounts: [account(1, { level: 2 })], profiles: [profile(1)] }
    const { db } = server.deps
    await taken(server, rows)
    await db.deleteFrom('labels').where('key', '=', 'document').execute()
    await taken(server, { ...rows, accounts: [...rows.accounts, account(2, { level: 1 })] })
    assert.deepEqual(await labelsOf(server), {
      'person1 2': ['email:verified', 'phone:verified'],
      'person2 1': ['email:verified'],
    })
  })

  test('keeps profiles and documents that 1.7 accepted and that would be refused today', async () => {
    await using server = await testServer(await newDatabase())
    const told = await taken(server, {
      accounts: [account(1), account(2), account(3)],
      profiles: [
        profile(1, { country: 'France', address: '#5', postcode: 'ab 1' }),
        profile(2, { postcode: null, first_name: 'X' }),
        profile(3, { last_name: null }),
      ],
      documents: [
        {
          id: 1,
          account_id: 1,
          upload: 'scan.pdf',
          doc_type: 'Passport',
          doc_number: 'AB/12',
          doc_expire: '2017-01-01',
          ...times,
        },
      ],
    })
    const refused = 'It is kept as it was, and would be refused today: '
    assert.deepEqual(
      told.filter((line) => !/^(levels|accounts)/.test(line)),
      [
        `documents 1: ${refused}Doc number only allows letters and digits`,
        `profiles 1: ${refused}Postcode is invalid, Address is invalid, and Country must have alpha2 or alpha3 format`,
        `profiles 2: ${refused}Postcode can't be blank and First name is too short (minimum is 2 characters)`,
        'profiles 3: Last name is missing',
      ],
    )
    const { db, vault } = server.deps
    const { id } = await db
      .selectFrom('accounts')
      .select('id')
      .where('email', '=', 'person1@example.com')
      .executeTakeFirstOrThrow()
    const kept = await profileOf({ db, vault }, { id })
    assert.deepEqual([kept?.country, kept?.address, kept?.postcode], ['France', '#5', 'ab 1'])
    assert.equal((await db.selectFrom('documents').select('id').execute()).length, 1)
  })
})

onEachDatabase('Websites of Barong 1.x', (newDatabase) => {
  test('come with their domain and title, and what does not come along is told', async () => {
    await using server = await testServer(await newDatabase())
    const path = mkdtempSync(join(tmpdir(), 'barong-import-'))
    const [dump, report] = [join(path, 'dump.sql'), join(path, 'report.ndjson')]
    await writeBarong1Dump(dump, 0, {
      websites: [
        {
          id: 1,
          domain: 'Shop.io',
          title: 'Shop',
          logo: 'https://a.io/l.png',
          header: '<b>',
          state: 'active',
          ...times,
        },
        { id: 2, domain: 'plain.io', title: null, header: '', ...times },
        { id: 3, domain: 'no host', title: 'No', ...times },
      ],
    })
    const { tallies } = await importBarong1(server.deps, dump, { report })
    const again = await importBarong1(server.deps, dump, { report })
    const notes = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    rmSync(path, { recursive: true })
    assert.deepEqual(tallies['websites'], { read: 3, imported: 2, present: 0, skipped: 1 })
    assert.deepEqual(again.tallies['websites'], { read: 3, imported: 0, present: 2, skipped: 1 })
    const websites = await server.deps.db.selectFrom('websites').select(['domain', 'title']).orderBy('domain').execute()
    assert.deepEqual(websites, [
      { domain: 'plain.io', title: 'Barong' },
      { domain: 'shop.io', title: 'Shop' },
    ])
    assert.deepEqual(
      notes
        .flatMap(({ table, id, skipped, remark }) => (table === 'websites' ? [`${id}: ${skipped ?? remark}`] : []))
        .slice(0, 2),
      [
        '1: Not taken over: logo, header; set links, colours and a logo in the console',
        '3: domain must be a host name, without scheme, port and path',
      ],
    )
  })
})
