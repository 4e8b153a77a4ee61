import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { eventsOf, mailedToken, mailsTo } from '../../../test/support/mails.ts'
import { testServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { cleanAll } from '../../cleaning.ts'
import { DAY, HOUR, iso, MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'
import { signOutEverywhere } from './accounts.ts'

const INVALID = [422, { error: 'Email change token is invalid' }]
const NEW_PASSWORD = 'seven lanterns uphill'
let count = 0
const fresh = () => `fresh${++count}@example.com`

onEachDatabase('Changing the e-mail address', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const request = (token: string | undefined, email: string) =>
    server().call('POST', '/accounts/email', { token, json: { email } })
  const confirm = async (email_change_token: string) => {
    const { status, body } = await server().call('POST', '/accounts/email/confirm', { json: { email_change_token } })
    return [status, body]
  }
  const emailOf = async (id: number) =>
    (await server().deps.db.selectFrom('accounts').select('email').where('id', '=', id).executeTakeFirstOrThrow()).email

  test('asks the owners of both addresses, in either order, and ends other sessions', async () => {
    for (const order of ['old first', 'new first']) {
      const person = await anAccount(server())
      const [token, other] = [await aToken(server(), person), await aToken(server(), person)]
      const email = fresh()
      assert.equal((await request(token, ` ${email.toUpperCase()} `)).status, 201)
      const tokens = [await mailedToken(server(), person.email), await mailedToken(server(), email)]
      if (order === 'new first') tokens.reverse()
      assert.deepEqual(await confirm(tokens[0] ?? ''), [201, { changed: false }])
      assert.deepEqual(await confirm(tokens[0] ?? ''), [201, { changed: false }], 'one agrees but once')
      assert.equal(await emailOf(person.id), person.email)
      const waiting = await server().call('GET', '/accounts/email', { token })
      assert.deepEqual([waiting.body.confirmed_by_old, waiting.body.email], [order === 'old first', email])
      assert.deepEqual(await confirm(tokens[1] ?? ''), [201, { changed: true }])
      assert.equal((await server().call('GET', '/accounts/me', { token })).body.email, email)
      assert.equal((await server().call('GET', '/accounts/me', { token: other })).status, 401)
      for (const used of tokens) assert.deepEqual(await confirm(used), INVALID, 'replayed')
      assert.ok((await eventsOf(server(), person)).includes('model.account.updated'))
      const [hold] = (await server().call('GET', '/security/holds', { token })).body
      assert.equal(hold.reason, 'email_changed')
    }
  })

  test('tells the former address, whose owner takes it back', async () => {
    const person = await anAccount(server())
    const token = await aToken(server(), person)
    const email = fresh()
    await request(token, email)
    for (const address of [person.email, email]) await confirm(await mailedToken(server(), address))
    const notice = (await mailsTo(server(), person.email)).at(-1)
    assert.equal(notice?.subject, 'Your e-mail address was changed')
    const notice_token = await mailedToken(server(), person.email)
    const next = fresh()
    assert.equal((await request(token, next)).status, 201)
    const pending = await mailedToken(server(), next)
    assert.equal((await server().call('POST', '/security/not_me', { json: { notice_token } })).status, 201)
    assert.equal(await emailOf(person.id), person.email)
    assert.deepEqual(await confirm(pending), INVALID, 'what an intruder asked for is void')
    assert.deepEqual(
      await server().deps.db.selectFrom('email_changes').select('id').where('account_id', '=', person.id).execute(),
      [],
    )
  })

  test('voids the links that were mailed to the former address before', async () => {
    const person = await anAccount(server())
    const token = await aToken(server(), person)
    const email = fresh()
    await request(token, email)
    const tokens = [await mailedToken(server(), person.email), await mailedToken(server(), email)]
    await server()
      .deps.db.updateTable('accounts')
      .set({ failed_attempts: 5, locked_at: iso(server().clock.now()) })
      .where('id', '=', person.id)
      .execute()
    const mailed = async (path: string) => {
      assert.equal((await server().call('POST', path, { json: { email: person.email } })).status, 201)
      return mailedToken(server(), person.email)
    }
    const reset_password_token = await mailed('/security/reset_password')
    const unlock_token = await mailed('/accounts/send_unlock_instructions')
    for (const each of tokens) assert.equal((await confirm(each))[0], 201)
    assert.equal(await emailOf(person.id), email)
    const json = { reset_password_token, password: NEW_PASSWORD }
    assert.equal((await server().call('PUT', '/security/reset_password', { json })).status, 404)
    assert.equal((await server().call('POST', '/accounts/unlock', { json: { unlock_token } })).status, 422)
  })

  test('needs a fresh proof of who one is, and a new address that is free', async () => {
    const [person, other] = [await anAccount(server()), await anAccount(server())]
    const token = await aToken(server(), person)
    const errorOf = async (email: string) => (await request(token, email)).body.error
    assert.equal(await errorOf('no address'), 'Email is invalid')
    assert.equal(await errorOf(person.email), 'Email is that of the account already')
    assert.equal(await errorOf(other.email), 'Email has already been taken')
    assert.equal((await request(undefined, fresh())).status, 401)
    server().clock.advance(10 * MINUTE)
    assert.equal((await request(token, fresh())).status, 403)
    assert.deepEqual(await mailsTo(server(), other.email), [])
  })

  test('is void once it is called off, replaced or a day old', async () => {
    const person = await anAccount(server())
    const token = await aToken(server(), person)
    const [first, second] = [fresh(), fresh()]
    await request(token, first)
    const replaced = await mailedToken(server(), first)
    await request(token, second)
    assert.deepEqual(await confirm(replaced), INVALID, 'replaced')
    const called = await mailedToken(server(), second)
    assert.equal((await server().call('DELETE', '/accounts/email', { token })).status, 204)
    assert.equal((await server().call('DELETE', '/accounts/email', { token })).status, 404)
    assert.equal((await server().call('GET', '/accounts/email', { token })).status, 404)
    assert.deepEqual(await confirm(called), INVALID, 'called off')
    await request(token, second)
    const old = await mailedToken(server(), second)
    server().clock.advance(DAY)
    assert.deepEqual(await confirm(old), INVALID, 'too old')
    await cleanAll(server().deps)
    assert.deepEqual(await server().deps.db.selectFrom('email_changes').select('id').execute(), [])
    assert.deepEqual(await confirm('made up'), INVALID)
  })

  test('gives an address that two want at once to one of them', async () => {
    const [one, two] = [await anAccount(server()), await anAccount(server())]
    const email = fresh()
    const last: string[] = []
    for (const person of [one, two]) {
      await request(await aToken(server(), person), email)
      await confirm(await mailedToken(server(), person.email))
      last.push(await mailedToken(server(), email))
    }
    const answers = await Promise.all(last.map(confirm))
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 422])
    assert.ok(answers.some(([, body]) => JSON.stringify(body) === '{"error":"Email has already been taken"}'))
  })

  test('is void once the session that asked ended, or the password is another', async () => {
    const ends: Record<string, (token: string, person: Account) => Promise<unknown>> = {
      'its session was signed out elsewhere': async (_, person) =>
        server().call('DELETE', '/sessions', { token: await aToken(server(), person) }),
      'it signed out': (token) => server().call('DELETE', '/sessions/current', { token }),
      'the staff signed it out': (_, person) => signOutEverywhere(server().deps, person),
      'another session changed the password': async (_, person) => change(await aToken(server(), person)),
      'it changed the password itself': (token) => change(token),
    }
    const change = async (token: string) => {
      const json = { old_password: PASSWORD, new_password: NEW_PASSWORD }
      assert.equal((await server().call('PUT', '/accounts/password', { token, json })).status, 200)
    }
    for (const [why, end] of Object.entries(ends)) {
      const person = await anAccount(server())
      const token = await aToken(server(), person)
      const next = fresh()
      await request(token, next)
      assert.equal((await confirm(await mailedToken(server(), next)))[0], 201, why)
      const last = await mailedToken(server(), person.email)
      await end(token, person)
      assert.deepEqual(await confirm(last), INVALID, why)
      assert.equal(await emailOf(person.id), person.email, why)
      const { uid: application_id } = await anApplication(server())
      const password = why.includes('password') ? NEW_PASSWORD : PASSWORD
      const json = { email: person.email, password, application_id }
      const left = (await server().call('POST', '/sessions', { json })).body
      assert.equal((await server().call('GET', '/accounts/email', { token: left })).status, 404, why)
    }
  })

  test('waits on when the session that asked is renewed, or over', async () => {
    const person = await anAccount(server())
    const token = await aToken(server(), person)
    const next = fresh()
    await request(token, next)
    const renewed = await server().call('POST', '/security/renew', { token, json: {} })
    assert.equal(renewed.status, 201)
    server().clock.advance(5 * HOUR)
    const [old, fresher] = [await mailedToken(server(), person.email), await mailedToken(server(), next)]
    assert.equal((await confirm(old))[0], 201)
    assert.deepEqual((await confirm(fresher))[1], { changed: true })
    assert.equal(await emailOf(person.id), next)
  })

  test('cannot be agreed to where the account is barred', async () => {
    const person = await anAccount(server())
    const email = fresh()
    await request(await aToken(server(), person), email)
    const tokens = [await mailedToken(server(), person.email), await mailedToken(server(), email)]
    await server().deps.db.updateTable('accounts').set({ state: 'banned' }).where('id', '=', person.id).execute()
    for (const each of tokens) assert.deepEqual(await confirm(each), INVALID)
    assert.equal(await emailOf(person.id), person.email)
  })

  test('cannot be agreed to with the token of another account, nor once the address is another', async () => {
    const person = await anAccount(server())
    const token = await aToken(server(), person)
    const email = fresh()
    await request(token, email)
    const right = await mailedToken(server(), email)
    await server().deps.db.updateTable('accounts').set({ email: fresh() }).where('id', '=', person.id).execute()
    assert.deepEqual(await confirm(right), INVALID)
  })

  test('is agreed to on a page as well, which asks before it takes the token', async () => {
    const person = await anAccount(server())
    const email = fresh()
    await request(await aToken(server(), person), email)
    await confirm(await mailedToken(server(), person.email))
    const url = `/accounts/email/confirmation?email_change_token=${await mailedToken(server(), email)}`
    assert.match((await server().app.inject(url)).body, /Agree/)
    assert.equal(await emailOf(person.id), person.email)
    const form = new URLSearchParams(url.split('?')[1]).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const path = '/accounts/email/confirmation'
    const answer = await server().app.inject({ method: 'POST', url: path, payload: form, headers })
    assert.equal(answer.statusCode, 200)
    assert.match(answer.body, /has the new address now/, 'nothing is left to be done')
    assert.equal(await emailOf(person.id), email)
  })
})

onEachDatabase('Changing the e-mail address where accounts are hidden', (newDatabase) => {
  test('does not tell that the new one is somebody’s, and leaves them in peace', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_HIDE_ACCOUNTS: 'true' })
    const [person, other] = [await anAccount(server), await anAccount(server)]
    const { uid: application_id } = await anApplication(server)
    const json = { email: person.email, password: PASSWORD, application_id }
    const token = (await server.call('POST', '/sessions', { json })).body
    for (const email of [other.email, 'free@example.com']) {
      const { status, body } = await server.call('POST', '/accounts/email', { token, json: { email } })
      assert.deepEqual([status, body], [201, null])
    }
    assert.deepEqual(await mailsTo(server, other.email), [])
    assert.equal((await mailsTo(server, 'free@example.com')).length, 1)
  })
})
