import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { cookiesOf, setCookie } from './browser-cookies.ts'
import { browserLifetime, renameBrowserTokens } from './browser-sessions.ts'
import { digestOf } from './digests.ts'
import { recordAdapter } from './records.ts'
import { extended, findSignedIn, type NewCookie } from './signed-in.ts'

const errors = defineErrors('browser', {
  notSignedIn: [401, 'Nobody is signed in in this browser'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'outbox'>

/** For a browser whose person proved once more who they are: its cookie has another value, and what it and its tokens were ends. */
export const browserRenewal = (needs: Needs) => (request: Parameters<typeof cookiesOf>[1]) => {
  let cookie: NewCookie | undefined
  return {
    renew: async (tx: Tx, { session }: Caller): Promise<void> => {
      const inside = { ...needs, db: tx }
      const known = await findSignedIn(inside, cookiesOf(needs, request).session)
      const browser_session = digestOf('Session', known?.payload.uid ?? '')
      if (!known || browser_session !== session.browser_session) throw errors.notSignedIn()
      const lifetime = browserLifetime(needs, known.payload.loginTs)
      const value = urlToken(16)
      const records = recordAdapter(inside, 'Session')
      await records.upsert(value, extended(needs, { ...known.payload, jti: value }, lifetime), lifetime)
      await records.destroy(known.id)
      await renameBrowserTokens(needs, tx, browser_session)
      cookie = { value, lifetime }
    },
    tell: (reply: Parameters<typeof setCookie>[1]): void => {
      if (cookie) setCookie(needs, reply, 'session', cookie)
    },
  }
}
