import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { signEverybodyOut } from '../../src/features/accounts/accounts.ts'
import { onEachDatabase } from '../support/databases.ts'
import { eventually, startProgram } from '../support/program.ts'
import { testServer } from '../support/server.ts'

const ADMIN = { email: 'admin@example.com', password: 'a password for the feed 27' }
/** Times that somebody signs out. */
const TIMES = 5

onEachDatabase('A token that its owner ended', (newDatabase) => {
  // ASVS 7.4.1
  test('is refused by a service at its next look at the feed, and others are not while the server is away', async (t) => {
    await using program = await startProgram(await newDatabase(), {
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
    })
    const json = { ...ADMIN, application_id: program.application_id }
    const signIn = async (): Promise<string> => (await program.call('POST', '/sessions', { json })).body
    let looks = 0
    await using verifier = createVerifier({
      url: program.url,
      audience: 'barong',
      fetch: (input, init) => {
        if (String(input).includes('/revocations')) looks += 1
        return fetch(input, init)
      },
    })
    const isGood = async (token: string) => 'claims' in (await verifier.verify(token))
    const kept = await signIn()
    const took: number[] = []
    for (let time = 0; time < TIMES; time += 1) {
      const token = await signIn()
      assert.ok(await isGood(token))
      const sessions: { id: number; current: boolean }[] = (await program.call('GET', '/sessions', { token })).body
      const { id } = sessions.find(({ current }) => current) ?? {}
      assert.equal((await program.call('DELETE', `/sessions/${id}`, { token })).status, 204)
      const [before, began] = [looks, performance.now()]
      await eventually(async () => ((await isGood(token)) ? undefined : true))
      took.push(Math.round(performance.now() - began))
      // One may be under way when the session ends.
      assert.ok(looks - before <= 2, `it took ${looks - before} looks`)
      assert.ok(await isGood(kept))
    }
    t.diagnostic(`refused ${took.join(', ')} ms after the session ended`)
    program.kill()
    await eventually(async () =>
      fetch(program.url).then(
        () => undefined,
        () => true,
      ),
    )
    assert.ok(await isGood(kept))
  })

  test('is refused as soon when everybody is signed out by the command', async (t) => {
    const database = await newDatabase()
    const settings = { BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
    await using program = await startProgram(database, {
      ...settings,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
    })
    const json = { ...ADMIN, application_id: program.application_id }
    const token: string = (await program.call('POST', '/sessions', { json })).body
    let looks = 0
    await using verifier = createVerifier({
      url: program.url,
      audience: 'barong',
      fetch: (input, init) => {
        if (String(input).includes('/revocations')) looks += 1
        return fetch(input, init)
      },
    })
    const isGood = async () => 'claims' in (await verifier.verify(token))
    assert.ok(await isGood())
    await using operator = await testServer(database, settings)
    // Tokens of this very second are named by themselves.
    await pause(1100)
    operator.clock.advance(Date.now() - operator.clock.now())
    const [before, began] = [looks, performance.now()]
    await signEverybodyOut(operator.deps, () => {})
    await eventually(async () => ((await isGood()) ? undefined : true))
    t.diagnostic(`refused ${Math.round(performance.now() - began)} ms after everybody was signed out`)
    assert.ok(looks - before <= 2, `it took ${looks - before} looks`)
    assert.equal((await program.call('GET', '/accounts/me', { token })).status, 401)
    const claims = Buffer.from(
      (await (await fetch(`${program.url}/oauth/revocations`)).text()).split('.')[1] ?? '',
      'base64url',
    )
    const { everybody, tokens } = JSON.parse(claims.toString())
    assert.deepEqual([everybody.length, tokens], [2, {}])
  })
})
