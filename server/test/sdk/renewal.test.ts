import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BarongError, memoryStore, tokenFetch } from '../../../sdk/src/index.ts'
import { endSessions } from '../../src/features/accounts/accounts.ts'
import { HOUR, MINUTE, SECOND } from '../../src/lib/clock.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { eventually } from '../support/program.ts'
import { aProgramOf, aSignedInClient, timesOf, watched } from './clients.ts'

const RENEW = '/api/v1/security/renew'
const EXCHANGE = '/api/v1/sessions/generate_jwt'
const ME = '/api/v1/accounts/me'

onEachDatabase('A session of the SDK', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  /** Ends all sessions of the account, as a ban or a changed password does. */
  const endAll = async (account: { id: number; uid: string }) =>
    server()
      .deps.db.transaction()
      .execute((tx) => endSessions(server().deps, tx, account))

  test('is renewed once in the second half of its token, however many ask, and nobody waits for it', async () => {
    const answers = Promise.withResolvers<void>()
    const { paths, fetch } = watched(async (path, ask) => {
      if (path === RENEW) await answers.promise
      return ask()
    })
    const store = memoryStore()
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch, store })
    const first = store.get()?.token
    server().clock.advance(HOUR)
    await barong.account.me().orThrow()
    assert.equal(timesOf(paths, RENEW), 0)
    server().clock.advance(90 * MINUTE)
    const people = await Promise.all(Array.from({ length: 20 }, () => barong.account.me().orThrow()))
    assert.equal(people.length, 20)
    assert.equal(timesOf(paths, RENEW), 1)
    answers.resolve()
    await eventually(async () => (store.get()?.token !== first ? true : undefined))
    server().clock.advance(2 * HOUR - MINUTE)
    // The first token is over by now.
    await barong.account.me().orThrow()
    assert.equal(timesOf(paths, RENEW), 1)
  })

  test('whose token is nearly over is renewed once before twenty calls go on', async () => {
    const { paths, fetch } = watched()
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    server().clock.advance(4 * HOUR - 10 * SECOND)
    await Promise.all(Array.from({ length: 20 }, () => barong.account.me().orThrow()))
    assert.equal(timesOf(paths, RENEW), 1)
    assert.equal(paths.indexOf(ME) > paths.indexOf(RENEW), true)
  })

  test('that cannot be renewed for the moment serves on, and is renewed by a later call', async () => {
    let away = true
    const { paths, fetch } = watched(async (path, ask) => {
      if (path === RENEW && away) throw new TypeError('fetch failed')
      return ask()
    })
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    server().clock.advance(3 * HOUR)
    await barong.account.me().orThrow()
    server().clock.advance(HOUR - 10 * SECOND)
    const { error } = await barong.account.me()
    assert.equal(error?.kind, 'network')
    away = false
    await barong.account.me().orThrow()
    assert.equal(timesOf(paths, RENEW), 3)
  })

  test('that was renewed while a call was on its way makes that call once more, by the token that is there', async () => {
    const gate = Promise.withResolvers<void>()
    let isFirst = true
    const { paths, fetch } = watched(async (path, ask) => {
      if (path !== ME || !isFirst) return ask()
      isFirst = false
      await gate.promise
      return Response.json({ error: 'The access token expired' }, { status: 401 })
    })
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    const slow = barong.account.me()
    await eventually(async () => (isFirst ? undefined : true))
    server().clock.advance(4 * HOUR - 10 * SECOND)
    await barong.account.me().orThrow()
    gate.resolve()
    await slow.orThrow()
    assert.deepEqual([timesOf(paths, RENEW), timesOf(paths, ME)], [1, 3])
  })

  test('whose new token is not taken either makes a call twice and no more', async () => {
    const { paths, fetch } = watched(async (path, ask) =>
      path === ME ? Response.json({ error: 'The access token is invalid' }, { status: 401 }) : ask(),
    )
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
    assert.deepEqual([timesOf(paths, RENEW), timesOf(paths, ME)], [1, 2])
  })

  test('that was ended elsewhere is signed out once, and each call is made once', async () => {
    const account = await anAccount(server())
    const ends: BarongError[] = []
    const { paths, fetch } = watched()
    const onSignedOut = (error: BarongError) => ends.push(error)
    const barong = await aSignedInClient(server(), account, { fetch, onSignedOut })
    await endAll(account)
    const results = await Promise.all(Array.from({ length: 5 }, () => barong.account.me()))
    assert.deepEqual(new Set(results.map(({ error }) => error?.kind)), new Set(['unauthenticated']))
    assert.deepEqual(
      ends.map(({ kind, message }) => [kind, message]),
      [['unauthenticated', 'The access token was revoked']],
    )
    assert.equal(timesOf(paths, RENEW), 1)
    assert.equal(timesOf(paths, ME), 5)
    assert.equal(barong.auth.held(), undefined)
  })

  test('that is over is signed out by the first call, and a new sign-in goes on', async () => {
    const account = await anAccount(server())
    const ends: BarongError[] = []
    const barong = await aSignedInClient(server(), account, { onSignedOut: (error) => ends.push(error) })
    server().clock.advance(5 * HOUR)
    const { error } = await barong.account.me()
    assert.equal(error?.kind, 'unauthenticated')
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
    assert.equal(ends.length, 1)
    await barong.auth.signIn({ email: account.email, password: 'a quiet river at dawn 7Q' }).orThrow()
    assert.equal((await barong.account.me().orThrow()).uid, account.uid)
  })

  test('that is left while its renewal is on its way stays left', async () => {
    const answers = Promise.withResolvers<void>()
    const { fetch } = watched(async (path, ask) => {
      const answer = await ask()
      if (path === RENEW) await answers.promise
      return answer
    })
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    server().clock.advance(3 * HOUR)
    await barong.account.me().orThrow()
    const token = barong.auth.held()?.token
    await barong.auth.signOut().orThrow()
    answers.resolve()
    await new Promise(setImmediate)
    assert.equal(barong.auth.held(), undefined)
    const { status } = await server().call('GET', '/accounts/me', { token })
    assert.equal(status, 401)
  })

  test('is not renewed for a wrong password, which is not sent twice', async () => {
    const { paths, fetch } = watched()
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch })
    const { error } = await barong.security.confirm({ password: 'wrong' })
    assert.equal(error?.kind, 'credentials_refused')
    assert.equal(timesOf(paths, '/api/v1/security/confirm'), 1)
    assert.equal(timesOf(paths, RENEW), 0)
  })

  test('at a wrong clock lives as long as the token, whatever the hour', async () => {
    const { paths, fetch } = watched()
    const late = () => server().clock.now() + 7 * HOUR
    const barong = await aSignedInClient(server(), await anAccount(server()), { fetch, now: late })
    server().clock.advance(HOUR)
    await barong.account.me().orThrow()
    assert.equal(timesOf(paths, RENEW), 0)
    server().clock.advance(3 * HOUR - 10 * SECOND)
    await barong.account.me().orThrow()
    assert.equal(timesOf(paths, RENEW), 1)
  })

  test('of a program is got by its key once for twenty requests at a service, and again when it is over or refused', async () => {
    const { paths, fetch } = watched()
    const owner = await aSignedInClient(server(), await anAccount(server()))
    const { program } = await aProgramOf(server(), owner, { fetch })
    const tokens: (string | null)[] = []
    const refused = new Set<string | null>()
    const trade = tokenFetch(program.auth, ['https://trade.example'], async (input, init) => {
      const token = new Request(input, init).headers.get('authorization')
      tokens.push(token)
      return new Response(null, { status: refused.has(token) ? 401 : 200 })
    })
    const ask = async () => (await trade('https://trade.example/orders', { method: 'POST', body: '{}' })).status
    const all = async () => [...new Set(await Promise.all(Array.from({ length: 20 }, ask)))]
    assert.deepEqual(await all(), [200])
    assert.equal(timesOf(paths, EXCHANGE), 1)
    server().clock.advance(59 * SECOND)
    assert.deepEqual(await all(), [200])
    assert.equal(timesOf(paths, EXCHANGE), 2)
    refused.add(tokens.at(-1) ?? null)
    assert.deepEqual(await all(), [200])
    assert.equal(timesOf(paths, EXCHANGE), 3)
    assert.equal(new Set(tokens).size, 3)
    const before = tokens.length
    for (const each of [...tokens]) refused.add(each)
    assert.equal(await ask(), 200)
    assert.equal(tokens.length, before + 2)
    await assert.rejects(trade('https://other.example/orders'), /No token is sent/)
  })

  for (const hours of [3, -3])
    test(`of a program whose clock is wrong by ${hours} hours is got by the time that the server tells`, async () => {
      const owner = await aSignedInClient(server(), await anAccount(server()))
      const { paths, fetch } = watched(async (_, ask) => {
        const { body, status, headers: told } = await ask()
        const headers = new Headers(told)
        // Node tells the time of the machine, which is not that of the test.
        headers.set('date', new Date(server().clock.now()).toUTCString())
        return new Response(body, { status, headers })
      })
      const now = () => server().clock.now() + hours * HOUR
      const { program } = await aProgramOf(server(), owner, { fetch, now })
      assert.ok((await program.auth.token()).data)
      server().clock.advance(MINUTE)
      assert.ok((await program.auth.token()).data)
      // Two for the first, as it had to be told the time.
      assert.equal(timesOf(paths, EXCHANGE), 3)
    })

  test('of a program whose key was switched off is over, and says so once', async () => {
    const account = await anAccount(server())
    const owner = await aSignedInClient(server(), account)
    const ends: BarongError[] = []
    const { program } = await aProgramOf(server(), owner, { onSignedOut: (error) => ends.push(error) })
    assert.ok((await program.auth.token()).data)
    await server()
      .deps.db.updateTable('api_keys')
      .set({ state: 'inactive' })
      .where('account_id', '=', account.id)
      .execute()
    server().clock.advance(2 * MINUTE)
    const all = await Promise.all([program.auth.token(), program.auth.token()])
    assert.deepEqual(
      all.map(({ error }) => error?.kind),
      ['not_found', 'not_found'],
    )
    assert.equal(ends.length, 1)
  })
})
