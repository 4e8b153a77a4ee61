import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '../../../sdk/src/verifier.ts'
import { onEachDatabase } from '../support/databases.ts'
import { eventually, startProgram } from '../support/program.ts'

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
})
