import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { iso } from '../../src/lib/clock.ts'
import { insertMany } from '../../src/platform/db/bulk.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { isWork, type Ran, wholeReads } from '../support/plans.ts'
import { type TestServer, testServer } from '../support/server.ts'

/** What stays small whatever the number of accounts; `e` stands for webhook endpoints in SQLite's plans. */
const SMALL = ['applications', 'levels', 'level_changes', 'signing_keys', 'webhook_endpoints', 'websites', 'e', 'some']
const PEOPLE = 2000
const DAY = '2026-01-01'

const FILTERS = [
  '',
  '?email=crowd7',
  '?uid=IDCROWD77',
  '?phone=%2B4915112345678',
  '?name=Nobody',
  '?level=1',
  '?level=3&state=banned',
  '?level=1&state=active',
  '?state=pending',
  '?state=locked',
  '?state=frozen',
  '?state=discarded',
  '?role=admin',
  '?label=email:verified',
  '?label=email:verified&level=1&state=active',
  '?label=email&label_scope=public',
  '?country=DE',
  `?created_from=${DAY}&created_to=${DAY}`,
]

onEachDatabase('With many accounts, the lists of the console', (newDatabase, kind) => {
  const ran: Ran[] = []
  let server: TestServer
  let token: string
  before(async () => {
    server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    await crowd(server)
    token = await aToken(server, await anAccount(server, { role: 'admin' }))
    if (kind === 'postgres') await sql`analyze`.execute(server.deps.db)
  })
  after(() => server[Symbol.asyncDispose]())

  const read = async (path: string) => {
    const { status, body } = await server.call('GET', path, { token })
    equal(status, 200, `${path}: ${JSON.stringify(body)}`)
    return body
  }

  test('read no large table from end to end, whatever is asked for and however deep the page', async () => {
    ran.length = 0
    for (const filter of FILTERS) {
      const { next } = await read(`/admin/accounts${filter}`)
      if (next !== null) await read(`/admin/accounts${filter}${filter === '' ? '?' : '&'}cursor=${next}`)
    }
    // The newest is who asks, and nobody is shown what is noted about themselves.
    const { uid } = (await read('/admin/accounts')).items[1]
    for (const path of [
      `/admin/accounts/${uid}`,
      `/admin/accounts/${uid}/activities`,
      `/admin/accounts/${uid}/notes`,
      '/admin/reviews',
      '/admin/reviews?claimed=nobody&country=DE',
      '/admin/reviews/counts',
      '/admin/labels',
      '/admin/labels?limit=1',
      '/admin/levels',
      '/admin/websites',
      '/admin/audit/records',
      '/admin/audit/records?action=label.set',
      '/admin/audit/records?before=10',
      '/admin/events',
      '/admin/deliveries',
    ])
      await read(path)
    const statements = ran.filter(isWork)
    ok(new Set(statements.map(({ sql: text }) => text)).size > 30, 'too few statements were seen')
    deepEqual(await wholeReads(server.deps.db, statements, SMALL), [])
  })

  test('ask for as little on a page deep within as on the first', async () => {
    const costOf = async (path: string) => {
      ran.length = 0
      const body = await read(path)
      return { statements: ran.filter(isWork).length, next: body.next }
    }
    const first = await costOf('/admin/accounts')
    let { next } = first
    for (let page = 0; page < 20; page += 1) ({ next } = await costOf(`/admin/accounts?cursor=${next}`))
    equal((await costOf(`/admin/accounts?cursor=${next}`)).statements, first.statements)
  })
})

async function crowd({ deps: { db, clock } }: TestServer): Promise<void> {
  const now = iso(clock.now())
  const dates = { created_at: now, updated_at: now }
  const row = { password_digest: 'x', role: 'member', state: 'active', level: 1, ...dates }
  const accounts = Array.from({ length: PEOPLE }, (_, n) => ({
    ...row,
    uid: `IDCROWD${n}`,
    email: `crowd${n}@example.com`,
  }))
  const ids = await insertMany(db, 'accounts', accounts, ['id'])
  const label = { key: 'email', value: 'verified', scope: 'private', ...dates }
  await insertMany(
    db,
    'labels',
    ids.map(({ id }) => ({ account_id: id, ...label })),
  )
}
