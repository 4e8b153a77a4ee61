import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type LogEvent, sql } from 'kysely'
import { endAccess } from '../../src/features/accounts/accounts.ts'
import { iso } from '../../src/lib/clock.ts'
import { lockAccount } from '../../src/platform/db/accounts.ts'
import { type Db, isPostgres, type Tx } from '../../src/platform/db/db.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { type NewDatabase, onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { type ListeningServer, listeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, callbackOf, exchange, refresh, tokensOf } from '../support/oauth.ts'

type Kind = 'Session' | 'AuthorizationCode' | 'RefreshToken'

/** A server on which something can be done between the engine's look at a record and what it writes by it. */
async function watchedServer(newDatabase: NewDatabase) {
  const looks = new EventEmitter()
  const watch = ({ query: { sql, parameters } }: LogEvent) => {
    const kind = / from "oauth_records"/.test(sql) ? parameters[0] : undefined
    if (typeof kind === 'string') looks.emit(kind)
  }
  const server = await listeningServer(await newDatabase(), {}, watch)
  return {
    ...server,
    /** Asks, and does `first` while the request, which has seen the record, waits for the account. */
    overtake: async <T>(
      { id }: Pick<Account, 'id'>,
      kind: Kind,
      ask: () => Promise<T>,
      first: (tx: Tx, account: Account) => unknown,
    ): Promise<T> => {
      const { db } = server.deps
      const { answer } = await db.transaction().execute(async (tx) => {
        const account = await lockAccount(tx, id)
        const looked = once(looks, kind)
        const answer = ask()
        // On SQLite it waits for the only writer, which nothing tells of.
        await (isPostgres(db) ? Promise.race([answer, somebodyWaits(db)]) : looked)
        await first(tx, account)
        return { answer }
      })
      return answer
    },
  }
}

/** Until a statement waits for what another transaction holds. */
async function somebodyWaits(db: Db): Promise<void> {
  const waiting = sql<{ count: number }>`
    select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while (!(await waiting.execute(db)).rows[0]?.count) await pause(5)
}

async function signedIn(server: ListeningServer) {
  const [account, client, browser] = [await anAccount(server), await aClient(server), browserOf(server)]
  return { account, client, browser, tokens: await tokensOf(server, client, account, { browser }) }
}

onEachDatabase('What ends while the engine is at it', (newDatabase) => {
  test('is a browser’s sign-in: it gets no code', async () => {
    await using server = await watchedServer(newDatabase)
    const { account, client, browser } = await signedIn(server)
    const ask = () => browser.open(anAttempt(server, client).url.href)
    const landed = await server.overtake(account, 'Session', ask, (tx) =>
      tx
        .updateTable('sessions')
        .set({ revoked_at: iso(server.clock.now()) })
        .where('account_id', '=', account.id)
        .where('application_id', 'is', null)
        .execute(),
    )
    const { searchParams } = callbackOf(landed)
    assert.deepEqual([searchParams.get('code'), searchParams.get('error')], [null, 'login_required'])
  })

  test('is all access: a code that is exchanged gets no tokens, whatever code somebody else has', async () => {
    await using server = await watchedServer(newDatabase)
    const { account, client, browser } = await signedIn(server)
    const other = await signedIn(server)
    await other.browser.open(anAttempt(server, other.client).url.href)
    const attempt = anAttempt(server, client)
    const landed = await browser.open(attempt.url.href)
    const ask = () => exchange(server, client, attempt, landed)
    const end = (tx: Tx, held: Account) => endAccess(server.deps, tx, held)
    const { status, body } = await server.overtake(account, 'AuthorizationCode', ask, end)
    assert.deepEqual([status, body.error], [400, 'invalid_grant'])
  })

  test('is all access: a refresh token gets no others', async () => {
    await using server = await watchedServer(newDatabase)
    const { account, client, tokens } = await signedIn(server)
    const ask = () => refresh(server, client, tokens.refresh_token)
    const end = (tx: Tx, held: Account) => endAccess(server.deps, tx, held)
    const { status, body } = await server.overtake(account, 'RefreshToken', ask, end)
    assert.deepEqual([status, body.error], [400, 'invalid_grant'])
  })

  test('is the account: nothing is issued to it', async () => {
    await using server = await watchedServer(newDatabase)
    const { account, client, browser, tokens } = await signedIn(server)
    const attempt = anAttempt(server, client)
    const landed = await browser.open(attempt.url.href)
    const bar = (tx: Tx) => tx.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
    const refreshing = () => refresh(server, client, tokens.refresh_token)
    const open = () =>
      server.deps.db.updateTable('accounts').set({ state: 'active' }).where('id', '=', account.id).execute()
    const refreshed = await server.overtake(account, 'RefreshToken', refreshing, bar)
    assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
    await open()
    const exchanging = () => exchange(server, client, attempt, landed)
    const exchanged = await server.overtake(account, 'AuthorizationCode', exchanging, bar)
    assert.deepEqual([exchanged.status, exchanged.body.error], [400, 'invalid_grant'])
    await open()
    const asking = () => browser.open(anAttempt(server, client).url.href)
    const asked = await server.overtake(account, 'Session', asking, bar)
    assert.equal(new URL(asked.url).searchParams.get('code'), null)
  })
})
