import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearer, createBarong, tokenFetch } from '../../../sdk/src/index.ts'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { mailedToken } from '../support/mails.ts'
import { aPng } from '../support/multipart.ts'
import { aClientOf, aProgramOf, aSignedInClient, withApp } from './clients.ts'

onEachDatabase('A client of the SDK', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  test('takes a person from the sign-up to a profile, papers, labels and a password of another day', async () => {
    const barong = await aClientOf(server())
    const email = `ada${server().clock.now()}@example.com`
    await barong.account.signUp({ email, password: PASSWORD }).orThrow()
    const early = await barong.auth.signIn({ email, password: PASSWORD })
    assert.equal(early.error?.kind === 'credentials_refused' && early.error.reason, 'unconfirmed')
    await barong.account.confirm(await mailedToken(server(), email)).orThrow()
    await barong.auth.signIn({ email, password: PASSWORD }).orThrow()
    assert.deepEqual((await barong.account.me().orThrow()).email, email)

    await barong.profile
      .create({
        first_name: 'Ada',
        last_name: 'Lovelace',
        dob: '1990-12-10',
        address: '12 St James Square',
        postcode: 'SW1Y',
        city: 'London',
        country: 'GB',
        metadata: { source: { of: 'funds' } },
      })
      .orThrow()
    assert.equal((await barong.profile.get().orThrow()).city, 'London')
    await barong.phones.add('+447911123456').orThrow()
    await server().deliver()
    const code = server().sms.at(-1)?.text.slice(-6) ?? ''
    await barong.phones.verify('+447911123456', code).orThrow()
    const png = new File([new Uint8Array(aPng(108))], 'passport.png', { type: 'image/png' })
    const paper = { doc_type: 'Passport', doc_number: 'AB-12', doc_expire: '2099-12-31', upload: png }
    await barong.documents.add({ ...paper, metadata: { side: { of: 'front' } } }).orThrow()
    await barong.documents.add({ ...paper, upload: new Blob([png], { type: png.type }), doc_number: 'AB-13' }).orThrow()
    const [first] = await barong.documents.list().orThrow()
    assert.equal(first?.doc_number, 'AB-12')
    assert.equal((await barong.documents.review().orThrow()).state, 'pending')
    await barong.labels.add('language', 'english').orThrow()
    await barong.labels.change('language', 'french').orThrow()
    assert.equal((await barong.labels.get('language').orThrow()).value, 'french')
    assert.equal(await barong.labels.remove('language').orThrow(), undefined)
    assert.deepEqual((await barong.labels.list().orThrow()).map(({ key }) => key).sort(), [
      'document',
      'email',
      'phone',
    ])
    const [newest] = await barong.activity.list({ limit: 1 }).orThrow()
    assert.equal(typeof newest?.action, 'string')
    assert.deepEqual(await barong.security.holds().orThrow(), [])
    assert.deepEqual(await barong.applications.list().orThrow(), [])

    await barong.account.requestPasswordReset(email).orThrow()
    const password = 'another quiet river 8Q'
    await barong.account.resetPassword({ reset_password_token: await mailedToken(server(), email), password }).orThrow()
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
    await barong.auth.signIn({ email, password }).orThrow()
    const other = await aClientOf(server())
    await other.auth.signIn({ email, password }).orThrow()
    assert.equal((await barong.sessions.list().orThrow()).length, 2)
    await barong.sessions.endOthers().orThrow()
    assert.equal((await other.account.me()).error?.kind, 'unauthenticated')
    await barong.auth.signOut().orThrow()
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
    assert.equal(barong.auth.held(), undefined)
  })

  test('signs in with a second factor, a recovery code, and an API key whose tokens services verify', async () => {
    const account = await anAccount(server())
    const owner = await aSignedInClient(server(), account)
    const code = await withApp(server(), owner)
    const { codes } = await owner.security.makeRecoveryCodes(code()).orThrow()
    const barong = await aClientOf(server())
    const credentials = { email: account.email, password: PASSWORD }
    const { error } = await barong.auth.signIn(credentials)
    assert.equal(error?.kind === 'second_factor_required' && error.wrong, false)
    const wrong = await barong.auth.signIn({ ...credentials, otp_code: '000000' })
    assert.equal(wrong.error?.kind === 'second_factor_required' && wrong.error.wrong, true)
    await barong.auth.signIn({ ...credentials, otp_code: code() }).orThrow()
    await barong.auth.signIn({ ...credentials, otp_code: codes[0] ?? '' }).orThrow()
    await barong.security.disableTwoFactor({ password: PASSWORD, code: code() }).orThrow()
  })

  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const)
    test(`makes an API key of ${algorithm}, whose tokens a service verifies, and removes it`, async () => {
      const account = await anAccount(server())
      const owner = await aSignedInClient(server(), account)
      const { program, kid, code } = await aProgramOf(server(), owner, { algorithm, expires_in: '600' })
      await using verifier = createVerifier({ url: server().origin, audience: 'trade', revocations: false })
      const trade = tokenFetch(program.auth, ['https://trade.example'], async (input, init) => {
        const token = new Request(input, init).headers.get('authorization')?.slice(7) ?? ''
        const verdict = await verifier.verify(token)
        return Response.json('claims' in verdict ? [verdict.claims.uid, verdict.claims.api_kid] : verdict)
      })
      assert.deepEqual(await (await trade('https://trade.example/')).json(), [account.uid, kid])
      assert.deepEqual(
        (await owner.apiKeys.list(code()).orThrow()).map(({ uid }) => uid),
        [kid],
      )
      assert.equal(
        (await owner.apiKeys.change(kid, { state: 'inactive', totp_code: code() }).orThrow()).state,
        'inactive',
      )
      await owner.apiKeys.remove(kid, code()).orThrow()
      assert.deepEqual(await owner.apiKeys.list(code()).orThrow(), [])
    })

  test('calls any operation by its name, with the rights of whoever calls', async () => {
    const admin = await aSignedInClient(server(), await anAccount(server(), { role: 'admin' }))
    const { uid, email } = await anAccount(server())
    const list = await admin.request('GET /api/v1/admin/accounts', { query: { email } }).orThrow()
    assert.deepEqual(
      list.items.map((item) => item.uid),
      [uid],
    )
    const one = await admin.request('GET /api/v1/admin/accounts/{uid}', { path: { uid } }).orThrow()
    assert.equal(one.email, email)
    const body = { reason: 'asked for it by phone' }
    await admin.request('POST /api/v1/admin/accounts/{uid}/end_sessions', { path: { uid }, body }).orThrow()
    const member = await aSignedInClient(server(), await anAccount(server()))
    assert.equal((await member.request('GET /api/v1/admin/accounts')).error?.kind, 'forbidden')
    const nobody = createBarong({ url: server().origin })
    assert.equal((await nobody.request('GET /api/v1/admin/accounts')).error?.kind, 'unauthenticated')
    const held = createBarong({ url: `${server().origin}/`, auth: bearer(() => member.auth.held()?.token) })
    assert.equal((await held.account.me().orThrow()).role, 'member')
  })

  test('turns the pages of whatever is listed, each in its way, and throws what goes wrong', async () => {
    const admin = await aSignedInClient(server(), await anAccount(server(), { role: 'admin' }))
    const made = await Promise.all(Array.from({ length: 5 }, () => anAccount(server(), { role: 'support' })))
    const uids: string[] = []
    const query = { role: 'support', limit: 2 } as const
    for await (const { uid } of admin.all('GET /api/v1/admin/accounts', { query })) uids.push(uid)
    assert.deepEqual(uids.sort(), made.map(({ uid }) => uid).sort())
    const sought: string[] = []
    for await (const { uid } of admin.all('POST /api/v1/admin/accounts/search', { body: query })) sought.push(uid)
    assert.deepEqual(sought.sort(), uids)
    const ids: number[] = []
    const path = { uid: (await admin.account.me().orThrow()).uid }
    for (const text of ['one', 'two', 'three', 'four', 'five']) await admin.labels.add(`label-${text}`, text)
    const name = 'GET /api/v1/admin/accounts/{uid}/activities'
    for await (const { id } of admin.all(name, { path, query: { limit: 2 } })) ids.push(id)
    assert.ok(ids.length > 5, String(ids))
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((one, other) => other - one),
    )
    for await (const item of admin.all('GET /api/v1/admin/reviews', { query: { claimed: 'mine' } }))
      assert.fail(String(item))
    const member = await aSignedInClient(server(), await anAccount(server()))
    await assert.rejects(member.all('GET /api/v1/admin/accounts').next(), { kind: 'forbidden' })
  })

  test('tells its token to no other server, and an address from no parameter', async () => {
    const barong = await aSignedInClient(server(), await anAccount(server()))
    for (const address of [
      'https://evil.example/x',
      '//evil.example/x',
      '/\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      `${server().origin}.evil.example/`,
    ])
      assert.throws(() => barong.fetch(address), /no address of this server/, address)
    const response = await barong.fetch('/api/v1/accounts/me').orThrow()
    assert.equal(response.status, 200)
    for (const key of ['..', '.', '']) await assert.rejects(barong.labels.remove(key), /key is needed/, key)
    assert.equal((await barong.labels.get('../accounts/me')).error?.kind, 'not_found')
    for (const url of ['accounts.example', 'javascript:alert(1)', 'file:///x'])
      assert.throws(() => createBarong({ url }), /url must begin with/)
    assert.throws(() => createBarong(), /url is needed/)
  })
})
