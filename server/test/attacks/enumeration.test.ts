import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../../src/app.ts'
import type { Deps } from '../../src/deps.ts'
import { insertPhones } from '../../src/features/phones/phones.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../support/factories.ts'
import { mailsTo } from '../support/mails.ts'
import { testServer } from '../support/server.ts'
import { sharedServer } from '../support/shared-server.ts'
import { compareTimes, type TimeDifference, tells } from '../support/timing.ts'

const PAIRS = 32
const AT_ONCE = 8
/** Milliseconds. A loaded machine wakes sleepers late by a few, for either kind alike. */
const BOUND = 4

describe('The measure of what times tell', () => {
  const pause = (ms: number) => async () => sleep(ms + Math.random() * 4)

  test('finds a leak that was planted', async () => {
    const difference = await compareTimes(PAIRS, AT_ONCE, pause(20), pause(150))
    assert.ok(tells(difference, BOUND), JSON.stringify(difference))
    const reversed = await compareTimes(PAIRS, AT_ONCE, pause(150), pause(20))
    assert.ok(tells(reversed, BOUND) && reversed.median < 0, JSON.stringify(reversed))
  })

  test('finds none where there is none', async () => {
    const difference = await compareTimes(PAIRS, AT_ONCE, pause(20), pause(20))
    assert.ok(!tells(difference, BOUND), JSON.stringify(difference))
  })
})

/** A server that forgot to hash where there is nobody to compare with, composed of the parts of a real one. */
const hasty = ({ passwords, ...deps }: Deps) =>
  buildApp({
    ...deps,
    passwords: {
      ...passwords,
      match: async (digest, password) => (digest === undefined ? 'wrong' : passwords.match(digest, password)),
    },
  })

onEachDatabase('A server that does not hash where nobody has the account', (newDatabase) => {
  /** How the times of wrong passwords differ: for an account that there is, against one that there is not. */
  async function differenceAt(environment: Record<string, string>): Promise<TimeDifference> {
    await using server = await testServer(await newDatabase(), { MAX_LOGIN_ATTEMPTS: '1000', ...environment })
    const [{ email }, { uid: application_id }] = [await anAccount(server), await anApplication(server)]
    const app = await hasty(server.deps)
    const signIn = async (as: string) => {
      const payload = { email: as, password: 'swan lake 1887', application_id }
      const { statusCode } = await app.inject({ method: 'POST', url: '/api/v1/sessions', payload })
      assert.equal(statusCode, 401)
    }
    try {
      return await compareTimes(
        PAIRS,
        AT_ONCE,
        (index) => signIn(`nobody${index}@example.com`),
        () => signIn(email),
      )
    } finally {
      await app.close()
    }
  }

  test('is found out by the measure', async () => {
    const difference = await differenceAt({})
    assert.ok(tells(difference, BOUND) && difference.median > 0, JSON.stringify(difference))
  })

  test('is saved by the least time of an answer where accounts are hidden', async () => {
    const hidden = { BARONG_HIDE_ACCOUNTS: 'true' }
    const difference = await differenceAt(hidden)
    if (!tells(difference, BOUND)) return
    const again = await differenceAt(hidden)
    assert.ok(!tells(again, BOUND), JSON.stringify([difference, again]))
  })
})

onEachDatabase('Where accounts are hidden, a stranger', (newDatabase) => {
  const server = sharedServer(newDatabase, {
    BARONG_HIDE_ACCOUNTS: 'true',
    MAX_LOGIN_ATTEMPTS: '1000',
    BARONG_LIMIT_SMS_COUNTRY: 'off',
    BARONG_LIMIT_SMS: 'off',
    BARONG_LIMIT_MAIL_RECIPIENT: 'off',
  })
  let count = 0
  const nobody = () => `nobody${++count}@example.com`
  const password = 'swan lake 1887'

  /** What one call shows of itself: status, body and the headers that do not differ by nature. */
  const ask = async (path: string, json: object, token?: string) => {
    const { status, headers, body } = await server().call('POST', path, { json, token })
    const { 'x-request-id': _id, date: _date, etag: _etag, ...rest } = headers
    return { status, body, headers: rest }
  }

  /** Fails when answers to known and unknown identifiers differ, in what they say or in when they come. */
  async function assertAlike(path: string, known: () => object, unknown: () => object, token?: string) {
    assert.deepEqual(await ask(path, known(), token), await ask(path, unknown(), token), path)
    const measure = () =>
      compareTimes(
        PAIRS,
        AT_ONCE,
        () => ask(path, unknown(), token),
        () => ask(path, known(), token),
      )
    // What another process does to this machine passes; a leak is there the second time, too.
    const difference = await measure()
    if (!tells(difference, BOUND)) return
    const again = await measure()
    assert.ok(!tells(again, BOUND), `${path}: ${JSON.stringify([difference, again])}`)
  }

  // ASVS 6.3.8
  test('learns nothing from signing up and signing in', async () => {
    const { email } = await anAccount(server())
    const { uid: application_id } = await anApplication(server())
    await assertAlike(
      '/accounts',
      () => ({ email, password }),
      () => ({ email: nobody(), password }),
    )
    await assertAlike(
      '/sessions',
      () => ({ email, password, application_id }),
      () => ({ email: nobody(), password, application_id }),
    )
  })

  // ASVS 6.3.8
  test('learns nothing from signing up and then signing in with the same password', async () => {
    const { email } = await anAccount(server())
    const { uid: application_id } = await anApplication(server())
    const probe = async (address: string) => [
      await ask('/accounts', { email: address, password }),
      await ask('/sessions', { email: address, password, application_id }),
    ]
    const free = nobody()
    assert.deepEqual(await probe(email), await probe(free))
    await assertAlike(
      '/sessions',
      () => ({ email, password, application_id }),
      () => ({ email: free, password, application_id }),
    )
    const mails = await mailsTo(server(), free)
    assert.ok(mails.length > 1 && mails.every(({ subject }) => subject === 'Confirmation instructions'))
  })

  // ASVS 6.3.8
  test('learns nothing from asking for mails', async () => {
    const { email } = await anAccount(server())
    for (const path of [
      '/security/reset_password',
      '/accounts/send_confirmation_instructions',
      '/accounts/send_unlock_instructions',
    ])
      await assertAlike(
        path,
        () => ({ email }),
        () => ({ email: nobody() }),
      )
  })

  // ASVS 6.3.8
  test('learns nothing from asking for another address of their own', async () => {
    const { email } = await anAccount(server())
    const person = await anAccount(server())
    const { uid: application_id } = await anApplication(server())
    const json = { email: person.email, password: PASSWORD, application_id }
    const token = String((await server().call('POST', '/sessions', { json })).body)
    await assertAlike(
      '/accounts/email',
      () => ({ email }),
      () => ({ email: nobody() }),
      token,
    )
  })

  test('learns nothing of phone numbers, and a number that is somebody’s gets no SMS', async () => {
    const { deps, clock } = server()
    const owner = await anAccount(server())
    const { uid: application_id } = await anApplication(server())
    const person = await anAccount(server())
    const json = { email: person.email, password: PASSWORD, application_id }
    const token = String((await server().call('POST', '/sessions', { json })).body)
    const validated_at = new Date(clock.now()).toISOString()
    const dates = { validated_at, created_at: validated_at, updated_at: validated_at }
    const row = { account_id: owner.id, number: '14155552671', country: 'US', ...dates }
    await deps.db.transaction().execute((tx) => insertPhones(tx, deps.vault, [row]))
    const [taken, free] = [{ phone_number: '+14155552671' }, { phone_number: '+14155552672' }]
    for (const path of ['/phones', '/phones/send_code'])
      assert.deepEqual(await ask(path, taken, token), await ask(path, free, token), path)
    const wrong = { verification_code: '000000' }
    assert.deepEqual(
      await ask('/phones/verify', { ...taken, ...wrong }, token),
      await ask('/phones/verify', { ...free, ...wrong }, token),
    )
    await server().deliver()
    assert.deepEqual([...new Set(server().sms.map(({ to }) => to))], ['+14155552672'])
  })

  // ASVS 6.3.8
  test('cannot tell by the time whether a number is somebody’s', async () => {
    const { deps, clock } = server()
    const [owner, { uid: application_id }] = [await anAccount(server()), await anApplication(server())]
    const at = new Date(clock.now()).toISOString()
    const dates = { validated_at: at, created_at: at, updated_at: at }
    const number = (from: number, index: number) => String(from + index)
    const taken = Array.from({ length: 2 * PAIRS + 1 }, (_, index) => number(447900130000, index))
    const rows = taken.map((text) => ({ account_id: owner.id, number: text, country: 'GB', ...dates }))
    await deps.db.transaction().execute((tx) => insertPhones(tx, deps.vault, rows))
    // An account asks for thirty codes a day.
    const tokens = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const json = { email: (await anAccount(server())).email, password: PASSWORD, application_id }
        return String((await server().call('POST', '/sessions', { json })).body)
      }),
    )
    let asked = 0
    const add = async (from: number, index: number) => {
      const token = tokens[Math.floor(asked++ / 28)]
      const { status } = await ask('/phones', { phone_number: `+${number(from, index)}` }, token)
      assert.equal(status, 201)
    }
    let [known, unknown] = [0, 0]
    const measure = () =>
      compareTimes(
        PAIRS,
        AT_ONCE,
        () => add(447900140000, unknown++),
        () => add(447900130000, known++),
      )
    const difference = await measure()
    if (!tells(difference, BOUND)) return
    const again = await measure()
    assert.ok(!tells(again, BOUND), JSON.stringify([difference, again]))
  })
})
