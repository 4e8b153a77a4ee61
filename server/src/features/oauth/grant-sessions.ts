import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { scopesOfClient } from './clients.ts'
import { digestOf } from './digests.ts'
import { errors } from './engine-package.ts'
import { findOpenGrant, hasCode, insertGrant, prolongGrant, updateGrant } from './grant-store.ts'
import { findBrowserSession, lockPerson } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock'>

/** Whose a token is that is about to be written, and the row that stands for its grant. */
export interface Granted {
  account: Account
  grant: Session
}

/**
 * What an application was granted in one browser or on one device is one session for its owner, while its tokens come
 * and go. Its row is written with the first token and lasts until `expires_at` of the last one. A token is refused
 * whose person, grant or code ended while it was made.
 */
export async function keepGrant(needs: Needs, tx: Tx, token: AdapterPayload, expires_at: string): Promise<Granted> {
  const { accountId = '', grantId = '' } = token
  const [account, known] = await Promise.all([lockPerson(tx, accountId), findOpenGrant(tx, grantId)])
  const isFirst = token.kind === 'AccessToken' && !isOfRefresh(token)
  if (!account || !(isFirst ? await hasCode(tx, grantId) : known)) throw new errors.InvalidGrant('the sign-in ended')
  const lasting = { expires_at: known && known.expires_at > expires_at ? known.expires_at : expires_at }
  if (known && !isFirst) return { account, grant: await prolonged(tx, known, lasting.expires_at) }
  const browser = await browserOf(tx, token)
  const beginning = await beginningOf(needs, tx, token, browser)
  if (known) return { account, grant: await updateGrant(tx, known.id, { ...beginning, ...lasting }) }
  // A device is seen where it fetches its tokens; otherwise it is the browser that matters, not the application's server.
  const { address, user_agent } = isOfDevice(token) ? whoActs() : (browser ?? NOWHERE)
  const row = {
    jti: grantId,
    grant_id: grantId,
    account_id: account.id,
    address,
    user_agent,
    created_at: iso(needs.clock.now()),
    ...beginning,
    ...lasting,
  }
  return { account, grant: await insertGrant(tx, row) }
}

/** For which application, when the person signed in for it, what it may do, and the browser it ends with. */
async function beginningOf({ clock }: Needs, tx: Tx, token: AdapterPayload, browser: Session | undefined) {
  const application = await findApplication(tx, token.clientId ?? '')
  if (!application) throw new errors.InvalidGrant('the application was removed')
  const allowed = scopesOfClient(application).split(' ')
  if (token.scope?.split(' ').some((scope) => !allowed.includes(scope)))
    throw new errors.InvalidGrant('the application may do less than it was granted')
  return {
    application_id: application.id,
    authenticated_at: browser?.authenticated_at ?? iso(clock.now()),
    scopes: applicationSkipsConsent(application) ? null : (token.scope ?? ''),
    browser_session: browserSessionOf(token),
  }
}

/** A grant that lasts until then; nothing is written where it does already. */
async function prolonged(tx: Tx, grant: Session, expires_at: string): Promise<Session> {
  if (grant.expires_at !== expires_at) await prolongGrant(tx, grant.id, expires_at)
  return { ...grant, expires_at }
}

const NOWHERE = { address: null, user_agent: null }

const isOfDevice = ({ gty }: AdapterPayload): boolean => String(gty).includes('device_code')

const isOfRefresh = ({ gty }: AdapterPayload): boolean => String(gty).endsWith('refresh_token')

const browserOf = (tx: Tx, { sessionUid }: AdapterPayload): Promise<Session | undefined> =>
  findBrowserSession(tx, digestOf('Session', sessionUid ?? ''))

/** The browser's sign-in that a token ends with. */
export const browserSessionOf = ({ expiresWithSession, sessionUid }: AdapterPayload): string | null =>
  expiresWithSession && sessionUid ? digestOf('Session', sessionUid) : null
