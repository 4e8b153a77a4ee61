import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, isoDay } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anAuthenticator, authenticatorOf } from '../support/authenticator.ts'
import { anEcKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD, theLevels } from '../support/factories.ts'
import { mailedToken } from '../support/mails.ts'
import { aPng, multipart } from '../support/multipart.ts'
import { anAddedPasskey } from '../support/passkeys.ts'
import type { TestServer } from '../support/server.ts'
import { sharedServer } from '../support/shared-server.ts'

const NEW_PASSWORD = 'seven lanterns uphill'
const PROFILE = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  dob: '1990-12-10',
  address: 'Lane 1',
  postcode: '89073',
  city: 'Ulm',
  country: 'DE',
}
const BECAUSE = { reason: 'as the owner asked' }

/** What was recorded on an account, or on nobody's, since the last look; what was refused with a `!`. */
function recordsOf(server: TestServer, account: Pick<Account, 'id'> | null) {
  let last = 0
  return async (): Promise<string[]> => {
    const rows = await server.deps.db
      .selectFrom('audit_records')
      .select(['id', 'action', 'result'])
      .where('account_id', account === null ? 'is' : '=', account?.id ?? null)
      .where('id', '>', last)
      .orderBy('id')
      .execute()
    last = rows.at(-1)?.id ?? last
    return rows.map(({ action, result }) => (result === 'ok' ? action : `${action}!`))
  }
}

onEachDatabase('What changes an account, or fails to, leaves a record in the audit log', (newDatabase) => {
  const server = sharedServer(newDatabase, { MAX_LOGIN_ATTEMPTS: '3' })
  const call = async (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, token?: string, json?: object) => {
    const { status, body } = await server().call(method, path, { token, ...(json === undefined ? {} : { json }) })
    return { status, body, ok: status >= 200 && status < 300 }
  }
  const signIn = async ({ email }: Account, password = PASSWORD, more = {}) => {
    const { uid: application_id } = await anApplication(server())
    return call('POST', '/sessions', undefined, { email, password, application_id, ...more })
  }
  const aPerson = async (overrides = {}) => {
    const account = await anAccount(server(), overrides)
    const recorded = recordsOf(server(), account)
    const token = await aToken(server(), account)
    await recorded()
    return { account, recorded, token }
  }

  // ASVS 16.2.1
  test('as it is made and confirmed', async () => {
    const email = 'newcomer@example.com'
    equal((await call('POST', '/accounts', undefined, { email, password: PASSWORD })).ok, true)
    const account = await server()
      .deps.db.selectFrom('accounts')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow()
    const recorded = recordsOf(server(), account)
    deepEqual(await recorded(), ['account.created'])
    equal((await call('POST', '/accounts/send_confirmation_instructions', undefined, { email })).ok, true)
    deepEqual(await recorded(), ['account.confirmation_requested'])
    const confirmation_token = await mailedToken(server(), email)
    equal((await call('POST', '/accounts/confirm', undefined, { confirmation_token })).ok, true)
    deepEqual((await recorded()).includes('account.confirmed'), true)
  })

  test('as it is locked by guesses and unlocked', async () => {
    const { account, recorded } = await aPerson()
    for (let tried = 0; tried < 3; tried += 1) equal((await signIn(account, 'a wrong one')).ok, false)
    const refused = await recorded()
    deepEqual(
      [refused.filter((each) => each === 'session.refused!').length, refused.includes('account.locked')],
      [3, true],
    )
    const { email } = account
    equal((await call('POST', '/accounts/send_unlock_instructions', undefined, { email })).ok, true)
    deepEqual(await recorded(), ['account.unlock_requested'])
    const unlock_token = await mailedToken(server(), email)
    equal((await call('POST', '/accounts/unlock', undefined, { unlock_token })).ok, true)
    deepEqual(await recorded(), ['account.unlocked'])
  })

  test('as its password is guessed at, changed and reset', async () => {
    const { account, recorded, token } = await aPerson()
    const change = (old_password: string) =>
      call('PUT', '/accounts/password', token, { old_password, new_password: NEW_PASSWORD })
    equal((await change('a wrong one')).ok, false)
    deepEqual(await recorded(), ['password.refused!'])
    equal((await change(PASSWORD)).ok, true)
    deepEqual((await recorded()).includes('password.changed'), true)
    const { email } = account
    equal((await call('POST', '/security/reset_password', undefined, { email })).ok, true)
    deepEqual(await recorded(), ['password.reset_requested'])
    const reset_password_token = await mailedToken(server(), email)
    const json = { reset_password_token, password: PASSWORD }
    equal((await call('PUT', '/security/reset_password', undefined, json)).ok, true)
    deepEqual((await recorded()).includes('password.reset'), true)
  })

  test('as its second factor comes and goes', async () => {
    const { account, recorded, token } = await aPerson()
    const { body } = await call('POST', '/security/generate_qrcode', token)
    deepEqual(await recorded(), ['otp.enrolment_started'])
    const app = authenticatorOf(server(), body.data.url)
    equal((await call('POST', '/security/enable_2fa', token, { code: app.wrong() })).ok, false)
    deepEqual(await recorded(), ['otp.refused!'])
    equal((await call('POST', '/security/enable_2fa', token, { code: app.code() })).ok, true)
    deepEqual((await recorded()).includes('otp.enabled'), true)
    const made = await call('POST', '/security/recovery_codes', token, { code: app.next() })
    deepEqual(await recorded(), ['recovery_codes.made'])
    equal((await signIn(account, PASSWORD, { otp_code: made.body.codes[0] })).ok, true)
    deepEqual((await recorded()).includes('recovery_code.used'), true)
    equal((await call('POST', '/security/disable_2fa', token, { password: PASSWORD, code: app.next() })).ok, true)
    deepEqual((await recorded()).includes('otp.disabled'), true)
  })

  test('as a passkey comes, is renamed and goes', async () => {
    const { account, recorded } = await aPerson()
    const { token, uid } = await anAddedPasskey(server(), account)
    deepEqual((await recorded()).includes('passkey.added'), true)
    equal((await call('PUT', `/security/passkeys/${uid}`, token, { name: 'Mine' })).ok, true)
    deepEqual(await recorded(), ['passkey.renamed'])
    equal((await call('DELETE', `/security/passkeys/${uid}`, token)).ok, true)
    deepEqual((await recorded()).includes('passkey.removed'), true)
  })

  test('as a session is carried on and confirmed', async () => {
    const { recorded, token } = await aPerson()
    equal((await call('POST', '/security/confirm', token, { password: PASSWORD })).ok, true)
    deepEqual(await recorded(), ['session.confirmed'])
    equal((await call('POST', '/security/renew', token, {})).ok, true)
    deepEqual(await recorded(), ['session.renewed'])
  })

  test('as a phone number is added and verified', async () => {
    const { recorded, token } = await aPerson()
    const phone_number = '+14155552671'
    equal((await call('POST', '/phones', token, { phone_number })).ok, true)
    deepEqual(await recorded(), ['phone.code_sent'])
    await server().deliver()
    const code = server().sms.at(-1)?.text.slice(-6) ?? ''
    const wrong = code === '123456' ? '654321' : '123456'
    equal((await call('POST', '/phones/verify', token, { phone_number, verification_code: wrong })).ok, false)
    deepEqual(await recorded(), ['phone.refused!'])
    equal((await call('POST', '/phones/verify', token, { phone_number, verification_code: code })).ok, true)
    deepEqual((await recorded()).includes('phone.verified'), true)
  })

  test('as its owner labels it', async () => {
    const { recorded, token } = await aPerson()
    equal((await call('POST', '/labels', token, { key: 'colour', value: 'red' })).ok, true)
    deepEqual(await recorded(), ['label.set'])
    equal((await call('PATCH', '/labels/colour', token, { value: 'blue' })).ok, true)
    deepEqual(await recorded(), ['label.set'])
    equal((await call('DELETE', '/labels/colour', token)).ok, true)
    deepEqual(await recorded(), ['label.deleted'])
  })

  test('as its e-mail is to be another one', async () => {
    const { account, recorded, token } = await aPerson()
    const email = 'another@example.com'
    const ask = () => call('POST', '/accounts/email', token, { email })
    equal((await ask()).ok, true)
    deepEqual(await recorded(), ['account.email_change_requested'])
    equal((await call('DELETE', '/accounts/email', token)).ok, true)
    deepEqual(await recorded(), ['account.email_change_cancelled'])
    equal((await ask()).ok, true)
    for (const address of [account.email, email]) {
      const email_change_token = await mailedToken(server(), address)
      equal((await call('POST', '/accounts/email/confirm', undefined, { email_change_token })).ok, true)
    }
    deepEqual((await recorded()).includes('account.email_changed'), true)
    const notice_token = await mailedToken(server(), account.email)
    equal((await call('POST', '/security/not_me', undefined, { notice_token })).ok, true)
    deepEqual((await recorded()).includes('account.frozen'), true)
  })

  test('as an API key comes and goes', async () => {
    const { account, recorded } = await aPerson()
    const { token, app } = await anAuthenticator(server(), account)
    await recorded()
    const { public_key } = anEcKey()
    const made = await call('POST', '/api_keys', token, { public_key, totp_code: app.next() })
    deepEqual(await recorded(), ['api_key.created'])
    const path = `/api_keys/${made.body.uid}`
    equal((await call('PATCH', path, token, { state: 'inactive', totp_code: app.next() })).ok, true)
    deepEqual(await recorded(), ['api_key.changed'])
    equal((await call('DELETE', `${path}?totp_code=${app.next()}`, token)).ok, true)
    deepEqual(await recorded(), ['api_key.deleted'])
  })

  test('as documents are handed in and decided on', async () => {
    await theLevels(server())
    const { account, recorded, token } = await aPerson()
    const officer = await aToken(server(), await anAccount(server(), { role: 'compliance' }))
    const form = multipart([
      ['doc_type', 'Passport'],
      ['doc_number', 'C01X00T47'],
      ['doc_expire', isoDay(server().clock.now() + 400 * DAY)],
      ['upload', { filename: 'passport.png', content: aPng() }],
    ])
    equal((await server().call('POST', '/documents', { token, ...form })).status, 201)
    deepEqual(await recorded(), ['document.submitted', 'label.set'])
    const { body } = await server().call('GET', '/admin/reviews', { token: officer })
    const found = body.find((each: { account: { uid: string } }) => each.account.uid === account.uid)
    const { seen } = (await call('POST', `/admin/reviews/${found.id}/claim`, officer)).body
    const json = { decision: 'rejected', reasons: ['document_unreadable'], message: 'A sharp one, please.', seen }
    equal((await call('POST', `/admin/reviews/${found.id}/decision`, officer, json)).ok, true)
    deepEqual(await recorded(), ['review.decided', 'label.set'])
    for (const more of [[], ['label.set']]) {
      equal((await call('POST', '/profiles', token, PROFILE)).ok, true)
      deepEqual(await recorded(), ['profile.submitted', ...more])
    }
  })

  test('as the staff closes it and opens it again', async () => {
    const { account, recorded } = await aPerson()
    const admin = await aToken(server(), await anAccount(server(), { role: 'admin' }))
    for (const [path, action] of [
      ['discard', 'account.discarded'],
      ['restore', 'account.restored'],
    ] as const) {
      equal((await call('POST', `/admin/accounts/${account.uid}/${path}`, admin, BECAUSE)).ok, true)
      deepEqual((await recorded()).includes(action), true, action)
    }
  })

  test('and so does what is done to applications', async () => {
    const admin = await aToken(server(), await anAccount(server(), { role: 'admin' }))
    const recorded = recordsOf(server(), null)
    await recorded()
    const shop = { name: 'Shop', redirect_uris: ['https://shop.example/callback'] }
    const made = await call('POST', '/admin/applications', admin, shop)
    const path = `/admin/applications/${made.body.uid}`
    deepEqual(await recorded(), ['application.created'])
    equal((await call('PATCH', path, admin, { name: 'Store' })).ok, true)
    deepEqual(await recorded(), ['application.changed'])
    equal((await call('POST', `${path}/secret`, admin)).ok, true)
    deepEqual(await recorded(), ['application.secret_rotated'])
    equal((await call('DELETE', path, admin)).ok, true)
    deepEqual(await recorded(), ['application.deleted'])
  })
})
