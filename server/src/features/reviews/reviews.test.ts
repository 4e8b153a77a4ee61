import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPng, multipart } from '../../../test/support/multipart.ts'
import type { TestServer } from '../../../test/support/server.ts'
import { testServer } from '../../../test/support/server.ts'
import { DAY, HOUR, isoDay, MINUTE } from '../../lib/clock.ts'
import { createPrivateLabel, setPrivateLabel } from '../labels/labels.ts'
import { actionsOf, ROLES } from '../permissions/permissions.ts'

const PROFILE = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  dob: '1990-12-10',
  address: 'Lane 1',
  postcode: '89073',
  city: 'Ulm',
  country: 'DE',
}
const REJECTION = { decision: 'rejected', reasons: ['document_unreadable'], message: 'Please send a sharp photo.' }

/** Somebody who handed in a profile and a document. */
async function aPerson(server: TestServer, overrides = {}) {
  const account = await anAccount(server, overrides)
  const token = await aToken(server, account)
  await createPrivateLabel(server.deps, account, { key: 'phone', value: 'verified' })
  assert.equal((await server.call('POST', '/profiles', { token, json: PROFILE })).status, 201)
  assert.equal((await handIn(server, token)).status, 201)
  return { account, token }
}

function handIn(server: TestServer, token: string) {
  const { payload, headers } = multipart([
    ['doc_type', 'Passport'],
    ['doc_number', 'C01X00T47'],
    ['doc_expire', isoDay(server.clock.now() + 400 * DAY)],
    ['upload', { filename: 'passport.png', content: aPng() }],
  ])
  return server.call('POST', '/documents', { token, payload, headers })
}

const anOfficer = async (server: TestServer, role = 'compliance') => aToken(server, await anAccount(server, { role }))
const queue = (server: TestServer, token: string, query = '') => server.call('GET', `/admin/reviews${query}`, { token })
const claim = (server: TestServer, token: string, id: number) =>
  server.call('POST', `/admin/reviews/${id}/claim`, { token })
const decide = (server: TestServer, token: string, id: number, json: object) =>
  server.call('POST', `/admin/reviews/${id}/decision`, { token, json })

async function claimed(server: TestServer, officer: string) {
  const [{ id }] = (await queue(server, officer)).body
  const { status, body } = await claim(server, officer, id)
  assert.equal(status, 200)
  return body
}

onEachDatabase('The review of documents', (newDatabase) => {
  test('approves: the level rises, mail and event follow, and what was seen is kept', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const officer = await anOfficer(server)
    const [waiting] = (await queue(server, officer)).body
    assert.deepEqual(
      [waiting.account.uid, waiting.level_sought, waiting.country, waiting.attempt, waiting.claim],
      [account.uid, 3, 'DE', 1, null],
    )
    const { id, seen, documents, profile } = await claimed(server, officer)
    assert.deepEqual(profile, PROFILE)
    assert.equal(documents[0].new, true)
    const ticks = { first_name: true, dob: true }
    const done = await decide(server, officer, id, { decision: 'approved', ticks, note: 'clear', seen })
    assert.deepEqual([done.status, done.body.outcome, done.body.account.level], [200, 'approved', 3])
    const [decision] = done.body.decisions
    assert.equal(decision.note, 'clear')
    assert.deepEqual([decision.seen.profile, decision.seen.ticks], [PROFILE, ticks])
    assert.match(decision.seen.documents[0].sha256, /^[0-9a-f]{64}$/)
    assert.deepEqual((await queue(server, officer)).body, [])
    await server.deliver()
    assert.equal(server.mails.at(-1)?.subject, 'Your identity was approved')
    assert.ok(server.events.some(({ name }) => name === 'system.document.verified'))
    const own = (await server.call('GET', '/reviews/me', { token })).body
    assert.deepEqual([own.state, own.may_hand_in], ['approved', true])
    const rows = await server.deps.db.selectFrom('review_decisions').selectAll().execute()
    assert.ok(!/Lovelace|C01X00T47|clear/.test(JSON.stringify(rows)))
  })

  test('rejects with reasons that the person reads, who hands in again: another attempt', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    assert.equal((await decide(server, officer, id, { ...REJECTION, note: 'looks odd', seen })).status, 200)
    await server.deliver()
    const mail = server.mails.at(-1)
    assert.equal(mail?.subject, 'Your identity was rejected')
    assert.match(mail?.text ?? '', /Please send a sharp photo\./)
    assert.ok(!/looks odd/.test(JSON.stringify(server.mails)))
    const own = await server.call('GET', '/reviews/me', { token })
    assert.deepEqual(
      [own.body.state, own.body.reasons, own.body.message, own.body.may_hand_in],
      ['rejected', REJECTION.reasons, REJECTION.message, true],
    )
    assert.ok(!JSON.stringify(own.body).includes('looks odd'))
    server.clock.advance(MINUTE)
    assert.equal((await handIn(server, token)).status, 201)
    const again = await claimed(server, officer)
    assert.equal(again.attempt, 2)
    assert.deepEqual(
      again.documents.map((document: { new: boolean }) => document.new),
      [false, true],
    )
    assert.equal(again.decisions.length, 1)
  })

  test('tells each person, and who reviews them, what was decided about them alone', async () => {
    await using server = await testServer(await newDatabase())
    const [one, other] = [await aPerson(server), await aPerson(server)]
    const officer = await anOfficer(server)
    const first = await claimed(server, officer)
    assert.equal((await decide(server, officer, first.id, { ...REJECTION, note: 'odd', seen: first.seen })).status, 200)
    const second = await claimed(server, officer)
    assert.deepEqual([second.account.uid, second.decisions], [other.account.uid, []])
    const forGood = { ...REJECTION, reasons: ['forged_or_altered'], message: 'No.', seen: second.seen }
    assert.equal((await decide(server, officer, second.id, forGood)).status, 200)
    const { body } = await server.call('GET', '/reviews/me', { token: one.token })
    assert.deepEqual([body.message, body.may_hand_in], [REJECTION.message, true])
    assert.equal((await handIn(server, one.token)).status, 201)
  })

  test('takes neither documents nor a profile from somebody who was rejected for good', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const officer = await anOfficer(server)
    const first = await claimed(server, officer)
    assert.equal((await decide(server, officer, first.id, { ...REJECTION, seen: first.seen })).status, 200)
    assert.equal((await handIn(server, token)).status, 201)
    const { id, seen } = await claimed(server, officer)
    const forged = { ...REJECTION, reasons: ['forged_or_altered'], seen }
    assert.equal((await decide(server, officer, id, forged)).status, 200)
    assert.equal((await server.call('GET', '/reviews/me', { token })).body.may_hand_in, false)
    const { status, body } = await handIn(server, token)
    assert.deepEqual([status, body], [422, { error: 'Your identity was rejected for good' }])
    const profile = await server.call('POST', '/profiles', { token, json: { ...PROFILE, first_name: 'Eve' } })
    assert.deepEqual([profile.status, profile.body], [422, body])
    assert.equal((await server.call('GET', '/profiles/me', { token })).body.first_name, PROFILE.first_name)
    assert.deepEqual((await queue(server, officer)).body, [])
  })

  test('asks for more, which is no rejection', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    const more = {
      decision: 'more_requested',
      reasons: ['document_incomplete'],
      message: 'The back side, please.',
      seen,
    }
    assert.equal((await decide(server, officer, id, more)).status, 200)
    await server.deliver()
    assert.equal(server.mails.at(-1)?.subject, 'Please complete your documents')
    assert.ok(!server.events.some(({ name }) => name === 'system.document.rejected'))
    assert.equal((await server.call('GET', '/reviews/me', { token })).body.state, 'more_requested')
    assert.equal((await handIn(server, token)).status, 201)
    assert.equal((await queue(server, officer)).body[0].attempt, 2)
  })

  test('gives a case to one of many officers who claim it at once', async () => {
    await using server = await testServer(await newDatabase())
    await aPerson(server)
    const officers = await Promise.all([1, 2, 3, 4].map(() => anOfficer(server)))
    const [{ id }] = (await queue(server, officers[0] ?? '')).body
    const all = await Promise.all(officers.map((officer) => claim(server, officer, id)))
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 409, 409, 409])
    const winner = officers[all.findIndex(({ status }) => status === 200)] ?? ''
    const loser = officers.find((officer) => officer !== winner) ?? ''
    assert.equal((await queue(server, winner, '?claimed=mine')).body[0].claim.mine, true)
    assert.equal((await queue(server, loser, '?claimed=others')).body[0].claim.mine, false)
    assert.deepEqual((await queue(server, loser, '?claimed=nobody')).body, [])
    const { seen } = (await server.call('GET', `/admin/reviews/${id}`, { token: loser })).body
    const taken = await decide(server, loser, id, { decision: 'approved', seen })
    assert.deepEqual([taken.status, taken.body], [409, { error: 'Claim the case before you decide it' }])
  })

  test('lets a claim lapse by itself and be given back; who lost it decides nothing', async () => {
    await using server = await testServer(await newDatabase())
    await aPerson(server)
    const [one, other] = [await anOfficer(server), await anOfficer(server)]
    const { id, seen } = await claimed(server, one)
    server.clock.advance(15 * MINUTE + 1)
    assert.equal((await decide(server, one, id, { decision: 'approved', seen })).status, 409)
    assert.equal((await claim(server, other, id)).status, 200)
    assert.equal((await server.call('DELETE', `/admin/reviews/${id}/claim`, { token: one })).status, 204)
    assert.equal((await claim(server, one, id)).status, 409)
    assert.equal((await server.call('DELETE', `/admin/reviews/${id}/claim`, { token: other })).status, 204)
    assert.equal((await claim(server, one, id)).status, 200)
  })

  test('counts one decision of two that fall at once', async () => {
    await using server = await testServer(await newDatabase())
    await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    const both = await Promise.all([
      decide(server, officer, id, { decision: 'approved', seen }),
      decide(server, officer, id, { ...REJECTION, seen }),
    ])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
    assert.equal((await server.deps.db.selectFrom('review_decisions').selectAll().execute()).length, 1)
    assert.equal((await claim(server, officer, id)).status, 409, 'what is decided is nobody’s any more')
  })

  // ASVS 2.3.1
  test('does not decide on what the officer has not seen', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    await handIn(server, token)
    const { status, body } = await decide(server, officer, id, { decision: 'approved', seen })
    assert.deepEqual([status, body], [409, { error: 'The person handed something in meanwhile; look again' }])
    const [still] = (await queue(server, officer)).body
    assert.deepEqual([still.id, still.claim.mine], [id, true])
  })

  test('orders by waiting time, filters, pages and counts', async () => {
    await using server = await testServer(await newDatabase())
    const officer = await anOfficer(server)
    const uids: string[] = []
    for (let index = 0; index < 3; index += 1) {
      uids.push((await aPerson(server)).account.uid)
      server.clock.advance(HOUR)
    }
    const token = await anOfficer(server)
    const found = async (query: string) =>
      (await queue(server, token, query)).body.map((item: { account: { uid: string } }) => item.account.uid)
    assert.deepEqual(await found(''), uids)
    const [first] = (await queue(server, token, '?limit=1')).body
    assert.deepEqual(await found(`?after=${first.id}`), uids.slice(1))
    for (const query of ['?country=DEU', '?level_sought=3', '?attempt=1', '?claimed=nobody'])
      assert.deepEqual(await found(query), uids, query)
    for (const query of ['?country=FR', '?level_sought=2', '?attempt=2', '?claimed=mine'])
      assert.deepEqual(await found(query), [], query)
    assert.equal((await queue(server, token, '?country=XX')).status, 422)
    await claim(server, officer.length > 0 ? token : '', first.id)
    const counts = (await server.call('GET', '/admin/reviews/counts', { token })).body
    assert.deepEqual([counts.open, counts.claimed, counts.over_an_hour, counts.over_a_day], [3, 1, 3, 0])
  })

  test('closes a case when the label is set by other means', async () => {
    await using server = await testServer(await newDatabase())
    const { account, token } = await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    const { db } = server.deps
    await db.transaction().execute((tx) => setPrivateLabel(server.deps, tx, account.id, 'document', 'verified'))
    assert.deepEqual((await queue(server, officer)).body, [])
    assert.equal((await decide(server, officer, id, { ...REJECTION, seen })).status, 409)
    assert.equal((await server.call('GET', '/reviews/me', { token })).body.state, 'none')
  })

  test('lets nobody review themselves, nor officers their colleagues', async () => {
    await using server = await testServer(await newDatabase())
    const { token } = await aPerson(server, { role: 'admin' })
    const officer = await anOfficer(server)
    const [{ id }] = (await queue(server, officer)).body
    assert.equal((await claim(server, token, id)).status, 403)
    assert.equal((await claim(server, officer, id)).status, 403)
    const admin = await anOfficer(server, 'admin')
    const { status, body } = await claim(server, admin, id)
    assert.equal(status, 200)
    const decided = await decide(server, admin, id, { ...REJECTION, note: 'looks odd', seen: body.seen })
    assert.equal(decided.body.decisions[0].note, 'looks odd')
    const [own] = (await server.call('GET', `/admin/reviews/${id}`, { token })).body.decisions
    assert.deepEqual([own.message, own.note], [REJECTION.message, ''])
  })

  // ASVS 2.2.3
  test('refuses decisions that contradict themselves, naming what is wrong', async () => {
    await using server = await testServer(await newDatabase())
    await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    const wrong: [object, RegExp][] = [
      [{ decision: 'maybe' }, /decision/],
      [{ decision: 'rejected', message: 'No.' }, /reasons/],
      [{ decision: 'rejected', reasons: ['ugly'], message: 'No.' }, /reasons/],
      [{ decision: 'rejected', reasons: ['other'] }, /message/],
      [{ decision: 'approved', reasons: ['other'] }, /reasons/],
      [{ decision: 'more_requested', reasons: ['other'], message: 'More.', retry: true }, /retry/],
    ]
    for (const [json, message] of wrong) {
      const { status, body } = await decide(server, officer, id, { ...json, seen })
      assert.equal(status, 422, JSON.stringify(json))
      assert.match(body.error, message)
    }
    assert.equal((await decide(server, officer, 987_654, { decision: 'approved', seen })).status, 404)
    assert.equal((await queue(server, officer)).body.length, 1)
  })

  test('gives back stored markup as inert data, and escapes it in the mail', async () => {
    await using server = await testServer(await newDatabase())
    await aPerson(server)
    const officer = await anOfficer(server)
    const { id, seen } = await claimed(server, officer)
    const markup = '<img src=x onerror=alert(1)>'
    const { body, headers } = await decide(server, officer, id, { ...REJECTION, message: markup, note: markup, seen })
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.deepEqual([body.decisions[0].message, body.decisions[0].note], [markup, markup])
    await server.deliver()
    assert.ok(!server.mails.at(-1)?.html.includes('<img src=x'))
  })
})

test('Whoever may see reviews may see personal data, which cases show', () => {
  for (const role of ROLES) {
    const allowed = actionsOf(role)
    if (allowed.includes('reviews.read')) assert.ok(allowed.includes('personal_data.read'), role)
  }
})
