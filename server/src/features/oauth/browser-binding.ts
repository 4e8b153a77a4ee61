import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { urlToken } from '../../lib/ids.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import { cookieName, cookieOptions } from './cookies.ts'

type Details = InstanceType<Provider['Interaction']>
type Needs = Pick<Deps, 'config' | 'ring'>

const CSRF = 'interaction-csrf'

/**
 * Binds an interaction to the browser it was begun in. The browser has one id however many tabs are signing in, so
 * that none of them loses its place.
 */
export async function bindToBrowser({ config }: Needs, context: KoaContextWithOIDC, interaction: Details) {
  const { cookies } = context
  const name = cookieName(config, 'browser')
  const known = cookies.get(name, cookieOptions(config))
  const id = known ?? urlToken(16)
  if (known === undefined) cookies.set(name, id, cookieOptions(config))
  interaction.cid = id
  await interaction.persist()
}

/** Whether this request comes from the browser the interaction was begun in. */
export function isOfBrowser(
  { config }: Needs,
  provider: Provider,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { cid }: Details,
): boolean {
  const id = provider.createContext(request, response).cookies.get(cookieName(config, 'browser'), cookieOptions(config))
  return id !== undefined && equalSecrets(id, cid)
}

/** Proves that whoever sends it has read the interaction: another site can send a browser's cookies, but not this. */
export const csrfTokenOf = ({ ring }: Needs, { uid, cid }: Details): string => ring.digest(CSRF, `${uid}:${cid}`)

/** Whether it is that proof. */
export const isCsrfTokenOf = ({ ring }: Needs, { uid, cid }: Details, token: string): boolean =>
  ring.recognises(CSRF, `${uid}:${cid}`, token)
