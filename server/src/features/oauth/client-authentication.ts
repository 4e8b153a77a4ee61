import type { Deps } from '../../deps.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import type { Application } from '../../platform/db/schema.ts'
import { applicationSecret } from '../applications/applications.ts'
import { findClient } from './clients.ts'

/** A client and its secret that need no decoding (RFC 6749, section 2.3.1), as ours are. */
const PLAIN = /^([\w.~-]+):([\w.~-]+)$/

/** The client that an Authorization header proves; one without a secret proves nothing by it, nor does any where keys are required. */
export async function authenticatedClient(
  needs: Pick<Deps, 'db' | 'ring' | 'config'>,
  authorization = '',
): Promise<Application | undefined> {
  if (needs.config.values.OAUTH_REQUIRE.includes('client_keys')) return undefined
  const [, credentials = ''] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  const [, id, secret = ''] = PLAIN.exec(Buffer.from(credentials, 'base64').toString()) ?? []
  const application = id === undefined ? undefined : await findClient(needs, id)
  if (application?.auth_method !== 'client_secret_basic') return undefined
  return equalSecrets(secret, applicationSecret(needs, application)) ? application : undefined
}
