import type { Deps } from '../../deps.ts'

/** What passkeys are bound to: a domain, and the pages that may use it (WebAuthn, sections 5.4.2 and 13.4.9). */
export interface RelyingParty {
  id: string
  name: string
  origins: string[]
}

/** This server as authenticators know it. */
export function relyingPartyOf({ config: { url, values } }: Pick<Deps, 'config'>): RelyingParty {
  const { hostname, origin } = new URL(url)
  return {
    id: values.PASSKEY_RP_ID ?? hostname,
    name: values.APP_NAME,
    origins: values.PASSKEY_ORIGINS.length > 0 ? [...values.PASSKEY_ORIGINS] : [origin],
  }
}
