import type { Deps } from '../../deps.ts'
import type { FindSite } from '../../platform/http/sites.ts'
import { ROUTES } from './urls.ts'

/** Where browsers come; everything else is for clients. */
const PAGES = [ROUTES.authorization, ROUTES.code_verification, ROUTES.end_session]
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * The address that a request counts as made to. Clients know one, BARONG_URL: what they sign for another server is good for
 * nothing here, whatever `Host` it is sent on with (RFC 9700, section 2.5). A browser stays where it is, if that is under the domain
 * of a website, or another name of the machine where BARONG_URL is one.
 */
export function publicAddress(
  { config }: Pick<Deps, 'config'>,
  findSite: FindSite,
  path: string,
  host: string | undefined,
): URL {
  const own = new URL(config.url)
  const asked = PAGES.some((page) => path === page || path.startsWith(`${page}/`))
    ? URL.parse(`${own.protocol}//${host}`)
    : null
  if (asked === null) return own
  const isOwnMachine = [own, asked].every(({ hostname }) => LOOPBACK.includes(hostname))
  return isOwnMachine || findSite(asked.host) !== undefined ? asked : own
}
