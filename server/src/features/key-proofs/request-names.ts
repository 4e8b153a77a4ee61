import type { Deps } from '../../deps.ts'

/** A request by the names that its client may know it by, which its proof is for, and that proof. */
export interface NamedRequest {
  method: string
  addresses: readonly string[]
  /** Its `DPoP` header; several come as one that is none. */
  dpop: string | undefined
}

/** What of a request names it. */
interface Line {
  method: string
  /** Path and query, in one spelling. */
  url: string
  /** As they came. */
  originalUrl: string
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Names a request. */
export type NameRequest = (request: Line) => NamedRequest

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * Clients know this server by BARONG_URL, whatever `Host` a request is sent on with: a proof for another server is good for
 * nothing here (RFC 9449, section 4.3). Pages know it by the domain of their website, which `domainOf` tells of a host, to
 * the letter; on a machine of one's own all names of it are one.
 */
export const ownNames =
  ({ config }: Pick<Deps, 'config'>, domainOf: (host: string) => string | undefined): NameRequest =>
  ({ method, url, headers }) => {
    const dpop = proofOf(headers)
    // Most requests have none, and are named for nobody.
    if (dpop === undefined) return { method, addresses: [], dpop }
    const own = new URL(config.url)
    const asked = URL.parse(`${own.protocol}//${headers['host']}`)
    const isOurs =
      asked !== null &&
      (domainOf(asked.host) === asked.hostname || [own, asked].every(({ hostname }) => LOOPBACK.includes(hostname)))
    const addresses = isOurs ? [`${config.url}${url}`, `${asked.origin}${url}`] : [`${config.url}${url}`]
    return { method, addresses, dpop }
  }

/** Names a request that was made to one of several origins. */
export const namesAt = (
  origins: readonly string[],
  { method, target, headers }: Pick<Line, 'method' | 'headers'> & { target: string },
): NamedRequest => ({ method, addresses: origins.map((origin) => `${origin}${target}`), dpop: proofOf(headers) })

const proofOf = (headers: Line['headers']): string | undefined => {
  const { dpop } = headers
  return dpop === undefined ? undefined : String(dpop)
}
