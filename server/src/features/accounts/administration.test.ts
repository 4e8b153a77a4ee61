import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { iso } from '../../lib/clock.ts'
import {
  createConfirmedAccount,
  discardAccount,
  liftLock,
  readAccount,
  restoreAccount,
  setPassword,
  signEverybodyOut,
} from './accounts.ts'

const ANN = { email: ' Ann@Example.com', password: 'seven lanterns uphill', role: 'compliance' }

onEachDatabase('An operator', (newDatabase) => {
  test('makes a confirmed account of level 1 without any mail', async () => {
    await using server = await testServer(await newDatabase())
    await anAccount(server)
    const account = await createConfirmedAccount(server.deps, ANN)
    assert.deepEqual(
      [account.email, account.role, account.state, account.level],
      ['ann@example.com', 'compliance', 'active', 1],
    )
    await server.deliver()
    assert.deepEqual(server.mails, [])
    const [event] = server.events
    assert.equal(event?.name, 'model.account.created')
    assert.equal(Reflect.get({ ...Object(event.payload['record']) }, 'role'), 'compliance')
  })

  test('makes of two accounts with one e-mail at once exactly one', async () => {
    await using server = await testServer(await newDatabase())
    const all = await Promise.allSettled([1, 2, 3].map(() => createConfirmedAccount(server.deps, ANN)))
    assert.deepEqual(all.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected'])
    for (const result of all) {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'accounts.emailTaken')
    }
  })

  test('undoes the account when what follows it fails', async () => {
    await using server = await testServer(await newDatabase())
    const follow = async () => {
      throw new Error('no')
    }
    await assert.rejects(createConfirmedAccount(server.deps, ANN, { follow }), /no/)
    await assert.rejects(readAccount(server.deps, 'ann@example.com'), { code: 'accounts.unknown' })
  })

  test('finds an account by e-mail and by uid in any case', async () => {
    await using server = await testServer(await newDatabase())
    const { id, uid } = await anAccount(server, { email: 'bob@example.com' })
    for (const name of ['BOB@example.com', uid, uid.toLowerCase()]) {
      assert.equal((await readAccount(server.deps, name)).id, id)
    }
  })

  // ASVS 7.4.5
  test('signs everybody out at once, which is recorded for each', async () => {
    await using server = await testServer(await newDatabase())
    const accounts = [await anAccount(server), await anAccount(server), await anAccount(server)]
    const tokens = await Promise.all(accounts.map((account) => aToken(server, account)))
    await anAccount(server)
    const told: number[] = []
    await signEverybodyOut(server.deps, (done) => told.push(done))
    assert.deepEqual(told, [3])
    for (const token of tokens) assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select('account_id')
      .where('action', '=', 'session.revoked')
      .execute()
    assert.deepEqual(records.map(({ account_id }) => account_id).sort(), accounts.map(({ id }) => id).sort())
    // Services that follow the feed are told of all by one entry; the sessions of this second are named.
    const cuts = await server.deps.db
      .selectFrom('revocations')
      .where('issued_before', 'is not', null)
      .select('id')
      .execute()
    assert.equal(cuts.length, 1)
  })

  test('signs out a session, too, that is being renewed at that moment', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const [renewed] = await Promise.all([
      server.call('POST', '/sessions/renew', { token, json: {} }),
      signEverybodyOut(server.deps, () => {}),
    ])
    const left = typeof renewed.body === 'string' ? renewed.body : token
    assert.equal((await server.call('GET', '/accounts/me', { token: left })).status, 401)
  })

  test('closes an account, which ends its sessions, and opens it again, which does not bring them back', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const me = async () => (await server.call('GET', '/accounts/me', { token })).status
    assert.equal(await me(), 200)
    const discarded = await discardAccount(server.deps, account)
    assert.notEqual(discarded.discarded_at, null)
    assert.equal(await me(), 401)
    await restoreAccount(server.deps, discarded)
    assert.equal(await me(), 401)
    assert.ok(await aToken(server, account))
  })

  test('sets a password, which ends sessions and the lock, but no weak one', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server, { locked_at: iso(server.clock.now()), failed_attempts: 5 })
    await assert.rejects(setPassword(server.deps, account, 'password'), { code: 'accounts.passwordWeak' })
    const after = await setPassword(server.deps, account, ANN.password)
    assert.deepEqual([after.locked_at, after.failed_attempts], [null, 0])
    const { passwords } = server.deps
    assert.equal(await passwords.match(after.password_digest, ANN.password), 'right')
    assert.equal(await passwords.match(after.password_digest, PASSWORD), 'wrong')
  })

  test('lifts a lock', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server, { locked_at: iso(server.clock.now()), failed_attempts: 5 })
    await liftLock(server.deps, account, { may_lock: false })
    assert.ok(await aToken(server, account))
  })
})
