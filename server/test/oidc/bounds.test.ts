import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAll } from '../../src/cleaning.ts'
import { DAY, SECOND } from '../../src/lib/clock.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, type OauthClient, post, refresh, tokensOf } from '../support/oauth.ts'

const TWO_DAYS = { refresh_token_lifetime: (2 * DAY) / SECOND }

onEachDatabase('The tables of what is short-lived', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { SESSION_ABSOLUTE_LIFETIME: String((2 * DAY) / SECOND) })

  test('hold no more rows after weeks than after days, however often people come', async () => {
    const { deps, clock } = server()
    const [account, client] = [await anAccount(server()), await aClient(server(), TWO_DAYS)]
    const counts: number[] = []
    for (let day = 0; day < 12; day += 1) {
      await aDay(account, client)
      clock.advance(DAY)
      await cleanAll(deps)
      const records = await deps.db.selectFrom('oauth_records').select(['kind', 'expires_at']).execute()
      for (const { kind, expires_at } of records) assert.ok(kind === 'Consent' || expires_at !== null, kind)
      const sessions = await deps.db.selectFrom('sessions').select('id').execute()
      counts.push(records.length + sessions.length)
    }
    const [early, late] = [Math.max(...counts.slice(0, 6)), Math.max(...counts.slice(6))]
    assert.ok(late <= early, counts.join(' '))
    clock.advance(4 * DAY)
    await cleanAll(deps)
    const left = await deps.db.selectFrom('oauth_records').select('kind').execute()
    assert.deepEqual([...new Set(left.map(({ kind }) => kind))], ['Consent'])
    assert.equal((await deps.db.selectFrom('sessions').select('id').execute()).length, 0)
  })

  /** What happens in a day: a sign-in that is finished and refreshed, one that is not, a device, a client of its own. */
  async function aDay(account: { email: string }, client: OauthClient): Promise<void> {
    const tokens = await tokensOf(server(), client, account)
    await refresh(server(), client, tokens.refresh_token)
    await browserOf(server()).open(anAttempt(server(), client).url.href)
    await post(server(), '/oauth/device_authorization', client, { scope: 'openid' })
    await post(server(), '/oauth/token', client, { grant_type: 'client_credentials' })
    await post(server(), '/oauth/par', client, Object.fromEntries(anAttempt(server(), client).url.searchParams))
  }
})
