import type Provider from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { digestOf } from './digests.ts'
import type { Exchanges } from './rotations.ts'
import { findRecord } from './store.ts'

type Needs = Pick<Deps, 'db' | 'ring'>
type RefreshToken = InstanceType<Provider['RefreshToken']>

/** More than anybody refreshes while a token that was used still works. */
const FURTHEST = 50

/**
 * Names the successor of a refresh token by a keyed digest of it, so that whoever uses it a second time while it still works goes on
 * with the newest token of the one family. Two branches would never meet, and a thief on one of them not be found out (RFC 9700,
 * section 4.14.2).
 */
export function keepFamiliesWhole({ RefreshToken }: Provider, needs: Needs, exchanges: Exchanges): void {
  const save = RefreshToken.prototype.save
  RefreshToken.prototype.save = async function (this: RefreshToken) {
    const { used } = exchanges()
    if (used !== undefined) this.jti = await newestAfter(needs, used)
    return save.call(this)
  }
}

async function newestAfter({ db, ring }: Needs, used: string): Promise<string> {
  let id = used
  for (let step = 0; step < FURTHEST; step++) {
    id = Buffer.from(ring.digest('refresh-successor', id), 'hex').toString('base64url')
    const record = await findRecord(db, 'RefreshToken', digestOf('RefreshToken', id))
    if (!record || record.consumed_at === null) break
  }
  return id
}
