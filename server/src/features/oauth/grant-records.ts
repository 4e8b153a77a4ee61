import type { Adapter } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, SECOND } from '../../lib/clock.ts'
import { digestOf } from './digests.ts'
import { errors } from './engine-package.ts'
import { keepGrant } from './grant-sessions.ts'
import { recordAdapter } from './records.ts'
import type { Exchanges } from './rotations.ts'
import { findBrowserSession, lockPerson } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'outbox'>

/**
 * A refresh token is part of its grant, which goes on as long as it does. One that takes the place of another is written with the
 * access token that comes with it, and so is the end of the other.
 */
export const refreshTokenAdapter = (needs: Needs, exchanges: Exchanges): Adapter => ({
  ...recordAdapter(needs, 'RefreshToken'),
  consume: async (id) => {
    exchanges().used = id
  },
  upsert: async (id, payload, expiresIn = 0) => {
    const exchange = exchanges()
    if (exchange.used !== undefined) {
      exchange.next = { id, payload, lifetime: expiresIn }
      return
    }
    const expires_at = iso(needs.clock.now() + expiresIn * SECOND)
    await needs.db.transaction().execute(async (tx) => {
      await keepGrant(needs, tx, payload, expires_at)
      await recordAdapter({ ...needs, db: tx }, 'RefreshToken').upsert(id, payload, expiresIn)
    })
  },
})

/** A code is for somebody who is signed in at that moment: whose sign-in ended while the request was under way gets none. */
export const codeAdapter = (needs: Needs, kind: 'AuthorizationCode' | 'DeviceCode'): Adapter => ({
  ...recordAdapter(needs, kind),
  upsert: async (id, payload, expiresIn) => {
    const { accountId, sessionUid = '' } = payload
    // A device's code that nobody has taken up yet.
    if (accountId === undefined) return recordAdapter(needs, kind).upsert(id, payload, expiresIn)
    await needs.db.transaction().execute(async (tx) => {
      const account = await lockPerson(tx, accountId)
      const browser = await findBrowserSession(tx, digestOf('Session', sessionUid))
      if (!account || browser?.account_id !== account.id || browser.revoked_at !== null)
        throw new errors.LoginRequired('the sign-in ended')
      await recordAdapter({ ...needs, db: tx }, kind).upsert(id, payload, expiresIn)
    })
  },
})
