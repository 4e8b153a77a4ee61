import { EventEmitter, once } from 'node:events'
import type { LogEvent } from 'kysely'
import { lockAccount } from '../../src/platform/db/accounts.ts'
import type { Tx } from '../../src/platform/db/db.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import type { NewDatabase } from './databases.ts'
import { type Answer, type TestServer, testServer } from './server.ts'

/** A server on which something can be done between the look at a request's session and its first write. */
export interface WatchedServer extends TestServer {
  /**
   * Asks, and does `first` while the request, which passed its guard, waits for the account; returns what it is answered.
   * Nothing is left to chance: the transaction of `first` has the account before the request is made.
   */
  overtake(
    account: Pick<Account, 'id'>,
    ask: () => Promise<Answer>,
    first: (tx: Tx, account: Account) => unknown,
  ): Promise<Answer>
}

/** None of these limits writes before the session is looked at, or it would wait for the transaction as well. */
const UNLIMITED = { BARONG_LIMIT_MAIL: 'off', BARONG_LIMIT_MAIL_RECIPIENT: 'off', BARONG_LIMIT_SIGN_IN: 'off' }

/** Starts such a server. */
export async function watchedServer(
  newDatabase: NewDatabase,
  environment: Record<string, string> = {},
): Promise<WatchedServer> {
  const looks = new EventEmitter()
  const watch = ({ query: { sql } }: LogEvent) => {
    if (/ from "sessions" .*"accounts"/.test(sql)) looks.emit('look')
  }
  const server = await testServer(await newDatabase(), { ...UNLIMITED, ...environment }, watch)
  return {
    ...server,
    overtake: async ({ id }, ask, first) => {
      const { answer } = await server.deps.db.transaction().execute(async (tx) => {
        const account = await lockAccount(tx, id)
        const looked = once(looks, 'look')
        const answer = ask()
        await looked
        await first(tx, account)
        return { answer }
      })
      return answer
    },
  }
}
