import { equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { setPrivateLabel } from '../../src/features/labels/labels.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'

const EMAIL = 'petra@example.com'
const SHOP = { domain: 'id.shop.example', title: 'Shop Exchange' }

onEachDatabase('People are written to', (newDatabase) => {
  const mailed = async (server: TestServer) => {
    await server.deliver()
    return server.mails.filter(({ to }) => to === EMAIL).at(-1)
  }
  const signUp = (server: TestServer, headers: Record<string, string>) =>
    server.call('POST', '/accounts', { json: { email: EMAIL, password: PASSWORD }, headers })

  test('in the language they signed up in, whoever sets the mail in motion', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    await signUp(server, { 'accept-language': 'fr, de-AT;q=0.8, en;q=0.2' })
    match((await mailed(server))?.subject ?? '', /bestätigen/i)
    const { id } = await deps.db.selectFrom('accounts').select('id').executeTakeFirstOrThrow()
    await deps.db.transaction().execute((tx) => setPrivateLabel(deps, tx, id, 'document', 'rejected'))
    match((await mailed(server))?.text ?? '', /Bitte melden Sie sich an/)
    // Somebody else asks for a mail to them, from a browser that speaks another language.
    const headers = { 'accept-language': 'ar' }
    await server.call('POST', '/accounts/send_confirmation_instructions', { json: { email: EMAIL }, headers })
    equal(server.mails.length, 2)
    match((await mailed(server))?.subject ?? '', /bestätigen/i)
    equal(server.mails.length, 3)
  })

  test('in the language they chose since, by mail and by SMS', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server, { email: EMAIL, language: 'de' })
    const page = { 'accept-language': 'de', cookie: 'barong_language=ar' }
    const token = await aToken(server, account)
    const { uid } = await server.deps.db.selectFrom('applications').select('uid').executeTakeFirstOrThrow()
    await server.call('POST', '/sessions', {
      json: { email: EMAIL, password: PASSWORD, application_id: uid },
      headers: page,
    })
    await server.call('POST', '/phones', { token, json: { phone_number: '+4915112345678' } })
    await server.deliver()
    match(server.sms.at(-1)?.text ?? '', /^رمز التحقق الخاص بك لدى Barong: \d{6}$/)
    await server.call('POST', '/security/reset_password', { json: { email: EMAIL } })
    match((await mailed(server))?.html ?? '', /dir="rtl"/)
  })

  test('by the staff in their own language, not in that of the staff', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server, { email: EMAIL })
    const admin = await aToken(server, await anAccount(server, { role: 'admin' }))
    const label = { key: 'document', value: 'verified', scope: 'private', reason: 'seen in person' }
    const headers = { 'accept-language': 'ar' }
    const set = await server.call('POST', `/admin/accounts/${account.uid}/labels`, {
      token: admin,
      json: label,
      headers,
    })
    equal(set.status, 201)
    match((await mailed(server))?.subject ?? '', /Your identity was approved/)
  })

  test('in the dress of the website they come in by, which its links lead to; and by SMS in its name', async () => {
    await using server = await testServer(await newDatabase())
    const admin = await aToken(server, await anAccount(server, { role: 'admin' }))
    equal((await server.call('POST', '/admin/websites', { token: admin, json: SHOP })).status, 201)
    await signUp(server, { host: SHOP.domain })
    const first = await mailed(server)
    match(first?.text ?? '', /Shop Exchange/)
    match(first?.text ?? '', /http:\/\/id\.shop\.example\/accounts\/confirmation\?confirmation_token=/)
    const account = await server.deps.db
      .updateTable('accounts')
      .set({ state: 'active', confirmed_at: new Date(server.clock.now()).toISOString() })
      .where('email', '=', EMAIL)
      .returningAll()
      .executeTakeFirstOrThrow()
    const token = await aToken(server, account)
    await server.call('POST', '/phones', { token, json: { phone_number: '+4915112345678' } })
    await server.deliver()
    match(server.sms.at(-1)?.text ?? '', /^Your verification code for Shop Exchange: \d{6}$/)
  })

  test('with links to this server where a host was made up', async () => {
    await using server = await testServer(await newDatabase())
    const admin = await aToken(server, await anAccount(server, { role: 'admin' }))
    equal((await server.call('POST', '/admin/websites', { token: admin, json: SHOP })).status, 201)
    await signUp(server, { host: 'evil.example' })
    for (const host of [
      'evil.example',
      `evil.example#.${SHOP.domain}`,
      `${SHOP.domain}@evil.example`,
      `a b.${SHOP.domain}`,
    ]) {
      await server.deps.db.updateTable('accounts').set({ host }).where('email', '=', EMAIL).execute()
      await server.call('POST', '/accounts/send_confirmation_instructions', { json: { email: EMAIL } })
      const text = (await mailed(server))?.text ?? ''
      match(text, /http:\/\/barong\.test\/accounts\/confirmation/, host)
      ok(!text.includes('evil'), host)
    }
  })
})
