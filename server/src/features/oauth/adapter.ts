import type { Adapter } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { accessTokenAdapter } from './access-token-adapter.ts'
import { findByJwt } from './access-tokens.ts'
import { browserSessionAdapter } from './browser-sessions.ts'
import type { ClientKeys } from './client-keys.ts'
import { clientAdapter } from './clients.ts'
import { codeAdapter, refreshTokenAdapter } from './grant-records.ts'
import { clientTokenAdapter, onceOnlyAdapter, recordAdapter } from './records.ts'
import type { Exchanges } from './rotations.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'> & { client_keys: ClientKeys }

/** Where the engine keeps each kind of its state: clients are applications, access tokens are sessions, the rest are records. */
export function adapterFor(needs: Needs, exchanges: Exchanges): (kind: string) => Adapter {
  return (kind) => {
    if (kind === 'Client') return clientAdapter(needs)
    if (kind === 'AccessToken') return findByJwt(accessTokenAdapter(needs, exchanges), needs)
    if (kind === 'ClientCredentials') return findByJwt(clientTokenAdapter(needs, kind), needs)
    if (kind === 'AuthorizationCode' || kind === 'DeviceCode') return codeAdapter(needs, kind)
    if (kind === 'RefreshToken') return refreshTokenAdapter(needs, exchanges)
    if (kind === 'ReplayDetection') return onceOnlyAdapter(needs, kind)
    if (kind === 'Session') return browserSessionAdapter(needs)
    return recordAdapter(needs, kind)
  }
}
